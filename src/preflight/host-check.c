// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/host-check.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "model/nearest.h"
#include "preflight/host-checks-gen.h"

static const FerryHostCheck *const checks[] = {FERRY_HOST_CHECKS, NULL};

const FerryHostCheck *const *
ferry_host_checks(void)
{
    return checks;
}

const FerryHostCheck *
ferry_host_check_find(const char *id, GError **error)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new();

    for (size_t i = 0; checks[i] != NULL; i++) {
        if (strcmp(checks[i]->id, id) == 0)
            return checks[i];
        g_ptr_array_add(ids, (char *)checks[i]->id);
    }
    ferry_error_set(error, FERRY_ERROR_USAGE, "there is no host check '%s'", id);
    ferry_nearest_add_hint(error, id, ids, "Host checks");
    return NULL;
}

// Returns: why nothing is known of the host; NULL where something is
static const char *
silence_of(const FerryHostFacts *host)
{
    return host != NULL && host->probe == NULL ? host->info_unknown : NULL;
}

static FerryVerdictKind
weigh(const FerryHostCheck *check, const FerryVerdict *verdict)
{
    if (verdict->kind != FERRY_VERDICT_UNKNOWN)
        return verdict->kind;
    return check->severity == FERRY_VERDICT_BLOCK ? FERRY_VERDICT_WARN : FERRY_VERDICT_NOTE;
}

static FerryVerdict *
run_check(const FerryHostCheck *check, const FerryHostCheckInput *in)
{
    FerryVerdict *verdict = g_new0(FerryVerdict, 1);
    const char *silence =
        silence_of(in->host) != NULL ? silence_of(in->host) : silence_of(in->peer);

    if (silence != NULL)
        ferry_verdict_set(verdict, FERRY_VERDICT_UNKNOWN, "%s", silence);
    else
        check->run(in, verdict);
    verdict->check = g_strdup(check->id);
    verdict->counts_as = weigh(check, verdict);
    return verdict;
}

// Worst first: by what it counts as, then by what it is, then by id.
static int
compare_verdicts(gconstpointer a, gconstpointer b)
{
    const FerryVerdict *left = *(const FerryVerdict *const *)a;
    const FerryVerdict *right = *(const FerryVerdict *const *)b;

    if (left->counts_as != right->counts_as)
        return (int)right->counts_as - (int)left->counts_as;
    if (left->kind != right->kind)
        return (int)right->kind - (int)left->kind;
    return strcmp(left->check, right->check);
}

FerryHostReport *
ferry_host_checks_run(const FerryHostCheckInput *in)
{
    FerryHostReport *report = g_new0(FerryHostReport, 1);
    FerryVerdictKind worst;

    report->host = in->host;
    report->peer = in->peer;
    report->verdicts = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_verdict_free);
    for (size_t i = 0; checks[i] != NULL; i++)
        if (checks[i]->pair == (in->peer != NULL) && (!checks[i]->measured || in->measured != NULL))
            g_ptr_array_add(report->verdicts, run_check(checks[i], in));
    g_ptr_array_sort(report->verdicts, compare_verdicts);
    worst = ((FerryVerdict *)g_ptr_array_index(report->verdicts, 0))->counts_as;
    report->summary = worst == FERRY_VERDICT_NOTE ? FERRY_VERDICT_OK : worst;
    return report;
}

void
ferry_host_report_free(FerryHostReport *report)
{
    if (report == NULL)
        return;
    g_ptr_array_unref(report->verdicts);
    g_free(report);
}

JsonObject *
ferry_host_report_to_json(const FerryHostReport *report)
{
    JsonObject *object = json_object_new();
    JsonArray *array = json_array_new();

    ferry_json_set_string(object, report->peer == NULL ? "host" : "src", report->host->name);
    if (report->peer != NULL)
        ferry_json_set_string(object, "dst", report->peer->name);
    for (unsigned i = 0; i < report->verdicts->len; i++)
        json_array_add_element(array,
                               ferry_verdict_to_json(g_ptr_array_index(report->verdicts, i)));
    json_object_set_string_member(object, "summary", ferry_verdict_kind_name(report->summary));
    json_object_set_array_member(object, "checks", array);
    return object;
}

static const char *
describe_severity(const FerryHostCheck *check)
{
    if (check->severity == FERRY_VERDICT_BLOCK)
        return "It can say that moves will fail.";
    if (check->severity == FERRY_VERDICT_WARN)
        return "It can warn; moves work as far as it knows.";
    return "It tells what is worth knowing.";
}

char *
ferry_host_check_explain(const FerryHostCheck *check)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "# %s\n\n%c%s.\n\n", check->id, g_ascii_toupper(*check->summary),
                           check->summary + 1);
    g_string_append_printf(text, "## If it is ignored\n\n%s\n\n", check->impact);
    g_string_append_printf(text, "## What to do\n\n%s\n\n", check->hint);
    g_string_append_printf(text, "## What it looks at\n\n%s %s\n",
                           check->pair ? "The way from one host to another."
                                       : "One host by itself.",
                           describe_severity(check));
    if (check->measured)
        g_string_append(text, "It measures, and runs only with `--measure`.\n");
    return g_string_free(text, FALSE);
}
