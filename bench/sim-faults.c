// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Simulated moves, each with a random accident in a random phase (daemons killed or frozen, QEMU killed,
// links cut, aborts, the mover itself killed), then whatever recovery the journal allows. After each the
// machine must run in exactly one place, never have run in two, have one definition and no job left,
// and be where the engine said it is. Prints one JSON object; the seed makes a run repeatable.
//
//   sim-faults [--moves N] [--seed S] [--verbose]

#include <stdio.h>

#include "base/error.h"
#include "base/json.h"
#include "base/worker.h"
#include "engine/engine.h"
#include "hypervisor/sim/sim.h"
#include "journal/journal.h"
#include "state/drivers/drivers.h"
#include "state/state-driver.h"

enum {
    MOVES_A_WORLD = 200, // a world keeps what its machines lived through
    RECOVERIES = 4,
};

typedef struct Run {
    FerrySimWorld *world;
    FerryState *state;
    char *uuid;
    unsigned machine; // number of the machine in this world
    bool was_paused;
    FerryMovePhase phase; // in which the last engine ended
    uint64_t n_done, n_failed, n_pending, n_recovered, n_killed, n_undecided, n_decided;
    uint64_t lost, doubled, leftover, misplaced;
    unsigned doubles_before;
    char *last; // what the last move met, for the message of a failure
} Run;

static FerrySimWorld *the_world; // of the state driver below, which gets no data of its own

// The journal of a mover that may be killed: a dead process writes nothing.
static bool
alive(GError **error)
{
    if (!ferry_sim_client_is_dead(the_world))
        return true;
    ferry_error_set(error, FERRY_ERROR_STATE, "the process is dead");
    return false;
}

static bool
mortal_begin(FerryState *state, FerryTxnRecord *record, GError **error)
{
    return alive(error) && ferry_state_driver_memory.begin_txn(state, record, error);
}

static bool
mortal_append(FerryState *state,
              int64_t id,
              int64_t at_us,
              const char *phase,
              const char *detail,
              GError **error)
{
    return alive(error) &&
           ferry_state_driver_memory.append_txn(state, id, at_us, phase, detail, error);
}

static bool
mortal_end(FerryState *state,
           int64_t id,
           int64_t at_us,
           const char *outcome,
           const char *report,
           GError **error)
{
    return alive(error) &&
           ferry_state_driver_memory.end_txn(state, id, at_us, outcome, report, error);
}

static void
ignore_event(JsonNode *event, void *data)
{
    (void)event;
    (void)data;
}

static void
note_phase(FerryMovePhase phase, void *data)
{
    Run *run = data;

    run->phase = phase;
}

static void
witness(FerryHypervisor *hv, const FerryVmEvent *event, void *data)
{
    (void)hv;
    ferry_move_witness(data, event);
}

static void
add_machine(Run *run)
{
    g_autofree char *name = g_strdup_printf("vm%u", run->machine);
    FerrySimMachineSpec spec = {.name = name,
                                .memory_kib = 1048576,
                                .working_set_bytes = UINT64_C(64) << 20,
                                .dirty_bps = ferry_sim_random(run->world, 200) * 1048576,
                                .autostart = ferry_sim_random(run->world, 2) == 0,
                                .transient = ferry_sim_random(run->world, 8) == 0,
                                .locked = ferry_sim_random(run->world, 2) == 0};

    g_free(run->uuid);
    run->uuid = g_strdup_printf("00000000-0000-4000-8000-%012u", ++run->machine);
    spec.uuid = run->uuid;
    run->was_paused = ferry_sim_random(run->world, 10) == 0;
    spec.state = run->was_paused ? FERRY_VM_STATE_PAUSED : FERRY_VM_STATE_RUNNING;
    spec.reason = run->was_paused ? FERRY_VM_REASON_USER : FERRY_VM_REASON_BOOTED;
    run->doubles_before = 0;
    ferry_sim_add_machine(run->world, "host-a", &spec);
}

static void
begin_world(Run *run, uint64_t seed)
{
    static FerryStateDriver mortal;
    const FerryHost hosts[] = {
        {.name = (char *)"host-a", .uri = (char *)"sim:host-a"},
        {.name = (char *)"host-b", .uri = (char *)"sim:host-b"},
    };

    mortal = ferry_state_driver_memory;
    mortal.begin_txn = mortal_begin;
    mortal.append_txn = mortal_append;
    mortal.end_txn = mortal_end;
    run->world = ferry_sim_world_new(seed);
    the_world = run->world;
    ferry_sim_set_world(run->world);
    ferry_sim_set_direct_events(run->world, true);
    run->state = ferry_state_open(&mortal, NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
        ferry_sim_add_host(run->world, &(FerrySimHostSpec){.name = hosts[i].name});
        g_assert_true(ferry_state_add_host(run->state, &hosts[i], NULL));
    }
    run->machine = 0;
    add_machine(run);
}

static void
end_world(Run *run)
{
    ferry_state_close(run->state);
    ferry_sim_set_world(NULL);
    ferry_sim_world_unref(run->world);
}

