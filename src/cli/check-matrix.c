// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/check-matrix.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/aside.h"
#include "cli/table.h"
#include "inventory/hosts.h"
#include "inventory/survey.h"
#include "preflight/matrix.h"

typedef struct Run {
    const FerryCheckMany *asked;
    GPtrArray *known;   // FerryHost: where machines may go
    GPtrArray *sources; // FerryHost: where they are looked for
    GPtrArray *answers; // FerryHostAnswer: of both
    GPtrArray *notes;   // utf8
    FerrySurvey *survey;
    FerryMatrix *matrix;
    GError *error;
} Run;

static void
run_clear(Run *run)
{
    g_clear_pointer(&run->known, g_ptr_array_unref);
    g_clear_pointer(&run->sources, g_ptr_array_unref);
    ferry_matrix_free(run->matrix);
    ferry_survey_free(run->survey);
    g_clear_pointer(&run->notes, g_ptr_array_unref);
    g_clear_pointer(&run->answers, g_ptr_array_unref);
    g_clear_error(&run->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static bool
has_uri(const GPtrArray *hosts, const char *uri)
{
    return ferry_hosts_find_uri(hosts, uri) != NULL;
}

// Asks those known hosts that no machine was looked for on.
static void
ask_others(Run *run)
{
    g_autoptr(GPtrArray) others = g_ptr_array_new();
    g_autoptr(GPtrArray) answers = NULL;

    for (unsigned i = 0; i < run->known->len; i++) {
        FerryHost *host = g_ptr_array_index(run->known, i);

        if (!has_uri(run->sources, host->uri))
            g_ptr_array_add(others, host);
    }
    answers = ferry_hosts_list(others, run->asked->timeout_s);
    g_ptr_array_extend_and_steal(run->answers, g_steal_pointer(&answers));
}

// Returns: the UUIDs of the machines that are checked on that host, ends with NULL, owned by @answer
static GPtrArray *
list_machines(const Run *run, const FerryHostAnswer *answer, const FerryHostAnswer *source)
{
    GPtrArray *uuids = g_ptr_array_new();

    if (source != NULL && answer == source)
        g_ptr_array_add(uuids, source->vm->uuid);
    else if (run->asked->vm == NULL && has_uri(run->sources, answer->host->uri))
        for (unsigned i = 0; answer->machines != NULL && i < answer->machines->len; i++)
            g_ptr_array_add(uuids, ((FerryVm *)g_ptr_array_index(answer->machines, i))->uuid);
    g_ptr_array_add(uuids, NULL);
    return uuids;
}

// A program is started on each destination for each disk: not for all machines at once where nothing hangs on it.
static bool
needs_locks(const FerryCheckMany *asked)
{
    return asked->vm != NULL || asked->options->commit == FERRY_COMMIT_FAST ||
           ferry_migrate_options_want_postcopy(asked->options);
}

static void
survey(Run *run, const FerryHostAnswer *source)
{
    unsigned n = run->answers->len;
    g_autofree FerrySurveyHost *hosts = g_new0(FerrySurveyHost, n + 1);
    g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);

    for (unsigned i = 0; i < n; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(run->answers, i);
        GPtrArray *machines = list_machines(run, answer, source);

        g_ptr_array_add(lists, machines);
        hosts[i] = (FerrySurveyHost){
            .host = answer->host,
            .hv = answer->hv,
            .unreachable = answer->error != NULL ? answer->error->message : NULL,
            .machines = (const char *const *)machines->pdata,
            .destination = has_uri(run->known, answer->host->uri),
        };
    }
    run->survey = ferry_survey_collect(hosts, n,
                                       &(FerrySurveyOptions){
                                           .migrate = run->asked->options,
                                           .timeout_s = run->asked->timeout_s,
                                           .probe = !run->asked->options->no_probe,
                                           .locks = needs_locks(run->asked),
                                       });
    run->matrix =
        ferry_matrix_judge(run->survey,
                           &(FerryMatrixOptions){
                               .migrate = run->asked->options,
                               .only = run->asked->only,
                               .now_s = ferry_clock_wall(ferry_clock_real()) / G_USEC_PER_SEC,
                           });
}

static void
run_all(void *data)
{
    Run *run = data;
    const FerryCheckMany *asked = run->asked;
    FerryHostAnswer *source = NULL;

    run->answers = asked->vm != NULL ? ferry_hosts_find(run->sources, asked->vm, asked->timeout_s)
                                     : ferry_hosts_list(run->sources, asked->timeout_s);
    if (asked->vm != NULL &&
        !ferry_hosts_judge(run->answers, asked->vm, &source, &run->notes, &run->error))
        return;
    ask_others(run);
    survey(run, source);
}

static const FerryHostFacts *
host_of(const Run *run, unsigned host)
{
    return g_ptr_array_index(run->survey->hosts, host);
}

// May the machine go there at all, for what is asked?
static bool
is_candidate(const Run *run, unsigned machine, unsigned host)
{
    return !ferry_matrix_cell(run->matrix, machine, host)->here &&
           has_uri(run->known, host_of(run, host)->uri);
}

static void
add_machine(JsonObject *object, const Run *run, unsigned index)
{
    const FerrySurveyMachine *machine = g_ptr_array_index(run->survey->machines, index);
    JsonArray *hosts = json_array_new();

    ferry_json_set_string(object, "machine", machine->facts->vm.name);
    ferry_json_set_string(object, "uuid", machine->facts->vm.uuid);
    ferry_json_set_string(object, "src", host_of(run, machine->host)->name);
    for (unsigned i = 0; i < run->matrix->n_hosts; i++) {
        const FerryMatrixCell *cell = ferry_matrix_cell(run->matrix, index, i);
        JsonObject *host;

        if (!is_candidate(run, index, i))
            continue;
        host = json_object_new();
        ferry_json_set_string(host, "dst", host_of(run, i)->name);
        ferry_json_set_string(host, "summary", ferry_verdict_kind_name(cell->summary));
        if (cell->summary != FERRY_VERDICT_OK)
            json_object_set_member(host, "reason", ferry_verdict_to_json(&cell->worst));
        json_array_add_object_element(hosts, host);
    }
    json_object_set_array_member(object, "hosts", hosts);
}

static bool
print_machine_json(const Run *run, GError **error)
{
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "schema", "check.machine/1");
    add_machine(object, run, 0);
    ferry_json_set_strings(object, "notes", run->notes);
    return ferry_cli_print_json(ferry_json_node(object), error);
}

