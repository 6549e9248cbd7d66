// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// How qemu-storage-daemon is to open a disk of a definition.

#pragma once

#include <json-glib/json-glib.h>

#include "model/definition.h"

// Returns: (transfer full) arguments of blockdev-add but for the node's name; NULL, and @ret_why: (transfer full) why
// disks of this kind are not read
JsonObject *ferry_disk_image(const FerryDisk *disk, char **ret_why);
