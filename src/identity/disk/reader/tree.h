// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The guest's files as the guest sees them: its root file system, what its fstab mounts into it, and symbolic links,
// through libext2fs. Nothing is mounted, and no journal is replayed.

#pragma once

#include <glib.h>

#include "identity/disk/reader/print.h"

typedef struct FerryReaderTree FerryReaderTree;

// Finds the root among @volumes (FerryReaderVolume), which must stay valid, and sets where others are mounted.
// Returns: (transfer full) never NULL: without a root every file is unknown
FerryReaderTree *ferry_reader_tree_new(GPtrArray *volumes);
void ferry_reader_tree_free(FerryReaderTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryReaderTree, ferry_reader_tree_free)

// @file: zeroed; its parts are the caller's
void ferry_reader_tree_read(FerryReaderTree *tree, const char *path, FerryReaderFile *file);
