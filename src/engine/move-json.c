// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A move as JSON: the intent that the journal keeps, the report, and its error in events.

#include "engine/move.h"

#include "base/error.h"
#include "base/json.h"
#include "engine/engine.h"

static JsonNode *
host_to_json(const FerryHost *host)
{
    JsonObject *object = json_object_new();
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);

    json_object_set_string_member(object, "name", host->name);
    json_object_set_string_member(object, "uri", host->uri);
    if (host->address != NULL)
        json_object_set_string_member(object, "address", host->address);
    json_node_take_object(node, object);
    return node;
}

static FerryHost *
host_from_json(JsonObject *intent, const char *member)
{
    JsonObject *object = ferry_json_get_object(intent, member);
    const char *uri = object != NULL ? ferry_json_get_string(object, "uri") : NULL;
    const char *name;
    FerryHost *host;

    if (uri == NULL)
        return NULL;
    host = g_new0(FerryHost, 1);
    host->uri = g_strdup(uri);
    name = ferry_json_get_string(object, "name");
    host->name = g_strdup(name != NULL ? name : uri);
    host->address = g_strdup(ferry_json_get_string(object, "address"));
    return host;
}

static void
set_parties(const FerryMove *move, JsonObject *object)
{
    JsonObject *vm = json_object_new();

    json_object_set_string_member(vm, "name", move->vm->name);
    json_object_set_string_member(vm, "uuid", move->vm->uuid);
    json_object_set_object_member(object, "vm", vm);
    json_object_set_member(object, "src", host_to_json(move->src_host));
    json_object_set_member(object, "dst", host_to_json(move->dst_host));
}

JsonNode *
ferry_move_intent(const FerryMove *move)
{
    JsonObject *object = json_object_new();
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);

    json_object_set_string_member(object, "schema", "move.intent/1");
    set_parties(move, object);
    json_object_set_member(object, "options", ferry_migrate_options_to_json(move->request.options));
    json_object_set_member(object, "plan", ferry_plan_to_json(&move->plan));
    if (move->said != NULL)
        json_object_set_object_member(object, "said", ferry_pair_to_json(move->said));
    json_object_set_member(object, "before", ferry_baseline_to_json(move->baseline));
    if (move->disks != NULL)
        json_object_set_array_member(object, "disks", ferry_disk_plans_to_json(move->disks));
    json_node_take_object(node, object);
    return node;
}

FerryMove *
ferry_move_from_intent(const char *intent, FerryClock *clock, GError **error)
{
    g_autoptr(JsonNode) node = json_from_string(intent, NULL);
    g_autoptr(FerryMove) move = NULL;
    JsonObject *object;
    JsonNode *options;
    JsonObject *before;
    JsonObject *plan;
    JsonObject *said;

    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node)) {
        ferry_error_set(error, FERRY_ERROR_STATE,
                        "cannot read a move's intent: it is no JSON object");
        return NULL;
    }
    object = json_node_get_object(node);
    options = json_object_get_member(object, "options");
    before = ferry_json_get_object(object, "before");
    plan = ferry_json_get_object(object, "plan");
    said = ferry_json_get_object(object, "said");
    move = ferry_move_from_nothing(clock);
    move->src_host = host_from_json(object, "src");
    move->dst_host = host_from_json(object, "dst");
    if (options == NULL || before == NULL || plan == NULL || move->src_host == NULL ||
        move->dst_host == NULL) {
        ferry_error_set(error, FERRY_ERROR_STATE,
                        "cannot read a move's intent: a part of it is missing");
        return NULL;
    }
    if (said != NULL)
        move->said = ferry_pair_from_json(move->src_host->uri, move->dst_host->uri, said);
    move->baseline = ferry_baseline_from_json(before, error);
    if (move->baseline == NULL)
        return NULL;
    ferry_plan_from_json(plan, &move->plan);
    move->disks = ferry_disk_plans_from_json(ferry_json_get_array(object, "disks"));
    move->vm = g_new0(FerryVm, 1);
    move->vm->name = g_strdup(move->baseline->name);
    g_strlcpy(move->vm->uuid, move->baseline->uuid, sizeof(move->vm->uuid));
    move->vm->state = move->baseline->state;
    move->vm->persistent = move->baseline->persistent;
    move->request.vm = g_strdup(move->baseline->uuid);
    move->request.dst = g_strdup(move->dst_host->uri);
    move->request.options = ferry_migrate_options_from_json(options, error);
    if (move->request.options == NULL)
        return NULL;
    return g_steal_pointer(&move);
}

