// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/engine.h"

#include "base/error.h"
#include "base/json.h"
#include "base/worker.h"
#include "engine/abort.h"
#include "engine/arriving.h"
#include "engine/earlier.h"
#include "engine/steps/steps.h"
#include "journal/journal.h"

enum { ABORT_RETRY_US = 100 * 1000 };

struct FerryEngine {
    FerryState *state;
    FerryMove *move;
    FerryEngineObserver observer;
    bool run_inline;
    FerryMovePhase phase;
    FerryTxn *txn;
    FerryWork *work; // the step that runs now
};

// One step on its way through a worker.
typedef struct StepCall {
    FerryEngine *engine;
    FerryMove *move;
    FerryMoveEvent (*run)(FerryMove *move);
    int64_t *took;
    FerryMoveEvent result;
} StepCall;

static void feed(FerryEngine *engine, FerryMoveEvent event);

static void
run_step(void *data)
{
    StepCall *call = data;
    int64_t begun = ferry_clock_now(call->move->clock);

    call->result = call->run(call->move);
    *call->took += ferry_clock_now(call->move->clock) - begun;
}

static void
emit_notes(FerryEngine *engine)
{
    GPtrArray *notes = engine->move->notes;

    for (size_t i = 0; i < notes->len; i++) {
        JsonObject *object = json_object_new();

        ferry_json_set_string(object, "text", notes->pdata[i]);
        ferry_engine_emit(engine, "note", object);
    }
    g_ptr_array_set_size(notes, 0);
}

// After preflight viewers get the verdicts and the plan.
static void
emit_checks(FerryEngine *engine)
{
    FerryMove *move = engine->move;
    JsonObject *checks = json_object_new();
    JsonObject *plan;

    json_object_set_member(checks, "preflight", ferry_preflight_to_json(move->preflight));
    ferry_engine_emit(engine, "checks", checks);
    if (move->baseline == NULL)
        return;
    plan = json_object_new();
    ferry_json_set_string(plan, "vm", move->vm->name);
    ferry_json_set_string(plan, "uuid", move->vm->uuid);
    ferry_json_set_string(plan, "src", move->src_host->name);
    ferry_json_set_string(plan, "dst", move->dst_host->name);
    json_object_set_member(plan, "plan", ferry_plan_to_json(&move->plan));
    json_object_set_array_member(plan, "disks", ferry_disk_plans_to_json(move->disks));
    if (move->diff != NULL)
        json_object_set_object_member(plan, "diff", json_object_ref(move->diff));
    ferry_engine_emit(engine, "plan", plan);
}

static void
step_done(void *data)
{
    StepCall *call = data;
    FerryEngine *engine = call->engine;
    FerryMoveEvent result = call->result;

    g_clear_pointer(&engine->work, ferry_work_unref);
    emit_notes(engine);
    if (engine->phase == FERRY_PHASE_PREFLIGHT)
        emit_checks(engine);
    // asked for while the step ran: libvirt was not asked yet
    if ((engine->phase < FERRY_PHASE_CONFIRM || engine->phase == FERRY_PHASE_PREPARE) &&
        g_atomic_int_get(&engine->move->cancelled))
        result = FERRY_EVENT_CANCEL;
    // A dry run ends where something would be touched for the first time.
    if (engine->phase == FERRY_PHASE_PREFLIGHT && engine->move->request.dry_run &&
        result != FERRY_EVENT_FAIL) {
        engine->phase = FERRY_PHASE_CANCELLED;
        ferry_engine_emit(engine, "end", NULL);
        engine->observer.phase(engine->phase, engine->observer.data);
        return;
    }
    feed(engine, result);
}

static void
start_step(FerryEngine *engine, FerryMoveEvent (*run)(FerryMove *move), int64_t *took)
{
    StepCall *call = g_new0(StepCall, 1);

    *call = (StepCall){engine, engine->move, run, took, FERRY_EVENT_FAIL};
    if (!engine->run_inline) {
        engine->work = ferry_work_start_then(run_step, call, g_free, step_done, call);
        return;
    }
    run_step(call);
    step_done(call);
    g_free(call);
}

