// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a daemon does with a domain whose job nobody carries any more, by the phase that its status file
// holds. libvirt: qemuProcessRecoverMigrationOut and -In (src/qemu/qemu_process.c), qemuMigrationSrcCleanup
// and qemuProcessAutoDestroy, 9.0 to 11.3.

#include "hypervisor/sim/job.h"

// clang-format off: a row a phase
static const FerrySimRestartRule rules[FERRY_SIM_STATUS_LAST] = {
    [FERRY_SIM_STATUS_NONE] = {FERRY_SIM_STATUS_NONE, FERRY_SIM_ACTION_GO_ON,
                               FERRY_SIM_ACTION_GO_ON, FERRY_SIM_ACTION_GO_ON, "no job"},
    [FERRY_SIM_STATUS_BEGIN3] =
        {FERRY_SIM_STATUS_BEGIN3, FERRY_SIM_ACTION_FORGET, FERRY_SIM_ACTION_FORGET,
         FERRY_SIM_ACTION_FORGET,
         "nothing happened so far, just forget we were about to migrate the domain"},
    [FERRY_SIM_STATUS_PERFORM3] =
        {FERRY_SIM_STATUS_PERFORM3, FERRY_SIM_ACTION_CANCEL, FERRY_SIM_ACTION_POSTCOPY_FAILED,
         FERRY_SIM_ACTION_CANCEL,
         "migration is still in progress, let's cancel it and resume the domain"},
    [FERRY_SIM_STATUS_PERFORM3_DONE] =
        {FERRY_SIM_STATUS_PERFORM3_DONE, FERRY_SIM_ACTION_LEAVE, FERRY_SIM_ACTION_POSTCOPY_FAILED,
         FERRY_SIM_ACTION_LEAVE,
         "no chance to get the result of Finish3; third party needs to check what to do next"},
    [FERRY_SIM_STATUS_CONFIRM3_CANCELLED] = {FERRY_SIM_STATUS_CONFIRM3_CANCELLED,
                                             FERRY_SIM_ACTION_CANCEL, FERRY_SIM_ACTION_CANCEL,
                                             FERRY_SIM_ACTION_GO_ON,
                                             "Finish3 failed, we need to resume the domain"},
    [FERRY_SIM_STATUS_CONFIRM3] = {FERRY_SIM_STATUS_CONFIRM3, FERRY_SIM_ACTION_KILL,
                                   FERRY_SIM_ACTION_KILL, FERRY_SIM_ACTION_GO_ON,
                                   "migration completed, we need to kill the domain here"},
    [FERRY_SIM_STATUS_PREPARE] = {FERRY_SIM_STATUS_PREPARE, FERRY_SIM_ACTION_KILL,
                                  FERRY_SIM_ACTION_KILL, FERRY_SIM_ACTION_KILL,
                                  "killing unfinished incoming migration"},
    [FERRY_SIM_STATUS_FINISH3] =
        {FERRY_SIM_STATUS_FINISH3, FERRY_SIM_ACTION_KILL_UNLESS_RUNNING,
         FERRY_SIM_ACTION_POSTCOPY_FAILED, FERRY_SIM_ACTION_GO_ON,
         "killing it seems safest unless we already started guest CPUs or are in post-copy"},
};
// clang-format on

const FerrySimRestartRule *
ferry_sim_restart_rule(FerrySimStatus status)
{
    g_assert(status < FERRY_SIM_STATUS_LAST);
    return &rules[status];
}

static void
forget(FerrySimInstance *instance)
{
    instance->status = FERRY_SIM_STATUS_NONE;
    instance->abandoned = false;
    instance->host->world->changed = true;
}

// libvirt resumes a domain only if it was paused as a result of the move.
static void
cancel(FerrySimInstance *instance)
{
    forget(instance);
    if (instance->state != FERRY_VM_STATE_PAUSED || instance->reason != FERRY_VM_REASON_MIGRATION)
        return;
    if (!ferry_sim_instance_start(instance, FERRY_VM_REASON_MIGRATION_CANCELED))
        ferry_sim_instance_set_state(instance, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_API_ERROR);
}

// While its QEMU says 'postcopy-active', be the link cut or not, post-copy ends by itself
// (qemuProcessRecoverMigration, qemuMigrationProcessUnattended).
static void
postcopy_failed(FerrySimInstance *instance)
{
    const FerrySimJob *job = ferry_sim_job_find(instance);

    if (job != NULL && ferry_sim_job_in_postcopy(job) &&
        (!job->broken || (instance == job->dst && job->dst_unaware)))
        return;
    ferry_sim_instance_halt(instance);
    ferry_sim_instance_set_state(instance, instance->state, FERRY_VM_REASON_POSTCOPY_FAILED);
}

void
ferry_sim_act(FerrySimInstance *instance, FerrySimAction action, FerryVmReason killed)
{
    switch (action) {
    case FERRY_SIM_ACTION_GO_ON:
    case FERRY_SIM_ACTION_LAST:
        return;
    case FERRY_SIM_ACTION_LEAVE:
        // qemuMigrationSrcCleanup: a connection that closes in post-copy
        if (instance->postcopy) {
            ferry_sim_instance_set_state(instance, instance->state,
                                         FERRY_VM_REASON_POSTCOPY_FAILED);
            return;
        }
        G_GNUC_FALLTHROUGH;
    case FERRY_SIM_ACTION_FORGET:
        forget(instance);
        return;
    case FERRY_SIM_ACTION_CANCEL:
        cancel(instance);
        return;
    case FERRY_SIM_ACTION_KILL_UNLESS_RUNNING:
        if (instance->state == FERRY_VM_STATE_RUNNING) {
            forget(instance);
            return;
        }
        ferry_sim_instance_end(instance, killed);
        return;
    case FERRY_SIM_ACTION_KILL:
        ferry_sim_instance_end(instance, killed);
        return;
    case FERRY_SIM_ACTION_POSTCOPY_FAILED:
        postcopy_failed(instance);
        return;
    }
}
