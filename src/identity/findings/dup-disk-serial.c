// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/findings-gen.h"

const FerryIdentityRule ferry_finding_dup_disk_serial = {
    .id = "DUP_DISK_SERIAL",
    .severity = FERRY_SEVERITY_WARN,
    .layers = {"disk.serial", "disk.wwn"},
    .summary = "no two disks have the same serial number or world wide name",
    .cause =
        "A definition was copied with its <serial> or <wwn>. It hurts where both disks come into one guest or one multipath: they are taken for one.",
    .fix =
        "Give the disk of {vm} another one with 'virsh -c {uri} edit {vm}'; where the guest's LVM has a devices file, bring that up to date, too.",
    .run = ferry_identity_find_duplicates,
};
