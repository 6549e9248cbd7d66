// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A move and those who take part in it: what it does when one of them dies, falls silent or comes back.

#include "hypervisor/sim/job.h"

// Is the destination carrying out a request right now?
static bool
dst_is_at_work(const FerrySimJob *job)
{
    return (job->phase == FERRY_SIM_FINISH3 && job->point != FERRY_SIM_BEFORE) ||
           job->phase == FERRY_SIM_FINISH3_END;
}

static bool
transfers(const FerrySimJob *job)
{
    return job->point == FERRY_SIM_IN &&
           (job->phase == FERRY_SIM_PERFORM3 || job->phase == FERRY_SIM_SWITCHOVER ||
            ferry_sim_job_in_postcopy(job));
}

static bool
link_is_down(const FerrySimJob *job)
{
    return (job->link->cut & FERRY_SIM_CUT_MANAGEMENT) != 0;
}

bool
ferry_sim_job_conductor_acts(const FerrySimJob *job)
{
    if (job->conductor_gone)
        return true;
    return job->p2p ? job->src_host->daemon == FERRY_SIM_DAEMON_RUNNING
                    : !job->world->client_frozen;
}

// In the switchover QEMU writes the rest with its big lock held: over a cut link its monitor is dead until TCP gives
// up, or the link is mended (facts: measured with QEMU 7.2 and 10.0).
bool
ferry_sim_qemu_is_silent(const FerrySimInstance *instance)
{
    const FerrySimJob *job = instance->frozen ? NULL : ferry_sim_job_find(instance);

    if (job == NULL || job->src != instance || job->postcopy ||
        (job->link->cut & FERRY_SIM_CUT_MIGRATION) == 0)
        return instance->frozen;
    return job->stuck || (job->phase == FERRY_SIM_SWITCHOVER && job->point == FERRY_SIM_IN);
}

// A QEMU that is ended, or asked nothing, may be frozen; any other phase of its side waits for it.
static bool
waits_for_qemu(const FerrySimJob *job)
{
    const FerrySimInstance *instance =
        ferry_sim_protocol(job->phase)->side == FERRY_SIM_SRC ? job->src : job->dst;

    if (instance == NULL || job->point == FERRY_SIM_AFTER || !ferry_sim_qemu_is_silent(instance))
        return false;
    return job->phase != FERRY_SIM_CONFIRM3 && job->phase != FERRY_SIM_FINISH3_CANCEL &&
           job->phase != FERRY_SIM_FINISH3_END;
}

bool
ferry_sim_job_can_go_on(const FerrySimJob *job)
{
    const FerrySimProtocolRow *row = ferry_sim_protocol(job->phase);
    const FerrySimHost *executor = row->side == FERRY_SIM_SRC ? job->src_host : job->dst_host;
    bool ask_dst = row->side == FERRY_SIM_DST && !job->conductor_gone;
    bool conductor_acts = ferry_sim_job_conductor_acts(job);

    if (job->broken || (transfers(job) && job->stalled_us != 0))
        return false;
    // What can't be asked any more is noticed by the conductor alone.
    if (ask_dst && job->dst_broken && executor->daemon == FERRY_SIM_DAEMON_KILLED)
        return conductor_acts;
    if (job->point == FERRY_SIM_BEFORE && ask_dst && job->dst_broken)
        return conductor_acts;
    if (waits_for_qemu(job))
        return false;
    switch (job->point) {
    case FERRY_SIM_BEFORE:
        if (!row->asks)
            return executor->daemon == FERRY_SIM_DAEMON_RUNNING;
        return conductor_acts && executor->daemon == FERRY_SIM_DAEMON_RUNNING &&
               !(ask_dst && link_is_down(job));
    case FERRY_SIM_IN:
        return job->unattended || executor->daemon == FERRY_SIM_DAEMON_RUNNING;
    case FERRY_SIM_AFTER:
    case FERRY_SIM_POINT_LAST:
        if (!row->answers)
            return executor->daemon == FERRY_SIM_DAEMON_RUNNING;
        return conductor_acts && !(ask_dst && link_is_down(job));
    }
    return false;
}

// The connection over which an incoming machine came is closed: libvirt's autodestroy, unless Finish3 is
// at work on it.
static void
dst_connection_closed(FerrySimJob *job)
{
    FerrySimInstance *dst = job->dst;

    if (dst == NULL || dst->status != FERRY_SIM_STATUS_PREPARE)
        return;
    // libvirt's own, and nobody's order
    if (dst->postcopy)
        dst->machine->qemu_killed = true;
    if (job->dst_host->daemon == FERRY_SIM_DAEMON_RUNNING)
        ferry_sim_instance_end(dst, FERRY_VM_REASON_DESTROYED);
    else
        dst->abandoned = true;
}

