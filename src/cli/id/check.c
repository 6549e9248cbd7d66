// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry id check: what is there twice, and what does not fit together, over all hosts.

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/aside.h"
#include "cli/id-gen.h"
#include "cli/output.h"
#include "cli/text.h"
#include "identity/change-intent.h"
#include "identity/collect.h"
#include "identity/finding-rule.h"
#include "inventory/hosts.h"

// Where the text of a finding begins: behind "error  LIVE_CONFIG_UUID_SPLIT  ".
#define INDENT 7

typedef struct Words {
    char *severity;
    char *explain;
    gboolean guests;
} Words;

static void
words_clear(Words *words)
{
    g_free(words->severity);
    g_free(words->explain);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Words, words_clear)

typedef struct Run {
    GPtrArray *hosts; // FerryHost
    FerryIdentityAsk ask;
    FerrySeverity least;
    FerryIdentityFleet *fleet;
    GPtrArray *changes;  // FerryTxnRecord, of kind "identity"
    GPtrArray *findings; // FerryIdentityFinding, all of them
    GPtrArray *unknown;  // utf8: what could not be found out
    unsigned n_hosts;    // that answered
    unsigned n_machines;
    unsigned n_unknown; // machines of which something could not be read
    FerryIdentityKey *key;
} Run;

static void
run_clear(Run *run)
{
    g_clear_pointer(&run->findings, g_ptr_array_unref);
    g_clear_pointer(&run->unknown, g_ptr_array_unref);
    ferry_identity_fleet_free(run->fleet);
    g_clear_pointer(&run->changes, g_ptr_array_unref);
    g_clear_pointer(&run->hosts, g_ptr_array_unref);
    g_free(run->key);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static bool
print_explanation(FerryCli *cli, const char *id, GError **error)
{
    const FerryIdentityRule *rule = ferry_identity_rule_find(id, error);
    g_autofree char *page = NULL;
    JsonObject *object;

    if (rule == NULL)
        return false;
    if (!cli->json) {
        page = ferry_identity_rule_explain(rule);
        return ferry_cli_print(error, "%s", page);
    }
    object = json_object_new();
    ferry_json_set_string(object, "schema", "id.check.explanation/1");
    ferry_json_set_string(object, "finding", rule->id);
    ferry_json_set_string(object, "summary", rule->summary);
    ferry_json_set_string(object, "cause", rule->cause);
    ferry_json_set_string(object, "fix", rule->fix);
    ferry_json_set_string(object, "severity", ferry_severity_name(rule->severity));
    return ferry_cli_print_json(ferry_json_node(object), error);
}

// Returns: those that were named, each once, else all that are known; NULL with an error
static GPtrArray *
list_hosts(FerryCli *cli, GStrv names, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    g_autoptr(GPtrArray) known = state != NULL ? ferry_state_list_hosts(state, error) : NULL;
    g_autoptr(GPtrArray) hosts =
        known != NULL ? ferry_hosts_resolve_all(known, (const char *const *)names, error) : NULL;

    if (hosts == NULL || hosts->len > 0)
        return g_steal_pointer(&hosts);
    return ferry_hosts_candidates(known, NULL, error);
}

static GPtrArray *
list_changes(FerryCli *cli, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);

    return state == NULL
               ? NULL
               : ferry_state_list_txns(state, &(FerryTxnFilter){.kind = FERRY_CHANGE_KIND}, error);
}

// The UUIDs that changes have taken from machines: what is left under them is left for a way back. A change that has not
// ended has two definitions of one machine.
static void
apply_changes(Run *run)
{
    for (unsigned i = 0; i < run->changes->len; i++) {
        const FerryTxnRecord *change = g_ptr_array_index(run->changes, i);
        g_autofree char *aside = ferry_change_aside_name(change->name, change->id);

        if (change->outcome == NULL)
            ferry_identity_fleet_set_aside(run->fleet, change->subject, aside);
        else if (strcmp(change->outcome, "done") == 0 && change->claim != NULL)
            g_hash_table_add(run->fleet->retired, g_strdup(change->subject));
    }
}

static void
collect(void *data)
{
    Run *run = data;
    g_autoptr(GPtrArray) answers = ferry_hosts_list(run->hosts, run->ask.timeout_s);

    run->fleet = ferry_identity_collect(answers, &run->ask);
    apply_changes(run);
    run->findings = ferry_identity_judge(run->fleet);
}

static bool
is_unknown(const FerryIdentityMachine *machine)
{
    return machine->live_unknown != NULL || machine->persistent_unknown != NULL ||
           machine->extras_unknown != NULL || machine->snapshots_unknown != NULL;
}

