// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/preflight.h"

#include <string.h>

#include "base/error.h"
#include "model/nearest.h"
#include "preflight/checks-gen.h"

static const FerryCheck *const checks[] = {FERRY_CHECKS, NULL};

const FerryCheck *const *
ferry_preflight_checks(void)
{
    return checks;
}

const FerryCheck *
ferry_preflight_find(const char *id, GError **error)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new();

    for (size_t i = 0; checks[i] != NULL; i++) {
        if (strcmp(checks[i]->id, id) == 0)
            return checks[i];
        g_ptr_array_add(ids, (char *)checks[i]->id);
    }
    ferry_error_set(error, FERRY_ERROR_USAGE, "there is no check '%s'", id);
    ferry_nearest_add_hint(error, id, ids, "Checks");
    return NULL;
}

bool
ferry_preflight_allows_force(const char *const *ids, GError **error)
{
    for (size_t i = 0; ids != NULL && ids[i] != NULL; i++) {
        const FerryCheck *check = ferry_preflight_find(ids[i], error);

        if (check == NULL)
            return false;
        if (!check->overridable) {
            ferry_error_set(error, FERRY_ERROR_USAGE,
                            "check '%s' cannot be overridden: the move would fail", check->id);
            ferry_error_add_hint(error,
                                 "Run 'virt-ferry check --explain %s' to see what would mend it.",
                                 check->id);
            return false;
        }
    }
    return true;
}

bool
ferry_preflight_knows(const char *const *ids, GError **error)
{
    for (size_t i = 0; ids != NULL && ids[i] != NULL; i++)
        if (ferry_preflight_find(ids[i], error) == NULL)
            return false;
    return true;
}

static bool
is_listed(const FerryCheck *check, const char *const *ids)
{
    return ids != NULL && g_strv_contains(ids, check->id);
}

static FerryVerdictKind
weigh(const FerryCheck *check, const FerryVerdict *verdict)
{
    if (verdict->forced)
        return FERRY_VERDICT_NOTE;
    if (verdict->kind != FERRY_VERDICT_UNKNOWN)
        return verdict->kind;
    return check->severity == FERRY_VERDICT_BLOCK && !check->by_probe ? FERRY_VERDICT_WARN
                                                                      : FERRY_VERDICT_NOTE;
}

// Returns: why one of the hosts has no probe; NULL where both have
static const char *
why_unprobed(const FerryCheckInput *input)
{
    return input->src->probe_unknown != NULL ? input->src->probe_unknown
                                             : input->dst->probe_unknown;
}

// @verdict: zeroed; everything but the name of the check is set.
static void
run_check(const FerryCheck *check, const FerryCheckInput *input, FerryVerdict *verdict)
{
    const char *const *force = (const char *const *)input->options->force;
    const char *const *skip = (const char *const *)input->options->skip;

    if (check->overridable && is_listed(check, skip)) {
        ferry_verdict_set(verdict, FERRY_VERDICT_UNKNOWN, "not looked at: %s",
                          input->options->skip_reason);
        verdict->forced = true;
    } else {
        check->run(input, verdict);
        if (check->by_probe && verdict->kind == FERRY_VERDICT_UNKNOWN)
            verdict->unprobed = g_strdup(why_unprobed(input));
        verdict->forced =
            verdict->kind > FERRY_VERDICT_NOTE && check->overridable && is_listed(check, force);
    }
    verdict->counts_as = weigh(check, verdict);
}

// Worst first: by what it counts as, then by what it is.
static int
compare_weights(const FerryVerdict *left, const FerryVerdict *right)
{
    if (left->counts_as != right->counts_as)
        return (int)right->counts_as - (int)left->counts_as;
    return (int)right->kind - (int)left->kind;
}

static int
compare_verdicts(gconstpointer a, gconstpointer b)
{
    const FerryVerdict *left = *(const FerryVerdict *const *)a;
    const FerryVerdict *right = *(const FerryVerdict *const *)b;
    int order = compare_weights(left, right);

    return order != 0 ? order : strcmp(left->check, right->check);
}

