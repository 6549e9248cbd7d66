// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry id set: another identity for a machine that is off.

#include "cli/id-change.h"
#include "cli/id-gen.h"

typedef struct Options {
    FerryIdChangeWords words;
    char *uuid;
    char *genid;
} Options;

static void
options_clear(Options *options)
{
    ferry_id_change_words_clear(&options->words);
    g_free(options->uuid);
    g_free(options->genid);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

// Without --uuid the UUID stays; then a genid must be asked for.
static bool
read_wish(const Options *options, FerryChangeWish *wish, GError **error)
{
    *wish = (FerryChangeWish){.op = "set"};
    if (options->uuid == NULL && options->genid == NULL) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "cannot run 'id set': nothing is to be changed");
        ferry_error_add_hint(error,
                             "Say '--uuid auto', or '--genid auto' for the generation id alone.");
        return false;
    }
    wish->genid_if_any = options->genid == NULL;
    return (options->uuid == NULL ||
            ferry_id_change_read_uuid("--uuid", options->uuid, wish->uuid, error)) &&
           ferry_id_change_read_uuid("--genid", options->genid, wish->genid, error);
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status G_GNUC_UNUSED, GError **error)
{
    g_auto(Options) options = {0};
    const GOptionEntry entries[] = {
        {"uuid", 0, 0, G_OPTION_ARG_STRING, &options.uuid,
         "The new UUID; auto: a random one. Without it the UUID stays", "UUID|auto"},
        {"genid", 0, 0, G_OPTION_ARG_STRING, &options.genid,
         "The new generation id (default auto: a random one, where the machine has one)",
         "UUID|auto|keep"},
        FERRY_ID_CHANGE_OPTIONS(&options.words) G_OPTION_ENTRY_NULL,
    };
    FerryIdChange change = {.words = &options.words};
    g_auto(GStrv) words = NULL;
    bool done = false;

    if (!ferry_cli_parse(cli, &ferry_id_set, argv, entries, 1, 1, &words, &done, error))
        return false;
    if (done)
        return true;
    change.vm = words[0];
    return read_wish(&options, &change.wish, error) && ferry_id_change(cli, &change, error);
}

const FerryCommand ferry_id_set = {
    .name = "id set",
    .arguments = "VM",
    .summary = "Give a machine that is off another UUID or generation id",
    .description =
        "The machine is defined anew beside its old definition; snapshots, checkpoints, firmware variables, vTPM "
        "and autostart are carried over, everything is read back and compared, then the old definition goes. What "
        "is interrupted, 'virt-ferry recover' finishes or undoes.",
    .run = run,
};
