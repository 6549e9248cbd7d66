// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/findings-gen.h"

const FerryIdentityRule ferry_finding_dup_genid = {
    .id = "DUP_GENID",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"hyper.genid"},
    .summary = "no two machines have the same VM generation id",
    .cause =
        "virt-clone and copied definitions keep it. A guest that was copied cannot notice it then: domain controllers and random number generators go on as if they were the first one.",
    .fix = "Run 'virt-ferry id set {vm} --connect {host} --genid auto' while the machine is off.",
    .run = ferry_identity_find_duplicates,
};
