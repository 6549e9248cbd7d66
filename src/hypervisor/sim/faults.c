// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Accidents: when an armed one strikes, and what each does to hosts and links. What a move makes of it is in
// links.c, what a daemon that starts again makes of it in restart.c.

#include "hypervisor/sim/job.h"

// A fault that has come to its call and strikes when that call is over.
#define RIPE G_MAXUINT

static const char *const fault_names[FERRY_SIM_FAULT_LAST] = {
    [FERRY_SIM_FAULT_NONE] = "none",
    [FERRY_SIM_FAULT_SRC_DAEMON_KILLED] = "src-daemon-killed",
    [FERRY_SIM_FAULT_DST_DAEMON_KILLED] = "dst-daemon-killed",
    [FERRY_SIM_FAULT_BOTH_DAEMONS_KILLED] = "both-daemons-killed",
    [FERRY_SIM_FAULT_SRC_DAEMON_FROZEN] = "src-daemon-frozen",
    [FERRY_SIM_FAULT_DST_DAEMON_FROZEN] = "dst-daemon-frozen",
    [FERRY_SIM_FAULT_SRC_QEMU_KILLED] = "src-qemu-killed",
    [FERRY_SIM_FAULT_DST_QEMU_KILLED] = "dst-qemu-killed",
    [FERRY_SIM_FAULT_MANAGEMENT_CUT] = "management-cut",
    [FERRY_SIM_FAULT_MIGRATION_CUT] = "migration-cut",
    [FERRY_SIM_FAULT_ALL_CUT] = "all-cut",
    [FERRY_SIM_FAULT_CLIENT_KILLED] = "client-killed",
    [FERRY_SIM_FAULT_ABORTED] = "aborted",
    [FERRY_SIM_FAULT_PHASE_FAILS] = "phase-fails",
    [FERRY_SIM_FAULT_BOTH_DAEMONS_FROZEN] = "both-daemons-frozen",
    [FERRY_SIM_FAULT_SRC_QEMU_FROZEN] = "src-qemu-frozen",
    [FERRY_SIM_FAULT_DST_QEMU_FROZEN] = "dst-qemu-frozen",
    [FERRY_SIM_FAULT_CLIENT_FROZEN] = "client-frozen",
    [FERRY_SIM_FAULT_DST_DISK_FULL] = "dst-disk-full",
};

const char *
ferry_sim_fault_name(FerrySimFaultKind kind)
{
    return fault_names[kind];
}

const char *
ferry_sim_point_name(FerrySimPoint point)
{
    static const char *const names[] = {"before", "in", "after"};

    g_return_val_if_fail(point < FERRY_SIM_POINT_LAST, "");
    return names[point];
}

static int64_t
end_of(const FerrySimWorld *world, int64_t duration_us)
{
    return duration_us > 0 ? world->now_us + duration_us : FERRY_SIM_NEVER;
}

// A copy that keeps every job alive while the world's own list changes.
static GPtrArray *
jobs_now(FerrySimWorld *world)
{
    GPtrArray *jobs = g_ptr_array_new_full(world->jobs->len, (GDestroyNotify)ferry_sim_job_unref);

    for (unsigned i = 0; i < world->jobs->len; i++)
        g_ptr_array_add(jobs, ferry_sim_job_ref(world->jobs->pdata[i]));
    return jobs;
}

// Returns: a reference to the move of @instance, or NULL.
static FerrySimJob *
job_of(const FerrySimInstance *instance)
{
    FerrySimJob *job = ferry_sim_job_find(instance);

    return job == NULL ? NULL : ferry_sim_job_ref(job);
}

static void
refresh_jobs(FerrySimWorld *world)
{
    g_autoptr(GPtrArray) jobs = jobs_now(world);

    world->changed = true;
    for (unsigned i = 0; i < jobs->len; i++) {
        FerrySimJob *job = jobs->pdata[i];
        if (!job->over)
            ferry_sim_job_refresh(job);
    }
}

void
ferry_sim_host_kill(FerrySimHost *host, int64_t duration_us)
{
    FerrySimWorld *world = host->world;
    g_autoptr(GPtrArray) jobs = jobs_now(world);

    if (host->daemon == FERRY_SIM_DAEMON_KILLED)
        return;
    host->daemon = FERRY_SIM_DAEMON_KILLED;
    host->daemon_due_us = end_of(world, duration_us);
    host->generation++;
    for (unsigned i = 0; i < host->instances->len; i++) {
        FerrySimInstance *instance = host->instances->pdata[i];
        instance->queued = FERRY_SIM_PHASE_LAST;
    }
    for (unsigned i = 0; i < jobs->len; i++) {
        FerrySimJob *job = jobs->pdata[i];
        if (job->over)
            continue;
        if (job->src_host == host)
            ferry_sim_job_src_daemon_gone(job);
        else if (job->dst_host == host)
            ferry_sim_job_dst_daemon_gone(job);
    }
    ferry_sim_emit_disconnected(host, NULL);
    refresh_jobs(world);
}

