// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/finding.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "identity/finding-index.h"
#include "identity/finding-rule.h"
#include "identity/findings-gen.h"
#include "model/nearest.h"

static const FerryIdentityRule *const rules[] = {FERRY_FINDINGS, NULL};

static const char *const severity_names[FERRY_SEVERITY_LAST] = {"info", "warn", "error"};

const FerryIdentityRule *const *
ferry_identity_rules(void)
{
    return rules;
}

const char *
ferry_severity_name(FerrySeverity severity)
{
    return severity_names[severity];
}

bool
ferry_severity_parse(const char *name, FerrySeverity *ret_severity)
{
    for (unsigned i = 0; i < FERRY_SEVERITY_LAST; i++) {
        if (strcmp(name, severity_names[i]) == 0) {
            *ret_severity = (FerrySeverity)i;
            return true;
        }
    }
    return false;
}

const FerryIdentityRule *
ferry_identity_rule_find(const char *id, GError **error)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new();

    for (size_t i = 0; rules[i] != NULL; i++) {
        if (g_ascii_strcasecmp(rules[i]->id, id) == 0)
            return rules[i];
        g_ptr_array_add(ids, (char *)rules[i]->id);
    }
    ferry_error_set(error, FERRY_ERROR_USAGE, "there is no finding '%s'", id);
    ferry_nearest_add_hint(error, id, ids, "Findings");
    return NULL;
}

char *
ferry_identity_rule_explain(const FerryIdentityRule *rule)
{
    static const char *const meaning[FERRY_SEVERITY_LAST] = {
        [FERRY_SEVERITY_INFO] = "It is worth knowing, and shown with `--severity info` alone.",
        [FERRY_SEVERITY_WARN] = "It can hurt later; the exit status stays 0.",
        [FERRY_SEVERITY_ERROR] = "It hurts now or at the next start; the exit status is not 0.",
    };

    g_autoptr(GString) fix = g_string_new(rule->fix);

    g_string_replace(fix, "{vm}", "VM", 0);
    g_string_replace(fix, "{host}", "HOST", 0);
    g_string_replace(fix, "{uri}", "URI", 0);
    return g_strdup_printf(
        "# %s\n\nWhat should hold: %s.\n\n## How it comes about\n\n%s\n\n## What "
        "to do\n\n%s\n\n## How bad it is\n\n%s\n",
        rule->id, rule->summary, rule->cause, fix->str, meaning[rule->severity]);
}

void
ferry_identity_finding_free(FerryIdentityFinding *finding)
{
    g_free(finding->value);
    g_ptr_array_unref(finding->members);
    g_free(finding->snapshot);
    g_free(finding->path);
    g_free(finding->expect);
    g_free(finding->got);
    g_free(finding->text);
    g_free(finding->fix);
    g_free(finding);
}

// The commands stand in quotes themselves: a name that needs none gets none.
static void
replace(GString *text, const char *mark, const char *name)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,:/+@%=";
    g_autofree char *quoted =
        name[strspn(name, plain)] == '\0' && *name != '\0' ? g_strdup(name) : g_shell_quote(name);

    g_string_replace(text, mark, quoted, 0);
}

static FerryIdentityFinding *
finding_new(GPtrArray *findings, const FerryIdentityRule *rule)
{
    FerryIdentityFinding *finding = g_new0(FerryIdentityFinding, 1);

    finding->rule = rule;
    finding->severity = rule->severity;
    finding->layer = rule->layers[0];
    finding->members = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(findings, finding);
    return finding;
}

static char *
make_fix(const FerryIdentityRule *rule, const FerryIdentityHost *host, const char *vm)
{
    GString *fix = g_string_new(rule->fix);

    replace(fix, "{vm}", vm != NULL ? vm : "VM");
    replace(fix, "{host}", host->name);
    replace(fix, "{uri}", host->uri);
    return g_string_free(fix, FALSE);
}

FerryIdentityFinding *
ferry_identity_finding_add(GPtrArray *findings,
                           const FerryIdentityRule *rule,
                           const FerryIdentityMachine *machine)
{
    FerryIdentityFinding *finding = finding_new(findings, rule);

    if (machine != NULL) {
        finding->fix = make_fix(rule, machine->host, machine->vm.name);
        ferry_identity_finding_add_member(finding, machine);
    }
    return finding;
}

FerryIdentityFinding *
ferry_identity_finding_add_host(GPtrArray *findings,
                                const FerryIdentityRule *rule,
                                const FerryIdentityHost *host)
{
    FerryIdentityFinding *finding = finding_new(findings, rule);

    finding->fix = make_fix(rule, host, NULL);
    return finding;
}

