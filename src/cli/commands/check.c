// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry check: what migrate would look at before it starts, with the engine's own steps, so that
// both say the same.

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/aside.h"
#include "cli/check-matrix.h"
#include "cli/commands-gen.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/verdicts.h"
#include "engine/steps/steps.h"
#include "preflight/preflight.h"

static bool
print_explanation(FerryCli *cli, const char *id, GError **error)
{
    const FerryCheck *check = ferry_preflight_find(id, error);
    g_autofree char *page = NULL;
    JsonObject *object;

    if (check == NULL)
        return false;
    if (!cli->json) {
        page = ferry_check_explain(check);
        return ferry_cli_print(error, "%s", page);
    }
    object = json_object_new();
    ferry_json_set_string(object, "schema", "check.explanation/1");
    ferry_json_set_string(object, "check", check->id);
    ferry_json_set_string(object, "summary", check->summary);
    ferry_json_set_string(object, "impact", check->impact);
    ferry_json_set_string(object, "hint", check->hint);
    ferry_json_set_string(object, "severity", ferry_verdict_kind_name(check->severity));
    json_object_set_boolean_member(object, "overridable", check->overridable);
    return ferry_cli_print_json(ferry_json_node(object), error);
}

// Returns: the ids of the checks that count as @kind, ", " between them. (transfer full)
static char *
list_checks(const FerryPreflight *preflight, FerryVerdictKind kind)
{
    GString *ids = g_string_new(NULL);

    for (unsigned i = 0; i < preflight->verdicts->len; i++) {
        const FerryVerdict *verdict = g_ptr_array_index(preflight->verdicts, i);

        if (verdict->counts_as == kind)
            g_string_append_printf(ids, "%s%s", ids->len > 0 ? ", " : "", verdict->check);
    }
    return g_string_free(ids, FALSE);
}

static char *
format_summary(const FerryMove *move)
{
    const FerryPreflight *preflight = move->preflight;
    g_autofree char *ids = list_checks(preflight, preflight->summary);
    g_autofree char *what =
        g_strdup_printf("from '%s' to '%s'", move->src_host->name, move->dst_host->name);

    if (preflight->summary == FERRY_VERDICT_BLOCK)
        return g_strdup_printf("machine '%s' cannot move %s: %s", move->vm->name, what, ids);
    if (preflight->summary == FERRY_VERDICT_WARN)
        return g_strdup_printf("machine '%s' can move %s if you accept: %s", move->vm->name, what,
                               ids);
    return g_strdup_printf("machine '%s' can move %s", move->vm->name, what);
}

static bool
print_verdicts(const FerryMove *move, GError **error)
{
    size_t columns = ferry_output_columns(STDOUT_FILENO);
    g_autofree char *summary = format_summary(move);
    g_autofree char *verdicts = ferry_verdicts_format(move->preflight->verdicts, columns);
    g_autofree char *last = ferry_verdicts_wrap(summary, columns);

    return ferry_cli_print(error, "%s%s", verdicts, last);
}

static bool
print_json(const FerryMove *move, GError **error)
{
    JsonNode *node = ferry_preflight_to_json(move->preflight);
    JsonObject *root = json_node_get_object(node);

    ferry_json_set_string(root, "schema", "check/1");
    ferry_json_set_string(root, "machine", move->vm->name);
    ferry_json_set_string(root, "uuid", move->vm->uuid);
    ferry_json_set_string(root, "src", move->src_host->name);
    ferry_json_set_string(root, "dst", move->dst_host->name);
    ferry_json_set_strings(root, "notes", move->notes);
    return ferry_cli_print_json(node, error);
}

static void
run_steps(void *data)
{
    FerryMove *move = data;

    if (ferry_step_resolve(move) == FERRY_EVENT_OK)
        ferry_step_preflight(move);
}