static void
arm_accident(Run *run, GString *what)
{
    static const int64_t durations_s[] = {1, 5, 20, 40, 90};
    FerrySimWorld *world = run->world;
    FerrySimFault fault = {
        .kind = (FerrySimFaultKind)(1 + ferry_sim_random(world, FERRY_SIM_FAULT_LAST - 1)),
        .phase = (FerrySimPhase)ferry_sim_random(world, FERRY_SIM_PHASE_LAST),
        .point = (FerrySimPoint)ferry_sim_random(world, FERRY_SIM_POINT_LAST),
        .duration_us =
            durations_s[ferry_sim_random(world, G_N_ELEMENTS(durations_s))] * G_USEC_PER_SEC,
    };

    // a third strikes at one of our own calls, so also in resolve, preflight, settle, commit and verify
    if (ferry_sim_random(world, 3) == 0) {
        fault.call = (unsigned)ferry_sim_random(world, 60) + 1;
        fault.point = fault.point == FERRY_SIM_IN ? FERRY_SIM_AFTER : fault.point;
    }
    ferry_sim_arm(world, &fault);
    g_string_append_printf(what, " %s@%s/%s/%u", ferry_sim_fault_name(fault.kind),
                           ferry_sim_phase_name(fault.phase), ferry_sim_point_name(fault.point),
                           fault.call);
}

static void
heal(Run *run)
{
    ferry_sim_disarm(run->world);
    if (ferry_sim_client_is_dead(run->world))
        ferry_sim_client_restart(run->world);
    ferry_sim_mend(run->world, "host-a", "host-b");
    ferry_sim_restart_daemon(run->world, "host-a");
    ferry_sim_restart_daemon(run->world, "host-b");
    ferry_sim_advance(run->world, INT64_C(120) * G_USEC_PER_SEC);
}

// A new process takes over what the dead one left, as 'virt-ferry recover' does.
static void
recover(Run *run, FerryDecision decision)
{
    const FerryEngineObserver observer = {ignore_event, note_phase, run};
    g_autoptr(GPtrArray) left =
        ferry_state_list_txns(run->state, &(FerryTxnFilter){.uuid = run->uuid, .active = true},
                              NULL);
    g_autoptr(FerryMove) move = NULL;
    g_autoptr(FerryEngine) engine = NULL;
    g_autoptr(GError) error = NULL;
    const FerryTxnRecord *record;

    if (left->len == 0)
        return;
    record = left->pdata[0];
    g_assert_true(ferry_state_take_txn(run->state, record, 0, "gone", NULL));
    move = ferry_move_from_intent(record->intent, ferry_sim_clock(run->world), &error);
    g_assert_no_error(error);
    move->decision = decision;
    engine = ferry_engine_new(run->state, move, &observer, true);
    g_assert_true(ferry_engine_resume(engine, record->id, NULL));
    run->n_recovered++;
}

static bool
is_pending(Run *run)
{
    g_autoptr(GPtrArray) left =
        ferry_state_list_txns(run->state, &(FerryTxnFilter){.uuid = run->uuid, .active = true},
                              NULL);

    return left->len > 0;
}

// What no state proves an operator decides: here one who knows the truth. A transient machine that is gone from
// the source left nothing that tells whether it went by this move.
static void
decide(Run *run, const char *src)
{
    FerrySimJudgement found;

    g_assert_true(ferry_sim_judge(run->world, run->uuid, &found));
    if (found.running > 0 || found.paused != 1 || found.qemu_killed)
        return;
    run->n_decided++;
    recover(run,
            g_strcmp0(found.host, src) == 0 ? FERRY_DECISION_KEEP_SRC : FERRY_DECISION_KEEP_DST);
    heal(run);
}

static void
complain(Run *run, const char *wrong, const FerrySimJudgement *found)
{
    fprintf(stderr,
            "%s: running %u paused %u definitions %u jobs %u doubles %u on %s; ended %s;%s\n",
            wrong, found->running, found->paused, found->definitions, found->jobs, found->doubles,
            found->host != NULL ? found->host : "-", ferry_phase_name(run->phase), run->last);
}

// Returns: false when the machine is gone by an accident that nobody could prevent
static bool
judge(Run *run, const char *src, const char *dst)
{
    FerrySimJudgement found;
    bool transient;
    const char *said = run->phase == FERRY_PHASE_DONE ? dst : src;

    g_assert_true(ferry_sim_judge(run->world, run->uuid, &found));
    transient = found.definitions == 0;
    if (found.doubles > run->doubles_before) {
        run->doubled++;
        complain(run, "doubled", &found);
    }
    run->doubles_before = found.doubles;
    // The accident ended the guest. A copy of it that still waits, for an operator to decide, has never run.
    if (found.qemu_killed && found.running == 0 && (found.paused == 0 || is_pending(run))) {
        run->n_killed++;
        run->n_undecided += found.paused > 0;
        return false;
    }
    if (found.running + found.paused != 1 || (found.paused == 1) != run->was_paused) {
        run->lost++;
        complain(run, "lost", &found);
        return false;
    }
    if (found.definitions > 1 || found.jobs > 0 || is_pending(run)) {
        run->leftover++;
        complain(run, "left over", &found);
        return false;
    }
    if (g_strcmp0(found.host, said) != 0) {
        run->misplaced++;
        complain(run, "misplaced", &found);
    }
    (void)transient;
    return true;
}

