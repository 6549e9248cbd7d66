// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry id: what makes a machine that machine. Each verb is a file in cli/id/.

#include <string.h>

#include "base/error.h"
#include "cli/commands-gen.h"
#include "cli/id-gen.h"
#include "model/nearest.h"

#define PREFIX "id "

static const FerryCommand *const verbs[] = {FERRY_ID_VERBS, NULL};

static const char *
word_of(const FerryCommand *verb)
{
    return verb->name + strlen(PREFIX);
}

static bool
print_help(GError **error)
{
    GString *help = g_string_new("Usage:\n  virt-ferry id VERB [ARGUMENT…]\n\n");
    g_autofree char *text = NULL;

    g_string_append_printf(help, "%s\n\nVerbs:\n", ferry_command_id.description);
    for (size_t i = 0; verbs[i] != NULL; i++)
        g_string_append_printf(help, "  %-10s %s\n", word_of(verbs[i]), verbs[i]->summary);
    g_string_append(help, "\nRun 'virt-ferry id VERB --help' for one of them.\n");
    text = g_string_free(help, FALSE);
    return ferry_cli_print(error, "%s", text);
}

static const FerryCommand *
find_verb(const char *word, GError **error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    const char *nearest;

    for (size_t i = 0; verbs[i] != NULL; i++) {
        if (g_str_equal(word_of(verbs[i]), word))
            return verbs[i];
        g_ptr_array_add(words, (char *)word_of(verbs[i]));
    }
    nearest = ferry_nearest_find(word, words);
    ferry_error_set(error, FERRY_ERROR_USAGE, "cannot run 'id': there is no '%s'", word);
    if (nearest != NULL)
        ferry_error_add_hint(error, "Did you mean 'virt-ferry id %s'?", nearest);
    else
        ferry_error_add_hint(error, "Run 'virt-ferry id --help' to see them all.");
    return NULL;
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    const FerryCommand *verb;

    if (argv[0] == NULL || g_str_equal(argv[0], "--help") || g_str_equal(argv[0], "-h"))
        return print_help(error);
    verb = find_verb(argv[0], error);
    return verb != NULL && verb->run(cli, argv + 1, ret_status, error);
}

const FerryCommand ferry_command_id = {
    .name = "id",
    .arguments = "VERB [ARGUMENT...]",
    .summary = "What makes a machine that machine: look, check, change",
    .description =
        "Shows what identifies machines, finds what is there twice, and changes it without loss.",
    .run = run,
};