static bool
print_matrix_json(const Run *run, GError **error)
{
    JsonObject *object = json_object_new();
    JsonArray *machines = json_array_new();

    for (unsigned i = 0; i < run->matrix->n_machines; i++) {
        JsonObject *machine = json_object_new();

        add_machine(machine, run, i);
        json_array_add_object_element(machines, machine);
    }
    ferry_json_set_string(object, "schema", "check.matrix/1");
    json_object_set_array_member(object, "machines", machines);
    return ferry_cli_print_json(ferry_json_node(object), error);
}

// What a cell says in one word.
static const char *
word_of(const FerryMatrixCell *cell)
{
    if (cell->summary == FERRY_VERDICT_BLOCK)
        return "no";
    if (cell->summary == FERRY_VERDICT_WARN)
        return cell->worst.kind == FERRY_VERDICT_UNKNOWN ? "unknown" : "warn";
    return "yes";
}

// Best first, and the hosts' own order among equals.
static bool
print_machine(FerryCli *cli, const Run *run, GError **error)
{
    static const char *const titles[] = {"HOST", "FITS", "WHY", NULL};
    static const FerryVerdictKind kinds[] = {FERRY_VERDICT_OK, FERRY_VERDICT_WARN,
                                             FERRY_VERDICT_BLOCK};
    g_autoptr(FerryTable) table = ferry_table_new(titles);

    for (unsigned i = 0; i < run->notes->len; i++)
        ferry_cli_note(cli, "%s", (const char *)g_ptr_array_index(run->notes, i));
    for (size_t kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
        for (unsigned i = 0; i < run->matrix->n_hosts; i++) {
            const FerryMatrixCell *cell = ferry_matrix_cell(run->matrix, 0, i);
            g_autofree char *why = NULL;

            if (!is_candidate(run, 0, i) || cell->summary != kinds[kind])
                continue;
            if (cell->summary != FERRY_VERDICT_OK)
                why = g_strdup_printf("%s: %s", cell->worst.check, cell->worst.text);
            ferry_table_add(table,
                            (const char *[]){host_of(run, i)->name, word_of(cell), why, NULL});
        }
    }
    return ferry_table_print(table, error);
}

