// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What real libvirt hosts did (facts of the lab and of migration, measured with libvirt 9.0 and 11.3), row by
// row: the simulator must leave the same. Each row: a fault at a point of a move, what its client is told, both
// sides when the call has returned, and both sides once every daemon and link is back.

#include "../../sim/fixture.h"

typedef struct Row {
    const char *name;
    unsigned flags;
    const FerrySimMachineSpec *machine;
    FerrySimFault fault;
    bool postcopy;                   // started in the second pass
    int code;                        // FerryErrorCode of the call; -1: it succeeds
    const char *src_soon, *dst_soon; // "?": the host doesn't answer
    const char *src, *dst;
    unsigned running, paused, doubles;
    bool qemu_killed;
} Row;

#define P2P             MOVE
#define DIRECT          MOVE_DIRECT
#define STRICT          (MOVE | FERRY_MIGRATE_PAUSED)
#define STRICT_DIRECT   (MOVE_DIRECT | FERRY_MIGRATE_PAUSED)
#define POSTCOPY        (MOVE | FERRY_MIGRATE_POSTCOPY)
#define POSTCOPY_DIRECT (MOVE_DIRECT | FERRY_MIGRATE_POSTCOPY)
#define AT(phase_, point_, kind_, seconds_)                                                        \
    {                                                                                              \
        .kind = FERRY_SIM_FAULT_##kind_, .phase = FERRY_SIM_##phase_, .point = FERRY_SIM_##point_, \
        .duration_us = (int64_t)(seconds_)*G_USEC_PER_SEC                                          \
    }

static const FerrySimMachineSpec locked = {
    .name = "web1",
    .uuid = UUID,
    .memory_kib = 512 << 10,
    .working_set_bytes = 100 * MIB,
    .dirty_bps = 20 * MIB,
    .locked = true,
};

#define RUNS     "running (booted) def"
#define CANCELED "running (migration canceled) def"
#define ARRIVED  "running (migrated) def"
#define STUCK    "paused (migrating) def"