static void
reserve(FerryEngine *engine)
{
    FerryMove *move = engine->move;
    g_autoptr(JsonNode) intent = ferry_move_intent(move);
    g_autofree char *text = ferry_json_format(intent);
    const FerryTxnRecord what = {.kind = (char *)"move",
                                 .subject = move->vm->uuid,
                                 .name = move->vm->name,
                                 .intent = text};
    JsonObject *object;

    engine->txn = ferry_txn_begin(engine->state, move->clock, &what, &move->error);
    if (engine->txn == NULL) {
        feed(engine, FERRY_EVENT_FAIL);
        return;
    }
    move->id = ferry_txn_id(engine->txn);
    object = json_object_new();
    json_object_set_int_member(object, "id", move->id);
    ferry_engine_emit(engine, "reserved", object);
    if (g_atomic_int_get(&move->cancelled))
        feed(engine, FERRY_EVENT_CANCEL);
    else
        feed(engine, ferry_move_needs_preparation(move) ? FERRY_EVENT_NEEDS : FERRY_EVENT_OK);
}

// Ends libvirt's job. Asked too early there is none yet, so it is asked again while perform runs.
static void
abort_job(void *data)
{
    FerryMove *move = data;

    while (g_atomic_int_get(&move->performing) && !ferry_abort_job(move, false, NULL))
        ferry_clock_sleep(move->clock, ABORT_RETRY_US);
}

static void
ask(FerryEngine *engine)
{
    JsonObject *object = json_object_new();
    g_autofree char *question =
        g_strdup_printf("move '%s' to '%s' all the same?", engine->move->vm->name,
                        engine->move->dst_host->name);

    ferry_json_set_string(object, "question", question);
    ferry_engine_emit(engine, "ask", object);
}

static void
enter_step(FerryEngine *engine, FerryMoveStep step)
{
    FerryMoveTimes *times = &engine->move->times;
    FerryMove *move = engine->move;

    switch (step) {
    case FERRY_STEP_RESOLVE:
        start_step(engine, ferry_step_resolve, &times->resolve);
        break;
    case FERRY_STEP_PREFLIGHT:
        move->earlier = ferry_earlier_images(engine->state, move->vm->uuid, move->dst_host->uri);
        start_step(engine, ferry_step_preflight, &times->preflight);
        break;
    case FERRY_STEP_ASK:
        ask(engine);
        break;
    case FERRY_STEP_RESERVE:
        reserve(engine);
        break;
    case FERRY_STEP_PREPARE:
        start_step(engine, ferry_step_prepare, &times->prepare);
        break;
    case FERRY_STEP_PERFORM:
        start_step(engine, ferry_step_perform, &times->perform);
        break;
    case FERRY_STEP_ABORT:
        ferry_work_unref(ferry_work_start(abort_job, move, NULL));
        break;
    case FERRY_STEP_SETTLE:
        start_step(engine, ferry_step_settle, &times->settle);
        break;
    case FERRY_STEP_HEAL:
        start_step(engine, ferry_step_heal, &times->heal);
        break;
    case FERRY_STEP_ALARM:
        start_step(engine, ferry_step_alarm, &times->settle);
        break;
    case FERRY_STEP_COMMIT:
        start_step(engine, ferry_step_commit, &times->commit);
        break;
    case FERRY_STEP_VERIFY:
        start_step(engine, ferry_step_verify, &times->verify);
        break;
    case FERRY_STEP_UNDO:
        start_step(engine, ferry_step_undo, &times->undo);
        break;
    case FERRY_STEP_NONE:
    case FERRY_STEP_LAST:
        break;
    }
}

// Writes @phase to the journal. Before libvirt was called a journal that can't be written stops the move; after
// it nothing may stop the commit, and the rule of the journal makes that safe: with any older phase in it
// both hosts are read again, and they tell.
static bool
journal(FerryEngine *engine, FerryMovePhase phase)
{
    g_autoptr(GError) error = NULL;

    if (engine->txn == NULL || !ferry_phase_is_journalled(phase) || ferry_phase_is_final(phase))
        return true;
    if (ferry_txn_enter(engine->txn, ferry_phase_name(phase), NULL, &error))
        return true;
    if (engine->phase == FERRY_PHASE_RESERVE || phase == FERRY_PHASE_PERFORM) {
        engine->move->error = g_steal_pointer(&error);
        return false;
    }
    ferry_move_note(engine->move, "the journal was not written: %s", error->message);
    emit_notes(engine);
    return true;
}