void
ferry_sim_host_freeze(FerrySimHost *host, int64_t duration_us)
{
    if (host->daemon != FERRY_SIM_DAEMON_RUNNING)
        return;
    host->daemon = FERRY_SIM_DAEMON_FROZEN;
    host->daemon_due_us = end_of(host->world, duration_us);
    refresh_jobs(host->world);
}

// A daemon that was frozen: first what lies in its sockets, then the connections that are closed.
static void
thaw_instance(FerrySimInstance *instance)
{
    g_autoptr(FerrySimJob) job = job_of(instance);

    if (instance->queued != FERRY_SIM_PHASE_LAST) {
        ferry_sim_dst_finish(instance, instance->queued, instance->queued_point,
                             instance->queued_flags);
        return;
    }
    if (!instance->abandoned)
        return;
    // A Confirm3 that was begun is done to its end, whoever waits for it.
    if (instance->status == FERRY_SIM_STATUS_CONFIRM3 ||
        instance->status == FERRY_SIM_STATUS_CONFIRM3_CANCELLED)
        ferry_sim_act(instance, ferry_sim_restart_rule(instance->status)->restart,
                      FERRY_VM_REASON_MIGRATED);
    else
        ferry_sim_act(instance, ferry_sim_restart_rule(instance->status)->client_gone,
                      FERRY_VM_REASON_DESTROYED);
    if (job != NULL && !job->over && job->dst == NULL)
        ferry_sim_job_dst_qemu_gone(job);
}

static void
recover_instance(FerrySimInstance *instance)
{
    const FerrySimRestartRule *rule = ferry_sim_restart_rule(instance->status);

    instance->abandoned = false;
    if (!instance->active) {
        instance->status = FERRY_SIM_STATUS_NONE;
        instance->reason = FERRY_VM_REASON_OTHER; // not kept over a restart
        return;
    }
    // virDomainObj's reason of a QEMU ended by a daemon that starts is 'daemon', which we fold.
    ferry_sim_act(instance, instance->postcopy ? rule->restart_postcopy : rule->restart,
                  FERRY_VM_REASON_OTHER);
}

void
ferry_sim_host_restart(FerrySimHost *host)
{
    FerrySimDaemon before = host->daemon;

    host->daemon = FERRY_SIM_DAEMON_RUNNING;
    host->daemon_due_us = FERRY_SIM_NEVER;
    if (before == FERRY_SIM_DAEMON_RUNNING)
        return;
    // Backwards: an instance may go while it is looked at.
    for (unsigned i = host->instances->len; i > 0; i--) {
        FerrySimInstance *instance = host->instances->pdata[i - 1];
        if (before == FERRY_SIM_DAEMON_KILLED)
            recover_instance(instance);
        else
            thaw_instance(instance);
    }
    refresh_jobs(host->world);
}

void
ferry_sim_qemu_kill(FerrySimInstance *instance, FerryVmReason reason)
{
    g_autoptr(FerrySimJob) job = job_of(instance);
    bool is_src = job != NULL && job->src == instance;

    if (!instance->active)
        return;
    if (reason == FERRY_VM_REASON_CRASHED && instance->has_memory)
        instance->machine->qemu_killed = true;
    ferry_sim_instance_end(instance, reason);
    if (job == NULL || job->over)
        return;
    if (is_src)
        ferry_sim_job_src_qemu_gone(job);
    else
        ferry_sim_job_dst_qemu_gone(job);
    // who waited for it waits no longer
    refresh_jobs(job->world);
}

void
ferry_sim_qemu_freeze(FerrySimInstance *instance, int64_t duration_us)
{
    FerrySimWorld *world = instance->host->world;
    bool ran = instance->runs;

    if (!instance->active || instance->frozen)
        return;
    ferry_sim_instance_halt(instance);
    instance->frozen = true;
    instance->frozen_ran = ran;
    instance->thaw_us = end_of(world, duration_us);
    g_ptr_array_add(world->frozen, instance);
    refresh_jobs(world);
}

void
ferry_sim_qemu_thaw(FerrySimInstance *instance)
{
    FerrySimWorld *world = instance->host->world;
    bool ran = instance->frozen_ran;

    if (!g_ptr_array_remove(world->frozen, instance))
        return;
    instance->frozen = false;
    instance->frozen_ran = false;
    if (ran)
        ferry_sim_instance_run(instance);
    refresh_jobs(world);
}

void
ferry_sim_disk_fill(FerrySimHost *host, int64_t duration_us)
{
    host->disk_full = true;
    host->disk_due_us = end_of(host->world, duration_us);
    ferry_sim_copy_no_room(host);
}

