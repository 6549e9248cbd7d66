// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Images of simulated hosts, and disks that travel with a move: what is copied, what each accident leaves, and when a
// guest's disk is torn.

#include <glib/gstdio.h>
#include <string.h>

#include "../../sim/fixture.h"

#define VDA   "/srv/web1.qcow2"
#define VDB   "/srv/web1-data.qcow2"
#define OTHER "/srv/somebody-else.qcow2"
#define COPY  (MOVE | FERRY_MIGRATE_NON_SHARED_DISK)

static const char *const disks[] = {VDA, VDB, NULL};
static const char *const both[] = {"vda", "vdb", NULL};

static const FerrySimMachineSpec guest = {
    .name = "web1",
    .uuid = UUID,
    .memory_kib = 512 << 10,
    .working_set_bytes = 100 * MIB,
    .dirty_bps = 20 * MIB,
    .disks = disks,
};

// 1.2 GiB are to be copied over 120 MiB/s.
static void
disks_init(Fixture *fixture)
{
    fixture_init(fixture, &guest);
    ferry_sim_add_image(fixture->world, "host-a",
                        &(FerrySimImageSpec){.path = VDA,
                                             .capacity = 2048 * MIB,
                                             .allocation = 900 * MIB,
                                             .guest = UUID});
    ferry_sim_add_image(fixture->world, "host-a",
                        &(FerrySimImageSpec){.path = VDB,
                                             .allocation = 300 * MIB,
                                             .guest = UUID,
                                             .target = "vdb"});
    ferry_sim_add_image(fixture->world, "host-b",
                        &(FerrySimImageSpec){.path = OTHER, .allocation = 10 * MIB});
}

static void
make(FerryHypervisor *hv, const char *path)
{
    const FerryVolume volume = {.path = (char *)path,
                                .format = (char *)"qcow2",
                                .capacity = 2048 * MIB,
                                .owner = -1,
                                .group = -1};
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_hypervisor_create_volume(hv, &volume, &error));
    g_assert_no_error(error);
}

static void
make_both(Fixture *fixture)
{
    make(fixture->dst, VDA);
    make(fixture->dst, VDB);
}

static bool
copy(Fixture *fixture, unsigned flags, GError **error)
{
    const FerryMigrateCall call = {
        .uuid = UUID,
        .flags = flags,
        .dest_uri = "sim:host-b",
        .copied = both,
    };

    return ferry_hypervisor_migrate(fixture->src, fixture->dst, &call, error);
}

static FerrySimImageState
image(Fixture *fixture, const char *host, const char *path)
{
    FerrySimImageState state = {0};

    g_assert_true(ferry_sim_look_at_image(fixture->world, host, path, &state));
    return state;
}

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

