// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry id rotate: a new random UUID and generation id, now.

#include "cli/id-change.h"
#include "cli/id-gen.h"

typedef struct Options {
    FerryIdChangeWords words;
    char *when;
} Options;

static void
options_clear(Options *options)
{
    ferry_id_change_words_clear(&options->words);
    g_free(options->when);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static bool
check_when(const char *when, GError **error)
{
    if (when == NULL || g_str_equal(when, "now"))
        return true;
    if (!g_str_equal(when, "next-reboot") && !g_str_equal(when, "next-stop") &&
        !g_str_has_prefix(when, "window:") && !g_str_has_prefix(when, "deadline:")) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "cannot use --when '%s': it is not now", when);
        return false;
    }
    ferry_error_set(
        error, FERRY_ERROR_UNSUPPORTED,
        "cannot rotate at '%s': that takes a service which waits for it, and this version has none",
        when);
    ferry_error_add_hint(error, "Shut the machine down and run it with '--when now'.");
    return false;
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status G_GNUC_UNUSED, GError **error)
{
    g_auto(Options) options = {0};
    const GOptionEntry entries[] = {
        {"when", 0, 0, G_OPTION_ARG_STRING, &options.when, "When: now (the default)", "now"},
        FERRY_ID_CHANGE_OPTIONS(&options.words) G_OPTION_ENTRY_NULL,
    };
    FerryIdChange change = {.words = &options.words,
                            .wish = {.op = "rotate", .genid_if_any = true}};
    g_auto(GStrv) words = NULL;
    bool done = false;

    if (!ferry_cli_parse(cli, &ferry_id_rotate, argv, entries, 1, 1, &words, &done, error))
        return false;
    if (done)
        return true;
    change.vm = words[0];
    return check_when(options.when, error) &&
           ferry_id_change_read_uuid("--uuid", "auto", change.wish.uuid, error) &&
           ferry_id_change_read_uuid("--genid", "auto", change.wish.genid, error) &&
           ferry_id_change(cli, &change, error);
}

const FerryCommand ferry_id_rotate = {
    .name = "id rotate",
    .arguments = "VM",
    .summary = "Give a machine that is off a new random identity",
    .description = "As 'id set --uuid auto --genid auto'.",
    .run = run,
};
