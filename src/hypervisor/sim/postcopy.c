// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A move whose memory is on both hosts. libvirt: qemuMigrationSrcPostcopyFailed, qemuMigrationDstPostcopyFailed,
// qemuMigrationProcessUnattended and qemuMigrationAnyCanResume (src/qemu/qemu_migration.c, 8.5.0 to 11.3).

#include "hypervisor/sim/job.h"

bool
ferry_sim_job_in_postcopy(const FerrySimJob *job)
{
    return job->postcopy && job->phase == FERRY_SIM_FINISH3 && job->point == FERRY_SIM_IN;
}

bool
ferry_sim_job_is_split(const FerrySimJob *job)
{
    return job->postcopy &&
           ((job->phase == FERRY_SIM_SWITCHOVER && job->point == FERRY_SIM_AFTER) ||
            (job->phase == FERRY_SIM_FINISH3 && job->point != FERRY_SIM_AFTER));
}

static void
src_failed(FerrySimJob *job)
{
    if (job->src != NULL && job->src->active)
        ferry_sim_instance_set_state(job->src, FERRY_VM_STATE_PAUSED,
                                     FERRY_VM_REASON_POSTCOPY_FAILED);
}

static void
dst_failed(FerrySimJob *job)
{
    if (job->dst == NULL || !job->dst->active)
        return;
    ferry_sim_instance_halt(job->dst);
    ferry_sim_instance_set_state(job->dst, job->dst->state, FERRY_VM_REASON_POSTCOPY_FAILED);
}

// The QEMUs go on by themselves.
void
ferry_sim_job_leave_postcopy(FerrySimJob *job, bool failed)
{
    job->conductor_gone = true;
    job->unattended = true;
    job->dst_keepalive_us = FERRY_SIM_NEVER;
    job->src_keepalive_us = FERRY_SIM_NEVER;
    if (failed)
        src_failed(job);
    ferry_sim_job_reply(job);
}

void
ferry_sim_job_unattended_done(FerrySimJob *job)
{
    FerrySimInstance *dst = job->dst;
    FerrySimInstance *src = job->src;

    job->sent_bytes += job->pass_bytes;
    if (dst != NULL && dst->active) {
        dst->postcopy = false;
        dst->status = FERRY_SIM_STATUS_NONE;
        ferry_sim_instance_set_state(dst, FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_MIGRATED);
    }
    // UNDEFINE_SOURCE went with the conductor.
    if (src != NULL && src->active)
        ferry_sim_instance_end(src, FERRY_VM_REASON_MIGRATED);
    ferry_sim_job_end(job);
}

// One QEMU is gone, and its half of the memory with it. Nothing can be taken up any more.
void
ferry_sim_job_lose_half(FerrySimJob *job, FerrySimInstance *left, const char *text)
{
    ferry_sim_job_note(job, FERRY_ERROR_MOVE_FAILED, 9, text);
    if (left != NULL && left == job->dst)
        dst_failed(job);
    else if (left != NULL)
        src_failed(job);
    ferry_sim_job_end(job);
}

// The destination's QEMU hears that the other end has closed, libvirt's Finish3 fails, and whoever conducts is told.
static void
dst_notices(FerrySimJob *job)
{
    if (!job->dst_unaware)
        return;
    job->dst_unaware = false;
    dst_failed(job);
}

// The call returns once Finish3 has failed and its answer has come.
static void
answer_broken(FerrySimJob *job)
{
    if (job->dst_unaware || job->conductor_gone || !ferry_sim_job_conductor_acts(job) ||
        job->dst_host->daemon != FERRY_SIM_DAEMON_RUNNING ||
        (job->link->cut & FERRY_SIM_CUT_MANAGEMENT) != 0)
        return;
    ferry_sim_job_note(job, FERRY_ERROR_MOVE_FAILED, 9,
                       "operation failed: job 'migration in' failed in post-copy phase");
    job->conductor_gone = true;
    job->dst_keepalive_us = FERRY_SIM_NEVER;
    job->src_keepalive_us = FERRY_SIM_NEVER;
    ferry_sim_job_reply(job);
}

void
ferry_sim_job_refresh_broken(FerrySimJob *job)
{
    if ((job->link->cut & FERRY_SIM_CUT_MIGRATION) == 0 && !(job->dst != NULL && job->dst->frozen))
        dst_notices(job);
    answer_broken(job);
}

bool
ferry_sim_job_break_postcopy(FerrySimJob *job)
{
    if (!ferry_sim_job_in_postcopy(job) || job->broken || job->src == NULL)
        return false;
    job->broken = true;
    job->dst_unaware = true;
    job->due_us = FERRY_SIM_NEVER;
    if (job->stalled_us == 0)
        job->stalled_us = MAX(job->world->now_us, 1);
    if (job->dst != NULL)
        ferry_sim_instance_halt(job->dst);
    src_failed(job);
    ferry_sim_job_refresh_broken(job);
    return true;
}

void
ferry_sim_job_take_up(FerrySimJob *job, const FerryMigrateCall *call)
{
    uint64_t rest = ferry_sim_pass_remaining(job);

    g_clear_error(&job->error);
    job->flags = call->flags;
    job->p2p = (call->flags & FERRY_MIGRATE_PEER2PEER) != 0;
    job->conductor_gone = job->unattended = job->replied = false;
    job->src_broken = job->dst_broken = false;
    job->broken = false;
    job->stalled_us = 0;
    job->sent_bytes += job->pass_bytes - rest;
    ferry_sim_pass_begin(job, rest);
    job->due_us = ferry_sim_pass_end_us(job);
    ferry_sim_instance_set_state(job->src, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_POSTCOPY);
    (void)ferry_sim_instance_start(job->dst, FERRY_VM_REASON_POSTCOPY);
    ferry_sim_job_refresh(job);
}
