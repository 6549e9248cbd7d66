// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/change.h"

#include "base/json.h"
#include "identity/change-work.h"

// Through the phases, as far as it goes.
static bool
walk(FerryTxn *txn, FerryChangeRun *run, const FerryChangeWish *wish, GError **error)
{
    g_autoptr(GPtrArray) steps = ferry_change_steps(run->facts, wish);

    for (unsigned i = 0; i < steps->len; i++) {
        const FerryChangeStep *step = steps->pdata[i];

        if (!g_str_equal(step->phase, "begin") && !ferry_txn_enter(txn, step->phase, NULL, error))
            return false;
        if (!ferry_change_do(run, step->phase, error))
            return false;
    }
    return true;
}

// The cause goes up with what it means for the machine.
static void
set_undone(const FerryChangeRun *run, const GError *failure, GError **error)
{
    const char *hint = ferry_error_get_hint(failure);

    ferry_error_set(error, ferry_error_get_info(failure)->code,
                    "cannot change the identity of '%s': %s", run->intent->name, failure->message);
    if (hint != NULL)
        ferry_error_add_hint(error, "%s", hint);
    else
        ferry_error_add_hint(error, "The machine has its old identity; nothing is left over.");
}

static bool
undo(FerryTxn *txn,
     FerryChangeRun *run,
     const GError *failure,
     FerryChangeResult *ret_result,
     GError **error)
{
    JsonObject *why = json_object_new();
    g_autofree char *detail = NULL;
    g_autoptr(GError) unwritten = NULL;

    ferry_json_set_string(why, "error", failure->message);
    detail = ferry_json_format_object(why);
    // Where that can't be written down, the older phase says enough.
    if (!ferry_txn_enter(txn, "undo", detail, &unwritten))
        g_ptr_array_add(run->notes, g_strdup(unwritten->message));
    ferry_change_do_see(run, FERRY_CHANGE_BEFORE);
    if (!ferry_change_conclude(txn, run, failure, ret_result, error))
        return false;
    if (g_str_equal(ret_result->outcome, "done")) // somebody took the old one away meanwhile
        return true;
    set_undone(run, failure, error);
    return false;
}

static bool
carry_out(FerryTxn *txn,
          FerryChangeRun *run,
          const FerryChangeWish *wish,
          FerryChangeResult *ret_result,
          GError **error)
{
    g_autoptr(GError) failure = NULL;

    if (walk(txn, run, wish, &failure))
        return ferry_change_end(txn, run, "done", NULL, ret_result, error);
    if (ferry_change_since(ferry_txn_record(txn)->phase) == FERRY_CHANGE_BEFORE)
        return undo(txn, run, failure, ret_result, error);
    ferry_error_set(error, FERRY_ERROR_PENDING,
                    "machine '%s' has its new identity, and not all is done: %s", run->intent->name,
                    failure->message);
    ferry_error_add_hint(error, "Run 'virt-ferry recover %" G_GINT64_FORMAT "'.", run->id);
    return false;
}

bool
ferry_change_run(FerryState *state,
                 FerryHypervisor *hv,
                 const FerryChangeFacts *facts,
                 const FerryChangeWish *wish,
                 FerryChangeResult *ret_result,
                 GError **error)
{
    g_autoptr(FerryChangeIntent) intent = ferry_change_intent_new(facts, wish, error);
    g_autofree char *text = intent != NULL ? ferry_change_intent_format(intent) : NULL;
    g_auto(FerryChangeRun) run = {0};
    g_autoptr(FerryTxn) txn = NULL;
    bool ok;

    if (intent == NULL)
        return false;
    ferry_change_hold_signals();
    txn = ferry_txn_begin(state, ferry_clock_real(),
                          &(FerryTxnRecord){.kind = FERRY_CHANGE_KIND,
                                            .subject = intent->old_uuid,
                                            .claim = ferry_change_intent_moves_uuid(intent)
                                                         ? intent->new_uuid
                                                         : NULL,
                                            .name = intent->name,
                                            .intent = text},
                          error);
    if (txn != NULL) {
        ferry_change_run_init(&run, intent, ferry_txn_id(txn));
        run.hv = ferry_hypervisor_ref(hv);
        run.facts = facts;
        ret_result->id = run.id;
    }
    ok = txn != NULL && carry_out(txn, &run, wish, ret_result, error);
    ferry_change_release_signals();
    return ok;
}