static const char *
outcome(const FerryEngine *engine)
{
    const FerryMove *move = engine->move;

    if (engine->phase == FERRY_PHASE_DONE)
        return move->verdicts != NULL && ferry_verify_holds(move->verdicts)
                   ? "done"
                   : ferry_error_info(FERRY_ERROR_VERIFY_FAILED)->id;
    if (engine->phase == FERRY_PHASE_PENDING)
        return ferry_error_info(FERRY_ERROR_PENDING)->id;
    if (move->error == NULL)
        return ferry_error_info(FERRY_ERROR_CANCELLED)->id;
    return ferry_error_get_info(move->error)->id;
}

// The machine has moved whatever becomes of this.
static void
keep_names(FerryEngine *engine)
{
    g_autoptr(GError) error = NULL;

    if (engine->phase != FERRY_PHASE_DONE ||
        ferry_arriving_keep(engine->move, engine->state, &error))
        return;
    ferry_move_note(engine->move, "the names were not kept: %s", error->message);
    emit_notes(engine);
}

static void
finish(FerryEngine *engine)
{
    FerryMove *move = engine->move;
    g_autoptr(JsonNode) report = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    JsonObject *object = json_object_new();

    move->times.ended = ferry_clock_now(move->clock);
    if (engine->phase == FERRY_PHASE_CANCELLED && move->error == NULL)
        ferry_error_set(&move->error, FERRY_ERROR_CANCELLED,
                        "the move was cancelled before it began");
    keep_names(engine);
    report = ferry_move_report(move, outcome(engine));
    text = ferry_json_format(report);
    if (engine->txn != NULL && engine->phase != FERRY_PHASE_PENDING &&
        !ferry_txn_end(engine->txn, outcome(engine), text, &error)) {
        ferry_move_note(move, "the end of the move was not recorded: %s", error->message);
        emit_notes(engine);
    }
    json_object_set_member(object, "report", g_steal_pointer(&report));
    if (move->error != NULL)
        json_object_set_object_member(object, "error", ferry_engine_error_to_json(move->error));
    ferry_engine_emit(engine, "end", object);
}

// What a phase that was come to tells of the machine: more than @before, or nothing new. That the journal may
// lack the newest phases is what the resolver's table allows for.
static FerryKnown
known_in(FerryMovePhase phase, FerryKnown before)
{
    if (phase == FERRY_PHASE_COMMIT || phase == FERRY_PHASE_VERIFY)
        return FERRY_KNOWN_LEFT;
    return phase == FERRY_PHASE_UNDO ? FERRY_KNOWN_HELD : before;
}

static void
emit_phase(FerryEngine *engine)
{
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "phase", ferry_phase_name(engine->phase));
    ferry_engine_emit(engine, "phase", object);
}

static void
emit_cancel(FerryEngine *engine, const FerryTransition *row)
{
    JsonObject *object = json_object_new();

    json_object_set_boolean_member(object, "accepted", !row->committed);
    ferry_json_set_string(object, "text", row->comment);
    ferry_engine_emit(engine, "cancel", object);
}

static void
feed(FerryEngine *engine, FerryMoveEvent event)
{
    const FerryTransition *row = ferry_machine_find(engine->phase, event);

    if (row == NULL)
        return;
    if (event == FERRY_EVENT_CANCEL)
        emit_cancel(engine, row);
    // a running step can't be taken back; what it returns meets the wish again in the next phase
    if (event == FERRY_EVENT_CANCEL && engine->work != NULL && row->step != FERRY_STEP_ABORT)
        return;
    if (engine->phase != row->next && !journal(engine, row->next))
        row = ferry_machine_find(engine->phase, FERRY_EVENT_FAIL);
    if (engine->phase != row->next) {
        engine->phase = row->next;
        engine->move->known = known_in(engine->phase, engine->move->known);
        emit_phase(engine);
        if (ferry_phase_is_final(engine->phase))
            finish(engine);
        engine->observer.phase(engine->phase, engine->observer.data);
    }
    enter_step(engine, row->step);
}

FerryEngine *
ferry_engine_new(FerryState *state,
                 FerryMove *move,
                 const FerryEngineObserver *observer,
                 bool run_inline)
{
    FerryEngine *engine = g_new0(FerryEngine, 1);

    engine->state = state;
    engine->move = move;
    engine->observer = *observer;
    engine->run_inline = run_inline;
    return engine;
}

