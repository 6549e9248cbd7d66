// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/findings-gen.h"

const FerryIdentityRule ferry_finding_dup_mac = {
    .id = "DUP_MAC",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"hyper.mac"},
    .summary = "no two machines have the same MAC",
    .cause =
        "A definition was copied with its interfaces. DHCP gives both the same address, and where they share a network neither has a working one.",
    .fix =
        "Take the <mac> out of the interface with 'virsh -c {uri} edit {vm}': libvirt makes a new one. It holds from the machine's next start on.",
    .run = ferry_identity_find_duplicates,
};
