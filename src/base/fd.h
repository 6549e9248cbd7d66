// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// File descriptors that close themselves, and writes that are whole. (GLib's own g_autofd is of 2.80.)

#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stddef.h>

static inline void
ferry_fd_clear(int *fd)
{
    if (*fd >= 0)
        g_close(*fd, NULL);
}

// FERRY_AUTO_FD int fd = -1;  closes at the end of its scope; g_steal_fd(&fd) keeps it open.
#define FERRY_AUTO_FD __attribute__((cleanup(ferry_fd_clear)))

// Writes all of @data: goes on after a signal and after a short write; blocks.
// @what: what error texts call the descriptor: "the report".
// Returns: false with OUTPUT and errno kept as the library's number (EPIPE: the reader is gone; SIGPIPE
// must be ignored for that)
bool ferry_fd_write_all(int fd, const void *data, size_t size, const char *what, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
