// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "storage/adapters-gen.h"

static bool
take(const FerryStorageCase *disk, FerryDiskPlan *plan)
{
    const FerryDisk *before = disk->before;

    if (disk->named)
        return false; // to be told why it can't be copied
    if (before->source == NULL)
        plan->reason = g_strdup("it is empty");
    else if (g_strcmp0(before->device, "cdrom") == 0 || g_strcmp0(before->device, "floppy") == 0)
        plan->reason = g_strdup("it is removable media");
    else if (before->transient)
        plan->reason = g_strdup("what is written to it goes with the machine");
    return plan->reason != NULL;
}

const FerryStorageAdapter ferry_adapter_none = {
    .name = "none",
    .summary = "drives without anything in them, removable media, what goes with the machine",
    .take = take,
};
