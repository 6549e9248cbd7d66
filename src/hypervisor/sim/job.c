// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Carries one move through the protocol's table: request, work, answer, and on to the next row; or, once
// something failed, on to the rows that undo.

#include "hypervisor/sim/job.h"

#define TRAVEL_US           200
#define DEFAULT_DOWNTIME_MS 300 // QEMU's downtime-limit

FerrySimJob *
ferry_sim_job_new(FerrySimWorld *world, const FerryMigrateCall *call)
{
    FerrySimJob *job = g_new0(FerrySimJob, 1);

    g_atomic_ref_count_init(&job->refs);
    job->world = world;
    job->flags = call->flags;
    job->p2p = (call->flags & FERRY_MIGRATE_PEER2PEER) != 0;
    job->bandwidth_bps = (uint64_t)call->bandwidth_mibs << 20;
    job->copied = g_strdupv((GStrv)call->copied);
    job->max_downtime_ms = DEFAULT_DOWNTIME_MS;
    job->due_us = FERRY_SIM_NEVER;
    job->dst_keepalive_us = FERRY_SIM_NEVER;
    job->src_keepalive_us = FERRY_SIM_NEVER;
    job->client_keepalive_us = FERRY_SIM_NEVER;
    return job;
}

FerrySimJob *
ferry_sim_job_ref(FerrySimJob *job)
{
    g_atomic_ref_count_inc(&job->refs);
    return job;
}

void
ferry_sim_job_unref(FerrySimJob *job)
{
    if (job == NULL || !g_atomic_ref_count_dec(&job->refs))
        return;
    g_clear_error(&job->error);
    g_free(job->dest_name);
    g_strfreev(job->copied);
    g_strfreev(job->src_disks);
    g_strfreev(job->dst_disks);
    g_free(job);
}

FerrySimJob *
ferry_sim_job_find(const FerrySimInstance *instance)
{
    FerrySimWorld *world = instance->host->world;

    for (unsigned i = 0; i < world->jobs->len; i++) {
        FerrySimJob *job = world->jobs->pdata[i];
        if (job->src == instance || job->dst == instance)
            return job;
    }
    return NULL;
}

int64_t
ferry_sim_job_due(const FerrySimJob *job)
{
    int64_t due_us = MIN(job->due_us, job->dst_keepalive_us);

    return MIN(due_us, MIN(job->src_keepalive_us, job->client_keepalive_us));
}

void
ferry_sim_job_reply(FerrySimJob *job)
{
    job->replied = true;
    job->client_keepalive_us = FERRY_SIM_NEVER;
}

void
ferry_sim_job_end(FerrySimJob *job)
{
    ferry_sim_copy_stop(job);
    ferry_sim_job_reply(job);
    job->over = true;
    job->due_us = FERRY_SIM_NEVER;
    job->dst_keepalive_us = FERRY_SIM_NEVER;
    job->src_keepalive_us = FERRY_SIM_NEVER;
    job->world->changed = true;
    g_ptr_array_remove(job->world->jobs, job);
}

void
ferry_sim_job_note(FerrySimJob *job, FerryErrorCode code, int number, const char *text)
{
    if (job->error != NULL || job->replied)
        return;
    ferry_error_set(&job->error, code, "cannot migrate machine '%s' from host '%s': %s",
                    job->machine->name, job->src_host->name, text);
    ferry_error_keep_library(&job->error, number, 0);
}

// What the conductor does next after a failure, by the phase in which it came.
static void
turn_back(FerrySimJob *job)
{
    bool has_dst = job->dst != NULL && job->dst->active;

    switch (job->phase) {
    case FERRY_SIM_PREPARE3:
        // libvirt cleans up behind a Prepare that fails by itself.
        if (has_dst && !job->dst_broken)
            ferry_sim_instance_end(job->dst, FERRY_VM_REASON_FAILED);
        G_GNUC_FALLTHROUGH;
    case FERRY_SIM_BEGIN3:
        if (job->src != NULL && !job->src_broken)
            job->src->status = FERRY_SIM_STATUS_NONE;
        ferry_sim_job_end(job);
        return;
    case FERRY_SIM_PERFORM3:
    case FERRY_SIM_SWITCHOVER:
        job->stuck = job->src != NULL && ferry_sim_qemu_is_silent(job->src);
        ferry_sim_job_enter(job, has_dst && !job->dst_broken ? FERRY_SIM_FINISH3_CANCEL
                                                             : FERRY_SIM_CONFIRM3_CANCEL);
        return;
    case FERRY_SIM_FINISH3:
    case FERRY_SIM_FINISH3_END:
    case FERRY_SIM_FINISH3_CANCEL:
        ferry_sim_job_enter(job, FERRY_SIM_CONFIRM3_CANCEL);
        return;
    case FERRY_SIM_CONFIRM3:
    case FERRY_SIM_CONFIRM3_CANCEL:
    case FERRY_SIM_PHASE_LAST:
        // 'Guest probably left in paused state on source'.
        if (job->src != NULL && !job->src_broken && !job->src->postcopy)
            job->src->status = FERRY_SIM_STATUS_NONE;
        ferry_sim_job_end(job);
        return;
    }
}