void
ferry_engine_free(FerryEngine *engine)
{
    if (engine == NULL)
        return;
    if (engine->work != NULL)
        ferry_work_abandon(engine->work);
    ferry_txn_free(engine->txn);
    g_free(engine);
}

void
ferry_engine_start(FerryEngine *engine)
{
    FerryMove *move = engine->move;

    move->known_hosts = ferry_state_list_hosts(engine->state, &move->error);
    engine->phase = FERRY_PHASE_RESOLVE;
    emit_phase(engine);
    if (move->known_hosts != NULL)
        move->known_pairs = ferry_state_list_pairs(engine->state, &move->error);
    if (move->known_pairs == NULL)
        feed(engine, FERRY_EVENT_FAIL);
    else
        enter_step(engine, FERRY_STEP_RESOLVE);
}

// Did a runner before this one come so far that all was made which its phase 'prepare' makes?
static bool
was_prepared(FerryEngine *engine, int64_t id, bool *ret_prepared, GError **error)
{
    g_autoptr(GPtrArray) entries = ferry_state_list_entries(engine->state, id, error);

    *ret_prepared = false;
    for (unsigned i = 0; entries != NULL && i < entries->len; i++) {
        const FerryTxnEntry *entry = entries->pdata[i];

        *ret_prepared |= g_str_equal(entry->phase, ferry_phase_name(FERRY_PHASE_PERFORM));
    }
    return entries != NULL;
}

bool
ferry_engine_resume(FerryEngine *engine, int64_t id, GError **error)
{
    const FerryTxnRecord *record;

    engine->txn = ferry_txn_adopt(engine->state, engine->move->clock, id, error);
    if (engine->txn == NULL)
        return false;
    engine->move->id = id;
    g_clear_pointer(&engine->move->known_hosts, g_ptr_array_unref);
    engine->move->known_hosts = ferry_state_list_hosts(engine->state, NULL);
    record = ferry_txn_record(engine->txn);
    // "begin" is the journal's own word: the intent is there, and nothing was done
    if (!ferry_phase_parse(record->phase, &engine->phase))
        engine->phase =
            g_str_equal(record->phase, "begin") ? FERRY_PHASE_RESERVE : FERRY_PHASE_SETTLE;
    engine->move->known = known_in(engine->phase, FERRY_KNOWN_BEGUN);
    engine->move->taken_over = true;
    if (!was_prepared(engine, id, &engine->move->prepared, error))
        return false;
    feed(engine, FERRY_EVENT_RESUME);
    return true;
}

FerryMove *
ferry_engine_look(const FerryTxnRecord *record, FerryClock *clock, GError **error)
{
    g_autoptr(FerryMove) move = ferry_move_from_intent(record->intent, clock, error);
    FerryMovePhase phase = FERRY_PHASE_SETTLE;

    if (move == NULL)
        return NULL;
    (void)ferry_phase_parse(record->phase, &phase);
    move->id = record->id;
    move->known = known_in(phase, FERRY_KNOWN_BEGUN);
    (void)ferry_step_look(move);
    return g_steal_pointer(&move);
}

void
ferry_engine_cancel(FerryEngine *engine)
{
    g_atomic_int_set(&engine->move->cancelled, 1);
    feed(engine, FERRY_EVENT_CANCEL);
}

void
ferry_engine_answer(FerryEngine *engine, bool yes)
{
    if (engine->phase != FERRY_PHASE_CONFIRM)
        return;
    if (!yes) {
        ferry_error_set(&engine->move->error, FERRY_ERROR_DECLINED,
                        "the move was declined: nothing was touched");
        ferry_error_add_hint(&engine->move->error,
                             "Mend what the checks warn of, or agree to it beforehand with --yes.");
    }
    feed(engine, yes ? FERRY_EVENT_OK : FERRY_EVENT_CANCEL);
}

FerryMovePhase
ferry_engine_phase(const FerryEngine *engine)
{
    return engine->phase;
}

void
ferry_engine_emit(FerryEngine *engine, const char *kind, JsonObject *object)
{
    JsonObject *event = object != NULL ? object : json_object_new();
    g_autoptr(JsonNode) node = NULL;

    json_object_set_string_member(event, "event", kind);
    json_object_set_double_member(event, "at_s",
                                  (double)(ferry_clock_now(engine->move->clock) -
                                           engine->move->times.begun) /
                                      1e6);
    node = ferry_json_node(event);
    engine->observer.event(node, engine->observer.data);
}
