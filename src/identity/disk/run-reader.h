// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Runs virt-ferry-disk-reader, a program of its own that parses what a guest wrote; see reader/reader.c.

#pragma once

#include <glib.h>
#include <stdint.h>

// @names: what the disks are called; @fds: of the disks, which stay open here
// @paths: files of the guest, ends with NULL
// Returns: (transfer full) what it printed; NULL, and @ret_why: (transfer full) why it printed nothing
char *ferry_disk_run_reader(const char *const *names,
                            const int *fds,
                            unsigned n,
                            const char *const *paths,
                            int64_t deadline_us,
                            char **ret_why);
