// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What happens to a machine on one host, and the truth about the guest: who runs, from which moment of its
// life on, and whether another does too. Every double run and every fork of its history passes here.

#include "hypervisor/sim/images.h"
#include "hypervisor/sim/job.h"

// libvirt 11 with QEMU 10 activates the images of a paused incoming guest
// (qemuMigrationBlockNodesReactivate), so it holds their locks; before, only one that runs does.
#define LOCKS_WHEN_PAUSED_LIBVIRT 11000000
#define LOCKS_WHEN_PAUSED_QEMU    10000000

// Calls @func for each other instance of the machine.
static bool
any_other(const FerrySimInstance *instance, bool (*is)(const FerrySimInstance *other))
{
    for (unsigned i = 0; i < instance->machine->instances->len; i++) {
        const FerrySimInstance *other = instance->machine->instances->pdata[i];
        if (other != instance && is(other))
            return true;
    }
    return false;
}

static bool
runs(const FerrySimInstance *other)
{
    return other->runs;
}

static bool
holds_lock(const FerrySimInstance *other)
{
    return other->holds_lock;
}

int64_t
ferry_sim_instance_guest_us(const FerrySimInstance *instance)
{
    int64_t now = instance->host->world->now_us;

    return instance->guest_us + (instance->runs ? now - instance->since_us : 0);
}

int64_t
ferry_sim_machine_reached(const FerrySimMachine *machine)
{
    int64_t furthest = machine->reached_us;

    for (unsigned i = 0; i < machine->instances->len; i++) {
        const FerrySimInstance *other = machine->instances->pdata[i];
        if (other->runs)
            furthest = MAX(furthest, ferry_sim_instance_guest_us(other));
    }
    return furthest;
}

void
ferry_sim_instance_set_state(FerrySimInstance *instance, FerryVmState state, FerryVmReason reason)
{
    instance->state = state;
    instance->reason = reason;
    instance->host->world->changed = true;
    ferry_sim_emit_state(instance);
}

void
ferry_sim_instance_run(FerrySimInstance *instance)
{
    FerrySimMachine *machine = instance->machine;
    int64_t furthest = ferry_sim_machine_reached(machine);

    if (instance->frozen) {
        instance->frozen_ran = true;
        return;
    }
    if (instance->runs)
        return;
    if (any_other(instance, runs))
        machine->doubles++;
    if (instance->guest_us < furthest) {
        machine->forks++;
        machine->lost_us += furthest - instance->guest_us;
    }
    ferry_sim_instance_note_start(instance);
    instance->runs = true;
    instance->since_us = instance->host->world->now_us;
}

bool
ferry_sim_instance_start(FerrySimInstance *instance, FerryVmReason reason)
{
    FerrySimMachine *machine = instance->machine;

    bool locked = machine->locked && !ferry_sim_instance_is_local(instance);

    if (locked && any_other(instance, holds_lock))
        return false;
    instance->holds_lock = locked;
    ferry_sim_instance_run(instance);
    ferry_sim_instance_set_state(instance, FERRY_VM_STATE_RUNNING, reason);
    return true;
}

void
ferry_sim_instance_halt(FerrySimInstance *instance)
{
    FerrySimMachine *machine = instance->machine;

    instance->frozen_ran = false;
    if (!instance->runs)
        return;
    instance->guest_us = ferry_sim_instance_guest_us(instance);
    instance->runs = false;
    machine->reached_us = MAX(machine->reached_us, instance->guest_us);
    ferry_sim_instance_note_halt(instance);
}

void
ferry_sim_instance_stop(FerrySimInstance *instance, FerryVmReason reason)
{
    ferry_sim_instance_halt(instance);
    ferry_sim_instance_set_state(instance, FERRY_VM_STATE_PAUSED, reason);
}

void
ferry_sim_instance_lock(FerrySimInstance *instance)
{
    const FerrySimHost *host = instance->host;

    if (host->libvirt_version < LOCKS_WHEN_PAUSED_LIBVIRT ||
        host->qemu_version < LOCKS_WHEN_PAUSED_QEMU)
        return;
    if (instance->machine->locked && !ferry_sim_instance_is_local(instance) &&
        !any_other(instance, holds_lock))
        instance->holds_lock = true;
}

// The host forgets the machine; a move of it has to know.
static void
forget(FerrySimInstance *instance)
{
    FerrySimWorld *world = instance->host->world;

    for (unsigned i = 0; i < world->jobs->len; i++) {
        FerrySimJob *job = world->jobs->pdata[i];
        if (job->src == instance)
            job->src = NULL;
        if (job->dst == instance)
            job->dst = NULL;
    }
    g_ptr_array_remove(instance->host->instances, instance);
}

void
ferry_sim_instance_undefine(FerrySimInstance *instance)
{
    instance->persistent = false;
    instance->autostart = false;
    instance->host->world->changed = true;
    if (!instance->active)
        forget(instance);
}

// In post-copy each QEMU has a half of the memory: the other one can do nothing with its own.
static void
lose_half(FerrySimInstance *instance, FerryVmReason reason)
{
    FerrySimMachine *machine = instance->machine;

    if (!instance->postcopy || reason == FERRY_VM_REASON_MIGRATED)
        return;
    for (unsigned i = 0; i < machine->instances->len; i++) {
        FerrySimInstance *other = machine->instances->pdata[i];
        if (other == instance || !other->active || !other->postcopy)
            continue;
        ferry_sim_instance_halt(other);
        ferry_sim_instance_set_state(other, other->state, FERRY_VM_REASON_POSTCOPY_FAILED);
        // who destroys a half by order has lost it; whoever else ends it is an accident
        if (reason != FERRY_VM_REASON_DESTROYED)
            machine->qemu_killed = true;
    }
}

void
ferry_sim_instance_end(FerrySimInstance *instance, FerryVmReason reason)
{
    lose_half(instance, reason);
    ferry_sim_instance_halt(instance);
    g_ptr_array_remove(instance->host->world->frozen, instance);
    instance->frozen = false;
    instance->orphaned = false;
    instance->active = false;
    instance->has_memory = false;
    instance->holds_lock = false;
    instance->postcopy = false;
    instance->abandoned = false;
    instance->status = FERRY_SIM_STATUS_NONE;
    instance->queued = FERRY_SIM_PHASE_LAST;
    // A definition that stays begins a new life when it is started again.
    instance->guest_us = 0;
    ferry_sim_instance_set_state(instance, FERRY_VM_STATE_SHUTOFF, reason);
    if (!instance->persistent)
        forget(instance);
}
