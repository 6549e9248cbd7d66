// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/recover-scan.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/aside.h"
#include "cli/output.h"
#include "cli/scan-ask.h"
#include "cli/scan-print.h"
#include "journal/journal.h"

typedef struct Scan {
    FerryScanAsk ask;
    GPtrArray *hosts;   // FerryHost
    GPtrArray *records; // FerryTxnRecord: moves of ours that have not ended
    char *unseen;       // known hosts that were not looked at or are silent; NULL: none
    GArray *results;    // FerryScanResult
    unsigned n_silent;
    unsigned n_under_way;
    unsigned n_planned;
} Scan;

static void
scan_clear(Scan *scan)
{
    g_clear_pointer(&scan->results, g_array_unref);
    g_clear_pointer(&scan->records, g_ptr_array_unref);
    g_clear_pointer(&scan->hosts, g_ptr_array_unref);
    g_free(scan->unseen);
    ferry_scan_ask_clear(&scan->ask);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Scan, scan_clear)

static FerryScanResult *
result_at(const Scan *scan, unsigned i)
{
    return &g_array_index(scan->results, FerryScanResult, i);
}

static bool
find_hosts(FerryCli *cli, Scan *scan, GStrv words, GPtrArray *known, GError **error)
{
    if (words == NULL || words[0] == NULL) {
        scan->hosts = ferry_cli_source_hosts(cli, NULL, error);
        return scan->hosts != NULL;
    }
    scan->hosts = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_host_free);
    for (unsigned i = 0; words[i] != NULL; i++) {
        FerryHost *host = ferry_hosts_resolve(known, words[i], error);

        if (host == NULL)
            return false;
        g_ptr_array_add(scan->hosts, host);
    }
    return true;
}

static bool
find_records(FerryCli *cli, Scan *scan, GError **error)
{
    scan->ask.leave = g_hash_table_new(g_str_hash, g_str_equal);
    scan->records = ferry_state_list_txns(ferry_cli_state(cli, error),
                                          &(FerryTxnFilter){.active = true}, error);
    for (unsigned i = 0; scan->records != NULL && i < scan->records->len; i++) {
        FerryTxnRecord *record = g_ptr_array_index(scan->records, i);

        g_hash_table_add(scan->ask.leave, record->subject);
    }
    return scan->records != NULL;
}

static void
run_ask(void *data)
{
    Scan *scan = data;

    ferry_scan_ask(&scan->ask, scan->hosts);
}

static void
add_unseen(GString *unseen, const char *name)
{
    g_string_append_printf(unseen, "%s'%s'", unseen->len == 0 ? "" : ", ", name);
}

// Known hosts that say nothing about a machine.
static void
find_unseen(Scan *scan, GPtrArray *known)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GString *unseen = g_string_new(NULL);

    for (unsigned i = 0; i < scan->ask.answers->len; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(scan->ask.answers, i);

        g_hash_table_add(seen, answer->host->uri);
        if (answer->error == NULL)
            continue;
        scan->n_silent++;
        add_unseen(unseen, answer->host->name);
    }
    for (unsigned i = 0; i < known->len; i++) {
        const FerryHost *host = g_ptr_array_index(known, i);

        if (!g_hash_table_contains(seen, host->uri))
            add_unseen(unseen, host->name);
    }
    scan->unseen = g_string_free(unseen, unseen->len == 0);
}

static void
judge(Scan *scan)
{
    scan->results = g_array_new(FALSE, TRUE, sizeof(FerryScanResult));
    g_array_set_clear_func(scan->results, ferry_scan_result_clear);
    for (unsigned i = 0; i < scan->ask.machines->len; i++) {
        FerryScanResult result = {
            .finding = ferry_scan_judge(g_ptr_array_index(scan->ask.machines, i), scan->unseen)};

        if (result.finding == NULL)
            continue;
        if (result.finding->kind == FERRY_SCAN_UNDER_WAY) {
            scan->n_under_way++;
            ferry_scan_finding_free(result.finding);
            continue;
        }
        scan->n_planned += result.finding->steps->len > 0;
        g_array_append_val(scan->results, result);
    }
}

static bool
print_findings(const Scan *scan, GError **error)
{
    for (unsigned i = 0; i < scan->results->len; i++)
        if (!ferry_scan_print_finding(result_at(scan, i)->finding, error))
            return false;
    return true;
}

// What is not a finding: hosts that are silent, and moves of our own.
static void
print_remarks(FerryCli *cli, const Scan *scan)
{
    for (unsigned i = 0; i < scan->ask.answers->len; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(scan->ask.answers, i);

        if (answer->error != NULL)
            ferry_cli_print_error(cli, answer->error);
    }
    for (unsigned i = 0; i < scan->records->len; i++) {
        const FerryTxnRecord *record = g_ptr_array_index(scan->records, i);

        if (!ferry_txn_owner_is_alive(record))
            ferry_cli_note(cli,
                           "move %" G_GINT64_FORMAT " of machine '%s' stopped in phase '%s': its "
                           "process is gone; run 'virt-ferry recover %" G_GINT64_FORMAT
                           "' to finish or undo it",
                           record->id, record->name, record->phase, record->id);
    }
    if (scan->n_under_way > 0)
        ferry_cli_note(cli, "%u %s being moved now", scan->n_under_way,
                       scan->n_under_way == 1 ? "machine is" : "machines are");
}

// Is there something left for an operator?
static bool
is_left(const FerryScanResult *result)
{
    // what is told beside it then is not part of the accident
    return !result->done ||
           (result->finding->hint != NULL && result->finding->kind != FERRY_SCAN_PAUSED_BY_MOVE);
}

