// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The guest's files as the guest sees them, mounted in the appliance: its root file system and what its fstab mounts
// into it.

#pragma once

#include <glib.h>
#include <guestfs.h>

#include "identity/disk/reader/print.h"

typedef struct FerryGuestfsTree FerryGuestfsTree;

// Finds the root among @volumes (FerryReaderVolume), which must stay valid, and sets where others are mounted.
// Returns: (transfer full) never NULL: without a root every file is unknown
FerryGuestfsTree *ferry_guestfs_tree_new(guestfs_h *g, GPtrArray *volumes);
void ferry_guestfs_tree_free(FerryGuestfsTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryGuestfsTree, ferry_guestfs_tree_free)

// @file: zeroed; its parts are the caller's
void ferry_guestfs_tree_read(FerryGuestfsTree *tree, const char *path, FerryReaderFile *file);
