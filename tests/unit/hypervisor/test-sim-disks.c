// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Disks that travel with a simulated move: what is copied, what each accident leaves, and when a guest's disk is torn.

#include <string.h>

#include "sim-disks.h"

// The guest runs on the source with its disk; what was copied is there and no disk.
static void
assert_stayed(Fixture *fixture)
{
    FerrySimJudgement found = fixture_judge(fixture);

    g_assert_cmpuint(found.running, ==, 1);
    g_assert_cmpstr(found.host, ==, "host-a");
    g_assert_cmpuint(found.torn, ==, 0);
    g_assert_cmpuint(found.jobs, ==, 0);
    g_assert_true(image(fixture, "host-a", VDA).current);
    g_assert_true(image(fixture, "host-a", VDB).current);
    g_assert_false(image(fixture, "host-b", VDA).current);
    g_assert_cmpuint(image(fixture, "host-b", OTHER).changes, ==, 0);
}

// What is seen of a copy while it goes on; it may be aborted, or limited.
typedef struct Watch {
    Fixture *fixture;
    FerryJobStats first, last; // while disks are copied
    uint64_t seen_bytes;       // there, at the last look
    unsigned abort_at_s;
    bool lift; // the limit, which then holds for memory alone
    bool memory_after;
} Watch;

static void
look(FerrySimWorld *world, void *data)
{
    Watch *watch = data;
    FerryJobStats stats = {0};
    GError *error = NULL;

    if (!ferry_hypervisor_get_job(watch->fixture->src, UUID, false, &stats, NULL) ||
        stats.kind != FERRY_JOB_ACTIVE)
        return;
    if (!ferry_sim_is_copying(world)) {
        watch->memory_after = watch->memory_after || stats.memory_total == 512 * MIB;
        return;
    }
    if (watch->first.disk_total == 0)
        watch->first = stats;
    watch->last = stats;
    watch->seen_bytes = image(watch->fixture, "host-b", VDA).allocation;
    if (watch->lift) {
        g_assert_true(ferry_hypervisor_set_memory_speed(watch->fixture->src, UUID, 0, &error));
        watch->lift = false;
    }
    if (watch->abort_at_s != 0 && stats.elapsed_ms >= UINT64_C(1000) * watch->abort_at_s)
        g_assert_true(ferry_hypervisor_abort_job(watch->fixture->src, UUID, &error));
}

static void
watch_copy(Watch *watch, Fixture *fixture)
{
    watch->fixture = fixture;
    ferry_sim_set_tick(fixture->world, SECONDS(1), look, watch);
}

static int64_t
now_s(Fixture *fixture)
{
    return ferry_clock_now(ferry_sim_clock(fixture->world)) / G_USEC_PER_SEC;
}

