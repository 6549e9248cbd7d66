// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a host says of a file or device by its path, and of its storage pools. Plain data; no I/O.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

// Of one path. What libvirt says of a volume comes from its XML (virStorageVolGetXMLDesc).
typedef struct FerryPathInfo {
    char *unknown; // why it could not be found out; NULL: it could, and the rest holds
    bool seen;
    uint64_t capacity;              // bytes as a guest sees them; 0: not told
    uint64_t allocation;            // bytes that it takes up
    char *format;                   // "qcow2", "raw"; NULL
    unsigned mode;                  // of <permissions>; 0: not told
    int64_t owner, group;           // numeric; -1: not told
    char *backing, *backing_format; // the image below it; NULL
    char *changed; // <timestamps>/<ctime> as written, "1700000000.123456789"; NULL: not told
    // The same, read again after other hosts were asked; NULL: it was not needed.
    char *changed_later;
} FerryPathInfo;

void ferry_path_info_clear(FerryPathInfo *info);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryPathInfo, ferry_path_info_clear)

// Fills all but `unknown`, `seen` and `changed_later` from volume XML.
// Returns: false and FERRY_ERROR_FAILED when @xml is no volume XML
bool ferry_path_info_parse(const char *xml, FerryPathInfo *info, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// A volume to be made.
typedef struct FerryVolume {
    char *path;
    char *format;                   // "qcow2", "raw"
    uint64_t capacity;              // bytes as a guest sees them
    char *backing, *backing_format; // what it is an overlay of; NULL: it stands alone
    unsigned mode;                  // 0: the host's own choice
    int64_t owner, group;           // -1: the same
} FerryVolume;

typedef struct FerryPoolInfo {
    char *name;   // NULL: a folder that is no pool of the host
    char *type;   // "dir", "netfs", "logical", "rbd" ...
    char *target; // path; NULL where it has none
    char *source; // "host:/dir", device or pool name, as far as the XML tells; NULL
    bool active;
    uint64_t capacity, available; // bytes; 0 while inactive
} FerryPoolInfo;

void ferry_pool_info_free(FerryPoolInfo *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryPoolInfo, ferry_pool_info_free)

// From pool XML (virStoragePoolGetXMLDesc); active is the caller's.
FerryPoolInfo *ferry_pool_info_parse(const char *xml, GError **error) G_GNUC_WARN_UNUSED_RESULT;