void
ferry_sim_job_fail(FerrySimJob *job, FerryErrorCode code, int number, const char *text)
{
    ferry_sim_copy_stop(job);
    ferry_sim_job_note(job, code, number, text);
    job->phase_fails = false;
    if (job->conductor_gone)
        ferry_sim_job_end(job);
    else
        turn_back(job);
}

static bool
is_remote(const FerrySimJob *job, const FerrySimProtocolRow *row)
{
    return !job->p2p || row->side == FERRY_SIM_DST;
}

// Does the row need a connection that is broken?
static bool
is_cut_off(const FerrySimJob *job, const FerrySimProtocolRow *row)
{
    if (row->side == FERRY_SIM_DST)
        return job->dst_broken;
    if (job->src_broken)
        return true;
    // qemuMigrationSrcWaitForCompletion watches the connection to the destination.
    return job->p2p && job->dst_broken &&
           (row->phase == FERRY_SIM_PERFORM3 || row->phase == FERRY_SIM_SWITCHOVER);
}

static void
lose_connection(FerrySimJob *job)
{
    // libvirt-domain.c: a Confirm that can't be asked is a warning in the log; the move went well.
    if (job->phase == FERRY_SIM_CONFIRM3) {
        // a source that nobody conducts ends by itself once all its memory is over there
        if (job->postcopy && job->src != NULL && job->src->active &&
            job->src_host->daemon != FERRY_SIM_DAEMON_KILLED)
            ferry_sim_instance_end(job->src, FERRY_VM_REASON_MIGRATED);
        ferry_sim_job_end(job);
        return;
    }
    ferry_sim_job_fail(job, FERRY_ERROR_MOVE_FAILED, 1, "internal error: client socket is closed");
}

void
ferry_sim_job_enter(FerrySimJob *job, FerrySimPhase phase)
{
    const FerrySimProtocolRow *row = ferry_sim_protocol(phase);

    job->phase = phase;
    job->point = FERRY_SIM_BEFORE;
    job->phase_fails = false;
    if (row->asks && !job->conductor_gone && is_cut_off(job, row)) {
        lose_connection(job);
        return;
    }
    job->due_us = job->world->now_us + (row->asks && is_remote(job, row) ? TRAVEL_US : 0);
    ferry_sim_strike_phase(job, phase, FERRY_SIM_BEFORE);
}

// The request is there.
static void
arrive(FerrySimJob *job)
{
    const FerrySimProtocolRow *row = ferry_sim_protocol(job->phase);
    FerrySimInstance *instance;

    // a destination at work goes on to the end of it, whoever waits
    if ((row->asks || row->side == FERRY_SIM_SRC) && !job->conductor_gone && is_cut_off(job, row)) {
        lose_connection(job);
        return;
    }
    if (row->enter != NULL && !row->enter(job)) {
        if (!job->over && job->phase == row->phase)
            ferry_sim_job_fail(
                job, FERRY_ERROR_MOVE_FAILED, 1,
                "internal error: unable to execute QEMU command 'cont': Failed to get \"write\" lock");
        return;
    }
    instance = row->side == FERRY_SIM_SRC ? job->src : job->dst;
    if (instance != NULL && instance->active && row->status != FERRY_SIM_STATUS_LAST)
        instance->status = row->status;
    job->world->changed = true;
    job->point = FERRY_SIM_IN;
    job->due_us = job->world->now_us + row->duration(job);
    ferry_sim_strike_phase(job, row->phase, FERRY_SIM_IN);
}

static void
tell_iteration(FerrySimJob *job)
{
    FerryVmEvent event = {
        .kind = FERRY_VM_EVENT_ITERATION,
        .iteration = (int)job->iteration,
    };

    ferry_sim_emit(job->src_host, job->machine->uuid, &event);
}

// The hook sees each pass; a fault strikes in the first.
static void
show_pass(FerrySimJob *job)
{
    if (job->world->hook != NULL)
        job->world->hook(job->world, job->phase, job->point, job->world->hook_data);
}