// @guests: reason to the number of machines whose guests could not be looked into
static void
count_machine(Run *run, const FerryIdentityMachine *machine, GHashTable *guests)
{
    const char *why;

    run->n_machines++;
    run->n_unknown += is_unknown(machine) ? 1 : 0;
    if (machine->guest == NULL)
        return;
    why = machine->guest->fields[FERRY_GUEST_MACHINE_ID].unknown;
    if (why != NULL)
        g_hash_table_insert(guests, (char *)why,
                            GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(guests, why)) +
                                             1));
}

// @roots: reason to the hosts, ", " between, where it keeps root's part unknown
static void
count_host(Run *run, const FerryIdentityHost *host, GHashTable *roots, GHashTable *guests)
{
    GString *names;

    if (host->unknown != NULL) {
        g_ptr_array_add(run->unknown, g_strdup(host->unknown));
        return;
    }
    run->n_hosts++;
    if (host->same_as != NULL) {
        g_ptr_array_add(run->unknown, g_strdup_printf("host '%s' is host '%s' under another name",
                                                      host->name, host->same_as));
        return;
    }
    for (unsigned i = 0; i < host->machines->len; i++)
        count_machine(run, g_ptr_array_index(host->machines, i), guests);
    if (host->root != NULL)
        return;
    names = g_hash_table_lookup(roots, host->root_unknown);
    if (names == NULL) {
        names = g_string_new(host->name);
        g_hash_table_insert(roots, host->root_unknown, names);
    } else {
        g_string_append_printf(names, ", %s", host->name);
    }
}

static void
free_string(void *data)
{
    g_string_free(data, TRUE);
}

static int
compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
count(Run *run)
{
    g_autoptr(GHashTable) roots = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_string);
    g_autoptr(GHashTable) guests = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter iter;
    void *why;
    void *names;
    void *number;

    run->unknown = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < run->fleet->hosts->len; i++)
        count_host(run, g_ptr_array_index(run->fleet->hosts, i), roots, guests);
    g_hash_table_iter_init(&iter, roots);
    while (g_hash_table_iter_next(&iter, &why, &names))
        g_ptr_array_add(run->unknown, g_strdup_printf("vTPM states and libvirt's files on %s: %s",
                                                      ((GString *)names)->str, (char *)why));
    g_hash_table_iter_init(&iter, guests);
    while (g_hash_table_iter_next(&iter, &why, &number))
        g_ptr_array_add(run->unknown,
                        g_strdup_printf("guests of %u machine%s: %s", GPOINTER_TO_UINT(number),
                                        GPOINTER_TO_UINT(number) == 1 ? "" : "s", (char *)why));
    g_ptr_array_sort(run->unknown, compare_texts);
}

static unsigned
count_of(const Run *run, FerrySeverity severity)
{
    unsigned n = 0;

    for (unsigned i = 0; i < run->findings->len; i++) {
        const FerryIdentityFinding *finding = g_ptr_array_index(run->findings, i);

        n += finding->severity == severity ? 1 : 0;
    }
    return n;
}

static bool
load_key(FerryCli *cli, Run *run, GError **error)
{
    bool secret = false;

    for (unsigned i = 0; i < run->findings->len; i++)
        secret |= ((FerryIdentityFinding *)g_ptr_array_index(run->findings, i))->secret != NULL;
    if (secret)
        run->key = ferry_identity_key_load(ferry_state_path(ferry_cli_state(cli, NULL)), error);
    return !secret || run->key != NULL;
}

static bool
print_json(const Run *run, GError **error)
{
    JsonObject *root = json_object_new();
    JsonObject *scanned = json_object_new();
    JsonArray *findings = json_array_new();

    json_object_set_int_member(scanned, "hosts", run->n_hosts);
    json_object_set_int_member(scanned, "domains", run->n_machines);
    json_object_set_int_member(scanned, "unknown", run->n_unknown);
    for (unsigned i = 0; i < run->findings->len; i++) {
        const FerryIdentityFinding *finding = g_ptr_array_index(run->findings, i);

        if (finding->severity >= run->least)
            json_array_add_element(findings, ferry_identity_finding_to_json(finding, run->key));
    }
    ferry_json_set_string(root, "schema", "id.check/1");
    json_object_set_object_member(root, "scanned", scanned);
    json_object_set_array_member(root, "findings", findings);
    ferry_json_set_strings(root, "unknown", run->unknown);
    return ferry_cli_print_json(ferry_json_node(root), error);
}

static void
append_wrapped(GString *lines, const char *text, size_t columns)
{
    g_autofree char *escaped = ferry_cli_escape(text);
    g_autofree char *wrapped =
        columns > 0 ? ferry_text_wrap(escaped, columns, INDENT) : g_strdup(escaped);

    g_string_append_printf(lines, "%s\n", wrapped);
}