// The conductor gives a request up that the destination may have: what becomes of it there.
static void
leave_request(FerrySimJob *job)
{
    FerrySimInstance *dst = job->dst;
    bool finish = job->phase == FERRY_SIM_FINISH3 || job->phase == FERRY_SIM_FINISH3_END;
    bool queued = job->dst_host->daemon == FERRY_SIM_DAEMON_FROZEN && !link_is_down(job);

    if (dst == NULL)
        return;
    if (!finish || (!dst_is_at_work(job) && !queued)) {
        dst_connection_closed(job);
        return;
    }
    if (job->dst_host->daemon == FERRY_SIM_DAEMON_RUNNING) {
        ferry_sim_dst_finish(dst, job->phase, job->point, job->flags);
    } else if (job->dst_host->daemon == FERRY_SIM_DAEMON_FROZEN) {
        dst->queued = job->phase;
        dst->queued_point = job->point;
        dst->queued_flags = job->flags;
    }
}

void
ferry_sim_job_src_daemon_gone(FerrySimJob *job)
{
    bool at_work = dst_is_at_work(job);

    if (!job->p2p) {
        job->src_broken = true;
        if (ferry_sim_protocol(job->phase)->side == FERRY_SIM_SRC && !job->conductor_gone)
            ferry_sim_job_fail(job, FERRY_ERROR_MOVE_FAILED, 38,
                               "End of file while reading data: Input/output error");
        return;
    }
    if (job->conductor_gone)
        return;
    ferry_sim_job_note(job, FERRY_ERROR_MOVE_FAILED, 38,
                       "End of file while reading data: Input/output error");
    if (ferry_sim_job_in_postcopy(job)) {
        ferry_sim_job_leave_postcopy(job, false);
        return;
    }
    job->conductor_gone = true;
    job->dst_keepalive_us = FERRY_SIM_NEVER;
    ferry_sim_job_reply(job);
    if (at_work && job->dst_host->daemon == FERRY_SIM_DAEMON_RUNNING)
        return; // the destination finishes alone
    leave_request(job);
    ferry_sim_job_end(job);
}

// Copies can't be given up over a link that is cut: the call returns once it is mended (facts: 'block copy job stuck
// until link returned'), or somebody aborts it.
static bool
hold_copies(FerrySimJob *job)
{
    if (!ferry_sim_copy_stands(job))
        return false;
    ferry_sim_job_note(job, FERRY_ERROR_MOVE_FAILED, 1,
                       "operation failed: Lost connection to destination host");
    job->copy_failed = true;
    return true;
}

void
ferry_sim_job_dst_daemon_gone(FerrySimJob *job)
{
    const FerrySimProtocolRow *row = ferry_sim_protocol(job->phase);
    bool performs =
        job->p2p && (job->phase == FERRY_SIM_PERFORM3 || job->phase == FERRY_SIM_SWITCHOVER);

    job->dst_broken = true;
    job->dst_keepalive_us = FERRY_SIM_NEVER;
    if (ferry_sim_job_in_postcopy(job)) {
        ferry_sim_job_note(job, FERRY_ERROR_MOVE_FAILED, 1,
                           "internal error: client socket is closed");
        ferry_sim_job_leave_postcopy(job, true);
        return;
    }
    if (job->conductor_gone) {
        ferry_sim_job_end(job);
        return;
    }
    if (job->p2p && job->src_host->daemon == FERRY_SIM_DAEMON_FROZEN)
        return; // it will see when it goes on
    if (hold_copies(job))
        return;
    if (row->side == FERRY_SIM_DST || performs)
        ferry_sim_job_fail(job, FERRY_ERROR_MOVE_FAILED, 1,
                           "internal error: client socket is closed");
}

// Managed direct: the source's daemon sees the connection close that began the job.
static void
src_connection_closed(FerrySimJob *job)
{
    FerrySimInstance *src = job->src;

    job->src_broken = true;
    if (src == NULL || job->src_host->daemon == FERRY_SIM_DAEMON_KILLED)
        return;
    if (job->src_host->daemon == FERRY_SIM_DAEMON_FROZEN)
        src->abandoned = true;
    else
        ferry_sim_act(src, ferry_sim_restart_rule(src->status)->client_gone,
                      FERRY_VM_REASON_DESTROYED);
}

