// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/cli.h"

#include <locale.h>
#include <signal.h>
#include <string.h>

#include "base/error.h"
#include "cli/commands-gen.h"
#include "cli/output.h"
#include "config-gen.h"
#include "inventory/hosts.h"
#include "model/nearest.h"

static const FerryCommand *const commands[] = {FERRY_COMMANDS, NULL};

const FerryCommand *const *
ferry_cli_commands(void)
{
    return commands;
}

// A command without a summary is virt-ferry's own and not shown.
static bool
print_help(GError **error)
{
    GString *help =
        g_string_new("Usage:\n  virt-ferry [OPTION…] SUBCOMMAND [ARGUMENT…]\n\n"
                     "Moves KVM virtual machines between libvirt hosts without losing one.\n\n"
                     "Options:\n"
                     "  -h, --help        Show this help\n"
                     "  -V, --version     Show the version\n\n"
                     "Subcommands:\n");
    g_autofree char *text = NULL;

    for (size_t i = 0; commands[i] != NULL; i++)
        if (commands[i]->summary != NULL)
            g_string_append_printf(help, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    g_string_append(help,
                    "\nRun 'virt-ferry SUBCOMMAND --help' for one of them, and 'man virt-ferry' "
                    "for the manual.\n");
    text = g_string_free(help, FALSE);
    return ferry_cli_print(error, "%s", text);
}

static const FerryCommand *
find_command(const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *nearest;

    for (size_t i = 0; commands[i] != NULL; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
        if (commands[i]->summary != NULL)
            g_ptr_array_add(names, (char *)commands[i]->name);
    }
    ferry_error_set(error, FERRY_ERROR_USAGE, "there is no subcommand '%s'", name);
    nearest = ferry_nearest_find(name, names);
    if (nearest != NULL)
        ferry_error_add_hint(error, "Did you mean '%s'? Run 'virt-ferry --help' to see them all.",
                             nearest);
    else
        ferry_error_add_hint(error, "Run 'virt-ferry --help' to see them all.");
    return NULL;
}

// Is @option among the words, before a "--"?
static bool
has_option(GStrv argv, const char *option)
{
    for (size_t i = 0; argv[i] != NULL && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], option) == 0)
            return true;
    return false;
}

// Help must come even where the configuration is broken; it shows no setting.
static bool
load_config(FerryCli *cli, GStrv argv, GError **error)
{
    bool help = has_option(argv, "--help") || has_option(argv, "-h");

    if (cli->config == NULL)
        cli->config = ferry_config_load(help ? "/dev/null" : NULL, error);
    return cli->config != NULL;
}

static bool
run_command(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    const FerryCommand *command = find_command(argv[0], error);

    if (command == NULL)
        return false;
    // Errors that come before the options are parsed are told in the form that was asked for too.
    cli->json = has_option(argv, "--json");
    if (!load_config(cli, argv, error))
        return false;
    return command->run(cli, argv + 1, ret_status, error);
}

static bool
run_program(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    if (argv[0] == NULL) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "no subcommand was given");
        ferry_error_add_hint(error, "Run 'virt-ferry --help' to see them all.");
        return false;
    }
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)
        return print_help(error);
    if (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "-V") == 0)
        return ferry_cli_print(error, "virt-ferry %s\n", FERRY_VERSION);
    if (argv[0][0] == '-') {
        ferry_error_set(error, FERRY_ERROR_USAGE, "there is no option '%s' before a subcommand",
                        argv[0]);
        ferry_error_add_hint(
            error, "Options stand after the subcommand. Run 'virt-ferry --help' to see both.");
        return false;
    }
    return run_command(cli, argv, ret_status, error);
}

int
ferry_cli_main(FerryCli *cli, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    char *none[] = {NULL};
    int status = 0;

    ferry_output_hold_descriptors();
    // A reader that went away is seen at the write; it must not end us in the middle of a move.
    signal(SIGPIPE, SIG_IGN);
    // Names are UTF-8 whatever the locale; all else stays in C, so that texts and figures are the same
    // everywhere.
    setlocale(LC_CTYPE, "C.UTF-8");
    if (!run_program(cli, argc > 0 ? argv + 1 : none, &status, &error)) {
        ferry_cli_print_error(cli, error);
        status = ferry_error_get_info(error)->exit_status;
    }
    g_clear_pointer(&cli->state, ferry_state_close);
    g_clear_pointer(&cli->config, ferry_config_free);
    return status;
}