static void
test_moves(void)
{
    g_auto(Fixture) fixture = {0};
    Watch watch = {0};
    FerryJobStats done = {0};
    g_autoptr(GError) error = NULL;
    int64_t began;

    disks_init(&fixture);
    make_both(&fixture);
    watch_copy(&watch, &fixture);
    began = now_s(&fixture);
    g_assert_true(copy(&fixture, COPY, &error));
    g_assert_no_error(error);
    // 1200 + 512 MiB and what was dirtied, at nearly 120 MiB/s
    g_assert_cmpint(now_s(&fixture) - began, >=, 14);
    g_assert_cmpint(now_s(&fixture) - began, <, 20);
    g_assert_cmpuint(watch.first.disk_total, ==, 1200 * MIB);
    g_assert_cmpuint(watch.first.memory_total, ==, 0);
    g_assert_cmpuint(watch.first.iteration, ==, 0);
    g_assert_cmpuint(watch.last.disk_processed, >, watch.first.disk_processed);
    g_assert_cmpuint(watch.last.disk_processed + watch.last.disk_remaining, ==, 1200 * MIB);
    g_assert_cmpuint(watch.last.data_total, ==, 1200 * MIB);
    g_assert_cmpuint(watch.seen_bytes, >, 500 * MIB);
    g_assert_cmpuint(watch.seen_bytes, <, 900 * MIB);
    g_assert_true(watch.memory_after);
    fixture_assert_states(&fixture, "absent", "running (migrated) def");
    ferry_sim_advance(fixture.world, SECONDS(5));
    g_assert_cmpuint(fixture_judge(&fixture).torn, ==, 0);
    g_assert_true(image(&fixture, "host-b", VDA).current);
    g_assert_true(image(&fixture, "host-b", VDB).current);
    g_assert_cmpuint(image(&fixture, "host-b", VDA).allocation, ==, 900 * MIB);
    g_assert_cmpuint(image(&fixture, "host-b", OTHER).changes, ==, 0);
    // kept, and older
    g_assert_true(ferry_hypervisor_suspend(fixture.dst, UUID, &error));
    g_assert_true(image(&fixture, "host-b", VDA).current);
    g_assert_false(image(&fixture, "host-a", VDA).current);
    g_assert_true(ferry_hypervisor_get_job(fixture.dst, UUID, true, &done, &error));
    g_assert_cmpuint(done.disk_total, ==, 1200 * MIB);
    g_assert_cmpuint(done.disk_remaining, ==, 0);
}

static void
test_post_copy(void)
{
    g_auto(Fixture) fixture = {0};
    Watch watch = {0};
    g_autoptr(GError) error = NULL;

    disks_init(&fixture);
    make_both(&fixture);
    watch_copy(&watch, &fixture);
    g_assert_true(copy(&fixture, COPY | FERRY_MIGRATE_POSTCOPY, &error));
    g_assert_cmpuint(fixture_judge(&fixture).torn, ==, 0);
    g_assert_true(image(&fixture, "host-b", VDB).current);
}

static void
test_speed(void)
{
    const FerryMigrateCall limited = {
        .uuid = UUID,
        .flags = COPY,
        .dest_uri = "sim:host-b",
        .copied = both,
        .bandwidth_mibs = 10,
    };
    g_auto(Fixture) fixture = {0};
    Watch watch = {.lift = true};
    g_autoptr(GError) error = NULL;
    int64_t began;

    disks_init(&fixture);
    make_both(&fixture);
    watch_copy(&watch, &fixture);
    began = now_s(&fixture);
    g_assert_true(ferry_hypervisor_migrate(fixture.src, fixture.dst, &limited, &error));
    // two disks of 1200 MiB, at 10 MiB/s each, and memory without a limit
    g_assert_cmpint(now_s(&fixture) - began, >=, 50);
    g_assert_cmpint(now_s(&fixture) - began, <, 70);
    g_assert_true(image(&fixture, "host-b", VDA).current);
}

static void
test_refused(void)
{
    g_auto(Fixture) fixture = {0};
    const char *const unknown[] = {"vdc", NULL};
    const FerryMigrateCall wrong = {.uuid = UUID,
                                    .flags = COPY,
                                    .dest_uri = "sim:host-b",
                                    .copied = unknown};
    g_autoptr(GError) error = NULL;

    disks_init(&fixture);
    g_assert_false(copy(&fixture, COPY, &error));
    g_assert_nonnull(strstr(error->message, "no storage pool with matching target path '/srv'"));
    g_clear_error(&error);
    g_assert_false(copy(&fixture, MOVE | FERRY_MIGRATE_NON_SHARED_INC, &error));
    g_assert_nonnull(strstr(error->message, "incremental storage migration is not supported"));
    g_clear_error(&error);
    g_assert_false(fixture_move(&fixture, MOVE, &error));
    g_assert_nonnull(strstr(error->message, "Cannot access storage file '" VDA "'"));
    g_clear_error(&error);
    g_assert_false(ferry_hypervisor_migrate(fixture.src, fixture.dst, &wrong, &error));
    g_assert_nonnull(strstr(error->message, "vdc"));
    g_clear_error(&error);
    g_assert_false(copy(&fixture, COPY | FERRY_MIGRATE_OFFLINE, &error));
    g_assert_cmpuint(ferry_sim_count_images(fixture.world, "host-b"), ==, 1);
    fixture_assert_states(&fixture, "running (booted) def", "absent");
}

