// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/findings-gen.h"

const FerryIdentityRule ferry_finding_dup_nqn = {
    .id = "DUP_NQN",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"guest.nvme"},
    .summary = "no two guests have the same name as an NVMe host",
    .cause =
        "The image was copied with /etc/nvme/hostnqn and hostid. Targets take the two for one host.",
    .fix =
        "In the guest of {vm}: 'nvme gen-hostnqn >/etc/nvme/hostnqn' and 'uuidgen >/etc/nvme/hostid', then connect again.",
    .run = ferry_identity_find_duplicates,
};
