// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "storage/adapters-gen.h"

// Where it is not proved to be shared the checks disk-path and disk-shared say so, and stop the move.
static bool
take(const FerryStorageCase *disk, FerryDiskPlan *plan)
{
    if (disk->wanted && g_strcmp0(disk->before->type, "network") != 0)
        return false;
    if (g_strcmp0(disk->before->type, "network") == 0)
        plan->reason = g_strdup("it is on a network, and named alike on both hosts");
    else
        plan->reason = g_strdup(disk->how != NULL ? disk->how : "it is not to be copied");
    return true;
}

const FerryStorageAdapter ferry_adapter_shared = {
    .name = "shared",
    .summary = "disks that both hosts have, and those that are not to be copied",
    .take = take,
};
