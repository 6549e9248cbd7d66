// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/migration.h"

#include <stddef.h>

#include "base/error.h"
#include "base/json.h"

static const char *const mode_names[] = {
    [FERRY_MODE_AUTO] = "auto",
    [FERRY_MODE_P2P] = "p2p",
    [FERRY_MODE_DIRECT] = "direct",
};
G_STATIC_ASSERT(G_N_ELEMENTS(mode_names) == FERRY_MODE_LAST);

static const char *const on_timeout_names[] = {
    [FERRY_ON_TIMEOUT_ABORT] = "abort",
    [FERRY_ON_TIMEOUT_PAUSE] = "pause",
    [FERRY_ON_TIMEOUT_POSTCOPY] = "postcopy",
};
G_STATIC_ASSERT(G_N_ELEMENTS(on_timeout_names) == FERRY_ON_TIMEOUT_LAST);

static const char *const on_stall_names[] = {
    [FERRY_ON_STALL_ABORT] = "abort",
    [FERRY_ON_STALL_WAIT] = "wait",
};
G_STATIC_ASSERT(G_N_ELEMENTS(on_stall_names) == FERRY_ON_STALL_LAST);

enum { STALL_TIMEOUT_S = 15 };

static const char *const commit_names[] = {
    [FERRY_COMMIT_AUTO] = "auto",
    [FERRY_COMMIT_STRICT] = "strict",
    [FERRY_COMMIT_FAST] = "fast",
};
G_STATIC_ASSERT(G_N_ELEMENTS(commit_names) == FERRY_COMMIT_LAST);

typedef enum MemberKind {
    MEMBER_MODE,
    MEMBER_COMMIT,
    MEMBER_ON_TIMEOUT,
    MEMBER_ON_STALL,
    MEMBER_UINT,
    MEMBER_BOOL,
    MEMBER_STRING,
    MEMBER_XML, // may hold secrets: kept as "given" alone
    MEMBER_STRINGS,
} MemberKind;

// FerryMigrateOptions as data: copying, freeing and both ways of JSON follow from it.
typedef struct Member {
    const char *name;
    MemberKind kind;
    size_t offset;
} Member;

#define MEMBER(field, kind)                                \
    {                                                      \
#field, kind, offsetof(FerryMigrateOptions, field) \
    }

static const Member members[] = {
    MEMBER(mode, MEMBER_MODE),
    MEMBER(commit, MEMBER_COMMIT),
    MEMBER(bandwidth_mibs, MEMBER_UINT),
    MEMBER(max_blackout_ms, MEMBER_UINT),
    MEMBER(timeout_s, MEMBER_UINT),
    MEMBER(on_timeout, MEMBER_ON_TIMEOUT),
    MEMBER(stall_timeout_s, MEMBER_UINT),
    MEMBER(on_stall, MEMBER_ON_STALL),
    MEMBER(auto_converge, MEMBER_BOOL),
    MEMBER(parallel, MEMBER_UINT),
    MEMBER(compress, MEMBER_STRING),
    MEMBER(tls, MEMBER_BOOL),
    MEMBER(postcopy, MEMBER_BOOL),
    MEMBER(dest_address, MEMBER_STRING),
    MEMBER(dest_name, MEMBER_STRING),
    MEMBER(keep_source_definition, MEMBER_BOOL),
    MEMBER(persistent, MEMBER_BOOL),
    MEMBER(xml, MEMBER_XML),
    MEMBER(persistent_xml, MEMBER_XML),
    MEMBER(unsafe, MEMBER_BOOL),
    MEMBER(offline, MEMBER_BOOL),
    MEMBER(force, MEMBER_STRINGS),
    MEMBER(skip, MEMBER_STRINGS),
    MEMBER(skip_reason, MEMBER_STRING),
    MEMBER(no_probe, MEMBER_BOOL),
    MEMBER(count_in_metadata, MEMBER_BOOL),
    MEMBER(copy_disks, MEMBER_STRING),
    MEMBER(dest_pools, MEMBER_STRINGS),
    MEMBER(disk_bandwidth_mibs, MEMBER_UINT),
    MEMBER(remove_source_disks, MEMBER_BOOL),
    MEMBER(map_networks, MEMBER_STRINGS),
    MEMBER(map_disks, MEMBER_STRINGS),
    MEMBER(map_pools, MEMBER_STRINGS),
    MEMBER(listen, MEMBER_STRING),
};

