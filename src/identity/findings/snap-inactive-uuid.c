// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/findings-gen.h"

static const char *
get(const FerryIdentitySnapshot *snapshot)
{
    return snapshot->inactive;
}

static void
judge(const FerryIdentityRule *rule, const FerryIdentityMachine *machine, GPtrArray *findings)
{
    ferry_identity_find_snapshots(rule, machine, findings, get,
                                  "brings another UUID back when it is reverted to");
}

const FerryIdentityRule ferry_finding_snap_inactive_uuid = {
    .id = "SNAP_INACTIVE_UUID",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"hyper.snapshots"},
    .summary = "a snapshot brings back the UUID that its machine has",
    .cause =
        "The machine's UUID was changed and the snapshot defined again with it, but not in <inactiveDomain>: libvirt compares it nowhere. A revert gives the machine its old UUID, and two machines of one host may have the same then.",
    .fix =
        "Read the description with 'virsh -c {uri} snapshot-dumpxml {vm} SNAPSHOT --security-info', put the "
        "machine's own UUID wherever the old one stands in it, and give it back with 'virsh -c {uri} "
        "snapshot-create {vm} FILE --redefine'; of a checkpoint the same with checkpoint-dumpxml and "
        "checkpoint-create.",
    .judge = judge,
};