// A pass is over. True when the guest may be stopped now.
static bool
has_converged(FerrySimJob *job)
{
    uint64_t rest;

    if (job->copying) {
        if (!ferry_sim_copy_end(job))
            return false;
        ferry_sim_pass_begin(job, job->machine->memory_kib * 1024);
        job->due_us = ferry_sim_pass_end_us(job);
        show_pass(job);
        return false;
    }
    if ((job->flags & FERRY_MIGRATE_OFFLINE) != 0)
        return true;
    if (job->postcopy_asked) {
        rest = ferry_sim_pass_remaining(job);
        job->sent_bytes += job->pass_bytes - rest;
        rest +=
            ferry_sim_dirtied(job->machine, job->throttle, job->world->now_us - job->pass_start_us);
        ferry_sim_pass_begin(job, MIN(rest, job->machine->memory_kib * 1024));
        job->postcopy = true;
        return true;
    }
    if (ferry_sim_pass_next(job))
        return true;
    job->due_us = ferry_sim_pass_end_us(job);
    tell_iteration(job);
    show_pass(job);
    return false;
}

// The work of the row's side is done.
static void
finish_work(FerrySimJob *job)
{
    const FerrySimProtocolRow *row = ferry_sim_protocol(job->phase);
    bool failed;

    if (!job->conductor_gone && row->side == FERRY_SIM_SRC && is_cut_off(job, row)) {
        lose_connection(job);
        return;
    }
    // These two fail in their own way: the guest has gone over.
    failed =
        job->phase_fails && row->phase != FERRY_SIM_CONFIRM3 && row->phase != FERRY_SIM_FINISH3_END;
    if (failed && row->side == FERRY_SIM_DST && job->dst != NULL && job->dst->active)
        ferry_sim_instance_end(job->dst, FERRY_VM_REASON_FAILED);
    if (failed && ferry_sim_job_in_postcopy(job)) {
        ferry_sim_job_lose_half(job, job->src,
                                "operation failed: job 'migration in' failed in post-copy phase");
        return;
    }
    if (failed || (row->work != NULL && !row->work(job))) {
        ferry_sim_job_fail(job, FERRY_ERROR_MOVE_FAILED, 9,
                           "operation failed: domain is not processing the migration");
        return;
    }
    job->point = FERRY_SIM_AFTER;
    job->due_us = job->world->now_us + (row->answers && is_remote(job, row) ? TRAVEL_US : 0);
    if (job->phase_fails && row->phase == FERRY_SIM_FINISH3_END) {
        ferry_sim_job_answer_lost(job);
        return;
    }
    // The other end closed the connection while we worked: the answer goes nowhere.
    if (!job->conductor_gone && row->side == FERRY_SIM_DST && job->dst_broken && row->answers) {
        lose_connection(job);
        return;
    }
    ferry_sim_strike_phase(job, row->phase, FERRY_SIM_AFTER);
}

// The conductor has the answer.
static void
go_on(FerrySimJob *job)
{
    const FerrySimProtocolRow *row = ferry_sim_protocol(job->phase);

    if (row->next == FERRY_SIM_PHASE_LAST ||
        (job->conductor_gone && row->next != FERRY_SIM_FINISH3_END)) {
        ferry_sim_job_end(job);
        return;
    }
    ferry_sim_job_enter(job, row->next);
}

void
ferry_sim_job_step(FerrySimJob *job)
{
    int64_t now_us = job->world->now_us;

    if (job->dst_keepalive_us <= now_us || job->src_keepalive_us <= now_us ||
        job->client_keepalive_us <= now_us) {
        ferry_sim_job_keepalive(job);
        return;
    }
    if (!ferry_sim_job_can_go_on(job)) {
        job->due_us = FERRY_SIM_NEVER;
        return;
    }
    if (job->point == FERRY_SIM_IN && !job->conductor_gone && job->dst_broken &&
        job->dst_host->daemon == FERRY_SIM_DAEMON_KILLED &&
        ferry_sim_protocol(job->phase)->side == FERRY_SIM_DST) {
        lose_connection(job);
        return;
    }
    if (job->copy_failed && job->mirrors && job->phase <= FERRY_SIM_SWITCHOVER) {
        ferry_sim_job_fail(job, FERRY_ERROR_MOVE_FAILED, 9,
                           "operation failed: migration of disk vda failed");
        return;
    }
    switch (job->point) {
    case FERRY_SIM_BEFORE:
        arrive(job);
        return;
    case FERRY_SIM_IN:
        if (job->unattended)
            ferry_sim_job_unattended_done(job);
        else if (job->phase != FERRY_SIM_PERFORM3 || job->phase_fails || has_converged(job))
            finish_work(job);
        return;
    case FERRY_SIM_AFTER:
    case FERRY_SIM_POINT_LAST:
        go_on(job);
        return;
    }
}

void
ferry_sim_job_emit_ended(FerrySimJob *job)
{
    FerryVmEvent event = {.kind = FERRY_VM_EVENT_JOB_ENDED};

    ferry_sim_job_stats(job, FERRY_JOB_COMPLETED, &event.stats);
    ferry_sim_emit(job->src_host, job->machine->uuid, &event);
}