// One reason that stands against several machines on one host.
typedef struct Reason {
    const FerryMatrixCell *cell; // the first one
    unsigned host;
    const char *machine; // of the first one
    unsigned count;
} Reason;

static Reason *
find_reason(GArray *reasons, const FerryMatrixCell *cell, unsigned host)
{
    for (unsigned i = 0; i < reasons->len; i++) {
        Reason *reason = &g_array_index(reasons, Reason, i);

        if (reason->host == host && reason->cell->summary == cell->summary &&
            strcmp(reason->cell->worst.check, cell->worst.check) == 0)
            return reason;
    }
    return NULL;
}

static GArray *
list_reasons(const Run *run)
{
    GArray *reasons = g_array_new(FALSE, FALSE, sizeof(Reason));

    for (unsigned i = 0; i < run->matrix->n_machines; i++) {
        const FerrySurveyMachine *machine = g_ptr_array_index(run->survey->machines, i);

        for (unsigned j = 0; j < run->matrix->n_hosts; j++) {
            const FerryMatrixCell *cell = ferry_matrix_cell(run->matrix, i, j);
            const Reason fresh = {cell, j, machine->facts->vm.name, 1};
            Reason *reason;

            if (!is_candidate(run, i, j) || cell->summary == FERRY_VERDICT_OK)
                continue;
            reason = find_reason(reasons, cell, j);
            if (reason != NULL)
                reason->count++;
            else
                g_array_append_val(reasons, fresh);
        }
    }
    return reasons;
}

// Worst first, then by host.
static int
compare_reasons(gconstpointer a, gconstpointer b)
{
    const Reason *left = a;
    const Reason *right = b;

    if (left->cell->summary != right->cell->summary)
        return (int)right->cell->summary - (int)left->cell->summary;
    if (left->host != right->host)
        return left->host < right->host ? -1 : 1;
    return strcmp(left->cell->worst.check, right->cell->worst.check);
}

static bool
print_reasons(const Run *run, GError **error)
{
    static const char *const titles[] = {"FITS", "HOST", "CHECK", "MACHINES", "WHY", NULL};
    g_autoptr(FerryTable) table = ferry_table_new(titles);
    g_autoptr(GArray) reasons = list_reasons(run);

    if (reasons->len == 0)
        return true;
    g_array_sort(reasons, compare_reasons);
    for (unsigned i = 0; i < reasons->len; i++) {
        const Reason *reason = &g_array_index(reasons, Reason, i);
        g_autofree char *machines =
            reason->count == 1
                ? g_strdup(reason->machine)
                : g_strdup_printf("%s and %u more", reason->machine, reason->count - 1);

        ferry_table_add(table,
                        (const char *[]){word_of(reason->cell), host_of(run, reason->host)->name,
                                         reason->cell->worst.check, machines,
                                         reason->cell->worst.text, NULL});
    }
    return ferry_cli_print(error, "\n") && ferry_table_print(table, error);
}