// clang-format off: a row a fact
static const Row rows[] = {
    // Pre-copy, facts of the lab, section 3.
    {"precopy/client-killed-p2p", P2P, &busy, AT(PERFORM3, IN, CLIENT_KILLED, 0), false,
     FERRY_ERROR_INTERNAL, RUNS, "paused (migrating)", RUNS, "paused (migrating)", 1, 0, 0, false},
    {"precopy/client-killed-p2p-ends-by-itself", P2P, &calm, AT(PERFORM3, IN, CLIENT_KILLED, 0),
     false, FERRY_ERROR_INTERNAL, RUNS, "paused (migrating)", "absent", ARRIVED, 1, 0, 0, false},
    {"precopy/client-killed-direct", DIRECT, &busy, AT(PERFORM3, IN, CLIENT_KILLED, 0), false,
     FERRY_ERROR_INTERNAL, RUNS, "absent", RUNS, "absent", 1, 0, 0, false},
    {"precopy/src-daemon-killed", P2P, &busy, AT(PERFORM3, IN, SRC_DAEMON_KILLED, 5), false,
     FERRY_ERROR_MOVE_FAILED, "?", "absent", RUNS, "absent", 1, 0, 0, false},
    {"precopy/src-daemon-killed-direct", DIRECT, &busy, AT(PERFORM3, IN, SRC_DAEMON_KILLED, 5),
     false, FERRY_ERROR_MOVE_FAILED, "?", "absent", RUNS, "absent", 1, 0, 0, false},
    {"precopy/dst-daemon-killed", P2P, &busy, AT(PERFORM3, IN, DST_DAEMON_KILLED, 5), false,
     FERRY_ERROR_MOVE_FAILED, RUNS, "?", RUNS, "absent", 1, 0, 0, false},
    {"precopy/dst-daemon-killed-direct", DIRECT, &calm, AT(PERFORM3, IN, DST_DAEMON_KILLED, 60),
     false, FERRY_ERROR_MOVE_FAILED, CANCELED, "?", CANCELED, "absent", 1, 0, 0, false},
    {"precopy/dst-qemu-killed", P2P, &busy, AT(PERFORM3, IN, DST_QEMU_KILLED, 0), false,
     FERRY_ERROR_MOVE_FAILED, RUNS, "absent", RUNS, "absent", 1, 0, 0, false},
    {"precopy/src-qemu-killed", P2P, &busy, AT(PERFORM3, IN, SRC_QEMU_KILLED, 0), false,
     FERRY_ERROR_MOVE_FAILED, "shut off (crashed) def", "absent", "shut off (crashed) def",
     "absent", 0, 0, 0, true},
    {"precopy/aborted", P2P, &busy, AT(PERFORM3, IN, ABORTED, 0), false, FERRY_ERROR_CANCELLED,
     RUNS, "absent", RUNS, "absent", 1, 0, 0, false},
    {"precopy/migration-link-down-48-s", P2P, &calm, AT(PERFORM3, IN, MIGRATION_CUT, 48), false, -1,
     "absent", ARRIVED, "absent", ARRIVED, 1, 0, 0, false},
    {"precopy/all-links-down", P2P, &busy, AT(PERFORM3, IN, ALL_CUT, 120), false,
     FERRY_ERROR_MOVE_FAILED, RUNS, "absent", RUNS, "absent", 1, 0, 0, false},
    {"precopy/all-links-down-direct", DIRECT, &busy, AT(PERFORM3, IN, ALL_CUT, 120), false,
     FERRY_ERROR_MOVE_FAILED, RUNS, "absent", RUNS, "absent", 1, 0, 0, false},
    {"precopy/dst-daemon-frozen", P2P, &busy, AT(PERFORM3, IN, DST_DAEMON_FROZEN, 60), false,
     FERRY_ERROR_MOVE_FAILED, RUNS, "?", RUNS, "absent", 1, 0, 0, false},

    // Post-copy, facts of the lab, section 3.
    {"postcopy/clean", POSTCOPY, &busy, AT(PERFORM3, IN, NONE, 0), true, -1, "absent", ARRIVED,
     "absent", ARRIVED, 1, 0, 0, false},
    {"postcopy/client-killed-p2p", POSTCOPY, &busy, AT(FINISH3, IN, CLIENT_KILLED, 0), true,
     FERRY_ERROR_INTERNAL, "paused (post-copy) def", "running (post-copy) def", "absent", ARRIVED,
     1, 0, 0, false},
    {"postcopy/client-killed-direct", POSTCOPY_DIRECT, &busy, AT(FINISH3, IN, CLIENT_KILLED, 0),
     true, FERRY_ERROR_INTERNAL, "paused (post-copy failed) def", "running (post-copy) def",
     "shut off (migrated) def", ARRIVED, 1, 0, 0, false},
    {"postcopy/aborted", POSTCOPY, &busy, AT(FINISH3, IN, ABORTED, 0), true, -1, "absent", ARRIVED,
     "absent", ARRIVED, 1, 0, 0, false},
    {"postcopy/src-daemon-killed", POSTCOPY, &busy, AT(FINISH3, IN, SRC_DAEMON_KILLED, 1), true,
     FERRY_ERROR_MOVE_FAILED, "?", "running (post-copy) def", "shut off (migrated) def", ARRIVED, 1,
     0, 0, false},
    {"postcopy/dst-daemon-killed", POSTCOPY, &busy, AT(FINISH3, IN, DST_DAEMON_KILLED, 1), true,
     FERRY_ERROR_MOVE_FAILED, "paused (post-copy failed) def", "?", "shut off (migrated) def",
     ARRIVED, 1, 0, 0, false},
    {"postcopy/dst-qemu-killed", POSTCOPY, &busy, AT(FINISH3, IN, DST_QEMU_KILLED, 0), true,
     FERRY_ERROR_MOVE_FAILED, "paused (post-copy failed) def", "shut off (crashed) def",
     "paused (post-copy failed) def", "shut off (crashed) def", 0, 1, 0, true},
    {"postcopy/src-qemu-killed", POSTCOPY, &busy, AT(FINISH3, IN, SRC_QEMU_KILLED, 0), true,
     FERRY_ERROR_MOVE_FAILED, "shut off (crashed) def", "running (post-copy failed) def",
     "shut off (crashed) def", "running (post-copy failed) def", 0, 1, 0, true},
    {"postcopy/migration-link-down-48-s", POSTCOPY, &busy, AT(FINISH3, IN, MIGRATION_CUT, 48), true,
     -1, "absent", ARRIVED, "absent", ARRIVED, 1, 0, 0, false},
    {"postcopy/all-links-down", POSTCOPY, &busy, AT(FINISH3, IN, ALL_CUT, 0), true,
     FERRY_ERROR_MOVE_FAILED, "paused (post-copy failed) def", "running (post-copy) def",
     "shut off (migrated) def", ARRIVED, 1, 0, 0, false},

    // Finding 1: the destination's daemon is frozen around Finish3 for longer than keepalive.
    {"lost-finish/runs-on-both-hosts", P2P, &calm, AT(FINISH3, BEFORE, DST_DAEMON_FROZEN, 60),
     false, FERRY_ERROR_MOVE_FAILED, CANCELED, "?", CANCELED, ARRIVED, 2, 0, 1, false},
    {"lost-finish/runs-on-both-hosts-direct", DIRECT, &calm,
     AT(FINISH3, BEFORE, DST_DAEMON_FROZEN, 60), false, FERRY_ERROR_MOVE_FAILED, CANCELED, "?",
     CANCELED, ARRIVED, 2, 0, 1, false},
    {"lost-finish/image-locks-save-it", P2P, &locked, AT(FINISH3, BEFORE, DST_DAEMON_FROZEN, 60),
     false, FERRY_ERROR_MOVE_FAILED, CANCELED, "?", CANCELED, "shut off (failed) def", 1, 0, 0,
     false},
    {"lost-finish/paused-flag-saves-it", STRICT, &calm, AT(FINISH3, BEFORE, DST_DAEMON_FROZEN, 60),
     false, FERRY_ERROR_MOVE_FAILED, CANCELED, "?", CANCELED, "paused (user) def", 1, 1, 0, false},
    {"lost-finish/shorter-than-keepalive", P2P, &calm, AT(FINISH3, BEFORE, DST_DAEMON_FROZEN, 25),
     false, -1, "absent", ARRIVED, "absent", ARRIVED, 1, 0, 0, false},
    {"lost-finish/answer-lost-with-the-link", P2P, &calm,
     AT(FINISH3_END, AFTER, MANAGEMENT_CUT, 60), false, FERRY_ERROR_MOVE_FAILED, CANCELED, ARRIVED,
     CANCELED, ARRIVED, 2, 0, 1, false},
    {"lost-finish/dst-daemon-killed-after-cpus", P2P, &calm,
     AT(FINISH3, AFTER, DST_DAEMON_KILLED, 5), false, FERRY_ERROR_MOVE_FAILED, CANCELED, "?",
     CANCELED, ARRIVED, 2, 0, 1, false},

    // Finding 2 and migration.md 6.1: crashes while the source waits for Finish3.
    {"wait-for-finish/src-daemon-killed", P2P, &calm, AT(FINISH3, IN, SRC_DAEMON_KILLED, 5), false,
     FERRY_ERROR_MOVE_FAILED, "?", "paused (migrating) def", STUCK, ARRIVED, 1, 1, 0, false},
    {"wait-for-finish/src-daemon-killed-strict", STRICT, &calm,
     AT(FINISH3, IN, SRC_DAEMON_KILLED, 5), false, FERRY_ERROR_MOVE_FAILED, "?",
     "paused (migrating) def", STUCK, "paused (user) def", 0, 2, 0, false},
    {"wait-for-finish/both-daemons-killed", P2P, &calm, AT(FINISH3, IN, BOTH_DAEMONS_KILLED, 5),
     false, FERRY_ERROR_MOVE_FAILED, "?", "?", STUCK, "shut off def", 0, 1, 0, false},
    {"wait-for-finish/both-daemons-killed-before", P2P, &calm,
     AT(FINISH3, BEFORE, BOTH_DAEMONS_KILLED, 5), false, FERRY_ERROR_MOVE_FAILED, "?", "?", STUCK,
     "absent", 0, 1, 0, false},
    {"wait-for-finish/client-killed-direct", DIRECT, &calm, AT(FINISH3, IN, CLIENT_KILLED, 0),
     false, FERRY_ERROR_INTERNAL, STUCK, "paused (migrating) def", STUCK, ARRIVED, 1, 1, 0, false},
    {"wait-for-finish/dst-daemon-killed-strict", STRICT, &calm,
     AT(FINISH3, AFTER, DST_DAEMON_KILLED, 5), false, FERRY_ERROR_MOVE_FAILED, CANCELED, "?",
     CANCELED, "shut off def", 1, 0, 0, false},
    {"wait-for-finish/dst-daemon-killed-strict-job-over", STRICT, &calm,
     AT(FINISH3_END, AFTER, DST_DAEMON_KILLED, 5), false, FERRY_ERROR_MOVE_FAILED, CANCELED, "?",
     CANCELED, "paused (user) def", 1, 1, 0, false},

    // migration.md 6.1, last row, and the switchover.
    {"switchover/src-daemon-killed", P2P, &calm, AT(SWITCHOVER, IN, SRC_DAEMON_KILLED, 5), false,
     FERRY_ERROR_MOVE_FAILED, "?", "absent", CANCELED, "absent", 1, 0, 0, false},
    {"switchover/dst-daemon-killed", P2P, &calm, AT(SWITCHOVER, IN, DST_DAEMON_KILLED, 5), false,
     FERRY_ERROR_MOVE_FAILED, CANCELED, "?", CANCELED, "absent", 1, 0, 0, false},
    {"switchover/aborted", P2P, &calm, AT(SWITCHOVER, IN, ABORTED, 0), false, FERRY_ERROR_CANCELLED,
     CANCELED, "absent", CANCELED, "absent", 1, 0, 0, false},
    {"switchover/client-killed-direct", DIRECT, &calm, AT(SWITCHOVER, IN, CLIENT_KILLED, 0), false,
     FERRY_ERROR_INTERNAL, CANCELED, "absent", CANCELED, "absent", 1, 0, 0, false},
    {"switchover/src-daemon-frozen", P2P, &calm, AT(SWITCHOVER, IN, SRC_DAEMON_FROZEN, 60), false,
     FERRY_ERROR_MOVE_FAILED, "?", "absent", CANCELED, "absent", 1, 0, 0, false},

    // migration.md 6.2 and 0b.3: Confirm3.
    {"confirm/src-daemon-killed", P2P, &calm, AT(CONFIRM3, IN, SRC_DAEMON_KILLED, 5), false,
     FERRY_ERROR_MOVE_FAILED, "?", ARRIVED, "shut off def", ARRIVED, 1, 0, 0, false},
    {"confirm/src-daemon-killed-before", P2P, &calm, AT(CONFIRM3, BEFORE, SRC_DAEMON_KILLED, 5),
     false, FERRY_ERROR_MOVE_FAILED, "?", ARRIVED, STUCK, ARRIVED, 1, 1, 0, false},
    {"confirm/src-daemon-killed-direct", DIRECT, &calm, AT(CONFIRM3, BEFORE, SRC_DAEMON_KILLED, 5),
     false, FERRY_ERROR_MOVE_FAILED, "?", ARRIVED, STUCK, ARRIVED, 1, 1, 0, false},
    {"confirm/fails-and-restores-the-source", P2P, &calm, AT(CONFIRM3, IN, PHASE_FAILS, 0), false,
     -1, CANCELED, ARRIVED, CANCELED, ARRIVED, 2, 0, 1, false},
    {"confirm/fails-and-restores-the-source-strict", STRICT, &calm,
     AT(CONFIRM3, IN, PHASE_FAILS, 0), false, -1, CANCELED, "paused (user) def", CANCELED,
     "paused (user) def", 1, 1, 0, false},
    {"finish/src-qemu-killed-keeps-the-destination", P2P, &calm,
     AT(FINISH3, IN, SRC_QEMU_KILLED, 0), false, -1, "absent", ARRIVED, "absent", ARRIVED, 1, 0, 0,
     true},

    // Before Perform nothing has happened.
    {"begin/src-daemon-killed", P2P, &calm, AT(BEGIN3, IN, SRC_DAEMON_KILLED, 5), false,
     FERRY_ERROR_MOVE_FAILED, "?", "absent", RUNS, "absent", 1, 0, 0, false},
    {"prepare/src-daemon-killed", P2P, &calm, AT(PREPARE3, IN, SRC_DAEMON_KILLED, 5), false,
     FERRY_ERROR_MOVE_FAILED, "?", "absent", RUNS, "absent", 1, 0, 0, false},
    {"prepare/dst-daemon-killed", P2P, &calm, AT(PREPARE3, IN, DST_DAEMON_KILLED, 5), false,
     FERRY_ERROR_MOVE_FAILED, RUNS, "?", RUNS, "absent", 1, 0, 0, false},
    {"prepare/client-killed-direct", DIRECT, &calm, AT(PREPARE3, IN, CLIENT_KILLED, 0), false,
     FERRY_ERROR_INTERNAL, RUNS, "absent", RUNS, "absent", 1, 0, 0, false},
    {"prepare/refused", P2P, &calm, AT(PREPARE3, IN, PHASE_FAILS, 0), false,
     FERRY_ERROR_MOVE_FAILED, RUNS, "absent", RUNS, "absent", 1, 0, 0, false},
    {"perform/fails-in-the-middle", P2P, &calm, AT(PERFORM3, IN, PHASE_FAILS, 0), false,
     FERRY_ERROR_MOVE_FAILED, RUNS, "absent", RUNS, "absent", 1, 0, 0, false},
};
// clang-format on

