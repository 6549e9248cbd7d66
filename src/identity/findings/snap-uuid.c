// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/findings-gen.h"

static const char *
get(const FerryIdentitySnapshot *snapshot)
{
    return snapshot->uuid;
}

static void
judge(const FerryIdentityRule *rule, const FerryIdentityMachine *machine, GPtrArray *findings)
{
    ferry_identity_find_snapshots(rule, machine, findings, get,
                                  "has another UUID than the machine");
}

const FerryIdentityRule ferry_finding_snap_uuid = {
    .id = "SNAP_UUID",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"hyper.snapshots"},
    .summary = "a snapshot has its machine's UUID inside",
    .cause =
        "The machine's UUID was changed, by hand or by another tool, and the snapshot was left as it was. A revert to it is refused, or brings the old UUID back.",
    .fix =
        "Read the description with 'virsh -c {uri} snapshot-dumpxml {vm} SNAPSHOT --security-info', put the "
        "machine's own UUID wherever the old one stands in it, and give it back with 'virsh -c {uri} "
        "snapshot-create {vm} FILE --redefine'; of a checkpoint the same with checkpoint-dumpxml and "
        "checkpoint-create.",
    .judge = judge,
};
