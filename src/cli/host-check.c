// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/host-check.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/aside.h"
#include "cli/output.h"
#include "cli/verdicts.h"
#include "inventory/hosts.h"
#include "inventory/survey.h"
#include "preflight/host-check.h"

#define GROUP "host-check"

typedef struct Run {
    FerryCli *cli;
    const FerryHostCheckAsked *asked;
    FerryHostLimits limits;
    FerryMigrateOptions *options;
    GPtrArray *hosts;   // FerryHost
    GPtrArray *answers; // FerryHostAnswer
    FerrySurvey *survey;
    FerryMeasured *measured; // NULL: not asked for
    GPtrArray *reports;      // FerryHostReport: of the hosts, then of the ways between them
} Run;

static void
run_clear(Run *run)
{
    g_clear_pointer(&run->reports, g_ptr_array_unref);
    ferry_measured_free(run->measured);
    ferry_survey_free(run->survey);
    g_clear_pointer(&run->answers, g_ptr_array_unref);
    g_clear_pointer(&run->hosts, g_ptr_array_unref);
    ferry_migrate_options_free(run->options);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static FerryHostLimits
read_limits(const FerryConfig *config)
{
    return (FerryHostLimits){
        .min_free_memory_mib = ferry_config_get_uint(config, GROUP, "min-free-memory-mib"),
        .min_free_gib = ferry_config_get_uint(config, GROUP, "min-free-gib"),
        .min_iops = ferry_config_get_uint(config, GROUP, "min-iops"),
        .min_link_mibs = ferry_config_get_uint(config, GROUP, "min-link-mibs"),
        .max_rtt_ms = ferry_config_get_uint(config, GROUP, "max-rtt-ms"),
        .max_skew_ms = ferry_config_get_uint(config, GROUP, "max-skew-ms"),
    };
}

// Returns: those that were named, each once, else all that are known; NULL with an error
static GPtrArray *
list_hosts(FerryCli *cli, const char *const *names, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    g_autoptr(GPtrArray) known = state != NULL ? ferry_state_list_hosts(state, error) : NULL;
    g_autoptr(GPtrArray) hosts =
        known != NULL ? ferry_hosts_resolve_all(known, names, error) : NULL;

    if (hosts == NULL || hosts->len > 0)
        return g_steal_pointer(&hosts);
    if (known->len > 0)
        return g_steal_pointer(&known);
    ferry_error_set(error, FERRY_ERROR_HOST_NOT_FOUND, "cannot check hosts: none is known");
    ferry_error_add_hint(error,
                         "Run 'virt-ferry host add NAME URI' for each, or give the URI of one.");
    return NULL;
}

static void
survey(Run *run)
{
    static const char *const no_machines[] = {NULL};
    unsigned n = run->answers->len;
    g_autofree FerrySurveyHost *hosts = g_new0(FerrySurveyHost, n + 1);

    for (unsigned i = 0; i < n; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(run->answers, i);

        hosts[i] = (FerrySurveyHost){
            .host = answer->host,
            .hv = answer->hv,
            .unreachable = answer->error != NULL ? answer->error->message : NULL,
            .machines = no_machines,
            .destination = true,
        };
    }
    run->survey = ferry_survey_collect(hosts, n,
                                       &(FerrySurveyOptions){
                                           .migrate = run->options,
                                           .timeout_s = run->asked->timeout_s,
                                           .probe = !run->asked->no_probe,
                                           .pools = true,
                                       });
}

typedef struct Progress {
    FerryCli *cli;
    char *what;
} Progress;

static void
progress_free(void *data)
{
    Progress *progress = data;

    g_free(progress->what);
    g_free(progress);
}

static gboolean
print_progress(void *data)
{
    const Progress *progress = data;

    ferry_cli_note(progress->cli, "measuring %s", progress->what);
    return G_SOURCE_REMOVE;
}

// In the worker; the main loop prints it.
static void
tell_progress(const char *what, void *data)
{
    Progress *progress = g_new0(Progress, 1);

    progress->cli = data;
    progress->what = g_strdup(what);
    g_main_context_invoke_full(NULL, G_PRIORITY_DEFAULT, print_progress, progress, progress_free);
}

static void
collect(void *data)
{
    Run *run = data;

    run->answers = ferry_hosts_list(run->hosts, run->asked->timeout_s);
    survey(run);
    if (run->asked->measure)
        run->measured = ferry_measure(run->survey, tell_progress, run->cli);
}

static void
judge_one(Run *run, const FerryHostFacts *host, const FerryHostFacts *peer)
{
    g_ptr_array_add(run->reports,
                    ferry_host_checks_run(&(FerryHostCheckInput){
                        .host = host,
                        .peer = peer,
                        .measured = run->measured,
                        .limits = &run->limits,
                        .now_s = ferry_clock_wall(ferry_clock_real()) / G_USEC_PER_SEC,
                    }));
}

static void
judge(Run *run)
{
    const GPtrArray *hosts = run->survey->hosts;

    run->reports = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_host_report_free);
    for (unsigned i = 0; i < hosts->len; i++)
        judge_one(run, g_ptr_array_index(hosts, i), NULL);
    for (unsigned i = 0; i < hosts->len; i++)
        for (unsigned j = 0; j < hosts->len; j++)
            if (i != j)
                judge_one(run, g_ptr_array_index(hosts, i), g_ptr_array_index(hosts, j));
}

