// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Moves in which nothing is broken: flags, refusals, the order of events, and what may be done to one meanwhile.

#include <string.h>

#include "../../sim/fixture.h"

static void
assert_error(GError *error, FerryErrorCode code, const char *text)
{
    g_assert_error(error, FERRY_ERROR, (int)code);
    g_assert_cmpstr(error->message, ==, text);
    g_error_free(error);
}

// Each event as one word, in the order in which they come.
static void
note_event(FerryHypervisor *hv, const FerryVmEvent *event, void *data)
{
    GString *notes = data;
    g_autofree char *state = NULL;

    if (event->kind == FERRY_VM_EVENT_STATE) {
        state = ferry_vm_state_format(event->state, event->reason);
        g_string_append_printf(notes, "%s %s; ", ferry_hypervisor_name(hv), state);
    } else if (event->kind == FERRY_VM_EVENT_ITERATION) {
        g_string_append_printf(notes, "%s pass; ", ferry_hypervisor_name(hv));
    } else if (event->kind == FERRY_VM_EVENT_JOB_ENDED) {
        g_string_append_printf(notes, "%s job ended; ", ferry_hypervisor_name(hv));
    } else {
        g_string_append_printf(notes, "%s disconnected; ", ferry_hypervisor_name(hv));
    }
}

// migration.md 6.5: destination started, iterations, source suspended, destination resumed, source stopped,
// job completed.
static void
test_clean_move(void)
{
    g_autoptr(GString) notes = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;
    FerrySimJudgement judgement;
    int src_watch, dst_watch;

    fixture_init(&fixture, &calm);
    src_watch = ferry_hypervisor_watch(fixture.src, UUID, note_event, notes, &error);
    g_assert_no_error(error);
    dst_watch = ferry_hypervisor_watch(fixture.dst, UUID, note_event, notes, &error);
    g_assert_no_error(error);
    fixture_assert_states(&fixture, "running (booted) def", "absent");

    g_assert_true(fixture_move(&fixture, MOVE, &error));
    g_assert_no_error(error);
    fixture_assert_states(&fixture, "absent", "running (migrated) def");
    g_assert_cmpstr(notes->str, ==,
                    "host-b paused (migrating); host-a pass; host-a paused (migrating); "
                    "host-b running (migrated); host-a shut off (migrated); host-a job ended; ");
    judgement = fixture_judge(&fixture);
    g_assert_cmpuint(judgement.running, ==, 1);
    g_assert_cmpuint(judgement.paused, ==, 0);
    g_assert_cmpuint(judgement.definitions, ==, 1);
    g_assert_cmpuint(judgement.jobs, ==, 0);
    g_assert_cmpuint(judgement.doubles, ==, 0);
    g_assert_cmpuint(judgement.forks, ==, 0);
    g_assert_cmpstr(judgement.host, ==, "host-b");
    ferry_hypervisor_unwatch(fixture.src, src_watch);
    ferry_hypervisor_unwatch(fixture.dst, dst_watch);
}

static void
test_direct_move(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &calm);
    g_assert_true(fixture_move(&fixture, MOVE_DIRECT, &error));
    g_assert_no_error(error);
    fixture_assert_states(&fixture, "absent", "running (migrated) def");
}

// Without PERSIST_DEST and UNDEFINE_SOURCE: the source keeps its definition, the destination gets none.
static void
test_keeps_definitions(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &calm);
    g_assert_true(fixture_move(&fixture, FERRY_MIGRATE_LIVE | FERRY_MIGRATE_PEER2PEER, &error));
    fixture_assert_states(&fixture, "shut off (migrated) def", "running (migrated)");
}

static void
test_paused_flag(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &calm);
    g_assert_true(fixture_move(&fixture, MOVE | FERRY_MIGRATE_PAUSED, &error));
    fixture_assert_states(&fixture, "absent", "paused (user) def");
    g_assert_true(ferry_hypervisor_resume(fixture.dst, UUID, &error));
    fixture_assert_states(&fixture, "absent", "running (unpaused) def");
    g_assert_cmpuint(fixture_judge(&fixture).forks, ==, 0);
    g_assert_false(ferry_hypervisor_resume(fixture.dst, UUID, &error));
    assert_error(
        g_steal_pointer(&error), FERRY_ERROR_VM_STATE,
        "cannot change machine 'web1' on host 'host-b': Requested operation is not valid: domain is already running");
}

static void
test_paused_machine_stays_paused(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &calm);
    g_assert_true(ferry_hypervisor_suspend(fixture.src, UUID, &error));
    fixture_assert_states(&fixture, "paused (user) def", "absent");
    g_assert_true(fixture_move(&fixture, MOVE, &error));
    fixture_assert_states(&fixture, "absent", "paused (user) def");
}