static double
milliseconds(int64_t microseconds)
{
    return (double)microseconds / 1000.0;
}

static void
set_times(const FerryMove *move, JsonObject *object)
{
    const FerryMoveTimes *times = &move->times;
    JsonObject *phases = json_object_new();
    const struct {
        const char *name;
        int64_t value;
    } rows[] = {
        {"resolve", times->resolve}, {"preflight", times->preflight}, {"prepare", times->prepare},
        {"perform", times->perform}, {"settle", times->settle},       {"heal", times->heal},
        {"commit", times->commit},   {"verify", times->verify},       {"undo", times->undo},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].value > 0)
            json_object_set_double_member(phases, rows[i].name, milliseconds(rows[i].value));
    json_object_set_double_member(object, "total_ms", milliseconds(times->ended - times->begun));
    json_object_set_object_member(object, "phases_ms", phases);
}

static void
set_figures(const FerryMove *move, JsonObject *object)
{
    const FerryMoveLive *live = &move->live;
    const FerryJobStats *stats = live->final ? &live->stats : &move->arrived;

    if (live->switchover_us > 0 && move->resumed_us > live->switchover_us)
        json_object_set_double_member(object, "standstill_ms",
                                      milliseconds(move->resumed_us - live->switchover_us));
    if (stats->kind != FERRY_JOB_COMPLETED)
        return;
    json_object_set_int_member(object, "job_ms", (int64_t)stats->elapsed_ms);
    json_object_set_int_member(object, "downtime_ms", (int64_t)stats->downtime_ms);
    json_object_set_int_member(object, "bytes", (int64_t)ferry_job_stats_bytes(stats));
    if (stats->disk_processed > 0)
        json_object_set_int_member(object, "disk_bytes", (int64_t)stats->disk_processed);
    json_object_set_int_member(object, "rounds", (int64_t)stats->iteration);
    json_object_set_int_member(object, "postcopy_requests", (int64_t)stats->postcopy_requests);
    json_object_set_int_member(object, "throttle_percent", stats->throttle_percent);
}

JsonNode *
ferry_move_report(const FerryMove *move, const char *outcome)
{
    JsonObject *object = json_object_new();
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);
    JsonArray *verdicts = json_array_new();

    json_object_set_string_member(object, "schema", "move.report/1");
    json_object_set_string_member(object, "outcome", outcome);
    if (move->id > 0)
        json_object_set_int_member(object, "id", move->id);
    if (move->vm != NULL && move->src_host != NULL && move->dst_host != NULL)
        set_parties(move, object);
    json_object_set_string_member(object, "mode", ferry_mode_name(move->plan.mode));
    if (g_atomic_int_get(&move->left))
        json_object_set_string_member(object, "certificate",
                                      g_atomic_int_get(&move->resumed_early) ? "status-file"
                                                                             : "event");
    json_object_set_string_member(object, "commit", ferry_plan_commit_name(&move->plan));
    set_times(move, object);
    set_figures(move, object);
    for (size_t i = 0; move->verdicts != NULL && i < move->verdicts->len; i++)
        json_array_add_element(verdicts, ferry_verdict_to_json(move->verdicts->pdata[i]));
    json_object_set_array_member(object, "verified", verdicts);
    if (move->verdicts != NULL)
        json_object_set_boolean_member(object, "as_before", ferry_verify_holds(move->verdicts));
    if (move->lefts != NULL && move->lefts->len > 0)
        json_object_set_array_member(object, "source_disks",
                                     ferry_storage_left_to_json(move->lefts));
    if (move->error != NULL)
        json_object_set_string_member(object, "error", move->error->message);
    json_node_take_object(node, object);
    return node;
}

JsonObject *
ferry_engine_error_to_json(const GError *error)
{
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "id", ferry_error_get_info(error)->id);
    ferry_json_set_string(object, "message", error->message);
    ferry_json_set_string(object, "hint", ferry_error_get_hint(error));
    json_object_set_int_member(object, "exit", ferry_error_get_info(error)->exit_status);
    return object;
}
