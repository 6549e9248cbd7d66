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
    const char *nearest;

    for (size_t i = 0; checks[i] != NULL; i++) {
        if (strcmp(checks[i]->id, id) == 0)
            return checks[i];
        g_ptr_array_add(ids, (char *)checks[i]->id);
    }
    ferry_error_set(error, FERRY_ERROR_USAGE, "there is no check '%s'", id);
    nearest = ferry_nearest_find(id, ids);
    g_ptr_array_add(ids, NULL);
    if (nearest != NULL) {
        ferry_error_add_hint(error, "Did you mean '%s'?", nearest);
    } else {
        g_autofree char *list = g_strjoinv(", ", (char **)ids->pdata);

        ferry_error_add_hint(error, "Checks are: %s.", list);
    }
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

static FerryVerdictKind
weigh(const FerryCheck *check, const FerryVerdict *verdict)
{
    if (verdict->forced)
        return FERRY_VERDICT_NOTE;
    if (verdict->kind != FERRY_VERDICT_UNKNOWN)
        return verdict->kind;
    return check->severity == FERRY_VERDICT_BLOCK ? FERRY_VERDICT_WARN : FERRY_VERDICT_NOTE;
}

static FerryVerdict *
run_check(const FerryCheck *check, const FerryCheckInput *input)
{
    FerryVerdict *verdict = g_new0(FerryVerdict, 1);
    const char *const *force = (const char *const *)input->options->force;

    check->run(input, verdict);
    verdict->check = g_strdup(check->id);
    verdict->forced = verdict->kind > FERRY_VERDICT_NOTE && check->overridable && force != NULL &&
                      g_strv_contains(force, check->id);
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

FerryPreflight *
ferry_preflight_run(const FerryCheckInput *input)
{
    FerryPreflight *preflight = g_new0(FerryPreflight, 1);
    FerryVerdictKind worst;

    preflight->verdicts = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_verdict_free);
    for (size_t i = 0; checks[i] != NULL; i++)
        g_ptr_array_add(preflight->verdicts, run_check(checks[i], input));
    g_ptr_array_sort(preflight->verdicts, compare_verdicts);
    worst = ((FerryVerdict *)g_ptr_array_index(preflight->verdicts, 0))->counts_as;
    preflight->summary = worst == FERRY_VERDICT_NOTE ? FERRY_VERDICT_OK : worst;
    return preflight;
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
    g_string_append(
        text,
        check->severity == FERRY_VERDICT_BLOCK
            ? "It can stop a move. Where what it needs to know cannot be found out, it asks for consent (`--yes`).\n"
            : "It can ask for consent (`--yes`); it stops nothing by itself.\n");
    if (check->overridable)
        g_string_append_printf(text, "`--force %s` overrides it.\n", check->id);
    else
        g_string_append(text, "It cannot be overridden.\n");
    return g_string_free(text, FALSE);
}
