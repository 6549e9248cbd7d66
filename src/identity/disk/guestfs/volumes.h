// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the appliance sees of the guest's disks: tables, partitions, RAIDs, LVs, and what each holds.

#pragma once

#include <glib.h>
#include <guestfs.h>

#include "identity/disk/reader/volume.h"

// Adds each disk, followed by its partitions, then RAIDs and LVs, which may lie on several.
// @disks: what they are called, in the order in which they were added, ends with NULL
// @volumes: FerryReaderVolume
void ferry_guestfs_scan(guestfs_h *g, char **disks, GPtrArray *volumes);
