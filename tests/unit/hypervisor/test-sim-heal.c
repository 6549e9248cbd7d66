// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// A post-copy that breaks and is taken up again, links that are cut under a job, and what is frozen or full: what was
// measured with libvirt 9.0 and 11.3 (facts of the lab, 2.3 and 3), and what follows from libvirt's sources.

#include "../../sim/fixture.h"

#define POSTCOPY (MOVE | FERRY_MIGRATE_POSTCOPY)
#define BROKEN_A "paused (post-copy failed) def"
#define BROKEN_B "running (post-copy failed) def"
#define ARRIVED  "running (migrated) def"

// What is done once the memory is on both hosts.
typedef struct Plan {
    Fixture *fixture;
    bool cut;       // the link first
    bool stop;      // the post-copy
    int64_t cut_us; // how long
    bool done;
} Plan;

static void
hook(FerrySimWorld *world, FerrySimPhase phase, FerrySimPoint point, void *data)
{
    Plan *plan = data;
    g_autoptr(GError) error = NULL;

    if (phase == FERRY_SIM_PERFORM3 && point == FERRY_SIM_IN)
        g_assert_true(ferry_hypervisor_start_postcopy(plan->fixture->src, UUID, NULL));
    if (phase != FERRY_SIM_FINISH3 || point != FERRY_SIM_IN || plan->done)
        return;
    plan->done = true;
    if (plan->cut)
        ferry_sim_cut(world, "host-a", "host-b", FERRY_SIM_CUT_MIGRATION, plan->cut_us);
    if (plan->stop) {
        ferry_hypervisor_pause_postcopy(plan->fixture->src, UUID, &error);
        g_assert_no_error(error);
    }
}

static void
break_it(Fixture *fixture, Plan *plan)
{
    g_autoptr(GError) error = NULL;

    plan->fixture = fixture;
    plan->stop = true;
    ferry_sim_set_hook(fixture->world, hook, plan);
    g_assert_false(fixture_move(fixture, POSTCOPY, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_MOVE_FAILED);
    g_assert_cmpstr(
        error->message, ==,
        "cannot migrate machine 'web1' from host 'host-a': operation failed: job 'migration in' "
        "failed in post-copy phase");
}

static bool
take_up(Fixture *fixture, GError **error)
{
    return fixture_move(fixture, POSTCOPY | FERRY_MIGRATE_POSTCOPY_RESUME, error);
}

static void
assert_running(Fixture *fixture, unsigned running, unsigned paused)
{
    FerrySimJudgement found = fixture_judge(fixture);

    g_assert_cmpuint(found.running, ==, running);
    g_assert_cmpuint(found.paused, ==, paused);
    g_assert_cmpuint(found.doubles, ==, 0);
    g_assert_cmpuint(found.forks, ==, 0);
}

static void
test_stopped_and_taken_up(void)
{
    Plan plan = {0};
    FerryJobStats before;
    FerryJobStats after;
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &busy);
    break_it(&fixture, &plan);
    fixture_assert_states(&fixture, BROKEN_A, BROKEN_B);
    assert_running(&fixture, 0, 2);
    // both jobs stay, and nothing goes over
    g_assert_true(ferry_hypervisor_get_job(fixture.src, UUID, false, &before, NULL));
    ferry_sim_advance(fixture.world, SECONDS(60));
    g_assert_true(ferry_hypervisor_get_job(fixture.src, UUID, false, &after, NULL));
    g_assert_cmpint(after.kind, ==, FERRY_JOB_ACTIVE);
    g_assert_cmpuint(after.data_processed, ==, before.data_processed);

    g_assert_true(take_up(&fixture, NULL));
    fixture_assert_states(&fixture, "absent", ARRIVED);
    assert_running(&fixture, 1, 0);
}

