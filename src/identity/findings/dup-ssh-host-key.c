// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/findings-gen.h"

const FerryIdentityRule ferry_finding_dup_ssh_host_key = {
    .id = "DUP_SSH_HOST_KEY",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"guest.ssh_host_key"},
    .summary = "no two guests have the same SSH host key",
    .cause =
        "The image was copied with its keys. Whoever has one of the guests can pass for the other.",
    .fix = "In the guest of {vm}: 'rm /etc/ssh/ssh_host_*_key*; ssh-keygen -A', then restart sshd.",
    .run = ferry_identity_find_duplicates,
};
