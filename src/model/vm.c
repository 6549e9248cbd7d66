// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/vm.h"

static const char *const state_names[] = {
    [FERRY_VM_STATE_NONE] = "absent",           [FERRY_VM_STATE_RUNNING] = "running",
    [FERRY_VM_STATE_PAUSED] = "paused",         [FERRY_VM_STATE_SHUTDOWN] = "in shutdown",
    [FERRY_VM_STATE_SHUTOFF] = "shut off",      [FERRY_VM_STATE_CRASHED] = "crashed",
    [FERRY_VM_STATE_SUSPENDED] = "pmsuspended",
};
G_STATIC_ASSERT(G_N_ELEMENTS(state_names) == FERRY_VM_STATE_LAST);

static const char *const reason_names[] = {
    [FERRY_VM_REASON_OTHER] = "other",
    [FERRY_VM_REASON_BOOTED] = "booted",
    [FERRY_VM_REASON_MIGRATED] = "migrated",
    [FERRY_VM_REASON_MIGRATION_CANCELED] = "migration canceled",
    [FERRY_VM_REASON_UNPAUSED] = "unpaused",
    [FERRY_VM_REASON_USER] = "user",
    [FERRY_VM_REASON_MIGRATION] = "migrating",
    [FERRY_VM_REASON_IO_ERROR] = "I/O error",
    [FERRY_VM_REASON_STARTING_UP] = "starting up",
    [FERRY_VM_REASON_POSTCOPY] = "post-copy",
    [FERRY_VM_REASON_POSTCOPY_FAILED] = "post-copy failed",
    [FERRY_VM_REASON_API_ERROR] = "API error",
    [FERRY_VM_REASON_DESTROYED] = "destroyed",
    [FERRY_VM_REASON_CRASHED] = "crashed",
    [FERRY_VM_REASON_FAILED] = "failed",
    [FERRY_VM_REASON_SAVED] = "saved",
};
G_STATIC_ASSERT(G_N_ELEMENTS(reason_names) == FERRY_VM_REASON_LAST);

const char *
ferry_snapshot_kind_name(FerrySnapshotKind kind)
{
    return kind == FERRY_SNAPSHOT ? "snapshot" : "checkpoint";
}

void
ferry_snapshot_free(FerrySnapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    g_free(snapshot->name);
    g_free(snapshot->xml);
    g_free(snapshot);
}

void
ferry_vm_clear(FerryVm *vm)
{
    g_free(vm->name);
    *vm = (FerryVm){0};
}

void
ferry_vm_free(FerryVm *vm)
{
    if (vm == NULL)
        return;
    ferry_vm_clear(vm);
    g_free(vm);
}

FerryVm *
ferry_vm_copy(const FerryVm *vm)
{
    FerryVm *copy = g_new(FerryVm, 1);

    *copy = *vm;
    copy->name = g_strdup(vm->name);
    return copy;
}

bool
ferry_vm_state_is_active(FerryVmState state)
{
    return state != FERRY_VM_STATE_NONE && state != FERRY_VM_STATE_SHUTOFF;
}

const char *
ferry_vm_state_name(FerryVmState state)
{
    g_return_val_if_fail(state < FERRY_VM_STATE_LAST, "unknown");
    return state_names[state];
}

const char *
ferry_vm_reason_name(FerryVmReason reason)
{
    g_return_val_if_fail(reason < FERRY_VM_REASON_LAST, "unknown");
    return reason_names[reason];
}

char *
ferry_vm_state_format(FerryVmState state, FerryVmReason reason)
{
    // An absent machine has no reason, and "other" would tell nobody anything.
    if (state == FERRY_VM_STATE_NONE || reason == FERRY_VM_REASON_OTHER)
        return g_strdup(ferry_vm_state_name(state));
    return g_strdup_printf("%s (%s)", ferry_vm_state_name(state), ferry_vm_reason_name(reason));
}
