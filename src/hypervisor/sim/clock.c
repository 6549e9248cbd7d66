// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Virtual time: whoever waits lets what is due happen, in the order in which it is due.

#include "hypervisor/sim/job.h"

// 2026-01-01T00:00:00Z: where the wall clock of a world begins.
#define EPOCH_US (INT64_C(1767225600) * G_USEC_PER_SEC)

static int64_t
clock_monotonic_us(FerryClock *clock)
{
    FerrySimWorld *world = (FerrySimWorld *)clock;
    int64_t now_us;

    ferry_sim_lock(world);
    ferry_sim_catch_up(world);
    now_us = world->now_us;
    ferry_sim_unlock(world);
    return now_us;
}

static int64_t
clock_wall_us(FerryClock *clock)
{
    FerrySimWorld *world = (FerrySimWorld *)clock;

    return world->epoch_us + clock_monotonic_us(clock);
}

static void
clock_sleep_us(FerryClock *clock, int64_t microseconds)
{
    ferry_sim_advance((FerrySimWorld *)clock, microseconds);
}

void
ferry_sim_clock_init(FerrySimWorld *world)
{
    world->clock = (FerryClock){
        .monotonic_us = clock_monotonic_us,
        .wall_us = clock_wall_us,
        .sleep_us = clock_sleep_us,
    };
    world->epoch_us = EPOCH_US;
    world->real_start_us = g_get_monotonic_time();
}

FerryClock *
ferry_sim_clock(FerrySimWorld *world)
{
    return &world->clock;
}

void
ferry_sim_advance(FerrySimWorld *world, int64_t microseconds)
{
    int64_t deadline_us;

    ferry_sim_lock(world);
    ferry_sim_catch_up(world);
    deadline_us = world->now_us + MAX(microseconds, 0);
    if (world->realtime <= 0) {
        ferry_sim_run_until(world, deadline_us);
        ferry_sim_wait_while_frozen(world);
    }
    ferry_sim_unlock(world);
    if (world->realtime <= 0)
        return;
    g_usleep((unsigned long)((double)microseconds * world->realtime));
    ferry_sim_lock(world);
    ferry_sim_run_until(world, deadline_us);
    ferry_sim_unlock(world);
}

void
ferry_sim_lock(FerrySimWorld *world)
{
    g_rec_mutex_lock(&world->lock);
}

void
ferry_sim_unlock(FerrySimWorld *world)
{
    if (world->persist && world->changed)
        ferry_sim_world_save(world);
    g_rec_mutex_unlock(&world->lock);
}

void
ferry_sim_catch_up(FerrySimWorld *world)
{
    double passed;

    if (world->realtime <= 0)
        return;
    passed = (double)(g_get_monotonic_time() - world->real_start_us) / world->realtime;
    ferry_sim_run_until(world, (int64_t)passed);
}

int64_t
ferry_sim_next_due(FerrySimWorld *world)
{
    int64_t due_us = FERRY_SIM_NEVER;

    for (unsigned i = 0; i < world->jobs->len; i++)
        due_us = MIN(due_us, ferry_sim_job_due(world->jobs->pdata[i]));
    for (unsigned i = 0; i < world->hosts->len; i++) {
        const FerrySimHost *host = world->hosts->pdata[i];
        due_us = MIN(due_us, MIN(host->daemon_due_us, host->disk_due_us));
    }
    for (unsigned i = 0; i < world->frozen->len; i++) {
        const FerrySimInstance *instance = world->frozen->pdata[i];
        due_us = MIN(due_us, instance->thaw_us);
    }
    for (unsigned i = 0; i < world->timed->len; i++)
        due_us = MIN(due_us, g_array_index(world->timed, FerrySimTimed, i).at_us);
    due_us = MIN(due_us, MIN(world->client_due_us, world->client_gone_us));
    for (unsigned i = 0; i < world->links->len; i++) {
        const FerrySimLink *link = world->links->pdata[i];
        due_us = MIN(due_us, link->cut_due_us);
    }
    if (!world->client_frozen && !world->client_dead)
        due_us = MIN(due_us, world->tick_due_us);
    return due_us;
}

static bool
client_happens(FerrySimWorld *world)
{
    if (world->client_gone_us <= world->now_us) {
        ferry_sim_client_give_up(world);
        return true;
    }
    if (world->client_due_us <= world->now_us) {
        ferry_sim_client_thaw(world);
        return true;
    }
    if (world->tick_due_us > world->now_us || world->client_frozen || world->client_dead)
        return false;
    world->tick_due_us = world->now_us + world->tick_period_us;
    world->tick(world, world->tick_data);
    return true;
}

static bool
hosts_happen(FerrySimWorld *world)
{
    for (unsigned i = 0; i < world->hosts->len; i++) {
        FerrySimHost *host = world->hosts->pdata[i];
        if (host->disk_due_us <= world->now_us) {
            host->disk_full = false;
            host->disk_due_us = FERRY_SIM_NEVER;
        }
        if (host->daemon_due_us <= world->now_us) {
            ferry_sim_host_restart(host);
            return true;
        }
    }
    for (unsigned i = 0; i < world->frozen->len; i++) {
        FerrySimInstance *instance = world->frozen->pdata[i];
        if (instance->thaw_us <= world->now_us) {
            ferry_sim_qemu_thaw(instance);
            return true;
        }
    }
    return false;
}

// What is due now, one thing: daemons and links first, since moves depend on them.
static void
happen(FerrySimWorld *world)
{
    if (hosts_happen(world))
        return;
    for (unsigned i = 0; i < world->links->len; i++) {
        FerrySimLink *link = world->links->pdata[i];
        if (link->cut_due_us <= world->now_us) {
            ferry_sim_link_mend(link);
            return;
        }
    }
    if (client_happens(world) || ferry_sim_strike_timed(world))
        return;
    for (unsigned i = 0; i < world->jobs->len; i++) {
        g_autoptr(FerrySimJob) job = ferry_sim_job_ref(world->jobs->pdata[i]);
        if (ferry_sim_job_due(job) > world->now_us)
            continue;
        ferry_sim_job_step(job);
        if (job->over)
            g_ptr_array_remove(world->jobs, job);
        return;
    }
}

bool
ferry_sim_step(FerrySimWorld *world, int64_t deadline_us)
{
    int64_t due_us = ferry_sim_next_due(world);

    if (due_us > deadline_us) {
        world->now_us = MAX(world->now_us, deadline_us);
        return false;
    }
    world->now_us = MAX(world->now_us, due_us);
    happen(world);
    return true;
}

void
ferry_sim_run_until(FerrySimWorld *world, int64_t deadline_us)
{
    while (ferry_sim_step(world, deadline_us))
        continue;
}
