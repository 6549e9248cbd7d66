// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The guest's own agent: guest-file-open, -read and -close of the same files that are read off disks, with the
// name and the mounted file systems as it tells them itself.

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "identity/guest.h"

enum { FILE_MAX = 65536 };

typedef struct Agent {
    FerryHypervisor *hv;
    const char *uuid;
    int64_t deadline_us;
} Agent;

// Takes @arguments, which may be NULL.
// Returns: (transfer full) what stands behind "return"
static JsonNode *
ask(const Agent *agent, const char *name, JsonObject *arguments, GError **error)
{
    JsonObject *command = json_object_new();
    int64_t left_us = agent->deadline_us - g_get_monotonic_time();
    g_autofree char *text = NULL;
    g_autofree char *answer = NULL;
    g_autoptr(JsonNode) node = NULL;
    JsonNode *value;

    json_object_set_string_member(command, "execute", name);
    if (arguments != NULL)
        json_object_set_object_member(command, "arguments", arguments);
    text = ferry_json_format_object(command);
    if (left_us <= 0) {
        ferry_error_set(error, FERRY_ERROR_TIMEOUT, "the agent did not answer in time");
        return NULL;
    }
    answer = ferry_hypervisor_agent_command(agent->hv, agent->uuid, text,
                                            (unsigned)(left_us / G_USEC_PER_SEC) + 1, error);
    node = answer != NULL ? ferry_json_parse(answer, "agent's answer", error) : NULL;
    if (node == NULL)
        return NULL;
    value = JSON_NODE_HOLDS_OBJECT(node)
                ? json_object_get_member(json_node_get_object(node), "return")
                : NULL;
    if (value == NULL) {
        ferry_error_set(error, FERRY_ERROR_FAILED, "cannot understand the agent's answer to '%s'",
                        name);
        return NULL;
    }
    return json_node_copy(value);
}

static bool
read_handle(const Agent *agent, int64_t handle, FerryGuestFacts *facts, FerryGuestField field)
{
    JsonObject *arguments = json_object_new();
    g_autofree unsigned char *data = NULL;
    g_autoptr(JsonNode) answer = NULL;
    const char *encoded;
    size_t size = 0;

    json_object_set_int_member(arguments, "handle", handle);
    json_object_set_int_member(arguments, "count", FILE_MAX);
    answer = ask(agent, "guest-file-read", arguments, NULL);
    if (answer == NULL || !JSON_NODE_HOLDS_OBJECT(answer))
        return false;
    encoded = ferry_json_get_string(json_node_get_object(answer), "buf-b64");
    if (encoded == NULL)
        return false;
    data = g_base64_decode(encoded, &size);
    // Of no bytes there may be no data.
    ferry_guest_facts_set_file(facts, field, size > 0 ? (const char *)data : "", size, NULL);
    return true;
}

static void
close_handle(const Agent *agent, int64_t handle)
{
    JsonObject *arguments = json_object_new();
    g_autoptr(JsonNode) answer = NULL;

    json_object_set_int_member(arguments, "handle", handle);
    answer = ask(agent, "guest-file-close", arguments, NULL);
    if (answer == NULL)
        g_debug("the agent did not close a file");
}

// The agent has no error of its own for it (QMP class GenericError, as for every failure of open()): its text is all
// there is. One of another language is taken for unknown, never for missing.
static bool
is_missing(const GError *error)
{
    return strstr(error->message, "No such file or directory") != NULL;
}

// Returns: false: no use to ask for another one, because of @error
static bool
read_file(const Agent *agent, FerryGuestFacts *facts, FerryGuestField field, GError **error)
{
    JsonObject *arguments = json_object_new();
    g_autoptr(GError) cause = NULL;
    g_autoptr(JsonNode) answer = NULL;
    int64_t handle;

    json_object_set_string_member(arguments, "path", ferry_guest_field_info(field)->path);
    json_object_set_string_member(arguments, "mode", "r");
    answer = ask(agent, "guest-file-open", arguments, &cause);
    if (answer == NULL && is_missing(cause)) {
        ferry_guest_facts_set_file(facts, field, NULL, 0, NULL);
        return true;
    }
    if (answer == NULL && !ferry_error_is(cause, FERRY_ERROR_FAILED)) {
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
    if (answer == NULL || !JSON_NODE_HOLDS_VALUE(answer)) {
        ferry_guest_facts_set_unknown(facts, field,
                                      cause != NULL ? cause->message : "the agent opened nothing");
        return true;
    }
    handle = json_node_get_int(answer);
    if (!read_handle(agent, handle, facts, field))
        ferry_guest_facts_set_unknown(facts, field, "the agent opened it but did not read it");
    close_handle(agent, handle);
    return true;
}

static void
read_files(const Agent *agent, FerryGuestFacts *facts)
{
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < FERRY_GUEST_FIELD_LAST; i++) {
        if (error == NULL && read_file(agent, facts, (FerryGuestField)i, &error))
            continue;
        ferry_guest_facts_set_unknown(facts, (FerryGuestField)i, error->message);
    }
}

// Agents that read no files tell it all the same.
static void
read_host_name(const Agent *agent, FerryGuestFacts *facts)
{
    g_autoptr(JsonNode) answer = NULL;
    const char *name;

    if (facts->fields[FERRY_GUEST_HOSTNAME].value != NULL)
        return;
    answer = ask(agent, "guest-get-host-name", NULL, NULL);
    name = answer != NULL && JSON_NODE_HOLDS_OBJECT(answer)
               ? ferry_json_get_string(json_node_get_object(answer), "host-name")
               : NULL;
    if (name != NULL)
        ferry_guest_facts_set_file(facts, FERRY_GUEST_HOSTNAME, name, strlen(name), NULL);
}

static void
add_mounted(JsonArray *array, unsigned i, JsonNode *element, gpointer data)
{
    JsonObject *mounted = JSON_NODE_HOLDS_OBJECT(element) ? json_node_get_object(element) : NULL;
    FerryGuestFacts *facts = data;
    FerryGuestVolume *volume;
    const char *name = mounted != NULL ? ferry_json_get_string(mounted, "name") : NULL;

    if (name == NULL)
        return;
    volume = g_new0(FerryGuestVolume, 1);
    volume->name = g_strdup(name);
    volume->type = g_strdup(ferry_json_get_string(mounted, "type"));
    volume->mount = g_strdup(ferry_json_get_string(mounted, "mountpoint"));
    g_ptr_array_add(facts->volumes, volume);
}

static void
read_mounted(const Agent *agent, FerryGuestFacts *facts)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) answer = ask(agent, "guest-get-fsinfo", NULL, &error);

    g_free(facts->volumes_unknown);
    facts->volumes_unknown =
        g_strdup(error != NULL ? error->message : "the agent tells no UUIDs of file systems");
    if (answer != NULL && JSON_NODE_HOLDS_ARRAY(answer))
        json_array_foreach_element(json_node_get_array(answer), add_mounted, facts);
}

FerryGuestFacts *
ferry_guest_read_agent(FerryHypervisor *hv, const char *uuid, int64_t deadline_us)
{
    const Agent agent = {hv, uuid, deadline_us};
    FerryGuestFacts *facts = ferry_guest_facts_new("qga", "the agent was not asked");

    facts->links_unknown = true;
    read_files(&agent, facts);
    read_host_name(&agent, facts);
    read_mounted(&agent, facts);
    return facts;
}
