// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A qemu-storage-daemon for a moment, on this machine or on a host that is reached by ssh: it opens images read-only
// and without a lock, so that a QEMU that writes to them neither notices nor is in the way, and shows them as raw
// disks. Formats and chains of backing files are its business.
// What it made goes when the server is freed, and when this process dies. Used by one thread.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct FerryDiskServer FerryDiskServer;

// Starts one here, which shows disks as files through FUSE, at most @n.
// Returns: (transfer full); NULL, and @ret_why tells why
FerryDiskServer *ferry_disk_server_start(unsigned n, int64_t deadline_us, char **ret_why);

// Starts one on host @name, which shows disks by NBD on a socket that @near has a way to.
// Returns: (transfer full); NULL, and @ret_why tells why
FerryDiskServer *ferry_disk_server_start_far(const char *name,
                                             const char *uri,
                                             FerryDiskServer *near,
                                             int64_t deadline_us,
                                             char **ret_why);
void ferry_disk_server_free(FerryDiskServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryDiskServer, ferry_disk_server_free)

// Shows one more disk, under the next number from 0.
// @image: arguments of blockdev-add but for the node's name, which it takes; NULL: that of this number of the server
// that is far
void ferry_disk_server_add(FerryDiskServer *server, JsonObject *image);

// Waits until all of them are shown or have failed.
// Returns: false, and @ret_why: the daemon itself failed
bool ferry_disk_server_run(FerryDiskServer *server, int64_t deadline_us, char **ret_why);

// Returns: why disk @i is not shown; NULL: it is. Owned by @server
const char *ferry_disk_server_why_not(FerryDiskServer *server, unsigned i);

// Returns: a descriptor of disk @i, read-only; -1, errno says why
int ferry_disk_server_open(FerryDiskServer *server, unsigned i);