static void
test_volumes(void)
{
    g_auto(Fixture) fixture = {0};
    const char *const paths[] = {VDA, OTHER, "/srv/new.qcow2", NULL};
    FerryPathInfo infos[3] = {0};
    const FerryVolume overlay = {.path = (char *)"/srv/top.qcow2",
                                 .format = (char *)"qcow2",
                                 .capacity = 5 * MIB,
                                 .backing = (char *)OTHER,
                                 .backing_format = (char *)"qcow2",
                                 .mode = 0600,
                                 .owner = 64055,
                                 .group = 108};
    const FerryVolume again = {.path = (char *)OTHER, .format = (char *)"raw", .capacity = 1};
    const FerryVolume baseless = {.path = (char *)"/srv/x",
                                  .format = (char *)"qcow2",
                                  .capacity = 1,
                                  .backing = (char *)"/srv/nothing"};
    g_autoptr(GError) error = NULL;

    disks_init(&fixture);
    ferry_hypervisor_look_at_paths(fixture.dst, paths, infos);
    g_assert_false(infos[0].seen);
    g_assert_true(infos[1].seen);
    g_assert_cmpuint(infos[1].allocation, ==, 10 * MIB);
    g_assert_cmpuint(infos[1].capacity, ==, 1024 * MIB);
    g_assert_cmpstr(infos[1].format, ==, "qcow2");
    g_assert_false(infos[2].seen);
    g_assert_false(ferry_hypervisor_create_volume(fixture.dst, &again, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_EXISTS);
    g_clear_error(&error);
    g_assert_false(ferry_hypervisor_create_volume(fixture.dst, &baseless, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_FAILED);
    g_clear_error(&error);
    g_assert_true(ferry_hypervisor_create_volume(fixture.dst, &overlay, &error));
    ferry_path_info_clear(&infos[0]);
    ferry_hypervisor_look_at_paths(fixture.dst, (const char *const[]){overlay.path, NULL}, infos);
    g_assert_true(infos[0].seen);
    g_assert_cmpstr(infos[0].backing, ==, OTHER);
    g_assert_cmpuint(infos[0].mode, ==, 0600);
    g_assert_cmpint(infos[0].owner, ==, 64055);
    g_assert_cmpuint(infos[0].allocation, >, 0);
    g_assert_cmpuint(infos[0].allocation, <, MIB);
    for (unsigned i = 0; i < 2; i++)
        g_assert_true(ferry_hypervisor_delete_volume(fixture.dst, overlay.path, &error));
    g_assert_cmpuint(ferry_sim_count_images(fixture.world, "host-b"), ==, 1);
    for (unsigned i = 0; i < 3; i++)
        ferry_path_info_clear(&infos[i]);
}

static void
test_folders(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(FerryPoolInfo) fast = NULL;
    g_autoptr(FerryPoolInfo) full = NULL;
    g_autoptr(FerryPoolInfo) none = NULL;
    const char *const folders[] = {"/data", NULL};
    const char *const pools[] = {"default", "fast", NULL};
    const FerryVolume lost = {.path = (char *)"/nowhere/a", .format = (char *)"raw", .capacity = 1};
    const FerryVolume late = {.path = (char *)"/data/a", .format = (char *)"raw", .capacity = 1};
    g_autoptr(FerryHypervisor) hv = NULL;
    g_autoptr(GError) error = NULL;

    fixture_init(&fixture, &calm);
    ferry_sim_add_host(fixture.world, &(FerrySimHostSpec){.name = "host-c",
                                                          .folders = folders,
                                                          .pools = pools,
                                                          .disk_bytes = 1000 * MIB});
    ferry_sim_add_image(fixture.world, "host-c",
                        &(FerrySimImageSpec){.path = "/srv/fast/a", .allocation = 300 * MIB});
    hv = ferry_hypervisor_open("host-c", "sim:host-c", NULL);
    g_assert_true(ferry_hypervisor_look_at_folder(hv, "/srv/fast", &fast, &error));
    g_assert_cmpstr(fast->name, ==, "fast");
    g_assert_cmpuint(fast->available, ==, 700 * MIB);
    g_assert_true(ferry_hypervisor_look_at_folder(hv, "/nowhere", &none, &error));
    g_assert_null(none);
    g_assert_false(ferry_hypervisor_create_volume(hv, &lost, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_FAILED);
    g_clear_error(&error);
    ferry_sim_set_disk_full(fixture.world, "host-c", true);
    g_assert_true(ferry_hypervisor_look_at_folder(hv, "/data", &full, &error));
    g_assert_null(full->name);
    g_assert_cmpuint(full->available, ==, 0);
    g_assert_false(ferry_hypervisor_create_volume(hv, &late, &error));
    g_assert_nonnull(strstr(error->message, "No space left on device"));
}

// What is seen of a copy while it goes on; it may be aborted, or limited.
typedef struct Watch {
    Fixture *fixture;
    FerryJobStats first, last; // while disks are copied
    uint64_t seen_bytes;       // there, at the last look
    unsigned abort_at_s, limit_mibs;
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
    if (watch->limit_mibs != 0) {
        g_assert_true(ferry_hypervisor_set_copy_speed(watch->fixture->src, UUID, both,
                                                      watch->limit_mibs, &error));
        watch->limit_mibs = 0;
    }
    if (watch->abort_at_s != 0 && stats.elapsed_ms >= watch->abort_at_s * 1000)
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
    g_auto(Fixture) fixture = {0};
    Watch watch = {.limit_mibs = 10};
    g_autoptr(GError) error = NULL;
    int64_t began;

    disks_init(&fixture);
    make_both(&fixture);
    g_assert_false(ferry_hypervisor_set_copy_speed(fixture.src, UUID, both, 10, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_FAILED);
    g_clear_error(&error);
    watch_copy(&watch, &fixture);
    began = now_s(&fixture);
    g_assert_true(copy(&fixture, COPY, &error));
    // the rest of two disks of 1200 MiB, at 10 MiB/s each
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

// Images that are no longer shared have locks that tell nothing to the other host.
static void
test_locks(void)
{
    g_auto(Fixture) fixture = {0};
    FerrySimMachineSpec spec = guest;
    const char *const nothing[] = {NULL};

    spec.locked = true;
    spec.disks = nothing;
    fixture_init(&fixture, &spec);
    ferry_sim_add_instance(fixture.world, "host-b", UUID, FERRY_VM_STATE_RUNNING,
                           FERRY_VM_REASON_BOOTED);
    g_assert_cmpuint(fixture_judge(&fixture).doubles, ==, 0); // the lock was with the first
    fixture_clear(&fixture);
    spec.disks = disks;
    fixture_init(&fixture, &spec);
    for (unsigned i = 0; i < 4; i++)
        ferry_sim_add_image(fixture.world, i % 2 == 0 ? "host-a" : "host-b",
                            &(FerrySimImageSpec){.path = disks[i / 2],
                                                 .guest = UUID,
                                                 .target = both[i / 2]});
    ferry_sim_add_instance(fixture.world, "host-b", UUID, FERRY_VM_STATE_RUNNING,
                           FERRY_VM_REASON_BOOTED);
    g_assert_cmpuint(fixture_judge(&fixture).doubles, ==, 1);
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

#define WORLD                                                                            \
    "[world]\npersist=true\n[host host-a]\n[host host-b]\ndisk_mib=5000\nfolders=/srv\n" \
    "[machine web1]\nuuid=" UUID "\nhost=host-a\ndisks=" VDA ";" VDB "\nmemory_mib=64\n" \
    "[image host-a " VDA "]\ncapacity_mib=2048\nallocation_mib=900\nguest=web1\n"        \
    "[image host-a " VDB "]\nformat=raw\nguest=web1\ntarget=vdb\nallocation_mib=1\n"     \
    "[image host-b /srv/a file]\nallocation_mib=3\nmode=384\nowner=5\ncontent=partial\n"

typedef struct Disk {
    char *folder, *path, *src_uri, *dst_uri;
} Disk;

static void
disk_clear(Disk *disk)
{
    g_unlink(disk->path);
    g_rmdir(disk->folder);
    g_free(disk->folder);
    g_free(disk->path);
    g_free(disk->src_uri);
    g_free(disk->dst_uri);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Disk, disk_clear)

static void
disk_write(Disk *disk, const char *text)
{
    static const FerryHypervisorDriver *const drivers[] = {&ferry_hypervisor_driver_sim, NULL};

    ferry_hypervisor_set_drivers(drivers);
    disk->folder = g_dir_make_tmp("virt-ferry-sim-XXXXXX", NULL);
    disk->path = g_build_filename(disk->folder, "world.ini", NULL);
    disk->src_uri = g_strdup_printf("sim:host-a?world=%s", disk->path);
    disk->dst_uri = g_strdup_printf("sim:host-b?world=%s", disk->path);
    g_assert_true(g_file_set_contents(disk->path, text, -1, NULL));
}

static void
assert_content(const Disk *disk, const char *group, const char *content)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *found = NULL;

    g_assert_true(g_key_file_load_from_file(file, disk->path, G_KEY_FILE_NONE, NULL));
    found = g_key_file_get_string(file, group, "content", NULL);
    g_assert_cmpstr(found, ==, content);
}

static void
test_file(void)
{
    g_auto(Disk) disk = {0};
    const FerryMigrateCall call = {.uuid = UUID, .flags = COPY, .dest_uri = NULL, .copied = both};
    FerryMigrateCall there = call;
    g_autoptr(FerryHypervisor) src = NULL;
    g_autoptr(FerryHypervisor) dst = NULL;
    g_autoptr(FerrySimWorld) again = NULL;
    FerrySimImageState state = {0};
    FerrySimJudgement found = {0};
    g_autoptr(GError) error = NULL;

    disk_write(&disk, WORLD);
    src = ferry_hypervisor_open("host-a", disk.src_uri, &error);
    dst = ferry_hypervisor_open("host-b", disk.dst_uri, &error);
    g_assert_no_error(error);
    make(dst, VDA);
    make(dst, VDB);
    there.dest_uri = disk.dst_uri;
    assert_content(&disk, "image host-b " VDA, "partial");
    g_assert_true(ferry_hypervisor_migrate(src, dst, &there, &error));
    g_assert_no_error(error);
    assert_content(&disk, "image host-b " VDA, "current");
    assert_content(&disk, "image host-b /srv/a file", "partial");
    // another process sees the same
    again = ferry_sim_world_load(disk.path, &error);
    g_assert_no_error(error);
    g_assert_true(ferry_sim_look_at_image(again, "host-b", VDA, &state));
    g_assert_true(state.current);
    g_assert_cmpuint(state.allocation, ==, 900 * MIB);
    g_assert_cmpuint(ferry_sim_count_images(again, "host-b"), ==, 3);
    g_assert_true(ferry_sim_judge(again, UUID, &found));
    g_assert_cmpuint(found.torn, ==, 0);
    g_assert_true(ferry_hypervisor_delete_volume(src, VDB, &error));
    g_clear_pointer(&again, ferry_sim_world_unref);
    again = ferry_sim_world_load(disk.path, &error);
    g_assert_cmpuint(ferry_sim_count_images(again, "host-a"), ==, 1);
}

static void
test_file_errors(void)
{
    static const struct {
        const char *group, *message;
    } wrong[] = {
        {"[image host-c /srv/a]\n", "there is no host 'host-c'"},
        {"[image host-b /srv/b]\nguest=web9\n", "there is no machine 'web9'"},
        {"[image host-b /srv/b]\nguest=web1\ntarget=vdz\n", "no such disk"},
        {"[image host-b /srv/b]\ncontent=good\n", "good"},
        {"[image host-b /srv/b]\nsize=5\n", "size"},
        {"[image host-b]\n", "needs a host and a path"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *text = g_strconcat(WORLD, wrong[i].group, NULL);
        g_auto(Disk) disk = {0};
        g_autoptr(GError) error = NULL;

        disk_write(&disk, text);
        g_assert_null(ferry_sim_world_load(disk.path, &error));
        g_assert_error(error, FERRY_ERROR, FERRY_ERROR_CONFIG);
        g_assert_nonnull(strstr(error->message, wrong[i].message));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/disks/volumes", test_volumes);
    g_test_add_func("/sim/disks/folders", test_folders);
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
    g_test_add_func("/sim/disks/locks", test_locks);
    g_test_add_func("/sim/disks/other-places", test_other_places);
    g_test_add_func("/sim/disks/file", test_file);
    g_test_add_func("/sim/disks/file-errors", test_file_errors);
    return g_test_run();
}
