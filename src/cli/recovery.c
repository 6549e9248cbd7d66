// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/recovery.h"

#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/viewer.h"
#include "engine/runner.h"
#include "identity/change-recover.h"
#include "journal/journal.h"

static bool
is_of(const FerryTxnRecord *record, const char *vm)
{
    return vm == NULL || g_str_equal(record->name, vm) ||
           g_ascii_strcasecmp(record->subject, vm) == 0 ||
           (record->claim != NULL && g_ascii_strcasecmp(record->claim, vm) == 0);
}

GPtrArray *
ferry_recovery_find(FerryState *state, const char *vm, GError **error)
{
    g_autoptr(GPtrArray) active = NULL;
    g_autoptr(GPtrArray) found =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_txn_record_free);

    if (state == NULL)
        return NULL;
    active = ferry_state_list_txns(state, &(FerryTxnFilter){.active = true}, error);
    if (active == NULL)
        return NULL;
    for (unsigned i = active->len; i > 0; i--) {
        const FerryTxnRecord *record = g_ptr_array_index(active, i - 1);

        if (is_of(record, vm) && !ferry_txn_owner_is_alive(record))
            g_ptr_array_add(found, ferry_txn_record_copy(record));
    }
    return g_steal_pointer(&found);
}

// Runners are forked, so all are begun before the first is looked at: a process that shows one has threads.
static int *
start_all(FerryCli *cli, GPtrArray *records, FerryDecision decision, GError **error)
{
    g_autofree int *fds = g_new(int, records->len);

    g_clear_pointer(&cli->state, ferry_state_close);
    for (unsigned i = 0; i < records->len; i++) {
        const FerryTxnRecord *record = g_ptr_array_index(records, i);
        const FerryRunnerSpec spec = {.state_driver = cli->state_driver,
                                      .resume_id = record->id,
                                      .decision = decision};

        if (ferry_runner_start(&spec, &fds[i], error))
            continue;
        // those that were begun go on by themselves
        while (i > 0)
            close(fds[--i]);
        return NULL;
    }
    return g_steal_pointer(&fds);
}

static bool
recover_moves(FerryCli *cli,
              GPtrArray *records,
              FerryDecision decision,
              unsigned *left,
              GError **error)
{
    g_autofree int *fds = start_all(cli, records, decision, error);

    if (fds == NULL)
        return false;
    for (unsigned i = 0; i < records->len; i++) {
        const FerryTxnRecord *record = g_ptr_array_index(records, i);
        const FerryViewerOptions viewing = {.recover = true, .id = record->id};
        g_autoptr(GError) failure = NULL;
        int status = 0;

        if (ferry_viewer_run(cli, fds[i], &viewing, &status, &failure))
            continue;
        (*left)++;
        ferry_cli_print_error(cli, failure);
    }
    return true;
}

bool
ferry_recovery_is_change(const FerryTxnRecord *record)
{
    return g_str_equal(record->kind, FERRY_CHANGE_KIND);
}

static bool
print_change(FerryCli *cli, const FerryTxnRecord *record, FerryChangeResult *result, GError **error)
{
    const bool done = g_str_equal(result->outcome, "done");
    g_autofree char *name = ferry_cli_escape(record->name);
    JsonObject *report = json_node_get_object(result->report);
    JsonObject *is = ferry_json_get_object(report, done ? "after" : "before");

    if (cli->json)
        return ferry_cli_print_json(g_steal_pointer(&result->report), error);
    return ferry_cli_print(error,
                           "'%s' has its %s identity, UUID %s (change %" G_GINT64_FORMAT ": %s)\n",
                           name, done ? "new" : "old", ferry_json_get_string(is, "uuid"),
                           result->id, result->outcome);
}

static bool
recover_changes(FerryCli *cli,
                GPtrArray *records,
                FerryDecision decision,
                unsigned *left,
                GError **error)
{
    const FerryChangeRecovery options = {
        .timeout_s = ferry_config_get_uint(cli->config, "connect", "timeout"),
        .give_up = decision == FERRY_DECISION_GIVE_UP,
    };

    for (unsigned i = 0; i < records->len; i++) {
        const FerryTxnRecord *record = g_ptr_array_index(records, i);
        FerryState *state = ferry_cli_state(cli, error);
        g_auto(FerryChangeResult) result = {0};
        g_autoptr(GError) failure = NULL;

        if (state == NULL)
            return false;
        if (ferry_change_recover(state, record, &options, &result, &failure)) {
            if (!print_change(cli, record, &result, error))
                return false;
            continue;
        }
        (*left)++;
        ferry_cli_print_error(cli, failure);
    }
    return true;
}

bool
ferry_recovery_run(FerryCli *cli,
                   GPtrArray *records,
                   FerryDecision decision,
                   unsigned *ret_left,
                   GError **error)
{
    g_autoptr(GPtrArray) moves = g_ptr_array_new();
    g_autoptr(GPtrArray) changes = g_ptr_array_new();
    unsigned left = 0;

    for (unsigned i = 0; i < records->len; i++) {
        FerryTxnRecord *record = g_ptr_array_index(records, i);

        g_ptr_array_add(ferry_recovery_is_change(record) ? changes : moves, record);
    }
    if ((moves->len > 0 && !recover_moves(cli, moves, decision, &left, error)) ||
        !recover_changes(cli, changes, decision, &left, error))
        return false;
    g_clear_pointer(&cli->state, ferry_state_close);
    *ret_left = left;
    return true;
}
