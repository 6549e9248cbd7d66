// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A disk of a guest, or what lies on disks: what one of the readers found out about it.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct FerryReaderVolume {
    char *name;     // "vda", "vda1"; an LV "vg0/root"
    int fd;         // of the disk; not owned
    int number;     // of the partition; 0: no partition
    uint64_t start; // bytes into the disk
    char *device;   // where libguestfs has it; else NULL
    char *type;     // "gpt", "ext4" ...; NULL: nothing known
    char *uuid;     // NULL: none, as the rest
    char *label;
    char *part_uuid;
    char *part_label;
    char *mount; // by the guest's fstab
    char *unknown;
} FerryReaderVolume;

void ferry_reader_volume_free(FerryReaderVolume *volume);

// Does the first column of fstab(5) mean this one? By UUID and the like; names of devices are not understood.
bool ferry_reader_volume_is(const FerryReaderVolume *volume, const char *source);

// Adds it as a JSON object.
void ferry_reader_volume_put(GString *json, const FerryReaderVolume *volume);
