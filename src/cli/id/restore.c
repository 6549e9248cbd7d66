// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry id restore: back to a UUID that the machine had.

#include "cli/id-change.h"
#include "cli/id-gen.h"

typedef struct Options {
    FerryIdChangeWords words;
    char *to;
} Options;

static void
options_clear(Options *options)
{
    ferry_id_change_words_clear(&options->words);
    g_free(options->to);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static bool
take_revision(FerryChangeWish *wish, const FerryIdentityChain *chain, void *data, GError **error)
{
    const uint64_t *number = data;
    const FerryRevision *revision;

    if (*number > chain->revisions->len) {
        ferry_error_set(error, FERRY_ERROR_USAGE,
                        "cannot restore revision %" G_GUINT64_FORMAT ": there are %u", *number,
                        chain->revisions->len);
        ferry_error_add_hint(error, "Run 'virt-ferry id history %s' to see them.",
                             ferry_identity_chain_current(chain)->uuid);
        return false;
    }
    revision = chain->revisions->pdata[*number - 1];
    g_strlcpy(wish->uuid, revision->uuid, sizeof(wish->uuid));
    wish->restores = true;
    return true;
}

static bool
read_number(const char *text, uint64_t *number, GError **error)
{
    if (text != NULL && g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT, number, NULL))
        return true;
    ferry_error_set(error, FERRY_ERROR_USAGE,
                    "cannot run 'id restore': --to takes a revision's number");
    ferry_error_add_hint(error, "Run 'virt-ferry id history VM' to see them.");
    return false;
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status G_GNUC_UNUSED, GError **error)
{
    g_auto(Options) options = {0};
    const GOptionEntry entries[] = {
        {"to", 0, 0, G_OPTION_ARG_STRING, &options.to, "Which one, by its number in 'id history'",
         "REVISION"},
        FERRY_ID_CHANGE_OPTIONS(&options.words) G_OPTION_ENTRY_NULL,
    };
    uint64_t number = 0;
    FerryIdChange change = {.words = &options.words,
                            .wish = {.op = "restore", .genid_if_any = true},
                            .complete = take_revision,
                            .data = &number};
    g_auto(GStrv) words = NULL;
    bool done = false;

    if (!ferry_cli_parse(cli, &ferry_id_restore, argv, entries, 1, 1, &words, &done, error))
        return false;
    if (done)
        return true;
    change.vm = words[0];
    // a generation never comes back
    return read_number(options.to, &number, error) &&
           ferry_id_change_read_uuid("--genid", "auto", change.wish.genid, error) &&
           ferry_id_change(cli, &change, error);
}

const FerryCommand ferry_id_restore = {
    .name = "id restore",
    .arguments = "VM",
    .summary = "Give a machine that is off a UUID back that it had",
    .description =
        "REVISION is a number of 'id history'. The generation id is new all the same: what goes back "
        "is a generation of its own. '--tpm old' takes the vTPM that was left under that UUID.",
    .run = run,
};