static void
test_offline_move(void)
{
    FerrySimMachineSpec off = calm;
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;

    off.state = FERRY_VM_STATE_SHUTOFF;
    fixture_init(&fixture, &off);
    g_assert_false(fixture_move(&fixture, MOVE, &error));
    assert_error(
        g_steal_pointer(&error), FERRY_ERROR_MOVE_FAILED,
        "cannot migrate machine 'web1' from host 'host-a': Requested operation is not valid: domain is not running");
    g_assert_true(fixture_move(&fixture,
                               FERRY_MIGRATE_OFFLINE | FERRY_MIGRATE_PERSIST_DEST |
                                   FERRY_MIGRATE_UNDEFINE_SOURCE | FERRY_MIGRATE_PEER2PEER,
                               &error));
    g_assert_no_error(error);
    fixture_assert_states(&fixture, "absent", "shut off def");
}

// migration.md 0b.8
static void
test_postcopy_with_paused_is_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &calm);
    g_assert_false(
        fixture_move(&fixture, MOVE | FERRY_MIGRATE_PAUSED | FERRY_MIGRATE_POSTCOPY, &error));
    assert_error(
        g_steal_pointer(&error), FERRY_ERROR_MOVE_FAILED,
        "cannot migrate machine 'web1' from host 'host-a': argument unsupported: post-copy migration is not supported with non-live or paused migration");
    fixture_assert_states(&fixture, "running (booted) def", "absent");
}

static void
test_no_route(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &calm);
    ferry_sim_set_link(fixture.world, "host-a", "host-b", (FerrySimLinkSpec){.no_route = true});
    g_assert_false(fixture_move(&fixture, MOVE, &error));
    assert_error(
        g_steal_pointer(&error), FERRY_ERROR_NO_ROUTE,
        "cannot migrate machine 'web1' from host 'host-a': operation failed: Failed to connect to remote libvirt URI sim:host-b: unable to connect to server: Connection refused");
    g_assert_true(fixture_move(&fixture, MOVE_DIRECT, &error));
    fixture_assert_states(&fixture, "absent", "running (migrated) def");
}

// Prepare refuses: no memory, no machine type, the CPU, the name.
static void
test_destination_refuses(void)
{
    static const char *const types[] = {"pc-q35-10.0", NULL};
    static const struct {
        FerrySimHostSpec host;
        const char *text;
    } cases[] = {
        {{.name = "host-b", .memory_kib = 1024}, "Cannot allocate memory"},
        {{.name = "host-b", .machine_types = types}, "does not support machine type"},
        {{.name = "host-b", .cpu_refusal = "missing features: avx512f"},
         "missing features: avx512f"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FerrySimWorld) world = ferry_sim_world_new(1);
        g_autoptr(GError) error = NULL;
        g_auto(Fixture) fixture;

        fixture_init(&fixture, &calm); // registers the driver
        ferry_sim_set_world(world);
        ferry_sim_add_host(world, &(FerrySimHostSpec){.name = "host-a"});
        ferry_sim_add_host(world, &cases[i].host);
        ferry_sim_add_machine(world, "host-a", &calm);
        fixture_connect(&fixture);
        g_assert_false(fixture_move(&fixture, MOVE, &error));
        g_assert_error(error, FERRY_ERROR, FERRY_ERROR_MOVE_FAILED);
        g_assert_nonnull(strstr(error->message, cases[i].text));
        fixture_assert_states(&fixture, "running (booted) def", "absent");
    }
}

static void
abort_at_tenth_pass(FerrySimWorld *world, FerrySimPhase phase, FerrySimPoint point, void *data)
{
    Fixture *fixture = data;
    FerryJobStats stats;
    GError *error = NULL;

    if (phase != FERRY_SIM_PERFORM3 || point != FERRY_SIM_IN)
        return;
    g_assert_true(ferry_hypervisor_get_job(fixture->src, UUID, false, &stats, &error));
    g_assert_no_error(error);
    g_assert_cmpint(stats.kind, ==, FERRY_JOB_ACTIVE);
    g_assert_cmpint(stats.operation, ==, FERRY_JOB_OP_MIGRATION_OUT);
    if (stats.iteration > 1)
        g_assert_cmpuint(stats.memory_dirty_rate, >, 0);
    if (stats.iteration < 10)
        return;
    fixture_assert_states(fixture, "running (booted) def", "paused (migrating)");
    g_assert_true(ferry_hypervisor_get_job(fixture->dst, UUID, false, &stats, &error));
    g_assert_cmpint(stats.operation, ==, FERRY_JOB_OP_MIGRATION_IN);
    g_assert_true(ferry_hypervisor_abort_job(fixture->src, UUID, &error));
    g_assert_no_error(error);
}

// A guest that writes faster than the link carries: passes without end, until somebody aborts.
static void
test_abort(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &busy);
    fixture.bandwidth_mibs = 30;
    ferry_sim_set_hook(fixture.world, abort_at_tenth_pass, &fixture);
    g_assert_false(fixture_move(&fixture, MOVE, &error));
    assert_error(
        g_steal_pointer(&error), FERRY_ERROR_CANCELLED,
        "cannot migrate machine 'web1' from host 'host-a': operation aborted: migration out job: canceled by client");
    fixture_assert_states(&fixture, "running (booted) def", "absent");
}

