// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The names of two hosts, as names.h has them.

#include "model/names.h"

#include <stddef.h>
#include <string.h>

#include "base/json.h"

// The maps of a pair, and those of a move's options that they are.
typedef struct Map {
    const char *member; // in JSON
    size_t offset;
    size_t option;
} Map;

#define MAP(field)                                                                     \
    {                                                                                  \
#field, offsetof(FerryPair, field), offsetof(FerryMigrateOptions, map_##field) \
    }

static const Map maps[] = {MAP(networks), MAP(disks), MAP(pools)};

static GStrv *
names_of(const FerryPair *pair, const Map *map)
{
    return (GStrv *)(void *)((char *)pair + map->offset);
}

static GStrv *
option_of(const FerryMigrateOptions *options, const Map *map)
{
    return (GStrv *)(void *)((char *)options + map->option);
}

FerryPair *
ferry_pair_new(const char *src, const char *dst)
{
    FerryPair *pair = g_new0(FerryPair, 1);

    pair->src = g_strdup(src);
    pair->dst = g_strdup(dst);
    return pair;
}

FerryPair *
ferry_pair_copy(const FerryPair *pair)
{
    FerryPair *copy = ferry_pair_new(pair->src, pair->dst);

    for (size_t i = 0; i < G_N_ELEMENTS(maps); i++)
        *names_of(copy, &maps[i]) = g_strdupv(*names_of(pair, &maps[i]));
    copy->listen = g_strdup(pair->listen);
    return copy;
}

void
ferry_pair_free(FerryPair *pair)
{
    if (pair == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(maps); i++)
        g_strfreev(*names_of(pair, &maps[i]));
    g_free(pair->src);
    g_free(pair->dst);
    g_free(pair->listen);
    g_free(pair);
}

FerryPair *
ferry_pairs_find(const GPtrArray *pairs, const char *src, const char *dst)
{
    for (guint i = 0; pairs != NULL && i < pairs->len; i++) {
        const FerryPair *pair = pairs->pdata[i];

        if (strcmp(pair->src, src) == 0 && strcmp(pair->dst, dst) == 0)
            return ferry_pair_copy(pair);
    }
    return ferry_pair_new(src, dst);
}

FerryPair *
ferry_pair_from_options(const char *src, const char *dst, const FerryMigrateOptions *options)
{
    FerryPair *pair = ferry_pair_new(src, dst);

    for (size_t i = 0; i < G_N_ELEMENTS(maps); i++)
        *names_of(pair, &maps[i]) = g_strdupv(*option_of(options, &maps[i]));
    pair->listen = g_strdup(options->listen);
    return pair;
}

// How long OLD is. Without a '=' all of it.
static size_t
length_of_old(const char *name)
{
    return strcspn(name, "=");
}

static bool
has_old(const char *const *names, const char *old, size_t length)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (length_of_old(names[i]) == length && strncmp(names[i], old, length) == 0)
            return true;
    return false;
}

static bool
is_itself(const char *name)
{
    size_t length = length_of_old(name);

    return name[length] == '=' && strlen(name + length + 1) == length &&
           strncmp(name, name + length + 1, length) == 0;
}

// Returns: @newer, then those of @older whose OLD is not in it; NULL for none. (transfer full)
static GStrv
join(const char *const *newer, const char *const *older)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_auto(GStrv) joined = NULL;

    for (size_t i = 0; newer != NULL && newer[i] != NULL; i++)
        g_strv_builder_add(builder, newer[i]);
    for (size_t i = 0; older != NULL && older[i] != NULL; i++)
        if (!has_old(newer, older[i], length_of_old(older[i])))
            g_strv_builder_add(builder, older[i]);
    joined = g_strv_builder_end(builder);
    return joined[0] != NULL ? g_steal_pointer(&joined) : NULL;
}