static FerryVerdictKind
find_summary(const Run *run)
{
    FerryVerdictKind worst = FERRY_VERDICT_OK;

    for (unsigned i = 0; i < run->reports->len; i++)
        worst = MAX(worst, ((FerryHostReport *)g_ptr_array_index(run->reports, i))->summary);
    return worst;
}

// Returns: the ids of the @count verdicts from @first on that say the same, ", " between. (transfer full)
static char *
list_alike(const GPtrArray *verdicts, unsigned first, unsigned *ret_count)
{
    const FerryVerdict *model = g_ptr_array_index(verdicts, first);
    GString *ids = g_string_new(NULL);

    *ret_count = 0;
    for (unsigned i = first; i < verdicts->len; i++) {
        const FerryVerdict *verdict = g_ptr_array_index(verdicts, i);

        if (verdict->kind != model->kind || strcmp(verdict->text, model->text) != 0)
            continue;
        g_string_append_printf(ids, "%s%s", ids->len > 0 ? ", " : "", verdict->check);
        (*ret_count)++;
    }
    return g_string_free(ids, FALSE);
}

static bool
was_shown(const GPtrArray *verdicts, unsigned index)
{
    const FerryVerdict *verdict = g_ptr_array_index(verdicts, index);

    for (unsigned i = 0; i < index; i++) {
        const FerryVerdict *before = g_ptr_array_index(verdicts, i);

        if (before->kind == verdict->kind && strcmp(before->text, verdict->text) == 0)
            return true;
    }
    return false;
}

// What many checks do not know for the same reason is shown once.
// Returns: (element-type FerryVerdict) (transfer full)
static GPtrArray *
merge(const GPtrArray *verdicts)
{
    GPtrArray *merged = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_verdict_free);

    for (unsigned i = 0; i < verdicts->len; i++) {
        const FerryVerdict *verdict = g_ptr_array_index(verdicts, i);
        unsigned count;
        g_autofree char *ids = list_alike(verdicts, i, &count);
        FerryVerdict *line;

        if (was_shown(verdicts, i))
            continue;
        line = g_new0(FerryVerdict, 1);
        line->check = count == 1               ? g_strdup(verdict->check)
                      : count == verdicts->len ? g_strdup("all")
                                               : g_strdup_printf("%u checks", count);
        if (count == 1 || count == verdicts->len)
            ferry_verdict_set(line, verdict->kind, "%s", verdict->text);
        else
            ferry_verdict_set(line, verdict->kind, "%s: %s", ids, verdict->text);
        line->hint = g_strdup(verdict->hint);
        g_ptr_array_add(merged, line);
    }
    return merged;
}

static bool
print_report(const FerryHostReport *report, GError **error)
{
    size_t columns = ferry_output_columns(STDOUT_FILENO);
    g_autofree char *title =
        report->peer == NULL ? g_strdup_printf("host '%s':", report->host->name)
                             : g_strdup_printf("from host '%s' to host '%s':", report->host->name,
                                               report->peer->name);
    g_autofree char *line = ferry_verdicts_wrap(title, columns);
    g_autoptr(GPtrArray) merged = merge(report->verdicts);
    g_autofree char *verdicts = ferry_verdicts_format(merged, columns);

    return ferry_cli_print(error, "%s%s\n", line, verdicts);
}

// "2 hosts, 2 ways between them: 1 block, 3 warn"
static bool
print_count(const Run *run, GError **error)
{
    unsigned n = run->survey->hosts->len;
    unsigned counts[FERRY_VERDICT_LAST] = {0};
    g_autoptr(GString) text = g_string_new(NULL);
    bool is_first = true;

    for (unsigned i = 0; i < run->reports->len; i++) {
        const FerryHostReport *report = g_ptr_array_index(run->reports, i);

        for (unsigned j = 0; j < report->verdicts->len; j++)
            counts[((FerryVerdict *)g_ptr_array_index(report->verdicts, j))->kind]++;
    }
    g_string_append_printf(text, "%u host%s", n, n == 1 ? "" : "s");
    if (n > 1)
        g_string_append_printf(text, ", %u ways between them", n * (n - 1));
    for (int kind = FERRY_VERDICT_BLOCK; kind >= FERRY_VERDICT_OK; kind--) {
        if (counts[kind] == 0)
            continue;
        g_string_append_printf(text, "%s %u %s", is_first ? ":" : ",", counts[kind],
                               ferry_verdict_kind_name(kind));
        is_first = false;
    }
    return ferry_cli_print(error, "%s\n", text->str);
}

