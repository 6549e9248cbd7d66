// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Runs virt-ferry-disk-reader, a program of its own that parses what a guest wrote; see reader/reader.c. Or the one that
// does it by libguestfs, which is optional; see guestfs/reader.c.

#pragma once

#include <glib.h>
#include <stdint.h>

typedef enum FerryDiskReader {
    FERRY_DISK_READER,
    FERRY_DISK_READER_GUESTFS,
} FerryDiskReader;

// Returns: (transfer full) why there is no such reader here; NULL: there is
char *ferry_disk_why_no_reader(FerryDiskReader reader);

typedef struct FerryDiskList {
    const char *const *names; // what they are called
    const int *fds;           // which stay open here
    unsigned n;               // of both
} FerryDiskList;

// @paths: files of the guest, ends with NULL
// Returns: (transfer full) what it printed; NULL, and @ret_why: (transfer full) why it printed nothing
char *ferry_disk_run_reader(FerryDiskReader reader,
                            const FerryDiskList *disks,
                            const char *const *paths,
                            int64_t deadline_us,
                            char **ret_why);
