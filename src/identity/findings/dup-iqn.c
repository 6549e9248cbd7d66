// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/findings-gen.h"

const FerryIdentityRule ferry_finding_dup_iqn = {
    .id = "DUP_IQN",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"guest.iscsi_name"},
    .summary = "no two guests have the same iSCSI initiator name",
    .cause =
        "The image was copied with /etc/iscsi/initiatorname.iscsi. Targets take the two for one initiator and give both the same disks.",
    .fix =
        "In the guest of {vm}: write 'InitiatorName=' and what 'iscsi-iname' prints into /etc/iscsi/initiatorname.iscsi, then restart iscsid.",
    .run = ferry_identity_find_duplicates,
};
