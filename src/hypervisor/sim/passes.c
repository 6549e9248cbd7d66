// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Pre-copy in closed form: a pass sends what was dirtied in the pass before, so that V(0) is the memory and
// V(i+1) = U(V(i) / B) with U(T) = W (1 - exp(-rT/W)). The guest stands still once the rest fits into the
// downtime allowed. QEMU: migration_completion_precopy's threshold, bandwidth * downtime-limit.

#include <math.h>

#include "hypervisor/sim/job.h"

#define PAGE_SIZE 4096
// QEMU: cpu-throttle-initial, -increment and max-cpu-throttle.
#define THROTTLE_INITIAL   20
#define THROTTLE_INCREMENT 10
#define THROTTLE_MAX       99

uint64_t
ferry_sim_dirtied(const FerrySimMachine *machine, int throttle, int64_t duration_us)
{
    double working_set = (double)machine->working_set;
    double seconds = (double)duration_us / G_USEC_PER_SEC;
    double rate = (double)machine->dirty_bps * (100 - throttle) / 100;

    if (machine->working_set == 0 || machine->dirty_bps == 0 || duration_us <= 0)
        return 0;
    return (uint64_t)(working_set * -expm1(-rate * seconds / working_set));
}

// The link gives up to two in a hundred less than it could, a little otherwise at each pass.
static uint64_t
pick_rate(FerrySimJob *job)
{
    uint64_t rate = job->link->spec.rate_bps;
    uint64_t limit = job->bandwidth_bps;

    rate -= rate / 10000 * ferry_sim_random(job->world, 200);
    if (job->copying && job->copy_speed_set)
        limit = job->copy_bps * job->copy_count;
    else if (job->copying)
        limit *= job->copy_count;
    if (limit != 0)
        rate = MIN(rate, limit);
    return MAX(rate, 1);
}

void
ferry_sim_pass_begin(FerrySimJob *job, uint64_t bytes)
{
    job->pass_bytes = bytes;
    job->pass_rate = pick_rate(job);
    job->pass_start_us = job->world->now_us;
}

int64_t
ferry_sim_pass_end_us(const FerrySimJob *job)
{
    double seconds = (double)job->pass_bytes / (double)job->pass_rate;

    return job->pass_start_us + (int64_t)(seconds * G_USEC_PER_SEC) + 1;
}

uint64_t
ferry_sim_pass_remaining(const FerrySimJob *job)
{
    int64_t until_us = job->stalled_us != 0 ? job->stalled_us : job->world->now_us;
    double seconds = (double)(until_us - job->pass_start_us) / G_USEC_PER_SEC;
    uint64_t sent = (uint64_t)(MAX(seconds, 0) * (double)job->pass_rate);

    return sent < job->pass_bytes ? job->pass_bytes - sent : 0;
}

// QEMU's migration_trigger_throttle: twice in a row more than half as much dirtied as sent.
static void
throttle(FerrySimJob *job, uint64_t dirtied)
{
    if ((job->flags & FERRY_MIGRATE_AUTO_CONVERGE) == 0 || job->iteration < 2 ||
        dirtied * 2 <= job->pass_bytes)
        return;
    job->throttle = job->throttle == 0 ? THROTTLE_INITIAL
                                       : MIN(job->throttle + THROTTLE_INCREMENT, THROTTLE_MAX);
}

bool
ferry_sim_pass_next(FerrySimJob *job)
{
    int64_t now_us = job->world->now_us;
    uint64_t dirtied = 0;

    if (job->src != NULL && job->src->runs)
        dirtied = ferry_sim_dirtied(job->machine, job->throttle, now_us - job->pass_start_us);
    job->sent_bytes += job->pass_bytes;
    job->pass_last_us = now_us - job->pass_start_us;
    job->last_dirty_bytes = dirtied;
    job->iteration++;
    throttle(job, dirtied);
    ferry_sim_pass_begin(job, dirtied);
    return (double)dirtied / (double)job->pass_rate * 1000 <= job->max_downtime_ms;
}

void
ferry_sim_job_stats(const FerrySimJob *job, FerryJobKind kind, FerryJobStats *ret_stats)
{
    bool moving = kind == FERRY_JOB_ACTIVE && job->started_us != 0 && job->pass_rate != 0;
    uint64_t remaining = moving ? ferry_sim_pass_remaining(job) : 0;
    uint64_t sent = job->sent_bytes + (moving ? job->pass_bytes - remaining : 0);
    uint64_t total = job->machine->memory_kib * 1024;

    *ret_stats = (FerryJobStats){
        .kind = kind,
        .operation = FERRY_JOB_OP_MIGRATION_OUT,
        .downtime_ms = (uint64_t)job->downtime_us / 1000,
        .data_total = total,
        .data_processed = sent,
        .data_remaining = remaining,
        .memory_total = total,
        .memory_processed = sent,
        .memory_remaining = remaining,
        .page_size = PAGE_SIZE,
    };
    if (job->started_us == 0)
        return;
    ret_stats->elapsed_ms = (uint64_t)(job->world->now_us - job->started_us) / 1000;
    ret_stats->memory_bps = job->pass_rate;
    ret_stats->iteration = job->iteration;
    ret_stats->throttle_percent = job->throttle;
    ret_stats->setup_ms = 1;
    // As QEMU: not known before the second dirty sync.
    if (job->iteration > 1 && job->pass_last_us > 0)
        ret_stats->memory_dirty_rate = (uint64_t)((double)job->last_dirty_bytes / PAGE_SIZE /
                                                  ((double)job->pass_last_us / G_USEC_PER_SEC));
    ferry_sim_copy_stats(job, ret_stats);
}
