// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "storage/adapters-gen.h"

// The chain has the same paths on both hosts: what is below is named in the image that is made there.
static bool
take(const FerryStorageCase *disk, FerryDiskPlan *plan)
{
    if (disk->here->path.backing == NULL || disk->base == NULL || !disk->base->same)
        return false;
    ferry_storage_plan_volume(disk, plan);
    plan->overlay = true;
    plan->volume.backing = g_strdup(disk->here->path.backing);
    plan->volume.backing_format = g_strdup(disk->here->path.backing_format);
    plan->reason = g_strdup_printf("its base '%s' is on both hosts: %s", plan->volume.backing,
                                   disk->base->how);
    return true;
}

const FerryStorageAdapter ferry_adapter_copy_incremental = {
    .name = "copy-incremental",
    .summary = "disks to be copied whose base image both hosts have: the top image alone goes over",
    .take = take,
};
