// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// From a move's number or machine to its runner, or to a new one where the old is gone.

#include "base/error.h"
#include "cli/viewer.h"
#include "engine/runner.h"
#include "engine/wire.h"
#include "journal/journal.h"

static bool
means(const FerryTxnRecord *record, const char *argument)
{
    return g_str_equal(record->name, argument) ||
           g_ascii_strcasecmp(record->subject, argument) == 0;
}

// By its number a change of identity is found, too, which nobody can watch.
static FerryTxnRecord *
get_move(FerryState *state, int64_t id, GError **error)
{
    g_autoptr(FerryTxnRecord) record = ferry_state_get_txn(state, id, error);

    if (record == NULL || g_str_equal(record->kind, "move"))
        return g_steal_pointer(&record);
    ferry_error_set(error, FERRY_ERROR_MOVE_NOT_FOUND,
                    "%" G_GINT64_FORMAT " is no move: it is a %s of '%s'", id,
                    ferry_txn_kind_word(record->kind), record->name);
    ferry_error_add_hint(error, "Run 'virt-ferry id history %s' to see it.", record->subject);
    return NULL;
}

FerryTxnRecord *
ferry_viewer_find(FerryCli *cli, const char *argument, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    g_autoptr(GPtrArray) records = NULL;
    uint64_t id;

    if (state == NULL)
        return NULL;
    if (g_ascii_string_to_unsigned(argument, 10, 1, G_MAXINT64, &id, NULL))
        return get_move(state, (int64_t)id, error);
    records = ferry_state_list_txns(state, &(FerryTxnFilter){.kind = "move"}, error);
    if (records == NULL)
        return NULL;
    for (size_t i = 0; i < records->len; i++)
        if (means(records->pdata[i], argument))
            return g_ptr_array_steal_index(records, (guint)i);
    ferry_error_set(error, FERRY_ERROR_MOVE_NOT_FOUND, "no move of '%s' is recorded", argument);
    ferry_error_add_hint(error, "Run 'virt-ferry history' to see the moves that are.");
    return NULL;
}

bool
ferry_viewer_attach(FerryCli *cli,
                    const FerryTxnRecord *record,
                    const FerryViewerOptions *options,
                    int *ret_status,
                    GError **error)
{
    const FerryRunnerSpec spec = {.state_driver = cli->state_driver, .resume_id = record->id};
    g_autofree char *path = g_strdup(ferry_state_path(cli->state));
    int fd;

    if (ferry_txn_owner_is_alive(record)) {
        fd = ferry_wire_connect(path, record->id, error);
        return fd >= 0 && ferry_viewer_run(cli, fd, options, ret_status, error);
    }
    ferry_cli_note(cli,
                   "the process that carried move %" G_GINT64_FORMAT
                   " is gone: reading both hosts, then finishing or undoing it",
                   record->id);
    // the runner is forked and opens the records itself
    g_clear_pointer(&cli->state, ferry_state_close);
    return ferry_runner_start(&spec, &fd, error) &&
           ferry_viewer_run(cli, fd, options, ret_status, error);
}
