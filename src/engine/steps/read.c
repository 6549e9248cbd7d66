// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steps/steps.h"

#include "base/error.h"

static FerrySide
read_side(FerryHypervisor *hv, const char *uuid, unsigned hints, FerryVm *ret_vm)
{
    FerryJobStats job = {0};

    if (hv == NULL || !ferry_hypervisor_get_state(hv, uuid, ret_vm, NULL))
        return FERRY_SIDE_UNREACHABLE;
    if (ferry_vm_state_is_active(ret_vm->state)) {
        g_autoptr(GError) error = NULL;

        if (!ferry_hypervisor_get_job(hv, uuid, false, &job, &error) &&
            !ferry_error_is(error, FERRY_ERROR_VM_NOT_FOUND))
            return FERRY_SIDE_UNREACHABLE;
    }
    return ferry_resolver_classify(ret_vm->state, ret_vm->reason, &job, hints);
}

FerrySide
ferry_step_read_src(const FerryMove *move, FerryVm *ret_vm)
{
    unsigned hints = 0;

    if (move->baseline->state == FERRY_VM_STATE_PAUSED)
        hints |= FERRY_CLASSIFY_PAUSED_BEFORE;
    if (move->baseline->persistent && (move->plan.flags & FERRY_MIGRATE_UNDEFINE_SOURCE))
        hints |= FERRY_CLASSIFY_GONE_BY_MIGRATION;
    return read_side(move->src, move->vm->uuid, hints, ret_vm);
}

FerrySide
ferry_step_read_dst(const FerryMove *move, FerryVm *ret_vm)
{
    bool leaves_a_definition = (move->plan.flags & FERRY_MIGRATE_PERSIST_DEST) != 0;
    unsigned hints = 0;

    if (move->baseline->dst_known_before)
        hints |= FERRY_CLASSIFY_KNOWN_BEFORE;
    // PERSIST_DEST is obeyed before the CPUs start (qemuMigrationDstFinish): without a definition it never ran
    if (!move->plan.strict && (!leaves_a_definition || move->baseline->dst_known_before))
        hints |= FERRY_CLASSIFY_GONE_PROVES_NOTHING;
    return read_side(move->dst, move->vm->uuid, hints, ret_vm);
}

bool
ferry_step_read_both(FerryMove *move)
{
    g_auto(FerryVm) vm = {0};
    g_autoptr(GError) error = NULL;
    FerrySide first;

    // a host that can't be reached is read as such, and the other one all the same
    if (!ferry_move_reconnect(move, &error))
        g_debug("not both hosts answer: %s", error->message);
    first = ferry_step_read_src(move, &vm);
    move->dst_side = ferry_step_read_dst(move, &vm);
    move->src_side = ferry_step_read_src(move, &vm);
    return first == move->src_side;
}
