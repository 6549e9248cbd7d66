// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/chain.h"

#include "base/error.h"
#include "base/json.h"
#include "identity/change-intent.h"

static void
revision_free(void *data)
{
    FerryRevision *revision = data;

    g_free(revision->genid);
    g_free(revision->op);
    g_free(revision->name);
    g_free(revision->host);
    g_free(revision);
}

void
ferry_identity_chain_free(FerryIdentityChain *chain)
{
    if (chain == NULL)
        return;
    g_free(chain->subject);
    g_free(chain->host);
    g_free(chain->name);
    g_ptr_array_unref(chain->revisions);
    g_free(chain);
}

const FerryRevision *
ferry_identity_chain_current(const FerryIdentityChain *chain)
{
    return chain->revisions->pdata[chain->revisions->len - 1];
}

bool
ferry_identity_chain_has(const FerryIdentityChain *chain, const char *uuid)
{
    for (unsigned i = 0; i < chain->revisions->len; i++)
        if (g_ascii_strcasecmp(((FerryRevision *)chain->revisions->pdata[i])->uuid, uuid) == 0)
            return true;
    return false;
}

static FerryRevision *
add_revision(FerryIdentityChain *chain, const char *uuid, const char *genid)
{
    FerryRevision *revision = g_new0(FerryRevision, 1);

    g_ptr_array_add(chain->revisions, revision);
    revision->revision = chain->revisions->len;
    g_strlcpy(revision->uuid, uuid, sizeof(revision->uuid));
    revision->genid = g_strdup(genid);
    return revision;
}

static void
add_change(FerryIdentityChain *chain, const FerryTxnRecord *record, const FerryChangeIntent *intent)
{
    FerryRevision *revision;

    if (chain->revisions->len == 0) {
        revision = add_revision(chain, intent->old_uuid, intent->old_genid);
        revision->name = g_strdup(intent->name);
        revision->host = g_strdup(intent->host->name);
    }
    revision = add_revision(chain, intent->new_uuid,
                            intent->new_genid != NULL ? intent->new_genid : intent->old_genid);
    revision->op = g_strdup(intent->op);
    revision->txn = record->id;
    revision->at_us = record->ended_us;
    revision->name = g_strdup(intent->name);
    revision->host = g_strdup(intent->host->name);
}

static bool
is_done(const FerryTxnRecord *record)
{
    return g_strcmp0(record->outcome, "done") == 0;
}

// A machine that arrived and is not quite as before has moved all the same.
static bool
has_moved(const FerryTxnRecord *record)
{
    return is_done(record) || g_strcmp0(record->outcome, "verify-failed") == 0;
}

// The subject of the newest change that has @uuid: as the new one before as the old one.
static char *
find_subject(GPtrArray *changes, const char *uuid)
{
    char *left = NULL;

    for (unsigned i = 0; i < changes->len; i++) {
        const FerryTxnRecord *record = changes->pdata[i];
        g_autoptr(FerryChangeIntent) intent = NULL;
        bool came, went;

        if (!is_done(record))
            continue;
        came =
            g_ascii_strcasecmp(record->claim != NULL ? record->claim : record->subject, uuid) == 0;
        went = g_ascii_strcasecmp(record->subject, uuid) == 0;
        if (!came && (!went || left != NULL))
            continue;
        intent = ferry_change_intent_parse(record->intent, NULL);
        if (intent == NULL)
            continue;
        if (came) {
            g_free(left);
            return g_strdup(intent->subject);
        }
        left = g_strdup(intent->subject);
    }
    return left;
}

static char *
destination_of(const FerryTxnRecord *move)
{
    g_autoptr(JsonNode) node = ferry_json_parse(move->intent, "intent", NULL);
    JsonObject *dst = NULL;

    if (node != NULL && JSON_NODE_HOLDS_OBJECT(node))
        dst = ferry_json_get_object(json_node_get_object(node), "dst");
    return dst != NULL ? g_strdup(ferry_json_get_string(dst, "name")) : NULL;
}

// Which revision was the current one when @move ran? NULL: it is not of this machine
static FerryRevision *
revision_of(const FerryIdentityChain *chain, const FerryTxnRecord *move)
{
    for (unsigned i = chain->revisions->len; i > 0; i--) {
        FerryRevision *revision = chain->revisions->pdata[i - 1];

        if (revision->txn < move->id)
            return g_ascii_strcasecmp(revision->uuid, move->subject) == 0 ? revision : NULL;
    }
    return NULL;
}

// Moves, oldest first: the last one says where it is.
static bool
add_moves(FerryIdentityChain *chain, FerryState *state, GError **error)
{
    g_autoptr(GPtrArray) moves =
        ferry_state_list_txns(state, &(FerryTxnFilter){.kind = "move"}, error);

    if (moves == NULL)
        return false;
    for (unsigned i = moves->len; i > 0; i--) {
        const FerryTxnRecord *move = moves->pdata[i - 1];
        FerryRevision *revision = has_moved(move) ? revision_of(chain, move) : NULL;

        if (revision == NULL)
            continue;
        revision->moves++;
        if (revision != ferry_identity_chain_current(chain))
            continue;
        g_free(chain->host);
        chain->host = destination_of(move);
        g_free(chain->name);
        chain->name = g_strdup(move->name);
    }
    return true;
}

FerryIdentityChain *
ferry_identity_chain(FerryState *state, const char *uuid, GError **error)
{
    g_autoptr(GPtrArray) changes =
        ferry_state_list_txns(state, &(FerryTxnFilter){.kind = FERRY_CHANGE_KIND}, error);
    g_autoptr(FerryIdentityChain) chain = NULL;
    char text[FERRY_UUID_LEN + 1];

    if (changes == NULL)
        return NULL;
    if (!ferry_uuid_parse(uuid, text))
        g_strlcpy(text, uuid, sizeof(text));
    chain = g_new0(FerryIdentityChain, 1);
    chain->revisions = g_ptr_array_new_with_free_func(revision_free);
    chain->subject = find_subject(changes, text);
    for (unsigned i = changes->len; chain->subject != NULL && i > 0; i--) {
        const FerryTxnRecord *record = changes->pdata[i - 1];
        g_autoptr(FerryChangeIntent) intent =
            is_done(record) ? ferry_change_intent_parse(record->intent, NULL) : NULL;

        if (intent != NULL && g_strcmp0(intent->subject, chain->subject) == 0)
            add_change(chain, record, intent);
    }
    if (chain->revisions->len == 0)
        add_revision(chain, text, NULL);
    chain->host = g_strdup(ferry_identity_chain_current(chain)->host);
    chain->name = g_strdup(ferry_identity_chain_current(chain)->name);
    return add_moves(chain, state, error) ? g_steal_pointer(&chain) : NULL;
}