void
ferry_sim_job_client_gone(FerrySimJob *job)
{
    bool confirms = (job->phase == FERRY_SIM_CONFIRM3 || job->phase == FERRY_SIM_CONFIRM3_CANCEL) &&
                    job->point != FERRY_SIM_BEFORE;

    ferry_sim_job_note(job, FERRY_ERROR_INTERNAL, 0, "client killed");
    ferry_sim_job_reply(job);
    if (job->p2p || job->conductor_gone)
        return;
    if (ferry_sim_job_in_postcopy(job)) {
        ferry_sim_job_leave_postcopy(job, true);
        return;
    }
    job->conductor_gone = true;
    job->dst_keepalive_us = FERRY_SIM_NEVER;
    job->src_keepalive_us = FERRY_SIM_NEVER;
    if (confirms && job->src_host->daemon == FERRY_SIM_DAEMON_RUNNING)
        return; // the source goes on with what it was asked
    src_connection_closed(job);
    job->dst_broken = true;
    if (dst_is_at_work(job) && job->dst_host->daemon == FERRY_SIM_DAEMON_RUNNING)
        return;
    leave_request(job);
    ferry_sim_job_end(job);
}

void
ferry_sim_job_src_qemu_gone(FerrySimJob *job)
{
    if (ferry_sim_job_is_split(job)) {
        ferry_sim_job_lose_half(job, job->dst, "operation failed: domain is not running");
        return;
    }
    if (job->conductor_gone)
        return;
    if (job->phase < FERRY_SIM_FINISH3 && (job->dst == NULL || !job->dst->has_memory))
        ferry_sim_job_fail(job, FERRY_ERROR_MOVE_FAILED, 55,
                           "operation failed: domain is not running");
}

void
ferry_sim_job_dst_qemu_gone(FerrySimJob *job)
{
    if (ferry_sim_job_is_split(job)) {
        ferry_sim_job_lose_half(job, job->src,
                                "operation failed: job 'migration out' failed in post-copy phase");
        return;
    }
    if (job->conductor_gone)
        return;
    if (job->phase <= FERRY_SIM_SWITCHOVER)
        ferry_sim_job_fail(
            job, FERRY_ERROR_MOVE_FAILED, 9,
            "operation failed: job 'migration out' failed: Unable to write to socket: Connection reset by peer");
}

// The QEMUs lose or find each other again; neither ever gives up by itself.
static void
stall(FerrySimJob *job, bool stalled)
{
    int64_t now_us = job->world->now_us;

    if (job->broken || stalled == (job->stalled_us != 0))
        return;
    if (stalled) {
        job->stalled_us = MAX(now_us, 1);
        if (ferry_sim_job_in_postcopy(job) && job->dst != NULL)
            ferry_sim_instance_halt(job->dst);
        return;
    }
    job->pass_start_us += now_us - job->stalled_us;
    if (transfers(job))
        job->due_us = job->copy_failed ? now_us : MAX(now_us, ferry_sim_pass_end_us(job));
    job->stalled_us = 0;
    if (job->dst_host->disk_full)
        ferry_sim_copy_full(job);
    if (ferry_sim_job_in_postcopy(job) && job->dst != NULL && job->dst->active)
        (void)ferry_sim_instance_start(job->dst, FERRY_VM_REASON_POSTCOPY);
}

static bool
transfer_stands(const FerrySimJob *job)
{
    return (job->link->cut & FERRY_SIM_CUT_MIGRATION) != 0 ||
           (job->src != NULL && job->src->frozen) || (job->dst != NULL && job->dst->frozen);
}

static int64_t
arm(int64_t timer_us, bool silent, int64_t when_us)
{
    if (!silent)
        return FERRY_SIM_NEVER;
    return timer_us == FERRY_SIM_NEVER ? when_us : timer_us;
}

