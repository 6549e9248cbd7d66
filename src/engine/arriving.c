// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/arriving.h"

#include "base/json.h"
#include "model/names.h"

void
ferry_arriving_clear(FerryArriving *arriving)
{
    g_clear_pointer(&arriving->dest_xml, g_free);
    g_clear_pointer(&arriving->persist_xml, g_free);
}

// What copied disks change of @xml, in its place.
// @live: of a running machine
static bool
edit(const FerryMove *move, bool live, char **xml, GError **error)
{
    char *edited = NULL;

    if (*xml == NULL || !ferry_storage_edits(move->disks))
        return true;
    if (!ferry_storage_edit(move->disks, *xml, live, &edited, error))
        return false;
    if (edited != NULL) {
        g_free(*xml);
        *xml = edited;
    }
    return true;
}

// @live: of a running machine
// Returns: what @xml is on the destination; NULL with an error. (transfer full)
static char *
change(const FerryMove *move, const char *xml, bool live, GError **error)
{
    g_autofree char *changed = ferry_names_apply(xml, move->request.options, error);

    if (changed == NULL || !edit(move, live, &changed, error))
        return NULL;
    return g_steal_pointer(&changed);
}

// @given: the operator's; NULL: what the host has
// @ret_xml: what arrives; NULL where it is what is there
static bool
change_one(const FerryMove *move,
           const char *given,
           FerryXmlKind kind,
           char **ret_xml,
           GError **error)
{
    g_autofree char *xml = given != NULL
                               ? g_strdup(given)
                               : ferry_hypervisor_get_xml(move->src, move->vm->uuid, kind, error);
    g_autofree char *named = NULL;

    if (xml == NULL)
        return false;
    named = change(move, xml, kind == FERRY_XML_LIVE_SECURE, error);
    if (named == NULL)
        return false;
    *ret_xml = g_str_equal(named, xml) ? NULL : g_steal_pointer(&named);
    return true;
}

// libvirt takes a persistent XML under the name that the machine gets, and a live one under that which it has.
static bool
rename_persistent(const char *dest_name, char **xml, GError **error)
{
    g_autofree char *named = *xml;

    *xml = NULL;
    if (named == NULL)
        return true;
    *xml = dest_name != NULL ? ferry_names_rename(named, dest_name, error) : g_strdup(named);
    return *xml != NULL;
}

bool
ferry_arriving_make(const FerryMove *move,
                    FerryMigrateCall *call,
                    FerryArriving *ret,
                    GError **error)
{
    const FerryMigrateOptions *options = move->request.options;
    g_auto(FerryArriving) made = {0};
    bool active = call->flags & FERRY_MIGRATE_LIVE;

    if (!ferry_names_any(options) && !ferry_storage_edits(move->disks))
        return true;
    if (!change_one(move, options->xml,
                    active ? FERRY_XML_LIVE_SECURE : FERRY_XML_PERSISTENT_SECURE, &made.dest_xml,
                    error))
        return false;
    // a transient machine that becomes persistent does so with its live XML
    if ((move->baseline->persistent || options->persistent_xml != NULL) &&
        (!change_one(move, options->persistent_xml, FERRY_XML_PERSISTENT_SECURE, &made.persist_xml,
                     error) ||
         !rename_persistent(options->persistent_xml == NULL ? options->dest_name : NULL,
                            &made.persist_xml, error)))
        return false;
    if (made.dest_xml != NULL)
        call->dest_xml = made.dest_xml;
    if (made.persist_xml != NULL)
        call->persist_xml = made.persist_xml;
    ret->dest_xml = g_steal_pointer(&made.dest_xml);
    ret->persist_xml = g_steal_pointer(&made.persist_xml);
    return true;
}

bool
ferry_arriving_expect(const FerryMove *move, FerryBaseline *baseline, GError **error)
{
    return edit(move, true, &baseline->live_xml, error) &&
           edit(move, false, &baseline->persistent_xml, error);
}

typedef struct Sides {
    const char *before;
    const char *given; // the operator's; NULL: that before
    bool live;
} Sides;

static void
add_diff(const FerryMove *move, const Sides *sides, JsonObject *object, const char *member)
{
    const char *given = sides->given != NULL ? sides->given : sides->before;
    g_autofree char *after = NULL;
    g_autoptr(GPtrArray) lines = NULL;

    if (sides->before == NULL)
        return;
    // what can't be read is a check's to tell
    after = change(move, given, sides->live, NULL);
    lines = after != NULL ? ferry_definition_diff(sides->before, after, NULL) : NULL;
    if (lines != NULL && lines->len > 0)
        ferry_json_set_strings(object, member, lines);
}

JsonObject *
ferry_arriving_diff(const FerryMove *move, const FerryVmFacts *vm)
{
    const FerryMigrateOptions *options = move->request.options;
    const Sides live = {vm->live_xml, options->xml, true};
    const Sides persistent = {vm->persistent_xml, options->persistent_xml, false};
    g_autoptr(JsonObject) diff = NULL;

    if (options->xml == NULL && options->persistent_xml == NULL && !ferry_names_any(options) &&
        !ferry_storage_edits(move->disks))
        return NULL;
    diff = json_object_new();
    add_diff(move, &live, diff, "live");
    add_diff(move, &persistent, diff, "persistent");
    return json_object_get_size(diff) > 0 ? g_steal_pointer(&diff) : NULL;
}

void
ferry_arriving_recall(FerryMove *move)
{
    FerryMigrateOptions *options = move->request.options;
    const char *src = move->src_host->uri;
    const char *dst = move->dst_host->uri;
    g_autoptr(FerryPair) known = ferry_pairs_find(move->known_pairs, src, dst);

    if (ferry_names_any(options))
        move->said = ferry_pair_from_options(src, dst, options);
    if (ferry_pair_fill(known, options))
        ferry_move_note(
            move, "names kept for these two hosts are used: 'virt-ferry host map' shows them");
}

bool
ferry_arriving_keep(const FerryMove *move, FerryState *state, GError **error)
{
    g_autoptr(GPtrArray) pairs = NULL;
    g_autoptr(FerryPair) kept = NULL;

    if (move->said == NULL)
        return true;
    pairs = ferry_state_list_pairs(state, error);
    if (pairs == NULL)
        return false;
    kept = ferry_pairs_find(pairs, move->src_host->uri, move->dst_host->uri);
    ferry_pair_merge(kept, move->said);
    return ferry_state_set_pair(state, kept, error);
}