static void
test_refusals(void)
{
    Plan plan = {0};
    g_auto(Fixture) fixture;
    g_autoptr(GError) error = NULL;

    fixture_init(&fixture, &busy);
    g_assert_false(ferry_hypervisor_pause_postcopy(fixture.src, UUID, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_VM_STATE);
    g_clear_error(&error);
    g_assert_false(take_up(&fixture, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_MOVE_FAILED);
    g_clear_error(&error);
    fixture_assert_states(&fixture, "running (booted) def", "absent");

    break_it(&fixture, &plan);
    ferry_sim_cut(fixture.world, "host-a", "host-b", FERRY_SIM_CUT_MIGRATION, 0);
    g_assert_false(take_up(&fixture, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_MOVE_FAILED);
    g_assert_nonnull(strstr(error->message, "No route to host"));
    fixture_assert_states(&fixture, BROKEN_A, BROKEN_B);
    ferry_sim_mend(fixture.world, "host-a", "host-b");
    g_assert_true(take_up(&fixture, NULL));
    fixture_assert_states(&fixture, "absent", ARRIVED);
}

// The destination only reads: as long as the link is cut it does not hear that the source has stopped.
static void
test_stopped_over_a_cut_link(void)
{
    Plan plan = {.cut = true, .cut_us = SECONDS(48)};
    g_auto(Fixture) fixture;
    int64_t begun;

    fixture_init(&fixture, &busy);
    begun = ferry_clock_now(ferry_sim_clock(fixture.world));
    break_it(&fixture, &plan);
    g_assert_cmpint(ferry_clock_now(ferry_sim_clock(fixture.world)) - begun, >, SECONDS(48));
    fixture_assert_states(&fixture, BROKEN_A, BROKEN_B);
    g_assert_true(take_up(&fixture, NULL));
    assert_running(&fixture, 1, 0);
}

// A daemon that starts asks its QEMU: what is stopped is failed, what only stands is left to itself.
static void
test_daemons_start_again(void)
{
    Plan plan = {0};
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &busy);
    break_it(&fixture, &plan);
    ferry_sim_kill_daemon(fixture.world, "host-a", SECONDS(1));
    ferry_sim_kill_daemon(fixture.world, "host-b", SECONDS(1));
    ferry_sim_advance(fixture.world, SECONDS(5));
    fixture_connect(&fixture);
    fixture_assert_states(&fixture, BROKEN_A, BROKEN_B);
    g_assert_true(take_up(&fixture, NULL));
    fixture_assert_states(&fixture, "absent", ARRIVED);
}

static void
test_daemon_killed_over_a_cut_link(void)
{
    Plan plan = {.cut = true, .cut_us = SECONDS(60)};
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &busy);
    plan.fixture = &fixture;
    ferry_sim_set_hook(fixture.world, hook, &plan);
    fixture_arm(&fixture, FERRY_SIM_FAULT_BOTH_DAEMONS_KILLED, FERRY_SIM_FINISH3, FERRY_SIM_IN,
                SECONDS(5));
    g_assert_false(fixture_move(&fixture, POSTCOPY, NULL));
    ferry_sim_advance(fixture.world, SECONDS(10));
    fixture_connect(&fixture);
    assert_running(&fixture, 0, 2);
    ferry_sim_advance(fixture.world, SECONDS(120));
    fixture_assert_states(&fixture, "shut off (migrated) def", ARRIVED);
    assert_running(&fixture, 1, 0);
}

// libvirt 11.2 and 11.3 as destination: the daemon dies of it, and can't take it up any more afterwards.
static void
test_crash_of_the_destination(void)
{
    Plan plan = {0};
    g_auto(Fixture) fixture;
    g_autoptr(GError) error = NULL;

    fixture_init(&fixture, &busy);
    ferry_sim_add_host(fixture.world,
                       &(FerrySimHostSpec){.name = "host-c", .libvirt_version = 11003000});
    ferry_sim_set_link(fixture.world, "host-a", "host-c",
                       (FerrySimLinkSpec){.rate_bps = 120 * MIB});
    ferry_hypervisor_unref(fixture.dst);
    fixture.dst = ferry_hypervisor_open("host-c", "sim:host-c", NULL);
    plan.fixture = &fixture;
    plan.stop = true;
    ferry_sim_set_hook(fixture.world, hook, &plan);
    for (unsigned i = 0; i < 3; i++) {
        const FerryMigrateCall call = {
            .uuid = UUID,
            .flags = POSTCOPY | (i > 0 ? FERRY_MIGRATE_POSTCOPY_RESUME : 0),
            .dest_uri = "sim:host-c",
        };

        g_clear_error(&error);
        g_assert_false(ferry_hypervisor_migrate(fixture.src, fixture.dst, &call, &error));
        g_assert_error(error, FERRY_ERROR, FERRY_ERROR_MOVE_FAILED);
        g_assert_nonnull(
            strstr(error->message, i == 0   ? "failed in post-copy phase"
                                   : i == 1 ? "client socket is closed"
                                            : "domain is not processing incoming migration"));
        ferry_sim_restart_daemon(fixture.world, "host-c");
    }
    ferry_hypervisor_unref(fixture.dst);
    fixture.dst = ferry_hypervisor_open("host-c", "sim:host-c", NULL);
    fixture_assert_states(&fixture, BROKEN_A, BROKEN_B);
    assert_running(&fixture, 0, 2);
}

typedef struct Abort {
    Fixture *fixture;
    FerrySimPhase phase;
    int64_t took_us;
    bool done, aborted;
} Abort;

static void
abort_over_a_cut_link(FerrySimWorld *world, FerrySimPhase phase, FerrySimPoint point, void *data)
{
    Abort *plan = data;
    int64_t begun = ferry_clock_now(ferry_sim_clock(world));

    if (phase != plan->phase || point != FERRY_SIM_IN || plan->done)
        return;
    plan->done = true;
    ferry_sim_cut(world, "host-a", "host-b", FERRY_SIM_CUT_MIGRATION, SECONDS(100));
    plan->aborted = ferry_hypervisor_abort_job(plan->fixture->src, UUID, NULL);
    plan->took_us = ferry_clock_now(ferry_sim_clock(world)) - begun;
}

static void
test_abort_over_a_cut_link(void)
{
    static const FerrySimPhase phases[] = {FERRY_SIM_PERFORM3, FERRY_SIM_SWITCHOVER};

    for (unsigned i = 0; i < G_N_ELEMENTS(phases); i++) {
        g_auto(Fixture) fixture;
        Abort plan = {.fixture = &fixture, .phase = phases[i]};

        fixture_init(&fixture, &calm);
        ferry_sim_set_hook(fixture.world, abort_over_a_cut_link, &plan);
        g_assert_true(fixture_move(&fixture, MOVE, NULL) == (i == 1));
        g_assert_true(plan.aborted == (i == 0));
        g_assert_true(i == 0 ? plan.took_us < SECONDS(1) : plan.took_us >= SECONDS(30));
        if (i == 0)
            fixture_assert_states(&fixture, "running (booted) def", "absent");
        else
            fixture_assert_states(&fixture, "absent", ARRIVED);
        assert_running(&fixture, 1, 0);
    }
}

static void
test_frozen_qemus(void)
{
    static const FerrySimFaultKind kinds[] = {FERRY_SIM_FAULT_SRC_QEMU_FROZEN,
                                              FERRY_SIM_FAULT_DST_QEMU_FROZEN};

    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        FerrySimJudgement found;
        g_auto(Fixture) fixture;
        int64_t took;

        fixture_init(&fixture, &calm);
        took = ferry_clock_now(ferry_sim_clock(fixture.world));
        fixture_arm(&fixture, kinds[i], FERRY_SIM_PERFORM3, FERRY_SIM_IN, SECONDS(60));
        g_assert_true(fixture_move(&fixture, MOVE, NULL));
        took = ferry_clock_now(ferry_sim_clock(fixture.world)) - took;
        g_assert_cmpint(took, >, SECONDS(60));
        fixture_assert_states(&fixture, "absent", ARRIVED);
        found = fixture_judge(&fixture);
        // the guest of a frozen source stands still; that of a frozen destination does not
        if (i == 0)
            g_assert_cmpint(found.guest_us, <, took - SECONDS(60));
        else
            g_assert_cmpint(found.guest_us, >, SECONDS(60));
        assert_running(&fixture, 1, 0);
    }
}

