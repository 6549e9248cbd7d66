// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/host-map.h"

#include "base/error.h"
#include "base/json.h"
#include "cli/options.h"
#include "cli/table.h"
#include "inventory/hosts.h"

static bool
is_change(const FerryHostMapAsked *asked)
{
    return asked->networks != NULL || asked->disks != NULL || asked->pools != NULL ||
           asked->listen != NULL || asked->remove != NULL;
}

static bool
check_asked(const FerryHostMapAsked *asked, GError **error)
{
    if (asked->src == NULL && is_change(asked)) {
        ferry_error_set(error, FERRY_ERROR_USAGE,
                        "cannot change names without the two hosts that they are of");
        ferry_error_add_hint(error, "Give them: virt-ferry host map SRC DST --network OLD=NEW");
        return false;
    }
    return ferry_move_check_pairs("network", asked->networks, error) &&
           ferry_move_check_paths("disk", asked->disks, error) &&
           ferry_move_check_pairs("pool", asked->pools, error);
}

static bool
remove_names(FerryPair *pair,
             const FerryHostMapAsked *asked,
             const FerryHost *src,
             const FerryHost *dst,
             GError **error)
{
    for (size_t i = 0; asked->remove != NULL && asked->remove[i] != NULL; i++) {
        if (ferry_pair_remove(pair, asked->remove[i]))
            continue;
        ferry_error_set(error, FERRY_ERROR_USAGE,
                        "cannot remove '%s': it has no other name from '%s' to '%s'",
                        asked->remove[i], src->name, dst->name);
        ferry_error_add_hint(error, "Run 'virt-ferry host map %s %s' to see those that have one.",
                             src->name, dst->name);
        return false;
    }
    return true;
}

static bool
change(FerryState *state,
       const FerryHostMapAsked *asked,
       const FerryHost *src,
       const FerryHost *dst,
       GError **error)
{
    g_autoptr(GPtrArray) pairs = ferry_state_list_pairs(state, error);
    g_autoptr(FerryPair) pair = ferry_pairs_find(pairs, src->uri, dst->uri);
    const FerryPair said = {.networks = asked->networks,
                            .disks = asked->disks,
                            .pools = asked->pools,
                            .listen = asked->listen};

    if (pairs == NULL || !remove_names(pair, asked, src, dst, error))
        return false;
    ferry_pair_merge(pair, &said);
    if (pair->listen != NULL && *pair->listen == '\0')
        g_clear_pointer(&pair->listen, g_free);
    return ferry_state_set_pair(state, pair, error);
}

// Returns: the name of the host at @uri, @uri itself where none is known there
static const char *
name_of(GPtrArray *hosts, const char *uri)
{
    const FerryHost *host = ferry_hosts_find_uri(hosts, uri);

    return host != NULL ? host->name : uri;
}

static JsonObject *
host_object(GPtrArray *hosts, const char *uri)
{
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "name", name_of(hosts, uri));
    ferry_json_set_string(object, "uri", uri);
    return object;
}

static bool
print_json(GPtrArray *pairs, GPtrArray *hosts, GError **error)
{
    JsonObject *root = json_object_new();
    JsonArray *array = json_array_new();

    for (unsigned i = 0; i < pairs->len; i++) {
        const FerryPair *pair = g_ptr_array_index(pairs, i);
        JsonObject *object = ferry_pair_to_json(pair);

        json_object_set_object_member(object, "src", host_object(hosts, pair->src));
        json_object_set_object_member(object, "dst", host_object(hosts, pair->dst));
        json_array_add_object_element(array, object);
    }
    ferry_json_set_string(root, "schema", "host.map/1");
    json_object_set_array_member(root, "pairs", array);
    return ferry_cli_print_json(ferry_json_node(root), error);
}

// Where a row of the table stands.
typedef struct Way {
    const char *src;
    const char *dst;
} Way;

static void
add_rows(FerryTable *table, const Way *way, const char *what, GStrv names)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        g_auto(GStrv) words = g_strsplit(names[i], "=", 2);

        ferry_table_add(table,
                        (const char *[]){way->src, way->dst, what, words[0], words[1], NULL});
    }
}

static bool
print_table(FerryCli *cli, GPtrArray *pairs, GPtrArray *hosts, GError **error)
{
    static const char *const titles[] = {"FROM", "TO", "WHAT", "NAME", "NAME THERE", NULL};
    g_autoptr(FerryTable) table = ferry_table_new(titles);

    if (pairs->len == 0) {
        ferry_cli_note(cli, "no names are kept");
        return true;
    }
    for (unsigned i = 0; i < pairs->len; i++) {
        const FerryPair *pair = g_ptr_array_index(pairs, i);
        const Way way = {name_of(hosts, pair->src), name_of(hosts, pair->dst)};

        add_rows(table, &way, "network", pair->networks);
        add_rows(table, &way, "disk", pair->disks);
        add_rows(table, &way, "pool", pair->pools);
        if (pair->listen != NULL)
            ferry_table_add(table,
                            (const char *[]){way.src, way.dst, "listen", "", pair->listen, NULL});
    }
    return ferry_table_print(table, error);
}

static void
keep_one(GPtrArray *pairs, const FerryHost *src, const FerryHost *dst)
{
    g_autoptr(FerryPair) pair = ferry_pairs_find(pairs, src->uri, dst->uri);

    g_ptr_array_set_size(pairs, 0);
    if (!ferry_pair_is_empty(pair))
        g_ptr_array_add(pairs, g_steal_pointer(&pair));
}

// @src, @dst: NULL: all
static bool
print(FerryCli *cli, GPtrArray *hosts, const FerryHost *src, const FerryHost *dst, GError **error)
{
    g_autoptr(GPtrArray) pairs = ferry_state_list_pairs(cli->state, error);

    if (pairs == NULL)
        return false;
    if (src != NULL)
        keep_one(pairs, src, dst);
    return cli->json ? print_json(pairs, hosts, error) : print_table(cli, pairs, hosts, error);
}

bool
ferry_cli_host_map(FerryCli *cli, const FerryHostMapAsked *asked, GError **error)
{
    g_autoptr(GPtrArray) hosts = NULL;
    g_autoptr(FerryHost) src = NULL;
    g_autoptr(FerryHost) dst = NULL;
    FerryState *state;

    if (!check_asked(asked, error))
        return false;
    state = ferry_cli_state(cli, error);
    hosts = state != NULL ? ferry_state_list_hosts(state, error) : NULL;
    if (hosts == NULL)
        return false;
    if (asked->src == NULL)
        return print(cli, hosts, NULL, NULL, error);
    src = ferry_hosts_resolve(hosts, asked->src, error);
    dst = src != NULL ? ferry_hosts_resolve(hosts, asked->dst, error) : NULL;
    if (dst == NULL || (is_change(asked) && !change(state, asked, src, dst, error)))
        return false;
    return print(cli, hosts, src, dst, error);
}
