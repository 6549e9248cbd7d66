// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A message between a runner and a viewer, through a real socket. What is JSON comes back as it was when it
// is sent on; its members are asked for as viewers and runners do.

#include "fuzz.h"

#include <glib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/json.h"
#include "engine/wire.h"

static void
read_members(JsonNode *node)
{
    JsonObject *object;

    if (!JSON_NODE_HOLDS_OBJECT(node))
        return;
    object = json_node_get_object(node);
    (void)ferry_json_get_string(object, "event");
    (void)ferry_json_get_string(object, "do");
    (void)ferry_json_get_bool(object, "yes", false);
    (void)ferry_json_get_int(object, "id", 0);
    (void)ferry_json_get_object(object, "error");
}

static void
send_on(int from, int to, JsonNode *message)
{
    g_autofree char *first = ferry_json_format(message);
    g_autofree char *second = NULL;
    g_autoptr(JsonNode) back = NULL;
    bool end = true;

    if (!ferry_wire_send(from, message))
        return;
    back = ferry_wire_receive(to, &end);
    g_assert_false(end);
    // json-glib 1.6 reads 1e400 and 1e40, and writes inf and 1e+40.0
    if (back == NULL && (strstr(first, "inf") != NULL || strstr(first, "e+") != NULL))
        return;
    g_assert_nonnull(back);
    second = ferry_json_format(back);
    g_assert_cmpstr(first, ==, second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fds[2];
    g_autofree char *text = fuzz_text(data, size);
    g_autoptr(JsonNode) parsed = ferry_json_parse(text, "message", NULL);
    g_autoptr(JsonNode) message = NULL;
    bool end = true;

    if (size == 0 || size > FERRY_WIRE_MAX)
        return 0;
    g_assert_true(ferry_wire_pair(fds, NULL));
    FERRY_AUTO_FD int runner = fds[0];
    FERRY_AUTO_FD int viewer = fds[1];

    g_assert_cmpint(send(viewer, data, size, MSG_DONTWAIT), ==, (ssize_t)size);
    message = ferry_wire_receive(runner, &end);
    g_assert_false(end);
    g_assert_true((message == NULL) == (parsed == NULL));
    if (message == NULL)
        return 0;
    read_members(message);
    send_on(runner, viewer, message);
    return 0;
}
