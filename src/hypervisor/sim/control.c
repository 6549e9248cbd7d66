// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The control interface's accidents by hand: sim.h's functions over those of faults.c.

#include "hypervisor/sim/world.h"

void
ferry_sim_set_hook(FerrySimWorld *world, FerrySimHook hook, void *data)
{
    ferry_sim_lock(world);
    world->hook = hook;
    world->hook_data = data;
    ferry_sim_unlock(world);
}

void
ferry_sim_arm(FerrySimWorld *world, const FerrySimFault *fault)
{
    ferry_sim_lock(world);
    g_array_append_val(world->faults, *fault);
    ferry_sim_unlock(world);
}

unsigned
ferry_sim_armed(FerrySimWorld *world)
{
    unsigned count;

    ferry_sim_lock(world);
    count = world->faults->len + world->timed->len;
    ferry_sim_unlock(world);
    return count;
}

void
ferry_sim_disarm(FerrySimWorld *world)
{
    ferry_sim_lock(world);
    g_array_set_size(world->faults, 0);
    g_array_set_size(world->timed, 0);
    ferry_sim_unlock(world);
}

static FerrySimHost *
host_of(FerrySimWorld *world, const char *name)
{
    FerrySimHost *host = ferry_sim_host_find(world, name);

    g_assert(host != NULL);
    return host;
}

void
ferry_sim_set_sides(FerrySimWorld *world, const char *src, const char *dst, const char *uuid)
{
    ferry_sim_lock(world);
    world->last_src = host_of(world, src);
    world->last_dst = host_of(world, dst);
    g_strlcpy(world->last_uuid, uuid, sizeof(world->last_uuid));
    ferry_sim_unlock(world);
}

void
ferry_sim_kill_daemon(FerrySimWorld *world, const char *host, int64_t duration_us)
{
    ferry_sim_lock(world);
    ferry_sim_host_kill(host_of(world, host), duration_us);
    ferry_sim_unlock(world);
}

void
ferry_sim_freeze_daemon(FerrySimWorld *world, const char *host, int64_t duration_us)
{
    ferry_sim_lock(world);
    ferry_sim_host_freeze(host_of(world, host), duration_us);
    ferry_sim_unlock(world);
}

void
ferry_sim_restart_daemon(FerrySimWorld *world, const char *host)
{
    ferry_sim_lock(world);
    ferry_sim_host_restart(host_of(world, host));
    ferry_sim_unlock(world);
}

void
ferry_sim_kill_qemu(FerrySimWorld *world, const char *host, const char *uuid)
{
    FerrySimInstance *instance;

    ferry_sim_lock(world);
    instance = ferry_sim_instance_find(host_of(world, host), uuid);
    if (instance != NULL)
        ferry_sim_qemu_kill(instance, FERRY_VM_REASON_CRASHED);
    ferry_sim_unlock(world);
}

void
ferry_sim_freeze_qemu(FerrySimWorld *world, const char *host, const char *uuid, int64_t duration_us)
{
    FerrySimInstance *instance;

    ferry_sim_lock(world);
    instance = ferry_sim_instance_find(host_of(world, host), uuid);
    if (instance != NULL)
        ferry_sim_qemu_freeze(instance, duration_us);
    ferry_sim_unlock(world);
}

void
ferry_sim_thaw_qemu(FerrySimWorld *world, const char *host, const char *uuid)
{
    FerrySimInstance *instance;

    ferry_sim_lock(world);
    instance = ferry_sim_instance_find(host_of(world, host), uuid);
    if (instance != NULL)
        ferry_sim_qemu_thaw(instance);
    ferry_sim_unlock(world);
}

void
ferry_sim_set_disk_full(FerrySimWorld *world, const char *host, bool full)
{
    FerrySimHost *there;

    ferry_sim_lock(world);
    there = host_of(world, host);
    if (full) {
        ferry_sim_disk_fill(there, 0);
    } else {
        there->disk_full = false;
        there->disk_due_us = FERRY_SIM_NEVER;
    }
    ferry_sim_unlock(world);
}

void
ferry_sim_set_tick(FerrySimWorld *world, int64_t period_us, FerrySimTick func, void *data)
{
    ferry_sim_lock(world);
    world->tick = func;
    world->tick_data = data;
    world->tick_period_us = period_us;
    world->tick_due_us = period_us > 0 ? world->now_us + period_us : FERRY_SIM_NEVER;
    ferry_sim_unlock(world);
}

void
ferry_sim_cut(FerrySimWorld *world,
              const char *a,
              const char *b,
              unsigned what,
              int64_t duration_us)
{
    ferry_sim_lock(world);
    ferry_sim_link_cut(ferry_sim_link(world, host_of(world, a), host_of(world, b)), what,
                       duration_us);
    ferry_sim_unlock(world);
}

void
ferry_sim_mend(FerrySimWorld *world, const char *a, const char *b)
{
    ferry_sim_lock(world);
    ferry_sim_link_mend(ferry_sim_link(world, host_of(world, a), host_of(world, b)));
    ferry_sim_unlock(world);
}

bool
ferry_sim_client_is_dead(FerrySimWorld *world)
{
    bool dead;

    ferry_sim_lock(world);
    dead = world->client_dead;
    ferry_sim_unlock(world);
    return dead;
}

void
ferry_sim_client_restart(FerrySimWorld *world)
{
    ferry_sim_lock(world);
    world->client_dead = false;
    world->client_generation++;
    world->client_frozen = false;
    world->client_due_us = FERRY_SIM_NEVER;
    world->client_gone_us = FERRY_SIM_NEVER;
    g_ptr_array_set_size(world->held, 0);
    ferry_sim_unlock(world);
}