static void
one_move(Run *run)
{
    const FerryEngineObserver observer = {ignore_event, note_phase, run};
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    g_autoptr(GString) what = g_string_new(NULL);
    g_autoptr(FerryEngine) engine = NULL;
    g_autoptr(FerryMove) move = NULL;
    FerryMoveRequest request = {.vm = run->uuid,
                                .options = options,
                                .yes = true,
                                .host_timeout_s = 5};
    FerrySimJudgement found;
    const char *src;
    const char *dst;

    g_assert_true(ferry_sim_judge(run->world, run->uuid, &found));
    src = found.host;
    dst = g_strcmp0(src, "host-a") == 0 ? "host-b" : "host-a";
    request.dst = (char *)dst;
    options->mode = (FerryMode)ferry_sim_random(run->world, FERRY_MODE_LAST);
    arm_accident(run, what);
    if (ferry_sim_random(run->world, 5) == 0)
        arm_accident(run, what);
    g_free(run->last);
    run->last = g_strdup_printf(" mode %s%s", ferry_mode_name(options->mode), what->str);
    move = ferry_move_new(&request, ferry_sim_clock(run->world));
    move->on_event = witness;
    move->on_event_data = move;
    engine = ferry_engine_new(run->state, move, &observer, true);
    ferry_engine_start(engine);
    run->n_pending += is_pending(run);
    heal(run);
    for (int i = 0; i < RECOVERIES && is_pending(run); i++) {
        recover(run, FERRY_DECISION_NONE);
        heal(run);
    }
    if (is_pending(run))
        decide(run, src);
    if (run->phase == FERRY_PHASE_DONE)
        run->n_done++;
    else
        run->n_failed++;
    if (!judge(run, src, dst))
        add_machine(run);
}

static void
print_result(const Run *run, gint64 moves, gint64 seed, double seconds)
{
    JsonObject *object = json_object_new();
    JsonObject *raw = json_object_new();
    g_autofree char *text = NULL;
    uint64_t bad = run->lost + run->doubled + run->leftover + run->misplaced;

    json_object_set_string_member(object, "name", "sim-faults");
    json_object_set_int_member(raw, "moves", moves);
    json_object_set_int_member(raw, "seed", seed);
    json_object_set_double_member(raw, "seconds", seconds);
    json_object_set_double_member(raw, "us_a_move", seconds * 1e6 / (double)moves);
    json_object_set_int_member(raw, "moved", (gint64)run->n_done);
    json_object_set_int_member(raw, "stayed", (gint64)run->n_failed);
    json_object_set_int_member(raw, "left_pending", (gint64)run->n_pending);
    json_object_set_int_member(raw, "recoveries", (gint64)run->n_recovered);
    json_object_set_int_member(raw, "guests_killed_by_the_accident", (gint64)run->n_killed);
    json_object_set_int_member(raw, "of_these_left_to_an_operator", (gint64)run->n_undecided);
    json_object_set_int_member(raw, "decided_by_an_operator", (gint64)run->n_decided);
    json_object_set_int_member(raw, "lost", (gint64)run->lost);
    json_object_set_int_member(raw, "doubled", (gint64)run->doubled);
    json_object_set_int_member(raw, "left_over", (gint64)run->leftover);
    json_object_set_int_member(raw, "misplaced", (gint64)run->misplaced);
    json_object_set_object_member(object, "raw", raw);
    json_object_set_string_member(
        object, "goal", "none lost, doubled, left over or misplaced; under 60 s for 100,000 moves");
    json_object_set_boolean_member(object, "ok",
                                   bad == 0 && seconds / (double)moves < 60.0 / 100000);
    text = ferry_json_format_object(object);
    puts(text);
}

int
main(int argc, char **argv)
{
    static const FerryHypervisorDriver *const drivers[] = {&ferry_hypervisor_driver_sim, NULL};
    gint64 moves = 100000;
    gint64 seed = (gint64)g_random_int();
    const GOptionEntry entries[] = {
        {"moves", 0, 0, G_OPTION_ARG_INT64, &moves, "How many", "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Of the accidents", "S"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    Run run = {0};
    gint64 begun;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        fprintf(stderr, "sim-faults: %s\n", error->message);
        return 2;
    }
    fprintf(stderr, "seed %" G_GINT64_FORMAT "\n", seed);
    ferry_hypervisor_set_drivers(drivers);
    ferry_work_set_inline(true);
    begun = g_get_monotonic_time();
    for (gint64 i = 0; i < moves; i++) {
        if (i % MOVES_A_WORLD == 0) {
            if (i > 0)
                end_world(&run);
            begin_world(&run, (uint64_t)(seed + i));
        }
        one_move(&run);
    }
    end_world(&run);
    print_result(&run, moves, seed, (double)(g_get_monotonic_time() - begun) / 1e6);
    g_free(run.uuid);
    g_free(run.last);
    return 0;
}