static void
begin_postcopy(FerrySimWorld *world, FerrySimPhase phase, FerrySimPoint point, void *data)
{
    Fixture *fixture = data;

    if (phase == FERRY_SIM_PERFORM3 && point == FERRY_SIM_IN)
        g_assert_true(ferry_hypervisor_start_postcopy(fixture->src, UUID, NULL));
}

static void
check_code(const Row *row, bool done, GError *error)
{
    if (row->code == -1) {
        g_assert_no_error(error);
        g_assert_true(done);
        return;
    }
    g_assert_error(error, FERRY_ERROR, row->code);
    g_assert_false(done);
}

static void
test_row(const void *data)
{
    const Row *row = data;
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;
    FerrySimJudgement judgement;
    bool done;

    fixture_init(&fixture, row->machine);
    if (row->machine == &busy && !row->postcopy)
        fixture.bandwidth_mibs = 30;
    if (row->postcopy)
        ferry_sim_set_hook(fixture.world, begin_postcopy, &fixture);
    if (row->fault.kind != FERRY_SIM_FAULT_NONE)
        ferry_sim_arm(fixture.world, &row->fault);
    done = fixture_move(&fixture, row->flags, &error);
    check_code(row, done, error);
    g_assert_cmpuint(ferry_sim_armed(fixture.world), ==, 0);
    ferry_sim_client_restart(fixture.world);
    fixture_connect(&fixture);
    fixture_assert_states(&fixture, row->src_soon, row->dst_soon);

    fixture_settle(&fixture);
    fixture_assert_states(&fixture, row->src, row->dst);
    judgement = fixture_judge(&fixture);
    g_assert_cmpuint(judgement.running, ==, row->running);
    g_assert_cmpuint(judgement.paused, ==, row->paused);
    g_assert_cmpuint(judgement.doubles, ==, row->doubles);
    g_assert_cmpint(judgement.qemu_killed, ==, row->qemu_killed);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/sim/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    return g_test_run();
}
