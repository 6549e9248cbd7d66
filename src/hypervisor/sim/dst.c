// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Finish3 on the destination, with or without somebody who waits for its answer. A daemon that was frozen
// reads the request that lies in its socket and runs it, although the connection is closed by then.

#include "hypervisor/sim/job.h"

bool
ferry_sim_dst_resume(FerrySimInstance *instance, unsigned flags)
{
    if (!instance->has_memory)
        return false;
    if ((flags & FERRY_MIGRATE_PAUSED) != 0) {
        ferry_sim_instance_lock(instance);
        ferry_sim_instance_set_state(instance, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_USER);
        return true;
    }
    if (ferry_sim_instance_start(instance, FERRY_VM_REASON_MIGRATED))
        return true;
    // qemuMigrationDstFinish: the images are locked; what PERSIST_DEST wrote stays.
    ferry_sim_instance_end(instance, FERRY_VM_REASON_FAILED);
    return false;
}

// A post-copy whose Finish3 nobody waited for comes to its end without a moment's delay here.
static void
end_postcopy(FerrySimInstance *instance)
{
    FerrySimMachine *machine = instance->machine;

    if (!instance->postcopy)
        return;
    instance->postcopy = false;
    for (unsigned i = machine->instances->len; i > 0; i--) {
        FerrySimInstance *other = machine->instances->pdata[i - 1];
        if (other != instance && other->active && other->postcopy)
            ferry_sim_instance_end(other, FERRY_VM_REASON_MIGRATED);
    }
}

void
ferry_sim_dst_finish(FerrySimInstance *instance,
                     FerrySimPhase phase,
                     FerrySimPoint point,
                     unsigned flags)
{
    bool begun = phase == FERRY_SIM_FINISH3_END || point != FERRY_SIM_BEFORE;
    bool ran = phase == FERRY_SIM_FINISH3_END || point == FERRY_SIM_AFTER;

    instance->queued = FERRY_SIM_PHASE_LAST;
    instance->abandoned = false;
    if (!instance->active)
        return;
    if (!begun && (flags & FERRY_MIGRATE_PERSIST_DEST) != 0 && instance->host->disk_full) {
        ferry_sim_instance_end(instance, FERRY_VM_REASON_FAILED);
        return;
    }
    if (!begun && (flags & FERRY_MIGRATE_PERSIST_DEST) != 0)
        instance->persistent = true;
    if (!ran && !ferry_sim_dst_resume(instance, flags))
        return;
    end_postcopy(instance);
    instance->status = FERRY_SIM_STATUS_NONE;
    instance->host->world->changed = true;
}