// libvirt makes the images itself where a pool is over their folder, and leaves them when the move fails.
static void
test_pool(void)
{
    g_auto(Fixture) fixture = {0};
    const char *const elsewhere[] = {"/var/lib/libvirt/images/a.qcow2", NULL};
    FerrySimMachineSpec spec = guest;
    g_autoptr(GError) error = NULL;

    spec.disks = elsewhere;
    fixture_init(&fixture, &spec);
    ferry_sim_add_image(fixture.world, "host-a",
                        &(FerrySimImageSpec){.path = elsewhere[0],
                                             .allocation = 50 * MIB,
                                             .guest = UUID});
    g_assert_true(fixture_move(&fixture, COPY, &error));
    g_assert_true(image(&fixture, "host-b", elsewhere[0]).current);
    g_assert_cmpuint(fixture_judge(&fixture).torn, ==, 0);
}

static void
test_abort(void)
{
    g_auto(Fixture) fixture = {0};
    Watch watch = {.abort_at_s = 5};
    g_autoptr(GError) error = NULL;

    disks_init(&fixture);
    make_both(&fixture);
    watch_copy(&watch, &fixture);
    g_assert_false(copy(&fixture, COPY, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_CANCELLED);
    fixture_assert_states(&fixture, "running (booted) def", "absent");
    assert_stayed(&fixture);
    g_assert_cmpuint(image(&fixture, "host-b", VDA).allocation, >, 400 * MIB);
    g_assert_cmpuint(image(&fixture, "host-b", VDA).allocation, <, 900 * MIB);
}

static void
test_full(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(GError) error = NULL;
    const FerrySimFault full = {.kind = FERRY_SIM_FAULT_DST_DISK_FULL, .duration_us = SECONDS(60)};

    disks_init(&fixture);
    make_both(&fixture);
    ferry_sim_strike(fixture.world, &full, SECONDS(4));
    // 'Source' and 'destination' are those of the last move: one that is refused.
    g_assert_false(
        fixture_move(&fixture, MOVE | FERRY_MIGRATE_POSTCOPY | FERRY_MIGRATE_PAUSED, NULL));
    g_assert_false(copy(&fixture, COPY, &error));
    g_assert_nonnull(strstr(error->message, "No space left on device"));
    g_assert_cmpint(now_s(&fixture), <, 6);
    assert_stayed(&fixture);
}

// There is less room than the disk takes.
static void
test_no_room(void)
{
    g_auto(Fixture) fixture = {0};
    FerryMigrateCall call = {.uuid = UUID, .flags = COPY, .dest_uri = "sim:host-c"};
    g_autoptr(FerryHypervisor) hv = NULL;
    g_autoptr(GError) error = NULL;

    disks_init(&fixture);
    ferry_sim_add_host(fixture.world,
                       &(FerrySimHostSpec){.name = "host-c", .disk_bytes = 600 * MIB});
    ferry_sim_set_link(fixture.world, "host-a", "host-c",
                       (FerrySimLinkSpec){.rate_bps = 120 * MIB});
    hv = ferry_hypervisor_open("host-c", "sim:host-c", NULL);
    make(hv, VDA);
    make(hv, VDB);
    g_assert_false(ferry_hypervisor_migrate(fixture.src, hv, &call, &error));
    g_assert_nonnull(strstr(error->message, "No space left on device"));
    g_assert_cmpint(now_s(&fixture), >=, 4);
    g_assert_cmpuint(fixture_judge(&fixture).torn, ==, 0);
    g_assert_cmpuint(fixture_judge(&fixture).running, ==, 1);
    g_assert_false(image(&fixture, "host-c", VDA).current);
}

// The copy can't be given up before its link is mended.
static void
test_all_cut(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(GError) error = NULL;

    disks_init(&fixture);
    make_both(&fixture);
    fixture_arm(&fixture, FERRY_SIM_FAULT_ALL_CUT, FERRY_SIM_PERFORM3, FERRY_SIM_IN, SECONDS(90));
    g_assert_false(copy(&fixture, COPY, &error));
    g_assert_cmpint(now_s(&fixture), >=, 90);
    g_assert_cmpint(now_s(&fixture), <, 95);
    fixture_settle(&fixture);
    fixture_assert_states(&fixture, "running (booted) def", "absent");
    assert_stayed(&fixture);
}

static void
test_all_cut_aborted(void)
{
    g_auto(Fixture) fixture = {0};
    const FerrySimFault cut = {.kind = FERRY_SIM_FAULT_ALL_CUT,
                               .phase = FERRY_SIM_PERFORM3,
                               .point = FERRY_SIM_IN,
                               .duration_us = SECONDS(300)};
    Watch watch = {.abort_at_s = 50};
    g_autoptr(GError) error = NULL;

    disks_init(&fixture);
    make_both(&fixture);
    watch_copy(&watch, &fixture);
    ferry_sim_arm(fixture.world, &cut);
    g_assert_false(copy(&fixture, COPY, &error));
    g_assert_cmpint(now_s(&fixture), >=, 50);
    g_assert_cmpint(now_s(&fixture), <, 55);
    assert_stayed(&fixture);
}

static void
test_stall(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(GError) error = NULL;

    disks_init(&fixture);
    make_both(&fixture);
    fixture_arm(&fixture, FERRY_SIM_FAULT_MIGRATION_CUT, FERRY_SIM_PERFORM3, FERRY_SIM_IN,
                SECONDS(90));
    g_assert_true(copy(&fixture, COPY, &error));
    g_assert_cmpint(now_s(&fixture), >=, 104);
    g_assert_true(image(&fixture, "host-b", VDA).current);
    g_assert_cmpuint(fixture_judge(&fixture).torn, ==, 0);
}

// Each accident in the copy ends the move, and the guest goes on where it was.
static void
test_accidents(void)
{
    static const FerrySimFaultKind kinds[] = {
        FERRY_SIM_FAULT_SRC_DAEMON_KILLED,   FERRY_SIM_FAULT_DST_DAEMON_KILLED,
        FERRY_SIM_FAULT_BOTH_DAEMONS_KILLED, FERRY_SIM_FAULT_DST_QEMU_KILLED,
        FERRY_SIM_FAULT_PHASE_FAILS,
    };

    for (unsigned i = 0; i < 2 * G_N_ELEMENTS(kinds); i++) {
        g_auto(Fixture) fixture = {0};

        disks_init(&fixture);
        make_both(&fixture);
        fixture_arm(&fixture, kinds[i / 2], FERRY_SIM_PERFORM3, FERRY_SIM_IN, SECONDS(60));
        g_assert_false(
            copy(&fixture, i % 2 == 0 ? COPY : COPY & ~(unsigned)FERRY_MIGRATE_PEER2PEER, NULL));
        fixture_settle(&fixture);
        assert_stayed(&fixture);
    }
}

// With its QEMU the source's guest is gone, its disk is not.
static void
test_src_qemu(void)
{
    g_auto(Fixture) fixture = {0};

    disks_init(&fixture);
    make_both(&fixture);
    fixture_arm(&fixture, FERRY_SIM_FAULT_SRC_QEMU_KILLED, FERRY_SIM_PERFORM3, FERRY_SIM_IN, 0);
    g_assert_false(copy(&fixture, COPY, NULL));
    fixture_settle(&fixture);
    g_assert_true(fixture_judge(&fixture).qemu_killed);
    g_assert_true(image(&fixture, "host-a", VDA).current);
    g_assert_false(image(&fixture, "host-b", VDA).current);
}

// A guest whose disk is taken away, was not copied, or is another's: each is told.
static void
test_torn(void)
{
    const char *const first[] = {"vda", NULL};

    for (unsigned i = 0; i < 4; i++) {
        g_auto(Fixture) fixture = {0};
        FerryMigrateCall call = {.uuid = UUID,
                                 .flags = COPY | FERRY_MIGRATE_PAUSED,
                                 .dest_uri = "sim:host-b",
                                 .copied = i == 1 ? first : both};
        g_autoptr(GError) error = NULL;

        disks_init(&fixture);
        make_both(&fixture);
        g_assert_true(ferry_hypervisor_migrate(fixture.src, fixture.dst, &call, &error));
        g_assert_cmpuint(fixture_judge(&fixture).torn, ==, 0);
        if (i == 2)
            g_assert_true(ferry_hypervisor_delete_volume(fixture.dst, VDB, &error));
        g_assert_cmpuint(fixture_judge(&fixture).torn, ==, i == 2);
        g_assert_true(ferry_hypervisor_resume(fixture.dst, UUID, &error));
        g_assert_cmpuint(fixture_judge(&fixture).torn, ==, i == 1 ? 1 : i == 2 ? 2 : 0);
        if (i == 3)
            g_assert_true(ferry_hypervisor_delete_volume(fixture.dst, VDA, &error));
        g_assert_cmpuint(fixture_judge(&fixture).torn > 0, ==, i > 0);
    }
}

static void
test_other_places(void)
{
    g_auto(Fixture) fixture = {0};
    FerryMigrateCall call = {.uuid = UUID, .flags = COPY, .dest_uri = "sim:host-b", .copied = both};
    g_autofree char *live = NULL;
    g_autofree char *there = NULL;
    g_autoptr(GString) xml = NULL;
    g_autoptr(GError) error = NULL;

    disks_init(&fixture);
    make(fixture.dst, "/data/web1.qcow2");
    make(fixture.dst, VDB);
    live = ferry_hypervisor_get_xml(fixture.src, UUID, FERRY_XML_LIVE, &error);
    xml = g_string_new(live);
    g_assert_cmpuint(g_string_replace(xml, VDA, "/data/web1.qcow2", 0), ==, 1);
    call.dest_xml = xml->str;
    g_assert_true(ferry_hypervisor_migrate(fixture.src, fixture.dst, &call, &error));
    g_assert_no_error(error);
    g_assert_true(image(&fixture, "host-b", "/data/web1.qcow2").current);
    g_assert_cmpuint(fixture_judge(&fixture).torn, ==, 0);
    there = ferry_hypervisor_get_xml(fixture.dst, UUID, FERRY_XML_LIVE, &error);
    g_assert_cmpstr(there, ==, xml->str);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/disks/moves", test_moves);
    g_test_add_func("/sim/disks/post-copy", test_post_copy);
    g_test_add_func("/sim/disks/speed", test_speed);
    g_test_add_func("/sim/disks/refused", test_refused);
    g_test_add_func("/sim/disks/pool", test_pool);
    g_test_add_func("/sim/disks/abort", test_abort);
    g_test_add_func("/sim/disks/full", test_full);
    g_test_add_func("/sim/disks/no-room", test_no_room);
    g_test_add_func("/sim/disks/all-cut", test_all_cut);
    g_test_add_func("/sim/disks/all-cut-aborted", test_all_cut_aborted);
    g_test_add_func("/sim/disks/stall", test_stall);
    g_test_add_func("/sim/disks/accidents", test_accidents);
    g_test_add_func("/sim/disks/src-qemu", test_src_qemu);
    g_test_add_func("/sim/disks/torn", test_torn);
    g_test_add_func("/sim/disks/other-places", test_other_places);
    return g_test_run();
}