// Leaves those out of which @is_out is true; an empty list is NULL. Returns: whether there were any
static bool
drop(GStrv *names, bool (*is_out)(const char *name, const char *data), const char *data)
{
    size_t kept = 0;
    bool any = false;

    for (size_t i = 0; *names != NULL && (*names)[i] != NULL; i++) {
        if (is_out((*names)[i], data)) {
            g_free((*names)[i]);
            any = true;
        } else {
            (*names)[kept++] = (*names)[i];
        }
    }
    if (*names != NULL)
        (*names)[kept] = NULL;
    if (kept == 0)
        g_clear_pointer(names, g_strfreev);
    return any;
}

static bool
is_no_name(const char *name, const char *data)
{
    (void)data;
    return is_itself(name);
}

static bool
is_of_old(const char *name, const char *old)
{
    return length_of_old(name) == strlen(old) && g_str_has_prefix(name, old);
}

bool
ferry_pair_fill(const FerryPair *pair, FerryMigrateOptions *options)
{
    for (size_t i = 0; i < G_N_ELEMENTS(maps); i++) {
        GStrv *own = option_of(options, &maps[i]);
        GStrv all = join((const char *const *)*own, (const char *const *)*names_of(pair, &maps[i]));

        g_strfreev(*own);
        *own = all;
    }
    if (options->listen == NULL)
        options->listen = g_strdup(pair->listen);
    return !ferry_pair_is_empty(pair);
}

void
ferry_pair_merge(FerryPair *pair, const FerryPair *newer)
{
    for (size_t i = 0; i < G_N_ELEMENTS(maps); i++) {
        GStrv *own = names_of(pair, &maps[i]);
        GStrv all =
            join((const char *const *)*names_of(newer, &maps[i]), (const char *const *)*own);

        g_strfreev(*own);
        *own = all;
        (void)drop(own, is_no_name, NULL);
    }
    if (newer->listen == NULL)
        return;
    g_free(pair->listen);
    pair->listen = g_strdup(newer->listen);
}

bool
ferry_pair_remove(FerryPair *pair, const char *old)
{
    bool any = false;

    for (size_t i = 0; i < G_N_ELEMENTS(maps); i++)
        any = drop(names_of(pair, &maps[i]), is_of_old, old) || any;
    return any;
}

bool
ferry_pair_is_empty(const FerryPair *pair)
{
    for (size_t i = 0; i < G_N_ELEMENTS(maps); i++)
        if (*names_of(pair, &maps[i]) != NULL)
            return false;
    return pair->listen == NULL;
}

JsonObject *
ferry_pair_to_json(const FerryPair *pair)
{
    JsonObject *object = json_object_new();

    for (size_t i = 0; i < G_N_ELEMENTS(maps); i++) {
        GStrv names = *names_of(pair, &maps[i]);
        JsonArray *array = json_array_new();

        for (size_t j = 0; names != NULL && names[j] != NULL; j++)
            json_array_add_string_element(array, names[j]);
        json_object_set_array_member(object, maps[i].member, array);
    }
    ferry_json_set_string(object, "listen", pair->listen);
    return object;
}

static GStrv
read_names(JsonObject *object, const char *member)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    JsonArray *array = ferry_json_get_array(object, member);
    g_auto(GStrv) names = NULL;

    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);

        if (JSON_NODE_HOLDS_VALUE(element) && json_node_get_value_type(element) == G_TYPE_STRING)
            g_strv_builder_add(builder, json_node_get_string(element));
    }
    names = g_strv_builder_end(builder);
    return names[0] != NULL ? g_steal_pointer(&names) : NULL;
}

FerryPair *
ferry_pair_from_json(const char *src, const char *dst, JsonObject *names)
{
    FerryPair *pair = ferry_pair_new(src, dst);

    for (size_t i = 0; i < G_N_ELEMENTS(maps); i++)
        *names_of(pair, &maps[i]) = read_names(names, maps[i].member);
    pair->listen = g_strdup(ferry_json_get_string(names, "listen"));
    return pair;
}
