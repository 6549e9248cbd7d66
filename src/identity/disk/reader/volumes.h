// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is on a disk, through libblkid: its partition table, and what each partition holds.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

// A disk or a partition of it.
typedef struct FerryReaderVolume {
    const char *disk; // as given
    int fd;           // of the disk; not owned
    int number;       // of the partition; 0: the disk itself
    uint64_t start;   // bytes
    char *type;       // "gpt", "ext4" ...; NULL: nothing known
    char *uuid;       // NULL: none, as the rest
    char *label;
    char *part_uuid;
    char *part_label;
    char *mount; // by the guest's fstab; set by others
    char *unknown;
} FerryReaderVolume;

void ferry_reader_volume_free(FerryReaderVolume *volume);

// "vda", "vda1"
char *ferry_reader_volume_name(const FerryReaderVolume *volume);

// Adds the disk itself, then its partitions.
// @volumes: FerryReaderVolume
void ferry_reader_scan(const char *disk, int fd, GPtrArray *volumes);
