// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "identity/findings-gen.h"

typedef struct Search {
    const FerryIdentityRule *rule;
    GPtrArray *findings;
} Search;

static void
judge(const FerryIdentityMachine *machine, void *data)
{
    const Search *search = data;

    for (unsigned i = 0; machine->snapshots != NULL && i < machine->snapshots->len; i++) {
        const FerryIdentitySnapshot *snapshot = g_ptr_array_index(machine->snapshots, i);
        FerryIdentityFinding *finding;

        if (snapshot->inactive[0] == '\0' || strcmp(snapshot->inactive, machine->vm.uuid) == 0)
            continue;
        finding = ferry_identity_finding_add(search->findings, search->rule, machine);
        finding->snapshot = g_strdup(snapshot->name);
        finding->expect = g_strdup(machine->vm.uuid);
        finding->got = g_strdup(snapshot->inactive);
        finding->text =
            g_strdup_printf("%s '%s' brings another UUID back when it is reverted to",
                            snapshot->kind == FERRY_SNAPSHOT ? "snapshot" : "checkpoint",
                            snapshot->name);
    }
}

static void
run(const FerryIdentityRule *rule,
    const FerryIdentityFleet *fleet,
    const FerryIdentityIndex *index G_GNUC_UNUSED,
    GPtrArray *findings)
{
    Search search = {rule, findings};

    ferry_identity_foreach_machine(fleet, judge, &search);
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
    .run = run,
};
