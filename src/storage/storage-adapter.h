// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For those who write a storage adapter: one file in adapters/ that exports one
// `const FerryStorageAdapter ferry_adapter_NAME` ('-' becomes '_'), and its name in adapters/meson.build, where the order
// counts: the first that takes a disk has it. Adapters are pure: they judge facts that were collected before.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/disk-plan.h"
#include "storage/storage.h"

// One disk, and what is known of it.
typedef struct FerryStorageCase {
    const FerryStorageInput *in;
    const FerryDisk *before;   // as the source has it
    const FerryDisk *arriving; // as the destination is to have it
    const FerryFact *here;     // FERRY_FACT_PATH of both
    const FerryFact *there;
    const FerryBase *base; // what is below it; NULL: nothing, or not looked at
    FerrySame same;        // is it one file or device?
    const char *how;       // what that is known by, or why not
    bool named;            // --copy-disks or --dest-pool names it
    bool earlier;          // the destination has an earlier copy of it, of ours
    bool wanted;           // it is to be copied: because it is named, or as --copy-disks says
} FerryStorageCase;

typedef struct FerryStorageAdapter {
    const char *name;
    const char *summary; // which disks are its; one line, lower case, no full stop
    // @plan: target, src_path and allocation are set; where it takes the disk the rest is its to set.
    // Returns: whether it takes the disk
    bool (*take)(const FerryStorageCase *disk, FerryDiskPlan *plan);
} FerryStorageAdapter;

// For adapters that copy: the volume that is made there, and what stands against it (plan->refusal).
void ferry_storage_plan_volume(const FerryStorageCase *disk, FerryDiskPlan *plan);
