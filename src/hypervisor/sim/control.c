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
    count = world->faults->len;
    ferry_sim_unlock(world);
    return count;
}

void
ferry_sim_disarm(FerrySimWorld *world)
{
    ferry_sim_lock(world);
    g_array_set_size(world->faults, 0);
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
    ferry_sim_unlock(world);
}
