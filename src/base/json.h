// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The few things that everybody needs over json-glib. Objects are built with json_object_set_*_member()
// and, for strings, with ferry_json_set_string().

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

// Returns: a node that holds @object, which it takes. (transfer full)
JsonNode *ferry_json_node(JsonObject *object);

// Sets member @name; leaves it out where @value is NULL. Bytes that are no UTF-8 become U+FFFD.
void ferry_json_set_string(JsonObject *object, const char *name, const char *value);

// Sets member @name to an array of @strings (const char *); NULL: an empty one.
void ferry_json_set_strings(JsonObject *object, const char *name, const GPtrArray *strings);

// Returns: @node on one line, without a newline at its end. (transfer full)
char *ferry_json_format(JsonNode *node);

// As ferry_json_format() of an object, which it takes.
char *ferry_json_format_object(JsonObject *object);

// @what: what error texts call the text: "intent of move 7".
// Returns: (transfer full); NULL with FERRY_ERROR_FAILED
JsonNode *ferry_json_parse(const char *text, const char *what, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Returns: member @name; NULL (or @fallback) where it is missing or of another type. What is
// returned is owned by @object.
const char *ferry_json_get_string(JsonObject *object, const char *name);
int64_t ferry_json_get_int(JsonObject *object, const char *name, int64_t fallback);
bool ferry_json_get_bool(JsonObject *object, const char *name, bool fallback);
JsonObject *ferry_json_get_object(JsonObject *object, const char *name);
JsonArray *ferry_json_get_array(JsonObject *object, const char *name);

// Returns: element @i of @array; NULL where it is no object. Owned by @array.
JsonObject *ferry_json_get_element(JsonArray *array, unsigned i);