static bool
check_move(FerryCli *cli, FerryMoveRequest *request, int *ret_status, GError **error)
{
    g_autoptr(FerryMove) move = ferry_move_new(request, ferry_clock_real());

    move->known_hosts = ferry_cli_source_hosts(cli, NULL, error);
    if (move->known_hosts == NULL)
        return false;
    move->known_pairs = ferry_state_list_pairs(cli->state, error);
    if (move->known_pairs == NULL)
        return false;
    ferry_cli_aside(cli, "asking the hosts about the machine", run_steps, move);
    // A check that says no is a result, not an error of this command.
    if (move->preflight == NULL) {
        g_propagate_error(error, g_steal_pointer(&move->error));
        return false;
    }
    if (move->preflight->summary == FERRY_VERDICT_BLOCK)
        *ret_status = ferry_error_info(FERRY_ERROR_BLOCKED)->exit_status;
    if (cli->json)
        return print_json(move, error);
    for (unsigned i = 0; i < move->notes->len; i++)
        ferry_cli_note(cli, "%s", (const char *)g_ptr_array_index(move->notes, i));
    return print_verdicts(move, error);
}

// What was asked for on the command line, beside the options of a move.
typedef struct Words {
    char *connect;
    char *explain;
    gboolean all;
    char **only;
} Words;

static void
words_clear(Words *words)
{
    g_free(words->connect);
    g_free(words->explain);
    g_strfreev(words->only);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Words, words_clear)

static bool
check_count(const Words *words, unsigned n, GError **error)
{
    if (words->all ? n == 0 : n == 1 || n == 2)
        return true;
    ferry_error_set(error, FERRY_ERROR_USAGE, "cannot run 'check': it needs %s",
                    words->all ? "no machine with --all" : "'VM [HOST]' or '--all'");
    ferry_error_add_hint(error, "Run 'virt-ferry check --help' to see how it is used.");
    return false;
}

static bool
check(FerryCli *cli,
      const Words *words,
      GStrv names,
      FerryMigrateOptions *options,
      int *ret_status,
      GError **error)
{
    unsigned timeout_s = ferry_config_get_uint(cli->config, "connect", "timeout");

    if (words->all || names[1] == NULL)
        return ferry_check_many(cli,
                                &(FerryCheckMany){
                                    .vm = names[0],
                                    .connect = words->connect,
                                    .options = options,
                                    .only = (const char *const *)words->only,
                                    .timeout_s = timeout_s,
                                },
                                ret_status, error);
    return check_move(cli,
                      &(FerryMoveRequest){
                          .vm = names[0],
                          .dst = names[1],
                          .connect = words->connect,
                          .options = options,
                          .only = words->only,
                          .host_timeout_s = timeout_s,
                      },
                      ret_status, error);
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    g_auto(Words) words = {0};
    g_autoptr(FerryMoveWords) move_words = ferry_move_words_new(cli->config);
    g_autoptr(FerryMigrateOptions) options = NULL;
    g_auto(GStrv) names = NULL;
    bool done = false;
    const GOptionEntry more[] = {
        {"connect", 'c', 0, G_OPTION_ARG_STRING, &words.connect, "Where the machine is now",
         "HOST"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &words.all, "Every machine against every known host",
         NULL},
        {"only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &words.only,
         "Run this check alone; may be given several times", "CHECK"},
        {"explain", 0, 0, G_OPTION_ARG_STRING, &words.explain, "Explain one check and stop",
         "CHECK"},
        G_OPTION_ENTRY_NULL,
    };
    const GOptionEntry *entries = ferry_move_words_entries(move_words, more);

    // The words are counted below: --explain stands alone.
    if (!ferry_cli_parse(cli, &ferry_command_check, argv, entries, 0, 2, &names, &done, error))
        return false;
    if (done)
        return true;
    if (words.explain != NULL)
        return print_explanation(cli, words.explain, error);
    if (!check_count(&words, g_strv_length(names), error) ||
        !ferry_preflight_knows((const char *const *)words.only, error))
        return false;
    options = ferry_move_words_read(move_words, error);
    return options != NULL && check(cli, &words, names, options, ret_status, error);
}

const FerryCommand ferry_command_check = {
    .name = "check",
    .arguments = "VM [HOST] | --all",
    .summary = "Tell whether a machine can move to a host, and why not",
    .description =
        "Runs all checks of 'migrate' and changes nothing. Without HOST, tells which of the known hosts "
        "fit; with --all, of every machine.",
    .run = run,
};
