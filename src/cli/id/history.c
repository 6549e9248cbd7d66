// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry id history: every identity that a machine had. From the journal alone: no host is asked.

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/id-gen.h"
#include "cli/table.h"
#include "identity/chain.h"

// A UUID, or that of the newest record of a machine of that name. (transfer full)
static char *
find_uuid(FerryState *state, const char *argument, GError **error)
{
    g_autoptr(GPtrArray) records = NULL;
    char uuid[FERRY_UUID_LEN + 1];

    if (ferry_uuid_parse(argument, uuid))
        return g_strdup(uuid);
    records = ferry_state_list_txns(state, &(FerryTxnFilter){0}, error);
    for (unsigned i = 0; records != NULL && i < records->len; i++) {
        const FerryTxnRecord *record = records->pdata[i];

        if (strcmp(record->name, argument) == 0)
            return g_strdup(record->claim != NULL && g_strcmp0(record->outcome, "done") == 0
                                ? record->claim
                                : record->subject);
    }
    if (records != NULL) {
        ferry_error_set(error, FERRY_ERROR_MOVE_NOT_FOUND,
                        "neither a change of identity nor a move of '%s' is recorded", argument);
        ferry_error_add_hint(error, "What it is now is shown by 'virt-ferry id show %s'.",
                             argument);
    }
    return NULL;
}

static JsonObject *
entry_object(const FerryRevision *revision, const FerryRevision *before)
{
    JsonObject *object = json_object_new();
    g_autofree char *at = revision->at_us != 0 ? ferry_clock_format(revision->at_us) : NULL;

    json_object_set_int_member(object, "rev", revision->revision);
    ferry_json_set_string(object, "uuid", revision->uuid);
    ferry_json_set_string(object, "genid", revision->genid);
    ferry_json_set_string(object, "op", revision->op);
    if (revision->txn != 0)
        json_object_set_int_member(object, "txn", revision->txn);
    ferry_json_set_string(object, "ts", at);
    ferry_json_set_string(object, "domain", revision->name);
    ferry_json_set_string(object, "host", revision->host);
    ferry_json_set_string(object, "before", before != NULL ? before->uuid : NULL);
    json_object_set_int_member(object, "moves", revision->moves);
    return object;
}

static bool
print_json(const FerryIdentityChain *chain, GError **error)
{
    const FerryRevision *current = ferry_identity_chain_current(chain);
    JsonObject *root = json_object_new();
    JsonArray *entries = json_array_new();

    ferry_json_set_string(root, "schema", "id.history/1");
    ferry_json_set_string(root, "subject", chain->subject);
    ferry_json_set_string(root, "uuid", current->uuid);
    ferry_json_set_string(root, "domain", chain->name);
    ferry_json_set_string(root, "host", chain->host);
    json_object_set_int_member(root, "rev", current->revision);
    json_object_set_int_member(root, "moves_since", current->moves);
    for (unsigned i = 0; i < chain->revisions->len; i++)
        json_array_add_object_element(entries,
                                      entry_object(chain->revisions->pdata[i],
                                                   i > 0 ? chain->revisions->pdata[i - 1] : NULL));
    json_object_set_array_member(root, "entries", entries);
    return ferry_cli_print_json(ferry_json_node(root), error);
}

static bool
print_table(const FerryIdentityChain *chain, GError **error)
{
    static const char *const titles[] = {"REV", "UUID", "BY", "AT", "HOST", "MOVES", "GENID", NULL};
    g_autoptr(FerryTable) table = ferry_table_new(titles);

    for (unsigned i = 0; i < chain->revisions->len; i++) {
        const FerryRevision *revision = chain->revisions->pdata[i];
        g_autofree char *number = g_strdup_printf("%u", revision->revision);
        g_autofree char *moves = g_strdup_printf("%u", revision->moves);
        g_autofree char *at = revision->at_us != 0 ? ferry_clock_format(revision->at_us) : NULL;

        ferry_table_add(table, (const char *const[]){number, revision->uuid, revision->op, at,
                                                     revision->host, moves, revision->genid, NULL});
    }
    return ferry_table_print(table, error);
}

static bool
print_current(const FerryIdentityChain *chain, GError **error)
{
    g_autofree char *name = ferry_cli_escape(chain->name != NULL ? chain->name : "-");
    g_autofree char *host = ferry_cli_escape(chain->host != NULL ? chain->host : "-");

    return ferry_cli_print(error, "%s %s %s\n", ferry_identity_chain_current(chain)->uuid, name,
                           host);
}

static bool
show(FerryCli *cli, const char *argument, bool resolve, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    g_autofree char *uuid = state != NULL ? find_uuid(state, argument, error) : NULL;
    g_autoptr(FerryIdentityChain) chain =
        uuid != NULL ? ferry_identity_chain(state, uuid, error) : NULL;

    if (chain == NULL)
        return false;
    if (chain->host == NULL && resolve) {
        ferry_error_set(
            error, FERRY_ERROR_MOVE_NOT_FOUND,
            "cannot resolve %s: neither a change of identity nor a move of it is recorded", uuid);
        ferry_error_add_hint(error, "Look for it on the hosts with 'virt-ferry id show %s'.", uuid);
        return false;
    }
    if (cli->json)
        return print_json(chain, error);
    return resolve ? print_current(chain, error) : print_table(chain, error);
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status G_GNUC_UNUSED, GError **error)
{
    gboolean resolve = FALSE;
    const GOptionEntry entries[] = {
        {"resolve", 0, 0, G_OPTION_ARG_NONE, &resolve,
         "Print what the machine is now: its UUID, name and host", NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_auto(GStrv) words = NULL;
    bool done = false;

    if (!ferry_cli_parse(cli, &ferry_id_history, argv, entries, 1, 1, &words, &done, error))
        return false;
    return done || show(cli, words[0], resolve, error);
}

const FerryCommand ferry_id_history = {
    .name = "id history",
    .arguments = "VM|UUID",
    .summary = "Every identity that a machine had",
    .description =
        "From the records of virt-ferry; no host is asked. UUID may be any that the machine had.",
    .run = run,
};
