// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/recovery.h"

#include <unistd.h>

#include "base/error.h"
#include "cli/viewer.h"
#include "engine/runner.h"
#include "journal/journal.h"

static bool
is_of(const FerryTxnRecord *record, const char *vm)
{
    return vm == NULL || g_str_equal(record->name, vm) ||
           g_ascii_strcasecmp(record->subject, vm) == 0;
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

bool
ferry_recovery_run(FerryCli *cli,
                   GPtrArray *records,
                   FerryDecision decision,
                   unsigned *ret_left,
                   GError **error)
{
    g_autofree int *fds = start_all(cli, records, decision, error);
    unsigned left = 0;

    if (fds == NULL)
        return false;
    for (unsigned i = 0; i < records->len; i++) {
        const FerryTxnRecord *record = g_ptr_array_index(records, i);
        const FerryViewerOptions viewing = {.recover = true, .id = record->id};
        g_autoptr(GError) failure = NULL;
        int status = 0;

        if (ferry_viewer_run(cli, fds[i], &viewing, &status, &failure))
            continue;
        left++;
        ferry_cli_print_error(cli, failure);
    }
    *ret_left = left;
    return true;
}
