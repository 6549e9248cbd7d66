// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/error.h"
#include "base/json.h"
#include "identity/verify.h"

#define PATH "/sys/class/dmi/id/product_uuid"

// Takes @arguments.
// Returns: (transfer full) what stands behind "return"
static JsonNode *
ask(FerryHypervisor *hv, const char *uuid, const char *name, JsonObject *arguments, GError **error)
{
    enum { PATIENCE_S = 5 };
    JsonObject *command = json_object_new();
    g_autofree char *text = NULL;
    g_autofree char *answer = NULL;
    g_autoptr(JsonNode) node = NULL;
    JsonNode *value = NULL;

    json_object_set_string_member(command, "execute", name);
    json_object_set_object_member(command, "arguments", arguments);
    text = ferry_json_format_object(command);
    answer = ferry_hypervisor_agent_command(hv, uuid, text, PATIENCE_S, error);
    node = answer != NULL ? ferry_json_parse(answer, "agent's answer", error) : NULL;
    if (node == NULL)
        return NULL;
    if (JSON_NODE_HOLDS_OBJECT(node))
        value = json_object_get_member(json_node_get_object(node), "return");
    if (value == NULL)
        ferry_error_set(error, FERRY_ERROR_FAILED, "cannot understand the agent's answer to '%s'",
                        name);
    return value != NULL ? json_node_copy(value) : NULL;
}

static JsonObject *
with_handle(int64_t handle)
{
    JsonObject *arguments = json_object_new();

    json_object_set_int_member(arguments, "handle", handle);
    return arguments;
}

// (transfer full) the text of a read; NULL with FAILED where it is no UUID
static char *
decode(JsonNode *answer, GError **error)
{
    const char *encoded = JSON_NODE_HOLDS_OBJECT(answer)
                              ? ferry_json_get_string(json_node_get_object(answer), "buf-b64")
                              : NULL;
    g_autofree unsigned char *data = NULL;
    g_autofree char *text = NULL;
    char uuid[FERRY_UUID_LEN + 1];
    size_t size = 0;

    if (encoded != NULL)
        data = g_base64_decode(encoded, &size);
    text = g_strndup((const char *)data, size);
    if (ferry_uuid_parse(g_strstrip(text), uuid))
        return g_strdup(uuid);
    ferry_error_set(error, FERRY_ERROR_FAILED, "what the guest has in '%s' is no UUID", PATH);
    return NULL;
}

char *
ferry_identity_read_product_uuid(FerryHypervisor *hv, const char *uuid, GError **error)
{
    JsonObject *open = json_object_new();
    g_autoptr(JsonNode) opened = NULL;
    g_autoptr(JsonNode) answer = NULL;
    JsonNode *closed;
    int64_t handle;

    json_object_set_string_member(open, "path", PATH);
    json_object_set_string_member(open, "mode", "r");
    opened = ask(hv, uuid, "guest-file-open", open, error);
    if (opened == NULL)
        return NULL;
    if (!JSON_NODE_HOLDS_VALUE(opened)) {
        ferry_error_set(error, FERRY_ERROR_FAILED, "the agent did not open '%s'", PATH);
        return NULL;
    }
    handle = json_node_get_int(opened);
    answer = ask(hv, uuid, "guest-file-read", with_handle(handle), error);
    closed = ask(hv, uuid, "guest-file-close", with_handle(handle), NULL);
    g_clear_pointer(&closed, json_node_unref);
    return answer != NULL ? decode(answer, error) : NULL;
}