void
ferry_sim_job_refresh(FerrySimJob *job)
{
    int64_t now_us = job->world->now_us;
    int64_t daemon_us = now_us + FERRY_SIM_DAEMON_KEEPALIVE_US;
    int64_t client_us = now_us + FERRY_SIM_CLIENT_KEEPALIVE_US;
    bool src_frozen = job->src_host->daemon == FERRY_SIM_DAEMON_FROZEN;
    bool dst_frozen = job->dst_host->daemon == FERRY_SIM_DAEMON_FROZEN;
    // Two that are frozen both count nothing, and ask each other first when they go on (virKeepAliveTimerInternal).
    bool dst_silent = !(job->p2p && src_frozen && dst_frozen) &&
                      (dst_frozen || link_is_down(job) || (job->p2p && src_frozen));

    stall(job, transfer_stands(job));
    job->dst_keepalive_us =
        arm(job->dst_keepalive_us, dst_silent && !job->dst_broken && !job->conductor_gone,
            job->p2p ? daemon_us : client_us);
    job->src_keepalive_us =
        arm(job->src_keepalive_us,
            !job->p2p && src_frozen && !job->src_broken && !job->conductor_gone, client_us);
    job->client_keepalive_us =
        arm(job->client_keepalive_us, job->p2p && src_frozen && !job->replied, client_us);
    if (job->broken)
        ferry_sim_job_refresh_broken(job);
    else if (job->due_us == FERRY_SIM_NEVER && ferry_sim_job_can_go_on(job))
        job->due_us = now_us;
}

static void
give_up_dst(FerrySimJob *job)
{
    const FerrySimProtocolRow *row = ferry_sim_protocol(job->phase);
    bool performs =
        job->p2p && (job->phase == FERRY_SIM_PERFORM3 || job->phase == FERRY_SIM_SWITCHOVER);
    bool dst_died;

    job->dst_broken = true;
    if (ferry_sim_job_in_postcopy(job)) {
        ferry_sim_job_note(job, FERRY_ERROR_MOVE_FAILED, 1,
                           "internal error: client socket is closed");
        ferry_sim_job_leave_postcopy(job, true);
        return;
    }
    if (job->p2p && job->src_host->daemon == FERRY_SIM_DAEMON_FROZEN) {
        dst_connection_closed(job); // the destination gave up; the source will see when it goes on
        return;
    }
    if (row->side == FERRY_SIM_DST)
        leave_request(job);
    else
        dst_connection_closed(job);
    if (hold_copies(job))
        return;
    dst_died = job->dst == NULL || !job->dst->active;
    if (row->side == FERRY_SIM_DST || performs || (dst_died && job->phase <= FERRY_SIM_SWITCHOVER))
        ferry_sim_job_fail(job, FERRY_ERROR_MOVE_FAILED, 1,
                           "internal error: client socket is closed");
}

static void
give_up_src(FerrySimJob *job)
{
    src_connection_closed(job);
    if (ferry_sim_protocol(job->phase)->side == FERRY_SIM_SRC)
        ferry_sim_job_fail(job, FERRY_ERROR_MOVE_FAILED, 1,
                           "internal error: connection closed due to keepalive timeout");
}

void
ferry_sim_job_keepalive(FerrySimJob *job)
{
    int64_t now_us = job->world->now_us;

    if (job->client_keepalive_us <= now_us) {
        ferry_sim_job_note(job, FERRY_ERROR_MOVE_FAILED, 1,
                           "internal error: connection closed due to keepalive timeout");
        ferry_sim_job_reply(job);
    } else if (job->src_keepalive_us <= now_us) {
        job->src_keepalive_us = FERRY_SIM_NEVER;
        give_up_src(job);
    } else {
        job->dst_keepalive_us = FERRY_SIM_NEVER;
        give_up_dst(job);
    }
}

void
ferry_sim_job_answer_lost(FerrySimJob *job)
{
    const FerrySimProtocolRow *row = ferry_sim_protocol(job->phase);

    if (row->side == FERRY_SIM_DST) {
        job->dst_broken = true;
        leave_request(job);
    }
    if (row->side == FERRY_SIM_DST || job->phase <= FERRY_SIM_SWITCHOVER)
        ferry_sim_job_fail(job, FERRY_ERROR_MOVE_FAILED, 1,
                           "internal error: client socket is closed");
}

bool
ferry_sim_job_abort(FerrySimJob *job)
{
    if (job->unattended || ferry_sim_job_in_postcopy(job))
        return false;
    if (job->phase < FERRY_SIM_PERFORM3) {
        job->abort_asked = true;
        return true;
    }
    // Later than that it has no effect: QEMU has nothing left to cancel.
    if (job->phase <= FERRY_SIM_SWITCHOVER && (job->dst == NULL || !job->dst->has_memory))
        ferry_sim_job_fail(job, FERRY_ERROR_CANCELLED, 78,
                           "operation aborted: migration out job: canceled by client");
    return true;
}