static void *
field(const FerryMigrateOptions *options, const Member *member)
{
    return (char *)options + member->offset;
}

FerryMigrateOptions *
ferry_migrate_options_new(void)
{
    FerryMigrateOptions *options = g_new0(FerryMigrateOptions, 1);

    options->stall_timeout_s = STALL_TIMEOUT_S;
    return options;
}

FerryMigrateOptions *
ferry_migrate_options_copy(const FerryMigrateOptions *options)
{
    FerryMigrateOptions *copy = g_new(FerryMigrateOptions, 1);

    *copy = *options;
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        MemberKind kind = members[i].kind;

        if (kind == MEMBER_STRING || kind == MEMBER_XML)
            *(char **)field(copy, &members[i]) = g_strdup(*(char **)field(options, &members[i]));
        else if (kind == MEMBER_STRINGS)
            *(GStrv *)field(copy, &members[i]) = g_strdupv(*(GStrv *)field(options, &members[i]));
    }
    return copy;
}

void
ferry_migrate_options_free(FerryMigrateOptions *options)
{
    if (options == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        MemberKind kind = members[i].kind;

        if (kind == MEMBER_STRING || kind == MEMBER_XML)
            g_free(*(char **)field(options, &members[i]));
        else if (kind == MEMBER_STRINGS)
            g_strfreev(*(GStrv *)field(options, &members[i]));
    }
    g_free(options);
}

static bool
find_name(const char *const *names, size_t n_names, const char *text, size_t *ret_index)
{
    for (size_t i = 0; i < n_names; i++) {
        if (g_str_equal(names[i], text)) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

const char *
ferry_mode_name(FerryMode mode)
{
    g_return_val_if_fail(mode < FERRY_MODE_LAST, "auto");
    return mode_names[mode];
}

bool
ferry_mode_parse(const char *text, FerryMode *ret_mode)
{
    size_t index;

    if (!find_name(mode_names, G_N_ELEMENTS(mode_names), text, &index))
        return false;
    *ret_mode = (FerryMode)index;
    return true;
}

const char *
ferry_on_timeout_name(FerryOnTimeout action)
{
    g_return_val_if_fail(action < FERRY_ON_TIMEOUT_LAST, "abort");
    return on_timeout_names[action];
}

bool
ferry_on_timeout_parse(const char *text, FerryOnTimeout *ret_action)
{
    size_t index;

    if (!find_name(on_timeout_names, G_N_ELEMENTS(on_timeout_names), text, &index))
        return false;
    *ret_action = (FerryOnTimeout)index;
    return true;
}

const char *
ferry_on_stall_name(FerryOnStall action)
{
    g_return_val_if_fail(action < FERRY_ON_STALL_LAST, "abort");
    return on_stall_names[action];
}

bool
ferry_on_stall_parse(const char *text, FerryOnStall *ret_action)
{
    size_t index;

    if (!find_name(on_stall_names, G_N_ELEMENTS(on_stall_names), text, &index))
        return false;
    *ret_action = (FerryOnStall)index;
    return true;
}

const char *
ferry_commit_name(FerryCommit commit)
{
    g_return_val_if_fail(commit < FERRY_COMMIT_LAST, "auto");
    return commit_names[commit];
}

bool
ferry_commit_parse(const char *text, FerryCommit *ret_commit)
{
    size_t index;

    if (!find_name(commit_names, G_N_ELEMENTS(commit_names), text, &index))
        return false;
    *ret_commit = (FerryCommit)index;
    return true;
}

bool
ferry_migrate_options_want_postcopy(const FerryMigrateOptions *options)
{
    return options->postcopy ||
           (options->timeout_s > 0 && options->on_timeout == FERRY_ON_TIMEOUT_POSTCOPY);
}

static void
write_strings(JsonObject *object, const char *name, GStrv strings)
{
    JsonArray *array;

    if (strings == NULL)
        return;
    array = json_array_new();
    for (size_t i = 0; strings[i] != NULL; i++)
        json_array_add_string_element(array, strings[i]);
    json_object_set_array_member(object, name, array);
}

static void
write_member(JsonObject *object, const Member *member, const FerryMigrateOptions *options)
{
    const void *value = field(options, member);

    switch (member->kind) {
    case MEMBER_MODE:
        ferry_json_set_string(object, member->name, ferry_mode_name(*(const FerryMode *)value));
        break;
    case MEMBER_COMMIT:
        ferry_json_set_string(object, member->name, ferry_commit_name(*(const FerryCommit *)value));
        break;
    case MEMBER_ON_TIMEOUT:
        ferry_json_set_string(object, member->name,
                              ferry_on_timeout_name(*(const FerryOnTimeout *)value));
        break;
    case MEMBER_ON_STALL:
        ferry_json_set_string(object, member->name,
                              ferry_on_stall_name(*(const FerryOnStall *)value));
        break;
    case MEMBER_UINT:
        json_object_set_int_member(object, member->name, *(const unsigned *)value);
        break;
    case MEMBER_BOOL:
        json_object_set_boolean_member(object, member->name, *(const bool *)value);
        break;
    case MEMBER_STRING:
        ferry_json_set_string(object, member->name, *(char *const *)value);
        break;
    case MEMBER_XML:
        if (*(char *const *)value != NULL)
            json_object_set_boolean_member(object, member->name, true);
        break;
    case MEMBER_STRINGS:
        write_strings(object, member->name, *(const GStrv *)value);
        break;
    }
}

JsonNode *
ferry_migrate_options_to_json(const FerryMigrateOptions *options)
{
    JsonObject *object = json_object_new();

    for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
        write_member(object, &members[i], options);
    return ferry_json_node(object);
}

static bool
read_strings(JsonObject *object, const char *name, GStrv *ret_strings)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    JsonArray *array = ferry_json_get_array(object, name);

    if (array == NULL)
        return false;
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);

        if (!JSON_NODE_HOLDS_VALUE(element) || json_node_get_value_type(element) != G_TYPE_STRING)
            return false;
        g_strv_builder_add(builder, json_node_get_string(element));
    }
    *ret_strings = g_strv_builder_end(builder);
    return true;
}

