// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "storage/adapters-gen.h"

static char *
explain(const FerryStorageCase *disk)
{
    const char *dst = disk->in->dst->name;

    if (disk->here->path.backing != NULL && disk->base != NULL)
        return g_strdup_printf("with what is below it, as one image: %s", disk->base->how);
    if (disk->earlier)
        return g_strdup_printf("host '%s' has an earlier copy of it, which is replaced", dst);
    if (disk->named)
        return g_strdup("asked for");
    return disk->there->path.seen ? g_strdup("it is not proved to be the same on both hosts")
                                  : g_strdup_printf("host '%s' does not have it", dst);
}

static bool
take(const FerryStorageCase *disk, FerryDiskPlan *plan)
{
    ferry_storage_plan_volume(disk, plan);
    plan->flatten = disk->here->path.backing != NULL || disk->before->backing;
    if (disk->base != NULL)
        plan->allocation += disk->base->bytes;
    plan->reason = explain(disk);
    return true;
}

const FerryStorageAdapter ferry_adapter_copy = {
    .name = "copy",
    .summary = "disks to be copied: all that the guest sees of them goes over",
    .take = take,
};