static bool
print_text(const Run *run, GError **error)
{
    for (unsigned i = 0; i < run->reports->len; i++)
        if (!print_report(g_ptr_array_index(run->reports, i), error))
            return false;
    return print_count(run, error);
}

static JsonArray *
list_measured_pools(const FerryMeasured *measured)
{
    JsonArray *array = json_array_new();

    for (unsigned i = 0; i < measured->pools->len; i++) {
        const FerryMeasuredPool *pool = g_ptr_array_index(measured->pools, i);
        JsonObject *object = json_object_new();

        ferry_json_set_string(object, "host", pool->host);
        ferry_json_set_string(object, "pool", pool->pool);
        ferry_json_set_string(object, "unknown", pool->unknown);
        if (pool->unknown == NULL)
            json_object_set_int_member(object, "iops", (int64_t)pool->iops);
        json_array_add_object_element(array, object);
    }
    return array;
}

static JsonArray *
list_measured_links(const FerryMeasured *measured)
{
    JsonArray *array = json_array_new();

    for (unsigned i = 0; i < measured->links->len; i++) {
        const FerryMeasuredLink *link = g_ptr_array_index(measured->links, i);
        JsonObject *object = json_object_new();

        ferry_json_set_string(object, "src", link->src);
        ferry_json_set_string(object, "dst", link->dst);
        ferry_json_set_string(object, "unknown", link->unknown);
        if (link->unknown == NULL)
            json_object_set_int_member(object, "rate_bps", (int64_t)link->bytes_per_s);
        if (link->rtt_us > 0)
            json_object_set_double_member(object, "rtt_ms", (double)link->rtt_us / 1e3);
        json_array_add_object_element(array, object);
    }
    return array;
}

static bool
print_json(const Run *run, GError **error)
{
    JsonObject *root = json_object_new();
    JsonArray *hosts = json_array_new();
    JsonArray *pairs = json_array_new();

    for (unsigned i = 0; i < run->reports->len; i++) {
        const FerryHostReport *report = g_ptr_array_index(run->reports, i);

        json_array_add_object_element(report->peer == NULL ? hosts : pairs,
                                      ferry_host_report_to_json(report));
    }
    ferry_json_set_string(root, "schema", "host.check/1");
    ferry_json_set_string(root, "summary", ferry_verdict_kind_name(find_summary(run)));
    json_object_set_array_member(root, "hosts", hosts);
    json_object_set_array_member(root, "pairs", pairs);
    if (run->measured != NULL) {
        json_object_set_array_member(root, "measured_pools", list_measured_pools(run->measured));
        json_object_set_array_member(root, "measured_links", list_measured_links(run->measured));
    }
    return ferry_cli_print_json(ferry_json_node(root), error);
}

bool
ferry_cli_host_check(FerryCli *cli,
                     const FerryHostCheckAsked *asked,
                     int *ret_status,
                     GError **error)
{
    g_auto(Run) run = {.cli = cli, .asked = asked, .limits = read_limits(cli->config)};
    g_autofree char *doing = NULL;

    run.hosts = list_hosts(cli, asked->hosts, error);
    if (run.hosts == NULL)
        return false;
    run.options = ferry_migrate_options_new();
    doing = g_strdup_printf("asking %u hosts", run.hosts->len);
    ferry_cli_aside(cli, doing, collect, &run);
    judge(&run);
    if (find_summary(&run) == FERRY_VERDICT_BLOCK)
        *ret_status = ferry_error_info(FERRY_ERROR_BLOCKED)->exit_status;
    return cli->json ? print_json(&run, error) : print_text(&run, error);
}

bool
ferry_cli_host_check_explain(FerryCli *cli, const char *id, GError **error)
{
    const FerryHostCheck *check = ferry_host_check_find(id, error);
    g_autofree char *page = NULL;
    JsonObject *object;

    if (check == NULL)
        return false;
    if (!cli->json) {
        page = ferry_host_check_explain(check);
        return ferry_cli_print(error, "%s", page);
    }
    object = json_object_new();
    ferry_json_set_string(object, "schema", "host.check.explanation/1");
    ferry_json_set_string(object, "check", check->id);
    ferry_json_set_string(object, "summary", check->summary);
    ferry_json_set_string(object, "impact", check->impact);
    ferry_json_set_string(object, "hint", check->hint);
    ferry_json_set_string(object, "severity", ferry_verdict_kind_name(check->severity));
    json_object_set_boolean_member(object, "pair", check->pair);
    json_object_set_boolean_member(object, "measured", check->measured);
    return ferry_cli_print_json(ferry_json_node(object), error);
}