static void
append_finding(GString *lines, const FerryIdentityFinding *finding, const Run *run, size_t columns)
{
    g_autofree char *value = ferry_identity_finding_value(finding, run->key);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *fix = g_strdup_printf("       %s", finding->fix);

    g_string_printf(text, "%-5s  %s  ", ferry_severity_name(finding->severity), finding->rule->id);
    for (unsigned i = 0; i < finding->members->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                               (char *)g_ptr_array_index(finding->members, i));
    g_string_append_printf(text, ": %s", finding->text);
    if (value != NULL)
        g_string_append_printf(text, ": %s", value);
    if (finding->expect != NULL && finding->got != NULL)
        g_string_append_printf(text, ": %s, not %s", finding->got, finding->expect);
    append_wrapped(lines, text->str, columns);
    append_wrapped(lines, fix, columns);
}

static char *
format_summary(const Run *run)
{
    unsigned errors = count_of(run, FERRY_SEVERITY_ERROR);
    unsigned warnings = count_of(run, FERRY_SEVERITY_WARN);
    g_autoptr(GString) text = g_string_new(NULL);

    if (errors + warnings == 0)
        g_string_append(text, "nothing found");
    else
        g_string_append_printf(text, "%u error%s, %u warning%s", errors, errors == 1 ? "" : "s",
                               warnings, warnings == 1 ? "" : "s");
    g_string_append_printf(text, ": looked at %u machine%s on %u host%s", run->n_machines,
                           run->n_machines == 1 ? "" : "s", run->n_hosts,
                           run->n_hosts == 1 ? "" : "s");
    if (run->n_unknown > 0)
        g_string_append_printf(text, ", of %u not everything could be read", run->n_unknown);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool
print_text(const Run *run, GError **error)
{
    size_t columns = ferry_output_columns(STDOUT_FILENO);
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autofree char *summary = format_summary(run);

    for (unsigned i = 0; i < run->findings->len; i++) {
        const FerryIdentityFinding *finding = g_ptr_array_index(run->findings, i);

        if (finding->severity >= run->least)
            append_finding(lines, finding, run, columns);
    }
    for (unsigned i = 0; i < run->unknown->len; i++) {
        g_autofree char *line =
            g_strdup_printf("unknown  %s", (char *)g_ptr_array_index(run->unknown, i));

        append_wrapped(lines, line, columns);
    }
    return ferry_cli_print(error, "%s%s\n", lines->str, summary);
}

static bool
check(FerryCli *cli, const Words *words, GStrv names, int *ret_status, GError **error)
{
    g_auto(Run) run = {.least = FERRY_SEVERITY_WARN};
    g_autofree char *doing = NULL;

    if (words->severity != NULL && !ferry_severity_parse(words->severity, &run.least)) {
        ferry_error_set(error, FERRY_ERROR_USAGE,
                        "cannot use '%s' for --severity: it is none of info, warn, error",
                        words->severity);
        return false;
    }
    run.ask.timeout_s = ferry_config_get_uint(cli->config, "connect", "timeout");
    run.ask.by_disk = words->guests;
    run.hosts = list_hosts(cli, names, error);
    run.changes = run.hosts != NULL ? list_changes(cli, error) : NULL;
    if (run.changes == NULL)
        return false;
    doing = g_strdup_printf("asking %u hosts", run.hosts->len);
    ferry_cli_aside(cli, doing, collect, &run);
    count(&run);
    if (!load_key(cli, &run, error))
        return false;
    if (count_of(&run, FERRY_SEVERITY_ERROR) > 0)
        *ret_status = ferry_error_info(FERRY_ERROR_BLOCKED)->exit_status;
    else if (run.n_hosts == 0)
        *ret_status = ferry_error_info(FERRY_ERROR_UNREACHABLE)->exit_status;
    return cli->json ? print_json(&run, error) : print_text(&run, error);
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    g_auto(Words) words = {0};
    g_auto(GStrv) names = NULL;
    bool done = false;
    const GOptionEntry entries[] = {
        {"guests", 'g', 0, G_OPTION_ARG_NONE, &words.guests,
         "Look into the guests' disks, too; no guest can notice", NULL},
        {"severity", 0, 0, G_OPTION_ARG_STRING, &words.severity,
         "Show nothing below it: info, warn (the default) or error", "SEVERITY"},
        {"explain", 0, 0, G_OPTION_ARG_STRING, &words.explain, "Explain one finding and stop",
         "FINDING"},
        G_OPTION_ENTRY_NULL,
    };

    if (!ferry_cli_parse(cli, &ferry_id_check, argv, entries, 0, -1, &names, &done, error))
        return false;
    if (done)
        return true;
    if (words.explain != NULL)
        return print_explanation(cli, words.explain, error);
    return check(cli, &words, names, ret_status, error);
}

const FerryCommand ferry_id_check = {
    .name = "id check",
    .arguments = "[HOST...]",
    .summary = "Find what is there twice or does not fit together",
    .description =
        "Compares the identities of all machines of the hosts named, else of all known hosts, and changes "
        "nothing. Exits with 5 where something is found that is an error.",
    .run = run,
};
