// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/change-work.h"

#include <signal.h>
#include <unistd.h>

#include "base/json.h"
#include "base/worker.h"

static const int held[] = {SIGINT, SIGTERM, SIGHUP};
static struct sigaction before[G_N_ELEMENTS(held)];

static void
say_that_it_goes_on(int number G_GNUC_UNUSED)
{
    static const char text[] = "note: the change of identity is finished first\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);

    (void)ignored;
}

void
ferry_change_hold_signals(void)
{
    struct sigaction action = {.sa_handler = say_that_it_goes_on, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    for (unsigned i = 0; i < G_N_ELEMENTS(held); i++)
        sigaction(held[i], &action, &before[i]);
}

void
ferry_change_release_signals(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(held); i++)
        sigaction(held[i], &before[i], NULL);
}

typedef struct Job {
    FerryChangeRun *run;
    const char *phase; // NULL: act
    FerryChangeSince since;
    GError *error;
    bool ok;
} Job;

static void
quit_loop(void *data)
{
    g_main_loop_quit(data);
}

static void
in_worker(FerryWorkFunc func, void *data)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    FerryWork *work = ferry_work_start_then(func, data, NULL, quit_loop, loop);

    g_main_loop_run(loop);
    ferry_work_unref(work);
}

static void
do_job(void *data)
{
    Job *job = data;

    job->ok = job->phase != NULL ? ferry_change_step(job->run, job->phase, &job->error)
                                 : ferry_change_act(job->run, &job->error);
}

static void
do_see(void *data)
{
    Job *job = data;

    ferry_change_see(job->run, job->since);
}

bool
ferry_change_do(FerryChangeRun *run, const char *phase, GError **error)
{
    Job job = {.run = run, .phase = phase};

    in_worker(do_job, &job);
    if (job.error != NULL)
        g_propagate_error(error, job.error);
    return job.ok;
}

void
ferry_change_do_see(FerryChangeRun *run, FerryChangeSince since)
{
    Job job = {.run = run, .since = since};

    in_worker(do_see, &job);
}

void
ferry_change_result_clear(FerryChangeResult *result)
{
    g_clear_pointer(&result->outcome, g_free);
    g_clear_pointer(&result->report, json_node_unref);
}

static JsonObject *
revision_object(const char *uuid, const char *genid, unsigned revision)
{
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "uuid", uuid);
    ferry_json_set_string(object, "genid", genid);
    json_object_set_int_member(object, "rev", revision);
    return object;
}

static JsonNode *
make_report(const FerryChangeRun *run, const char *outcome, const GError *failure)
{
    const FerryChangeIntent *intent = run->intent;
    const char *genid = intent->new_genid != NULL ? intent->new_genid : intent->old_genid;
    JsonObject *root = json_object_new();

    ferry_json_set_string(root, "schema", "id.change/1");
    json_object_set_int_member(root, "txn", run->id);
    ferry_json_set_string(root, "op", intent->op);
    ferry_json_set_string(root, "subject", intent->subject);
    ferry_json_set_string(root, "domain", intent->name);
    ferry_json_set_string(root, "host", intent->host->name);
    ferry_json_set_string(root, "outcome", outcome);
    json_object_set_object_member(root, "before",
                                  revision_object(intent->old_uuid, intent->old_genid,
                                                  intent->revision - 1));
    json_object_set_object_member(root, "after",
                                  revision_object(intent->new_uuid, genid, intent->revision));
    ferry_json_set_strings(root, "missing", run->missing);
    ferry_json_set_strings(root, "notes", run->notes);
    if (failure != NULL)
        ferry_json_set_string(root, "error", failure->message);
    return ferry_json_node(root);
}

bool
ferry_change_end(FerryTxn *txn,
                 FerryChangeRun *run,
                 const char *outcome,
                 const GError *failure,
                 FerryChangeResult *ret_result,
                 GError **error)
{
    g_autoptr(JsonNode) report = make_report(run, outcome, failure);
    g_autofree char *text = ferry_json_format(report);

    if (!ferry_txn_end(txn, outcome, text, error))
        return false;
    *ret_result = (FerryChangeResult){.id = ferry_txn_id(txn),
                                      .outcome = g_strdup(outcome),
                                      .report = g_steal_pointer(&report)};
    return true;
}

static void
set_pending(const FerryChangeRun *run,
            const char *why,
            const GError *failure,
            const char *hint,
            GError **error)
{
    ferry_error_set(error, FERRY_ERROR_PENDING,
                    "change of identity %" G_GINT64_FORMAT " of '%s' is not over: %s%s%s", run->id,
                    run->intent->name, why, failure != NULL ? "; it was to be undone after: " : "",
                    failure != NULL ? failure->message : "");
    if (hint != NULL)
        ferry_error_add_hint(error, "%s", hint);
    else
        ferry_error_add_hint(error, "Run 'virt-ferry recover %" G_GINT64_FORMAT "'.", run->id);
}

bool
ferry_change_conclude(FerryTxn *txn,
                      FerryChangeRun *run,
                      const GError *failure,
                      FerryChangeResult *ret_result,
                      GError **error)
{
    const FerryChangeResolution *row = run->resolution;
    g_autoptr(GError) problem = NULL;

    if (row->verdict == FERRY_CHANGE_WAIT || row->verdict == FERRY_CHANGE_UNCLEAR) {
        set_pending(run,
                    row->verdict == FERRY_CHANGE_WAIT && run->unseen != NULL ? run->unseen
                                                                             : row->comment,
                    failure, row->hint, error);
        return false;
    }
    if (!ferry_change_do(run, NULL, &problem)) {
        set_pending(run, problem != NULL ? problem->message : "it failed", failure, NULL, error);
        return false;
    }
    if (row->verdict == FERRY_CHANGE_FINISH)
        return ferry_change_end(txn, run,
                                run->missing->len == 0
                                    ? "done"
                                    : ferry_error_info(FERRY_ERROR_VERIFY_FAILED)->id,
                                failure, ret_result, error);
    return ferry_change_end(txn, run,
                            failure != NULL ? ferry_error_get_info(failure)->id
                                            : ferry_error_info(FERRY_ERROR_CANCELLED)->id,
                            failure, ret_result, error);
}
