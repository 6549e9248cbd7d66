// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/error.h"
#include "base/json.h"
#include "cli/commands-gen.h"
#include "cli/report.h"
#include "cli/viewer.h"

// The newest active move, for 'watch' without an argument.
static FerryTxnRecord *
only_active(FerryCli *cli, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    g_autoptr(GPtrArray) records = NULL;

    if (state == NULL)
        return NULL;
    records =
        ferry_state_list_txns(state, &(FerryTxnFilter){.kind = "move", .active = true}, error);
    if (records == NULL)
        return NULL;
    if (records->len == 1)
        return g_ptr_array_steal_index(records, 0);
    ferry_error_set(error, FERRY_ERROR_MOVE_NOT_FOUND,
                    records->len == 0 ? "no move is under way" : "%u moves are under way",
                    records->len);
    ferry_error_add_hint(error, "Run 'virt-ferry history' and name the move by its number.");
    return NULL;
}

// A move that has ended is shown from the records.
static bool
show_ended(FerryCli *cli, const FerryTxnRecord *record, int *ret_status, GError **error)
{
    g_autoptr(JsonNode) report = NULL;
    const FerryErrorInfo *info = ferry_error_info_by_id(record->outcome);
    JsonObject *object;
    const char *failure;

    if (info != NULL)
        *ret_status = info->exit_status;
    report = ferry_json_parse(record->report, "report of the move", error);
    if (report == NULL)
        return false;
    if (cli->json)
        return ferry_cli_print_json(g_steal_pointer(&report), error);
    object = json_node_get_object(report);
    failure = ferry_json_get_string(object, "error");
    if (failure != NULL)
        return ferry_cli_print(error, "move %" G_GINT64_FORMAT ": %s\n", record->id, failure);
    {
        g_autofree char *text = ferry_report_format(object);

        return ferry_cli_print(error, "%s", text);
    }
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    const FerryViewerOptions viewing = {0};
    g_autoptr(FerryTxnRecord) record = NULL;
    g_auto(GStrv) words = NULL;
    bool done = false;

    if (!ferry_cli_parse(cli, &ferry_command_watch, argv, NULL, 0, 1, &words, &done, error))
        return false;
    if (done)
        return true;
    record = words[0] != NULL ? ferry_viewer_find(cli, words[0], error) : only_active(cli, error);
    if (record == NULL)
        return false;
    if (record->outcome != NULL)
        return show_ended(cli, record, ret_status, error);
    return ferry_viewer_attach(cli, record, &viewing, ret_status, error);
}

const FerryCommand ferry_command_watch = {
    .name = "watch",
    .arguments = "[MOVE|VM]",
    .summary = "Watch a move, or finish one whose process is gone",
    .description =
        "MOVE is a move's number; VM a machine, whose newest move is meant. Without either the one move that "
        "is under way is shown.\nWhere the process that carried the move is gone, a new one reads both hosts "
        "and finishes or undoes it.",
    .run = run,
};