static bool
read_uint(JsonObject *object, const char *name, unsigned *ret_number)
{
    int64_t number = ferry_json_get_int(object, name, -1);

    if (number < 0 || number > G_MAXUINT)
        return false;
    *ret_number = (unsigned)number;
    return true;
}

static bool
read_bool(JsonObject *object, const char *name, bool *ret_value)
{
    if (ferry_json_get_bool(object, name, true) != ferry_json_get_bool(object, name, false))
        return false;
    *ret_value = ferry_json_get_bool(object, name, false);
    return true;
}

// Returns: false when the member is there and is of another type
static bool
read_member(JsonObject *object, const Member *member, FerryMigrateOptions *options)
{
    void *value = field(options, member);
    const char *text = ferry_json_get_string(object, member->name);

    switch (member->kind) {
    case MEMBER_MODE:
        return text != NULL && ferry_mode_parse(text, value);
    case MEMBER_COMMIT:
        return text != NULL && ferry_commit_parse(text, value);
    case MEMBER_ON_TIMEOUT:
        return text != NULL && ferry_on_timeout_parse(text, value);
    case MEMBER_ON_STALL:
        return text != NULL && ferry_on_stall_parse(text, value);
    case MEMBER_UINT:
        return read_uint(object, member->name, value);
    case MEMBER_BOOL:
        return read_bool(object, member->name, value);
    case MEMBER_STRING:
        *(char **)value = g_strdup(text);
        return text != NULL;
    case MEMBER_XML:
        return true;
    case MEMBER_STRINGS:
        return read_strings(object, member->name, value);
    }
    return false;
}

FerryMigrateOptions *
ferry_migrate_options_from_json(JsonNode *node, GError **error)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    JsonObject *object;

    if (!JSON_NODE_HOLDS_OBJECT(node)) {
        ferry_error_set(error, FERRY_ERROR_FAILED,
                        "cannot read the options of a move: they are no JSON object");
        return NULL;
    }
    object = json_node_get_object(node);
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        if (!json_object_has_member(object, members[i].name) ||
            read_member(object, &members[i], options))
            continue;
        ferry_error_set(error, FERRY_ERROR_FAILED,
                        "cannot read the options of a move: '%s' has a value that it can't have",
                        members[i].name);
        return NULL;
    }
    return g_steal_pointer(&options);
}
