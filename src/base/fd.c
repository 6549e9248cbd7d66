// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/fd.h"

#include <errno.h>
#include <unistd.h>

#include "base/error.h"

bool
ferry_fd_write_all(int fd, const void *data, size_t size, const char *what, GError **error)
{
    const char *at = data;

    while (size > 0) {
        ssize_t written = write(fd, at, size);
        int cause = errno;

        if (written < 0 && cause == EINTR)
            continue;
        if (written < 0) {
            ferry_error_set(error, FERRY_ERROR_OUTPUT, "cannot write %s: %s", what,
                            g_strerror(cause));
            ferry_error_keep_library(error, cause, 0);
            return false;
        }
        at += written;
        size -= (size_t)written;
    }
    return true;
}