static unsigned
count_left(const Scan *scan)
{
    unsigned left = 0;

    for (unsigned i = 0; i < scan->results->len; i++)
        left += is_left(result_at(scan, i));
    for (unsigned i = 0; i < scan->records->len; i++)
        left += !ferry_txn_owner_is_alive(g_ptr_array_index(scan->records, i));
    return left;
}

static int
judge_status(const Scan *scan)
{
    if (scan->n_silent > 0 && scan->n_silent == scan->ask.answers->len)
        return ferry_error_info(FERRY_ERROR_UNREACHABLE)->exit_status;
    if (scan->n_silent > 0 || count_left(scan) > 0)
        return ferry_error_info(FERRY_ERROR_PENDING)->exit_status;
    return 0;
}

static bool
print_json(const Scan *scan, GError **error)
{
    JsonObject *root = json_object_new();
    JsonArray *findings = json_array_new();

    for (unsigned i = 0; i < scan->results->len; i++)
        json_array_add_object_element(findings, ferry_scan_result_to_json(result_at(scan, i)));
    ferry_json_set_string(root, "schema", "recover.scan/1");
    json_object_set_array_member(root, "hosts", ferry_output_answers(scan->ask.answers));
    json_object_set_int_member(root, "machines", scan->ask.n_machines);
    json_object_set_int_member(root, "under_way", scan->n_under_way);
    json_object_set_array_member(root, "findings", findings);
    json_object_set_int_member(root, "left", count_left(scan));
    return ferry_cli_print_json(ferry_json_node(root), error);
}

typedef struct Act {
    const FerryScanAsk *ask;
    FerryScanResult *result;
} Act;

static void
run_act(void *data)
{
    Act *act = data;

    act->result->notes = g_ptr_array_new_with_free_func(g_free);
    act->result->done =
        ferry_scan_act(act->ask, act->result->finding, act->result->notes, &act->result->failure);
}

static bool
act_on_all(FerryCli *cli, Scan *scan, GError **error)
{
    for (unsigned i = 0; i < scan->results->len; i++) {
        FerryScanResult *result = result_at(scan, i);
        const char *name = ferry_scan_name(result->finding);
        g_autofree char *doing = g_strdup_printf("mending '%s'", name);

        if (result->finding->steps->len == 0)
            continue;
        ferry_cli_aside(cli, doing, run_act, &(Act){.ask = &scan->ask, .result = result});
        if (result->failure != NULL) {
            g_prefix_error(&result->failure, "cannot mend machine '%s': ", name);
            ferry_error_add_hint(&result->failure,
                                 "Run 'virt-ferry recover --scan' to see how it is now.");
        }
        if (cli->json)
            continue;
        for (unsigned j = 0; j < result->notes->len; j++)
            ferry_cli_note(cli, "'%s': %s", name, (const char *)result->notes->pdata[j]);
        if (result->failure != NULL)
            ferry_cli_print_error(cli, result->failure);
        else if (!ferry_scan_print_done(result->finding, error))
            return false;
    }
    return true;
}

static bool
print_summary(const Scan *scan, GError **error)
{
    unsigned answered = scan->ask.answers->len - scan->n_silent;

    if (scan->results->len > 0 || count_left(scan) > 0 || answered == 0)
        return true;
    return ferry_cli_print(error, "nothing is left over on %u %s, %u %s\n", answered,
                           answered == 1 ? "host" : "hosts", scan->ask.n_machines,
                           scan->ask.n_machines == 1 ? "machine" : "machines");
}

static bool
mend(FerryCli *cli, Scan *scan, const FerryRecoverScanOptions *options, GError **error)
{
    g_autofree char *question =
        g_strdup_printf("carry out %s of %u %s?", scan->n_planned == 1 ? "the plan" : "the plans",
                        scan->n_planned, scan->n_planned == 1 ? "machine" : "machines");

    if (options->dry_run || scan->n_planned == 0)
        return !cli->json || print_json(scan, error);
    // a script that does not say --yes gets what was found, and the refusal
    if (!options->yes &&
        ((cli->json && !print_json(scan, error)) || !ferry_cli_confirm(cli, question, error)))
        return false;
    return act_on_all(cli, scan, error) && (!cli->json || print_json(scan, error));
}

bool
ferry_cli_recover_scan(FerryCli *cli,
                       GStrv hosts,
                       const FerryRecoverScanOptions *options,
                       int *ret_status,
                       GError **error)
{
    g_auto(Scan) scan = {.ask.timeout_s = ferry_config_get_uint(cli->config, "connect", "timeout")};
    g_autoptr(GPtrArray) known = NULL;
    g_autofree char *doing = NULL;

    if (!find_records(cli, &scan, error))
        return false;
    known = ferry_state_list_hosts(cli->state, error);
    if (known == NULL || !find_hosts(cli, &scan, hosts, known, error))
        return false;
    doing = g_strdup_printf("asking %u %s for what is left over", scan.hosts->len,
                            scan.hosts->len == 1 ? "host" : "hosts");
    ferry_cli_aside(cli, doing, run_ask, &scan);
    find_unseen(&scan, known);
    judge(&scan);
    if (!cli->json) {
        if (!print_findings(&scan, error))
            return false;
        print_remarks(cli, &scan);
    }
    if (!mend(cli, &scan, options, error) || (!cli->json && !print_summary(&scan, error)))
        return false;
    *ret_status = judge_status(&scan);
    return true;
}