static void
set_usage(const FerryCommand *command, GError **error, const char *text)
{
    ferry_error_set(error, FERRY_ERROR_USAGE, "cannot run '%s': %s", command->name, text);
    ferry_error_add_hint(error, "Run 'virt-ferry %s --help' to see how it is used.", command->name);
}

static bool
check_words(const FerryCommand *command, GStrv words, int n_min, int n_max, GError **error)
{
    int n = (int)g_strv_length(words);
    g_autofree char *text = NULL;

    for (int i = 0; i < n; i++) {
        if (g_utf8_validate(words[i], -1, NULL))
            continue;
        text = g_strdup_printf("'%s' is not valid UTF-8", words[i]);
        set_usage(command, error, text);
        return false;
    }
    if (n < n_min)
        text = g_strdup_printf("it needs '%s'", command->arguments);
    else if (n_max >= 0 && n > n_max)
        text = g_strdup_printf("'%s' is one word too many", words[n_max]);
    if (text == NULL)
        return true;
    set_usage(command, error, text);
    return false;
}

static GOptionContext *
new_context(const FerryCommand *command, const GOptionEntry *entries, const GOptionEntry *own)
{
    GOptionContext *context = g_option_context_new(command->arguments);

    // Ours: GLib's would end the program from within.
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_summary(context, command->description != NULL ? command->description
                                                                       : command->summary);
    if (entries != NULL)
        g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_main_entries(context, own, NULL);
    return context;
}

static bool
print_command_help(const FerryCommand *command, GOptionContext *context, GError **error)
{
    g_autofree char *name = g_strdup_printf("virt-ferry %s", command->name);
    g_autofree char *help = NULL;

    g_set_prgname(name);
    help = g_option_context_get_help(context, TRUE, NULL);
    g_set_prgname("virt-ferry");
    return ferry_cli_print(error, "%s", help);
}

bool
// NOLINTNEXTLINE(readability-function-size): three results, each read by every caller
ferry_cli_parse(FerryCli *cli,
                const FerryCommand *command,
                GStrv argv,
                const GOptionEntry *entries,
                int n_min,
                int n_max,
                GStrv *ret_words,
                bool *ret_done,
                GError **error)
{
    gboolean json = FALSE;
    gboolean help = FALSE;
    g_auto(GStrv) words = NULL;
    // As file names, which GLib takes as they are: an error about them is ours to tell.
    const GOptionEntry own[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "Write the result as JSON", NULL},
        {"help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this help", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = new_context(command, entries, own);
    g_autoptr(GPtrArray) args = g_ptr_array_new();
    g_autoptr(GError) problem = NULL;
    char **strv;

    g_ptr_array_add(args, g_strdup("virt-ferry"));
    for (size_t i = 0; argv[i] != NULL; i++)
        g_ptr_array_add(args, g_strdup(argv[i]));
    g_ptr_array_add(args, NULL);
    strv = (char **)g_ptr_array_steal(args, NULL);
    if (!g_option_context_parse_strv(context, &strv, &problem)) {
        g_strfreev(strv);
        set_usage(command, error, problem->message);
        return false;
    }
    g_strfreev(strv);
    if (help) {
        *ret_done = true;
        return print_command_help(command, context, error);
    }
    if (words == NULL)
        words = g_new0(char *, 1);
    if (!check_words(command, words, n_min, n_max, error))
        return false;
    cli->json = json;
    *ret_words = g_steal_pointer(&words);
    *ret_done = false;
    return true;
}

FerryState *
ferry_cli_state(FerryCli *cli, GError **error)
{
    g_autofree char *path = NULL;

    if (cli->state == NULL) {
        path = ferry_state_default_path();
        cli->state = ferry_state_open(cli->state_driver, path, error);
    }
    return cli->state;
}

GPtrArray *
ferry_cli_source_hosts(FerryCli *cli, const char *connect, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    g_autoptr(GPtrArray) known = state != NULL ? ferry_state_list_hosts(state, error) : NULL;

    return known != NULL ? ferry_hosts_candidates(known, connect, error) : NULL;
}
