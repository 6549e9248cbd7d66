// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steps/steps.h"

#include "base/error.h"
#include "engine/snapshots.h"

static bool
make_images(FerryMove *move, GError **error)
{
    return !ferry_disk_plans_any_copied(move->disks) ||
           (ferry_storage_is_as_planned(move->disks, move->src, move->vm->uuid, error) &&
            ferry_storage_make(move->disks, move->dst, move->notes, error));
}

FerryMoveEvent
ferry_step_prepare(FerryMove *move)
{
    g_autoptr(GError) error = NULL;

    if (make_images(move, &error) && ferry_snapshots_detach(move, &error)) {
        move->prepared = true;
        return FERRY_EVENT_OK;
    }
    move->error = g_steal_pointer(&error);
    return FERRY_EVENT_FAIL;
}