void
ferry_sim_link_cut(FerrySimLink *link, unsigned what, int64_t duration_us)
{
    link->cut |= what;
    link->cut_due_us = end_of(link->a->world, duration_us);
    refresh_jobs(link->a->world);
}

void
ferry_sim_link_mend(FerrySimLink *link)
{
    link->cut = 0;
    link->cut_due_us = FERRY_SIM_NEVER;
    refresh_jobs(link->a->world);
}

void
ferry_sim_client_die(FerrySimWorld *world)
{
    g_autoptr(GPtrArray) jobs = NULL;

    ferry_sim_lock(world);
    jobs = jobs_now(world);
    world->client_dead = true;
    g_ptr_array_set_size(world->watches, 0);
    for (unsigned i = 0; i < jobs->len; i++) {
        FerrySimJob *job = jobs->pdata[i];
        if (!job->over && !job->replied)
            ferry_sim_job_client_gone(job);
    }
    ferry_sim_unlock(world);
}

void
ferry_sim_client_freeze(FerrySimWorld *world, int64_t duration_us)
{
    ferry_sim_lock(world);
    if (!world->client_dead && !world->client_frozen) {
        world->client_frozen = true;
        world->client_due_us = end_of(world, duration_us);
        world->client_gone_us = world->now_us + FERRY_SIM_DAEMON_KEEPALIVE_US;
        refresh_jobs(world);
    }
    ferry_sim_unlock(world);
}

void
ferry_sim_client_give_up(FerrySimWorld *world)
{
    g_autoptr(GPtrArray) jobs = jobs_now(world);

    world->client_gone_us = FERRY_SIM_NEVER;
    world->client_generation++;
    for (unsigned i = 0; i < jobs->len; i++) {
        FerrySimJob *job = jobs->pdata[i];
        if (job->over || job->replied)
            continue;
        ferry_sim_job_note(job, FERRY_ERROR_MOVE_FAILED, 1,
                           "internal error: client socket is closed");
        ferry_sim_job_client_gone(job);
    }
}

void
ferry_sim_client_thaw(FerrySimWorld *world)
{
    world->client_frozen = false;
    world->client_due_us = FERRY_SIM_NEVER;
    world->client_gone_us = FERRY_SIM_NEVER;
    ferry_sim_deliver_held(world);
    refresh_jobs(world);
}

static void
strike_qemu(FerrySimHost *host, const char *uuid, const FerrySimFault *fault)
{
    FerrySimInstance *instance = ferry_sim_instance_find(host, uuid);

    if (instance == NULL)
        return;
    if (fault->kind == FERRY_SIM_FAULT_SRC_QEMU_FROZEN ||
        fault->kind == FERRY_SIM_FAULT_DST_QEMU_FROZEN)
        ferry_sim_qemu_freeze(instance, fault->duration_us);
    else
        ferry_sim_qemu_kill(instance, FERRY_VM_REASON_CRASHED);
}

// What only a move that is under way can suffer.
static void
strike_job(FerrySimJob *job, const FerrySimFault *fault)
{
    if (job == NULL || job->over)
        return;
    if (fault->kind == FERRY_SIM_FAULT_ABORTED)
        (void)ferry_sim_job_abort(job);
    else if (job->point == FERRY_SIM_AFTER)
        ferry_sim_job_answer_lost(job);
    else
        job->phase_fails = true;
}