void
ferry_identity_finding_add_name(FerryIdentityFinding *finding,
                                const FerryIdentityHost *host,
                                const char *name)
{
    g_ptr_array_add(finding->members, g_strdup_printf("%s/%s", host->name, name));
}

void
ferry_identity_finding_add_member(FerryIdentityFinding *finding,
                                  const FerryIdentityMachine *machine)
{
    ferry_identity_finding_add_name(finding, machine->host, machine->vm.name);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
compare_findings(gconstpointer a, gconstpointer b)
{
    const FerryIdentityFinding *left = *(const FerryIdentityFinding *const *)a;
    const FerryIdentityFinding *right = *(const FerryIdentityFinding *const *)b;
    int order = (int)right->severity - (int)left->severity;

    if (order == 0)
        order = strcmp(left->rule->id, right->rule->id);
    if (order == 0 && left->members->len > 0 && right->members->len > 0)
        order = strcmp(g_ptr_array_index(left->members, 0), g_ptr_array_index(right->members, 0));
    if (order == 0)
        order = g_strcmp0(left->snapshot, right->snapshot);
    return order != 0 ? order : g_strcmp0(left->value, right->value);
}

void
ferry_identity_find_snapshots(const FerryIdentityRule *rule,
                              const FerryIdentityMachine *machine,
                              GPtrArray *findings,
                              const char *(*get)(const FerryIdentitySnapshot *snapshot),
                              const char *text)
{
    for (unsigned i = 0; machine->snapshots != NULL && i < machine->snapshots->len; i++) {
        const FerryIdentitySnapshot *snapshot = g_ptr_array_index(machine->snapshots, i);
        const char *uuid = get(snapshot);
        FerryIdentityFinding *finding;

        if (*uuid == '\0' || strcmp(uuid, machine->vm.uuid) == 0)
            continue;
        finding = ferry_identity_finding_add(findings, rule, machine);
        finding->snapshot = g_strdup(snapshot->name);
        finding->expect = g_strdup(machine->vm.uuid);
        finding->got = g_strdup(uuid);
        finding->text = g_strdup_printf("%s '%s' %s", ferry_snapshot_kind_name(snapshot->kind),
                                        snapshot->name, text);
    }
}

typedef struct Search {
    const FerryIdentityRule *rule;
    GPtrArray *findings;
} Search;

static void
judge_machine(const FerryIdentityMachine *machine, void *data)
{
    const Search *search = data;

    search->rule->judge(search->rule, machine, search->findings);
}

GPtrArray *
ferry_identity_judge(const FerryIdentityFleet *fleet)
{
    GPtrArray *findings =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_identity_finding_free);
    g_autoptr(FerryIdentityIndex) index = ferry_identity_index_new(fleet, rules);

    for (size_t i = 0; rules[i] != NULL; i++) {
        if (rules[i]->judge != NULL)
            ferry_identity_foreach_machine(fleet, judge_machine, &(Search){rules[i], findings});
        else
            rules[i]->run(rules[i], fleet, index, findings);
    }
    for (unsigned i = 0; i < findings->len; i++)
        g_ptr_array_sort(((FerryIdentityFinding *)g_ptr_array_index(findings, i))->members,
                         compare_names);
    g_ptr_array_sort(findings, compare_findings);
    return findings;
}

char *
ferry_identity_finding_value(const FerryIdentityFinding *finding, const FerryIdentityKey *key)
{
    if (finding->value == NULL || finding->secret == NULL || key == NULL)
        return g_strdup(finding->value);
    return ferry_identity_digest(key, finding->secret, finding->value);
}

JsonNode *
ferry_identity_finding_to_json(const FerryIdentityFinding *finding, const FerryIdentityKey *key)
{
    JsonObject *object = json_object_new();
    g_autofree char *value = ferry_identity_finding_value(finding, key);

    ferry_json_set_string(object, "id", finding->rule->id);
    ferry_json_set_string(object, "severity", ferry_severity_name(finding->severity));
    ferry_json_set_string(object, "layer", finding->layer);
    ferry_json_set_string(object, "value", value);
    ferry_json_set_strings(object, "members", finding->members);
    ferry_json_set_string(object, "snapshot", finding->snapshot);
    ferry_json_set_string(object, "path", finding->path);
    ferry_json_set_string(object, "expect", finding->expect);
    ferry_json_set_string(object, "got", finding->got);
    ferry_json_set_string(object, "text", finding->text);
    ferry_json_set_string(object, "cause", finding->rule->cause);
    ferry_json_set_string(object, "fix", finding->fix);
    return ferry_json_node(object);
}
