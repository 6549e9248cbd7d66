// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/change-recover.h"

#include "identity/change-work.h"

void
ferry_change_look_free(FerryChangeLook *look)
{
    if (look == NULL)
        return;
    ferry_change_run_clear(&look->run);
    ferry_change_intent_free(look->intent);
    g_free(look);
}

static void
reach(FerryChangeRun *run, unsigned timeout_s)
{
    g_autoptr(GPtrArray) hosts = g_ptr_array_new();
    g_autoptr(GPtrArray) answers = NULL;
    FerryHostAnswer *answer;

    g_ptr_array_add(hosts, run->intent->host);
    answers = ferry_hosts_list(hosts, timeout_s);
    answer = answers->pdata[0];
    if (answer->error != NULL)
        run->unseen = g_strdup(answer->error->message);
    else
        run->hv = ferry_hypervisor_ref(answer->hv);
}

FerryChangeLook *
ferry_change_look_at(const FerryTxnRecord *record, unsigned timeout_s, GError **error)
{
    FerryChangeIntent *intent = ferry_change_intent_parse(record->intent, error);
    FerryChangeLook *look;

    if (intent == NULL)
        return NULL;
    look = g_new0(FerryChangeLook, 1);
    look->intent = intent;
    ferry_change_run_init(&look->run, intent, record->id);
    reach(&look->run, timeout_s);
    ferry_change_do_see(&look->run, ferry_change_since(record->phase));
    return look;
}

static bool
give_up(FerryTxn *txn, FerryChangeRun *run, FerryChangeResult *ret_result, GError **error)
{
    const bool committed =
        ferry_change_since(ferry_txn_record(txn)->phase) == FERRY_CHANGE_COMMITTED;

    g_ptr_array_add(run->notes, g_strdup_printf("given up: %s", run->resolution->comment));
    return ferry_change_end(txn, run, committed ? "done" : ferry_error_info(FERRY_ERROR_FAILED)->id,
                            NULL, ret_result, error);
}

bool
ferry_change_recover(FerryState *state,
                     const FerryTxnRecord *record,
                     const FerryChangeRecovery *options,
                     FerryChangeResult *ret_result,
                     GError **error)
{
    g_autoptr(FerryTxn) txn = NULL;
    g_autoptr(FerryChangeLook) look = NULL;
    bool ok;

    ferry_change_hold_signals();
    txn = ferry_txn_adopt(state, ferry_clock_real(), record->id, error);
    if (txn != NULL)
        look = ferry_change_look_at(ferry_txn_record(txn), options->timeout_s, error);
    if (look == NULL)
        ok = false;
    else if (options->give_up && (look->run.resolution->verdict == FERRY_CHANGE_UNCLEAR ||
                                  look->run.resolution->verdict == FERRY_CHANGE_WAIT))
        ok = give_up(txn, &look->run, ret_result, error);
    else
        ok = ferry_change_conclude(txn, &look->run, NULL, ret_result, error);
    ferry_change_release_signals();
    return ok;
}