static void
test_frozen_client(void)
{
    static const struct {
        unsigned flags;
        int64_t seconds;
        bool done;
        const char *src, *dst;
    } rows[] = {
        {MOVE, 20, true, "absent", ARRIVED},
        // its connections are closed: what the daemon conducts is done, what it conducts itself stops after Perform
        {MOVE, 60, true, "absent", ARRIVED},
        {MOVE_DIRECT, 20, true, "absent", ARRIVED},
        {MOVE_DIRECT, 60, false, "paused (migrating) def", "absent"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(Fixture) fixture;
        int64_t begun;

        fixture_init(&fixture, &calm);
        begun = ferry_clock_now(ferry_sim_clock(fixture.world));
        fixture_arm(&fixture, FERRY_SIM_FAULT_CLIENT_FROZEN, FERRY_SIM_PERFORM3, FERRY_SIM_IN,
                    SECONDS(rows[i].seconds));
        g_assert_true(fixture_move(&fixture, rows[i].flags, NULL) == rows[i].done);
        g_assert_cmpint(ferry_clock_now(ferry_sim_clock(fixture.world)) - begun, >=,
                        SECONDS(rows[i].seconds));
        g_assert_true(ferry_hypervisor_is_alive(fixture.src) == (rows[i].seconds < 30));
        fixture_connect(&fixture);
        fixture_assert_states(&fixture, rows[i].src, rows[i].dst);
        assert_running(&fixture, rows[i].done ? 1 : 0, rows[i].done ? 0 : 1);
    }
}

static void
test_full_disk(void)
{
    static const FerrySimPhase phases[] = {FERRY_SIM_BEGIN3, FERRY_SIM_PERFORM3};

    for (unsigned i = 0; i < G_N_ELEMENTS(phases); i++) {
        g_auto(Fixture) fixture;
        g_autoptr(GError) error = NULL;

        fixture_init(&fixture, &calm);
        fixture_arm(&fixture, FERRY_SIM_FAULT_DST_DISK_FULL, phases[i], FERRY_SIM_IN, SECONDS(60));
        g_assert_false(fixture_move(&fixture, MOVE | FERRY_MIGRATE_PAUSED, &error));
        g_assert_nonnull(strstr(error->message, "No space left on device"));
        fixture_assert_states(&fixture,
                              i == 0 ? "running (booted) def" : "running (migration canceled) def",
                              "absent");
        assert_running(&fixture, 1, 0);
        ferry_sim_advance(fixture.world, SECONDS(120));
        g_assert_true(fixture_move(&fixture, MOVE, NULL));
    }
}

static void
count(FerrySimWorld *world, void *data)
{
    (void)world;
    ++*(unsigned *)data;
}

static void
test_tick(void)
{
    unsigned n = 0;
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &calm);
    ferry_sim_set_tick(fixture.world, SECONDS(1), count, &n);
    ferry_sim_advance(fixture.world, SECONDS(10));
    g_assert_cmpuint(n, ==, 10);
    ferry_sim_client_die(fixture.world);
    ferry_sim_advance(fixture.world, SECONDS(10));
    g_assert_cmpuint(n, ==, 10);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/heal/stopped-and-taken-up", test_stopped_and_taken_up);
    g_test_add_func("/sim/heal/refusals", test_refusals);
    g_test_add_func("/sim/heal/stopped-over-a-cut-link", test_stopped_over_a_cut_link);
    g_test_add_func("/sim/heal/daemons-start-again", test_daemons_start_again);
    g_test_add_func("/sim/heal/daemon-killed-over-a-cut-link", test_daemon_killed_over_a_cut_link);
    g_test_add_func("/sim/heal/crash-of-the-destination", test_crash_of_the_destination);
    g_test_add_func("/sim/heal/abort-over-a-cut-link", test_abort_over_a_cut_link);
    g_test_add_func("/sim/heal/frozen-qemus", test_frozen_qemus);
    g_test_add_func("/sim/heal/frozen-client", test_frozen_client);
    g_test_add_func("/sim/heal/full-disk", test_full_disk);
    g_test_add_func("/sim/heal/tick", test_tick);
    return g_test_run();
}
