// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is on a disk, through libblkid: its partition table, and what each partition holds.

#pragma once

#include <glib.h>

#include "identity/disk/reader/volume.h"

// Adds the disk itself, then its partitions.
// @volumes: FerryReaderVolume
void ferry_reader_scan(const char *disk, int fd, GPtrArray *volumes);
