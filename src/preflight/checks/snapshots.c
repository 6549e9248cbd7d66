// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"

// libvirt 9.0 and 11.3 refuse a machine with snapshots, with --offline too (qemuMigrationSrcIsAllowed). Of
// checkpoints they say nothing and leave them behind.
static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryVmExtras *extras = &in->vm->extras;
    const char *name = in->vm->vm.name;

    if (in->vm->extras_unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's snapshots are not known: %s",
                          in->vm->extras_unknown);
    } else if (extras->snapshots > 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "the machine has snapshots (%u), and libvirt moves none",
                          extras->snapshots);
        ferry_verdict_add_hint(
            ret,
            "List them with 'virsh snapshot-list %s'. Save each with 'virsh snapshot-dumpxml', let libvirt forget it with 'virsh snapshot-delete %s NAME --metadata', and define it on host '%s' after the move with 'virsh snapshot-create %s FILE --redefine'.",
            name, name, in->dst->name, name);
    } else if (extras->checkpoints > 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                          "the machine's checkpoints (%u) stay on host '%s'", extras->checkpoints,
                          in->src->name);
        ferry_verdict_add_hint(
            ret,
            "The first backup after the move must be a full one; or save them with 'virsh checkpoint-dumpxml' and define them on host '%s' with 'virsh checkpoint-create %s FILE --redefine'.",
            in->dst->name, name);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine has no snapshot and no checkpoint");
    }
}

const FerryCheck ferry_check_snapshots = {
    .id = "snapshots",
    .summary = "the machine has no snapshots or checkpoints, which libvirt does not move",
    .impact =
        "libvirt refuses the move ('cannot migrate domain with 1 snapshots'). Checkpoints are left behind without a word, and incremental backups fail.",
    .hint =
        "Delete snapshots, or let libvirt forget them with 'virsh snapshot-delete --metadata' and define them anew on the destination.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = false,
    .run = run,
};