static bool
print_matrix(const Run *run, GError **error)
{
    unsigned n = run->matrix->n_hosts;
    g_autofree const char **cells = g_new0(const char *, n + 3);
    g_autofree const char **titles = g_new0(const char *, n + 3);
    g_autoptr(FerryTable) table = NULL;
    unsigned columns = 0;

    titles[columns++] = "MACHINE";
    titles[columns++] = "IS ON";
    for (unsigned i = 0; i < n; i++)
        if (has_uri(run->known, host_of(run, i)->uri))
            titles[columns++] = host_of(run, i)->name;
    table = ferry_table_new(titles);
    for (unsigned i = 0; i < run->matrix->n_machines; i++) {
        const FerrySurveyMachine *machine = g_ptr_array_index(run->survey->machines, i);

        columns = 0;
        cells[columns++] = machine->facts->vm.name;
        cells[columns++] = host_of(run, machine->host)->name;
        for (unsigned j = 0; j < n; j++)
            if (has_uri(run->known, host_of(run, j)->uri))
                cells[columns++] =
                    is_candidate(run, i, j) ? word_of(ferry_matrix_cell(run->matrix, i, j)) : "";
        ferry_table_add(table, cells);
    }
    return ferry_table_print(table, error) && print_reasons(run, error);
}

// One machine: it fits nowhere. All: one of them fits nowhere.
static bool
is_stuck(const Run *run)
{
    for (unsigned i = 0; i < run->matrix->n_machines; i++) {
        bool fits = false;

        for (unsigned j = 0; j < run->matrix->n_hosts; j++)
            fits = fits || (is_candidate(run, i, j) &&
                            ferry_matrix_cell(run->matrix, i, j)->summary != FERRY_VERDICT_BLOCK);
        if (!fits)
            return true;
    }
    return false;
}

static void
note_silent(FerryCli *cli, const Run *run)
{
    for (unsigned i = 0; i < run->answers->len; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(run->answers, i);

        // Of one machine's sources the judgement has told already.
        if (answer->error != NULL &&
            (run->asked->vm == NULL || !has_uri(run->sources, answer->host->uri)))
            ferry_cli_note(cli, "%s", answer->error->message);
    }
}

// They change what arrives, and so what has to be asked: a survey is of what arrives everywhere.
static bool
note_kept(FerryCli *cli, FerryState *state, GError **error)
{
    g_autoptr(GPtrArray) pairs = ferry_state_list_pairs(state, error);

    if (pairs == NULL)
        return false;
    if (pairs->len > 0)
        ferry_cli_note(
            cli,
            "names kept for two hosts ('virt-ferry host map') count only where both are given: 'virt-ferry check VM HOST'");
    return true;
}

static bool
check_known(const Run *run, GError **error)
{
    if (run->known->len > 1 || (run->known->len == 1 && run->asked->connect != NULL))
        return true;
    ferry_error_set(error, FERRY_ERROR_HOST_NOT_FOUND, "cannot look for hosts that fit: %s known",
                    run->known->len == 0 ? "none is" : "only one is");
    ferry_error_add_hint(error, "Run 'virt-ferry host add NAME URI' for each, or give the host: "
                                "'virt-ferry check VM HOST'.");
    return false;
}

bool
ferry_check_many(FerryCli *cli, const FerryCheckMany *asked, int *ret_status, GError **error)
{
    g_auto(Run) run = {.asked = asked};
    FerryState *state = ferry_cli_state(cli, error);
    g_autofree char *doing = NULL;

    run.known = state != NULL ? ferry_state_list_hosts(state, error) : NULL;
    if (run.known == NULL || !check_known(&run, error) || !note_kept(cli, state, error))
        return false;
    run.sources = ferry_hosts_candidates(run.known, asked->connect, error);
    if (run.sources == NULL)
        return false;
    doing = g_strdup_printf("asking %u hosts", MAX(run.known->len, run.sources->len));
    ferry_cli_aside(cli, doing, run_all, &run);
    if (run.error != NULL) {
        g_propagate_error(error, g_steal_pointer(&run.error));
        return false;
    }
    note_silent(cli, &run);
    if (is_stuck(&run))
        *ret_status = ferry_error_info(FERRY_ERROR_BLOCKED)->exit_status;
    if (asked->vm == NULL)
        return cli->json ? print_matrix_json(&run, error) : print_matrix(&run, error);
    return cli->json ? print_machine_json(&run, error) : print_machine(cli, &run, error);
}
