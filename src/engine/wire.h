// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// How a runner and its viewers talk: JSON objects, one a message, over a UNIX socket of type SEQPACKET
// in the state folder. A message goes whole or not at all, so a viewer that is stopped or slow holds up
// nobody: it misses progress, or is let go.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { FERRY_WIRE_MAX = 128 * 1024 }; // bytes a message; a report with all verdicts has some 5,000

// A pair of connected sockets for a runner and its first viewer.
bool ferry_wire_pair(int ret_fds[2], GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Listens for viewers of move @id in folder @state_path. The socket file is 0600 in a folder of 0700.
// Returns: the listening descriptor, -1 with STATE
int ferry_wire_listen(const char *state_path, int64_t id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Returns: a descriptor connected to the runner of move @id; -1 with MOVE_NOT_FOUND where none listens
int ferry_wire_connect(const char *state_path, int64_t id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Takes the socket file of move @id away.
void ferry_wire_unlink(const char *state_path, int64_t id);

// Sends without waiting. Returns: false when the other side is gone or its buffer is full (errno EAGAIN)
bool ferry_wire_send(int fd, JsonNode *message);

// Receives one message that is there; call when @fd is readable.
// Returns: (transfer full) the message; NULL at the end of the connection (@ret_end true) or when what came
// is no JSON object (@ret_end false)
JsonNode *ferry_wire_receive(int fd, bool *ret_end);
