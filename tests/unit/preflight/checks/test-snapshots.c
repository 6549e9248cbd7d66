// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define SNAPSHOT_HINT \
    "List them with 'virsh snapshot-list web1'. Save each with 'virsh snapshot-dumpxml', let libvirt forget it with 'virsh snapshot-delete web1 NAME --metadata', and define it on host 'host-b' after the move with 'virsh snapshot-create web1 FILE --redefine'."

static void
test_none(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_snapshots, FERRY_VERDICT_OK,
                   "the machine has no snapshot and no checkpoint", NULL);
}

static void
test_snapshots(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->extras.snapshots = 2;
    fx->vm->extras.checkpoints = 1;
    fixture_expect(fx, &ferry_check_snapshots, FERRY_VERDICT_BLOCK,
                   "the machine has snapshots (2), and libvirt moves none", SNAPSHOT_HINT);
    // libvirt refuses to move the definition, too
    fixture_turn_off(fx);
    fx->options->offline = true;
    fixture_expect(fx, &ferry_check_snapshots, FERRY_VERDICT_BLOCK,
                   "the machine has snapshots (2), and libvirt moves none", SNAPSHOT_HINT);
}

static void
test_checkpoints(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->extras.checkpoints = 3;
    fixture_expect(
        fx, &ferry_check_snapshots, FERRY_VERDICT_WARN,
        "the machine's checkpoints (3) stay on host 'host-a'",
        "The first backup after the move must be a full one; or save them with 'virsh checkpoint-dumpxml' and define them on host 'host-b' with 'virsh checkpoint-create web1 FILE --redefine'.");
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose(&fx->vm->extras_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_snapshots, FERRY_VERDICT_UNKNOWN,
                   "the machine's snapshots are not known: connection reset", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/snapshots/none", test_none);
    g_test_add_func("/preflight/snapshots/snapshots", test_snapshots);
    g_test_add_func("/preflight/snapshots/checkpoints", test_checkpoints);
    g_test_add_func("/preflight/snapshots/unknown", test_unknown);
    return g_test_run();
}
