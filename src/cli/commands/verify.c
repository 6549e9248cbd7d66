// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/error.h"
#include "base/json.h"
#include "base/worker.h"
#include "cli/commands-gen.h"
#include "cli/report.h"
#include "engine/move.h"

#define PATIENCE_US (INT64_C(30) * G_USEC_PER_SEC)

// The newest move of the machine that brought it to its destination.
static FerryTxnRecord *
last_move(FerryCli *cli, const char *vm, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    g_autoptr(GPtrArray) records = NULL;

    if (state == NULL)
        return NULL;
    records = ferry_state_list_txns(state, &(FerryTxnFilter){.kind = "move"}, error);
    if (records == NULL)
        return NULL;
    for (size_t i = 0; i < records->len; i++) {
        const FerryTxnRecord *record = records->pdata[i];
        bool moved = g_strcmp0(record->outcome, "done") == 0 ||
                     g_strcmp0(record->outcome, "verify-failed") == 0;

        if (moved &&
            (g_str_equal(record->name, vm) || g_ascii_strcasecmp(record->subject, vm) == 0))
            return g_ptr_array_steal_index(records, (guint)i);
    }
    ferry_error_set(error, FERRY_ERROR_MOVE_NOT_FOUND, "no finished move of '%s' is recorded", vm);
    ferry_error_add_hint(error, "Run 'virt-ferry history' to see the moves that are.");
    return NULL;
}

static bool
print(FerryCli *cli, const FerryMove *move, GPtrArray *verdicts, GError **error)
{
    g_autoptr(JsonNode) report = ferry_move_report(move, "done");
    JsonObject *object = json_node_get_object(report);
    JsonObject *result = json_object_new();
    g_autoptr(JsonNode) node = ferry_json_node(result);

    json_object_set_string_member(result, "schema", "verify/1");
    json_object_set_member(result, "vm", json_object_dup_member(object, "vm"));
    json_object_set_member(result, "verified", json_object_dup_member(object, "verified"));
    json_object_set_boolean_member(result, "as_before", ferry_verify_holds(verdicts));
    if (cli->json)
        return ferry_cli_print_json(g_steal_pointer(&node), error);
    {
        g_autofree char *text = ferry_report_verdicts(result);
        g_autofree char *name = ferry_cli_escape(move->vm->name);

        return ferry_cli_print(error, "'%s' is %s its move from '%s' to '%s'\n%s", name,
                               ferry_verify_holds(verdicts) ? "as it was before" : "not as before",
                               move->src_host->name, move->dst_host->name, text);
    }
}

// Reading both hosts again, in a worker: no host can hold the command up for ever.
typedef struct Reading {
    FerryMove *move;
    GError *error;
    bool ok;
} Reading;

static void
reading_free(void *data)
{
    Reading *reading = data;

    ferry_move_free(reading->move);
    g_clear_error(&reading->error);
    g_free(reading);
}

static void
read_both(void *data)
{
    Reading *reading = data;
    FerryMove *move = reading->move;

    reading->ok = ferry_move_reconnect(move, &reading->error);
    if (reading->ok)
        move->verdicts = ferry_verify(move->baseline, move->src, move->dst, move->clock);
}

// Takes @move.
static bool
verify(FerryCli *cli, FerryMove *move, int *ret_status, GError **error)
{
    Reading *reading = g_new0(Reading, 1);
    g_autoptr(FerryWork) work = NULL;

    reading->move = move;
    work = ferry_work_start(read_both, reading, reading_free);
    if (!ferry_work_wait(work, g_get_monotonic_time() + PATIENCE_US)) {
        ferry_error_set(error, FERRY_ERROR_TIMEOUT, "host '%s' or '%s' did not answer in %d s",
                        move->src_host->name, move->dst_host->name,
                        (int)(PATIENCE_US / G_USEC_PER_SEC));
        ferry_error_add_hint(error, "Run 'virt-ferry list' to see which host answers.");
        return false;
    }
    if (!reading->ok) {
        g_propagate_error(error, g_steal_pointer(&reading->error));
        return false;
    }
    if (!ferry_verify_holds(move->verdicts))
        *ret_status = ferry_error_info(FERRY_ERROR_VERIFY_FAILED)->exit_status;
    return print(cli, move, move->verdicts, error);
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    g_autoptr(FerryTxnRecord) record = NULL;
    FerryMove *move;
    g_auto(GStrv) words = NULL;
    bool done = false;

    if (!ferry_cli_parse(cli, &ferry_command_verify, argv, NULL, 1, 1, &words, &done, error))
        return false;
    if (done)
        return true;
    record = last_move(cli, words[0], error);
    if (record == NULL)
        return false;
    move = ferry_move_from_intent(record->intent, ferry_clock_real(), error);
    return move != NULL && verify(cli, move, ret_status, error);
}

const FerryCommand ferry_command_verify = {
    .name = "verify",
    .arguments = "VM",
    .summary = "Compare a moved machine with what it was before",
    .description =
        "Reads both hosts of the machine's last move again and compares them with what was recorded before it: "
        "state, definition, autostart, guest agent, leftovers.",
    .run = run,
};