static void
raise_downtime(FerrySimWorld *world, FerrySimPhase phase, FerrySimPoint point, void *data)
{
    Fixture *fixture = data;
    GError *error = NULL;

    if (phase != FERRY_SIM_PERFORM3 || point != FERRY_SIM_IN)
        return;
    g_assert_true(ferry_hypervisor_set_max_downtime(fixture->src, UUID, 10000, &error));
    g_assert_no_error(error);
}

static void
test_max_downtime(void)
{
    FerryJobStats stats;
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &busy);
    fixture.bandwidth_mibs = 30;
    ferry_sim_set_hook(fixture.world, raise_downtime, &fixture);
    g_assert_true(fixture_move(&fixture, MOVE, &error));
    g_assert_true(ferry_hypervisor_get_job(fixture.dst, UUID, true, &stats, &error));
    g_assert_cmpint(stats.kind, ==, FERRY_JOB_COMPLETED);
    g_assert_cmpuint(stats.downtime_ms, >, 300);
    g_assert_cmpuint(stats.downtime_ms, <=, 10100);
}

static void
test_auto_converge(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &busy);
    fixture.bandwidth_mibs = 30;
    g_assert_true(fixture_move(&fixture, MOVE | FERRY_MIGRATE_AUTO_CONVERGE, &error));
    g_assert_no_error(error);
}

// A suspended guest writes nothing, so the move ends at once; it runs on the destination all the same.
static void
suspend_it(FerrySimWorld *world, FerrySimPhase phase, FerrySimPoint point, void *data)
{
    Fixture *fixture = data;
    GError *error = NULL;

    if (phase != FERRY_SIM_PERFORM3 || point != FERRY_SIM_IN)
        return;
    g_assert_true(ferry_hypervisor_suspend(fixture->src, UUID, &error));
    g_assert_no_error(error);
}

static void
test_suspend_ends_the_move(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &busy);
    fixture.bandwidth_mibs = 30;
    ferry_sim_set_hook(fixture.world, suspend_it, &fixture);
    g_assert_true(fixture_move(&fixture, MOVE, &error));
    fixture_assert_states(&fixture, "absent", "running (migrated) def");
}

// A move that never ends in a world where nothing else happens is told, not waited for.
static void
test_endless_move(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &busy);
    fixture.bandwidth_mibs = 30;
    g_assert_false(fixture_move(&fixture, MOVE, &error));
    assert_error(
        g_steal_pointer(&error), FERRY_ERROR_TIMEOUT,
        "cannot migrate machine 'web1' from host 'host-a': the simulated call would never return");
}

// migration.md 0b.4: the destination holds the machine only when its job has ended; a resume waits for that.
static void
resume_early(FerrySimWorld *world, FerrySimPhase phase, FerrySimPoint point, void *data)
{
    Fixture *fixture = data;
    FerryJobStats stats;
    GError *error = NULL;

    if (phase != FERRY_SIM_FINISH3 || point != FERRY_SIM_AFTER)
        return;
    fixture_assert_states(fixture, "paused (migrating) def", "paused (user) def");
    g_assert_true(ferry_hypervisor_get_job(fixture->dst, UUID, false, &stats, &error));
    g_assert_cmpint(stats.operation, ==, FERRY_JOB_OP_MIGRATION_IN);
    g_assert_true(ferry_hypervisor_resume(fixture->dst, UUID, &error));
    g_assert_no_error(error);
    g_assert_true(ferry_hypervisor_get_job(fixture->dst, UUID, false, &stats, &error));
    g_assert_cmpint(stats.kind, ==, FERRY_JOB_NONE);
}

static void
test_resume_is_a_barrier(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &calm);
    ferry_sim_set_hook(fixture.world, resume_early, &fixture);
    g_assert_true(fixture_move(&fixture, MOVE | FERRY_MIGRATE_PAUSED, &error));
    fixture_assert_states(&fixture, "absent", "running (unpaused) def");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/moves/clean-move", test_clean_move);
    g_test_add_func("/sim/moves/direct-move", test_direct_move);
    g_test_add_func("/sim/moves/keeps-definitions", test_keeps_definitions);
    g_test_add_func("/sim/moves/paused-flag", test_paused_flag);
    g_test_add_func("/sim/moves/paused-machine-stays-paused", test_paused_machine_stays_paused);
    g_test_add_func("/sim/moves/offline-move", test_offline_move);
    g_test_add_func("/sim/moves/postcopy-with-paused-is-refused",
                    test_postcopy_with_paused_is_refused);
    g_test_add_func("/sim/moves/no-route", test_no_route);
    g_test_add_func("/sim/moves/destination-refuses", test_destination_refuses);
    g_test_add_func("/sim/moves/abort", test_abort);
    g_test_add_func("/sim/moves/max-downtime", test_max_downtime);
    g_test_add_func("/sim/moves/auto-converge", test_auto_converge);
    g_test_add_func("/sim/moves/suspend-ends-the-move", test_suspend_ends_the_move);
    g_test_add_func("/sim/moves/endless-move", test_endless_move);
    g_test_add_func("/sim/moves/resume-is-a-barrier", test_resume_is_a_barrier);
    return g_test_run();
}