static void
strike(FerrySimWorld *world, FerrySimJob *job, const FerrySimFault *fault)
{
    FerrySimHost *src = world->last_src;
    FerrySimHost *dst = world->last_dst;
    int64_t duration_us = fault->duration_us;

    if (fault->kind == FERRY_SIM_FAULT_CLIENT_KILLED)
        ferry_sim_client_die(world);
    if (fault->kind == FERRY_SIM_FAULT_CLIENT_FROZEN)
        ferry_sim_client_freeze(world, duration_us);
    if (src == NULL || dst == NULL)
        return;
    switch (fault->kind) {
    case FERRY_SIM_FAULT_SRC_DAEMON_KILLED:
        ferry_sim_host_kill(src, duration_us);
        return;
    case FERRY_SIM_FAULT_DST_DAEMON_KILLED:
        ferry_sim_host_kill(dst, duration_us);
        return;
    case FERRY_SIM_FAULT_BOTH_DAEMONS_KILLED:
        ferry_sim_host_kill(dst, duration_us);
        ferry_sim_host_kill(src, duration_us);
        return;
    case FERRY_SIM_FAULT_SRC_DAEMON_FROZEN:
        ferry_sim_host_freeze(src, duration_us);
        return;
    case FERRY_SIM_FAULT_DST_DAEMON_FROZEN:
        ferry_sim_host_freeze(dst, duration_us);
        return;
    case FERRY_SIM_FAULT_BOTH_DAEMONS_FROZEN:
        ferry_sim_host_freeze(dst, duration_us);
        ferry_sim_host_freeze(src, duration_us);
        return;
    case FERRY_SIM_FAULT_SRC_QEMU_KILLED:
    case FERRY_SIM_FAULT_SRC_QEMU_FROZEN:
        strike_qemu(src, world->last_uuid, fault);
        return;
    case FERRY_SIM_FAULT_DST_QEMU_KILLED:
    case FERRY_SIM_FAULT_DST_QEMU_FROZEN:
        strike_qemu(dst, world->last_uuid, fault);
        return;
    case FERRY_SIM_FAULT_DST_DISK_FULL:
        ferry_sim_disk_fill(dst, duration_us);
        return;
    case FERRY_SIM_FAULT_MANAGEMENT_CUT:
        ferry_sim_link_cut(ferry_sim_link(world, src, dst), FERRY_SIM_CUT_MANAGEMENT, duration_us);
        return;
    case FERRY_SIM_FAULT_MIGRATION_CUT:
        ferry_sim_link_cut(ferry_sim_link(world, src, dst), FERRY_SIM_CUT_MIGRATION, duration_us);
        return;
    case FERRY_SIM_FAULT_ALL_CUT:
        ferry_sim_link_cut(ferry_sim_link(world, src, dst),
                           FERRY_SIM_CUT_MANAGEMENT | FERRY_SIM_CUT_MIGRATION, duration_us);
        return;
    case FERRY_SIM_FAULT_ABORTED:
    case FERRY_SIM_FAULT_PHASE_FAILS:
        strike_job(job, fault);
        return;
    case FERRY_SIM_FAULT_CLIENT_KILLED:
    case FERRY_SIM_FAULT_CLIENT_FROZEN:
    case FERRY_SIM_FAULT_NONE:
    case FERRY_SIM_FAULT_LAST:
        return;
    }
}

void
ferry_sim_strike_phase(FerrySimJob *job, FerrySimPhase phase, FerrySimPoint point)
{
    FerrySimWorld *world = job->world;
    g_autoptr(FerrySimJob) keep = ferry_sim_job_ref(job);

    if (world->hook != NULL)
        world->hook(world, phase, point, world->hook_data);
    for (unsigned i = 0; i < world->faults->len; i++) {
        FerrySimFault fault = g_array_index(world->faults, FerrySimFault, i);
        if (fault.call != 0 || fault.phase != phase || fault.point != point)
            continue;
        g_array_remove_index(world->faults, i);
        world->changed = true;
        strike(world, keep, &fault);
        return;
    }
}

static FerrySimJob *
job_now(const FerrySimWorld *world)
{
    return world->jobs->len > 0 ? ferry_sim_job_ref(world->jobs->pdata[0]) : NULL;
}

bool
ferry_sim_strike_timed(FerrySimWorld *world)
{
    for (unsigned i = 0; i < world->timed->len; i++) {
        FerrySimTimed timed = g_array_index(world->timed, FerrySimTimed, i);
        g_autoptr(FerrySimJob) job = NULL;

        if (timed.at_us > world->now_us)
            continue;
        g_array_remove_index(world->timed, i);
        job = job_now(world);
        strike(world, job, &timed.fault);
        return true;
    }
    return false;
}

void
ferry_sim_strike(FerrySimWorld *world, const FerrySimFault *fault, int64_t delay_us)
{
    FerrySimTimed timed = {.fault = *fault};
    g_autoptr(FerrySimJob) job = NULL;

    ferry_sim_lock(world);
    timed.at_us = world->now_us + delay_us;
    job = job_now(world);
    if (delay_us > 0)
        g_array_append_val(world->timed, timed);
    else
        strike(world, job, fault);
    ferry_sim_unlock(world);
}

void
ferry_sim_strike_call(FerrySimWorld *world, FerrySimPoint point)
{
    for (unsigned i = 0; i < world->faults->len; i++) {
        FerrySimFault *armed = &g_array_index(world->faults, FerrySimFault, i);
        FerrySimFault fault = *armed;
        FerrySimJob *job;

        if (fault.call == 0 || (fault.call == RIPE) != (point == FERRY_SIM_AFTER))
            continue;
        if (fault.call != RIPE && fault.call > 1) {
            armed->call--;
            continue;
        }
        if (fault.call == 1 && fault.point != FERRY_SIM_BEFORE) {
            armed->call = RIPE;
            continue;
        }
        g_array_remove_index(world->faults, i--);
        world->changed = true;
        job = job_now(world);
        strike(world, job, &fault);
        g_clear_pointer(&job, ferry_sim_job_unref);
    }
}
