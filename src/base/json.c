// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/json.h"

#include "base/error.h"

JsonNode *
ferry_json_node(JsonObject *object)
{
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);

    json_node_take_object(node, object);
    return node;
}

void
ferry_json_set_string(JsonObject *object, const char *name, const char *value)
{
    g_autofree char *valid = NULL;

    if (value == NULL)
        return;
    valid = g_utf8_make_valid(value, -1);
    json_object_set_string_member(object, name, valid);
}

void
ferry_json_set_strings(JsonObject *object, const char *name, const GPtrArray *strings)
{
    JsonArray *array = json_array_new();

    for (unsigned i = 0; strings != NULL && i < strings->len; i++)
        json_array_add_string_element(array, strings->pdata[i]);
    json_object_set_array_member(object, name, array);
}

char *
ferry_json_format(JsonNode *node)
{
    return json_to_string(node, false);
}

char *
ferry_json_format_object(JsonObject *object)
{
    g_autoptr(JsonNode) node = ferry_json_node(object);

    return ferry_json_format(node);
}

JsonNode *
ferry_json_parse(const char *text, const char *what, GError **error)
{
    g_autoptr(GError) cause = NULL;
    JsonNode *node = json_from_string(text, &cause);

    if (cause != NULL)
        ferry_error_set(error, FERRY_ERROR_FAILED, "cannot read the %s: %s", what, cause->message);
    else if (node == NULL)
        ferry_error_set(error, FERRY_ERROR_FAILED, "cannot read the %s: it is empty", what);
    return node;
}

// Returns: member @name where it is a value of @type, or NULL
static JsonNode *
find_value(JsonObject *object, const char *name, GType type)
{
    JsonNode *node = json_object_get_member(object, name);

    if (node == NULL || !JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != type)
        return NULL;
    return node;
}

const char *
ferry_json_get_string(JsonObject *object, const char *name)
{
    JsonNode *node = find_value(object, name, G_TYPE_STRING);

    return node != NULL ? json_node_get_string(node) : NULL;
}

int64_t
ferry_json_get_int(JsonObject *object, const char *name, int64_t fallback)
{
    JsonNode *node = find_value(object, name, G_TYPE_INT64);

    return node != NULL ? json_node_get_int(node) : fallback;
}

bool
ferry_json_get_bool(JsonObject *object, const char *name, bool fallback)
{
    JsonNode *node = find_value(object, name, G_TYPE_BOOLEAN);

    return node != NULL ? json_node_get_boolean(node) : fallback;
}

JsonObject *
ferry_json_get_object(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

JsonArray *
ferry_json_get_array(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

JsonObject *
ferry_json_get_element(JsonArray *array, unsigned i)
{
    JsonNode *node = json_array_get_element(array, i);

    return JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}
