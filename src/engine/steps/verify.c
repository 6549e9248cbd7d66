// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steps/steps.h"

FerryMoveEvent
ferry_step_verify(FerryMove *move)
{
    if (!ferry_move_reconnect_patiently(move, &move->error))
        return FERRY_EVENT_FAIL;
    g_clear_pointer(&move->verdicts, g_ptr_array_unref);
    move->verdicts = ferry_verify(move->baseline, move->src, move->dst, move->clock);
    // The source's event carries the figures in every mode; where none came, the destination knows them too.
    if (!ferry_hypervisor_get_job(move->dst, move->vm->uuid, true, &move->arrived, NULL))
        move->arrived = (FerryJobStats){0};
    return FERRY_EVENT_OK;
}