FerryPreflight *
ferry_preflight_run(const FerryCheckInput *input, const char *const *only)
{
    FerryPreflight *preflight = g_new0(FerryPreflight, 1);
    FerryVerdictKind worst = FERRY_VERDICT_OK;

    preflight->verdicts = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_verdict_free);
    for (size_t i = 0; checks[i] != NULL; i++) {
        FerryVerdict *verdict;

        if (only != NULL && !is_listed(checks[i], only))
            continue;
        verdict = g_new0(FerryVerdict, 1);
        run_check(checks[i], input, verdict);
        verdict->check = g_strdup(checks[i]->id);
        worst = MAX(worst, verdict->counts_as);
        g_ptr_array_add(preflight->verdicts, verdict);
    }
    g_ptr_array_sort(preflight->verdicts, compare_verdicts);
    preflight->summary = worst == FERRY_VERDICT_NOTE ? FERRY_VERDICT_OK : worst;
    return preflight;
}

FerryVerdictKind
ferry_preflight_judge(const FerryCheckInput *input,
                      const char *const *only,
                      FerryVerdict *ret_worst)
{
    FerryVerdict worst = {0};
    const char *id = NULL;

    for (size_t i = 0; checks[i] != NULL; i++) {
        FerryVerdict verdict = {0};

        if (only != NULL && !is_listed(checks[i], only))
            continue;
        run_check(checks[i], input, &verdict);
        // The checks come in the order of their ids: the first of equals is the one.
        if (verdict.kind != FERRY_VERDICT_OK &&
            (id == NULL || compare_weights(&verdict, &worst) < 0)) {
            ferry_verdict_clear(&worst);
            worst = verdict;
            id = checks[i]->id;
        } else {
            ferry_verdict_clear(&verdict);
        }
    }
    worst.check = g_strdup(id);
    *ret_worst = worst;
    return worst.counts_as == FERRY_VERDICT_NOTE ? FERRY_VERDICT_OK : worst.counts_as;
}

void
ferry_preflight_free(FerryPreflight *preflight)
{
    if (preflight == NULL)
        return;
    g_ptr_array_unref(preflight->verdicts);
    g_free(preflight);
}

JsonNode *
ferry_preflight_to_json(const FerryPreflight *preflight)
{
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);
    JsonObject *object = json_object_new();
    JsonArray *array = json_array_new();

    for (unsigned i = 0; i < preflight->verdicts->len; i++)
        json_array_add_element(array,
                               ferry_verdict_to_json(g_ptr_array_index(preflight->verdicts, i)));
    json_object_set_string_member(object, "summary", ferry_verdict_kind_name(preflight->summary));
    json_object_set_array_member(object, "checks", array);
    json_node_take_object(node, object);
    return node;
}

char *
ferry_check_explain(const FerryCheck *check)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "# %s\n\n%c%s.\n\n", check->id, g_ascii_toupper(*check->summary),
                           check->summary + 1);
    g_string_append_printf(text, "## If it is ignored\n\n%s\n\n", check->impact);
    g_string_append_printf(text, "## What to do\n\n%s\n\n", check->hint);
    g_string_append(text, "## What it decides\n\n");
    g_string_append(text, check->severity == FERRY_VERDICT_BLOCK ? "It can stop a move."
                          : check->severity == FERRY_VERDICT_WARN
                              ? "It can ask for consent (`--yes`); it stops nothing by itself."
                              : "It stops nothing.");
    if (check->by_probe)
        g_string_append(
            text, " What it needs to know, a script on the host tells; where none can be run, it "
                  "says so and stops nothing.\n");
    else if (check->severity == FERRY_VERDICT_BLOCK)
        g_string_append(
            text,
            " Where what it needs to know cannot be found out, it asks for consent (`--yes`).\n");
    else
        g_string_append_c(text, '\n');
    if (check->overridable)
        g_string_append_printf(
            text, "`--force %s` overrides it, `--skip %s --reason TEXT` leaves it out.\n",
            check->id, check->id);
    else
        g_string_append(text, "It cannot be overridden.\n");
    return g_string_free(text, FALSE);
}
