// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/sim/world.h"

#include <string.h>

#include "hypervisor/sim/job.h"

#define DEFAULT_LINK_BPS (UINT64_C(1) << 30)

static FerrySimWorld *current;
static GHashTable *worlds; // path: FerrySimWorld
static GMutex current_lock;

static void
machine_free(FerrySimMachine *machine)
{
    g_free(machine->key);
    g_free(machine->name);
    g_free(machine->machine_type);
    g_strfreev(machine->disks);
    g_free(machine->cache);
    g_free(machine->network);
    g_free(machine->devices);
    g_free(machine->extra);
    g_ptr_array_unref(machine->instances);
    g_free(machine);
}

FerrySimWorld *
ferry_sim_world_new(uint64_t seed)
{
    FerrySimWorld *world = g_new0(FerrySimWorld, 1);

    g_atomic_ref_count_init(&world->refs);
    g_rec_mutex_init(&world->lock);
    ferry_sim_clock_init(world);
    world->seed = seed;
    world->hosts = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_sim_host_free);
    world->machines = g_ptr_array_new_with_free_func((GDestroyNotify)machine_free);
    world->by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
    world->by_key = g_hash_table_new(g_str_hash, g_str_equal);
    world->links = g_ptr_array_new_with_free_func(g_free);
    world->jobs = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_sim_job_unref);
    world->watches = g_ptr_array_new_with_free_func(g_free);
    world->faults = g_array_new(false, true, sizeof(FerrySimFault));
    world->timed = g_array_new(false, true, sizeof(FerrySimTimed));
    world->frozen = g_ptr_array_new();
    world->held = g_ptr_array_new_with_free_func(g_free);
    world->client_due_us = world->client_gone_us = world->tick_due_us = FERRY_SIM_NEVER;
    return world;
}

FerrySimWorld *
ferry_sim_world_ref(FerrySimWorld *world)
{
    g_atomic_ref_count_inc(&world->refs);
    return world;
}

void
ferry_sim_world_clear(FerrySimWorld *world)
{
    g_ptr_array_set_size(world->jobs, 0);
    g_ptr_array_set_size(world->frozen, 0);
    g_ptr_array_set_size(world->links, 0);
    g_ptr_array_set_size(world->hosts, 0);
    g_hash_table_remove_all(world->by_uuid);
    g_hash_table_remove_all(world->by_key);
    g_ptr_array_set_size(world->machines, 0);
    g_array_set_size(world->faults, 0);
    g_array_set_size(world->timed, 0);
    world->has_images = false;
    world->last_src = NULL;
    world->last_dst = NULL;
}

void
ferry_sim_world_unref(FerrySimWorld *world)
{
    if (world == NULL || !g_atomic_ref_count_dec(&world->refs))
        return;
    ferry_sim_world_clear(world);
    g_ptr_array_unref(world->jobs);
    g_ptr_array_unref(world->links);
    g_ptr_array_unref(world->hosts);
    g_ptr_array_unref(world->machines);
    g_hash_table_unref(world->by_uuid);
    g_hash_table_unref(world->by_key);
    g_ptr_array_unref(world->watches);
    g_array_unref(world->faults);
    g_array_unref(world->timed);
    g_ptr_array_unref(world->frozen);
    g_ptr_array_unref(world->held);
    g_clear_pointer(&world->file, g_key_file_unref);
    g_free(world->path);
    g_free(world->stamp);
    g_rec_mutex_clear(&world->lock);
    g_free(world);
}

void
ferry_sim_set_world(FerrySimWorld *world)
{
    FerrySimWorld *before;

    g_mutex_lock(&current_lock);
    before = current;
    current = world == NULL ? NULL : ferry_sim_world_ref(world);
    g_mutex_unlock(&current_lock);
    ferry_sim_world_unref(before);
}

FerrySimWorld *
ferry_sim_world_current(void)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&current_lock);

    return current == NULL ? NULL : ferry_sim_world_ref(current);
}

FerrySimWorld *
ferry_sim_world_of_file(const char *path, GError **error)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&current_lock);
    FerrySimWorld *world;

    if (worlds == NULL)
        worlds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify)ferry_sim_world_unref);
    world = g_hash_table_lookup(worlds, path);
    if (world == NULL) {
        world = ferry_sim_world_load(path, error);
        if (world == NULL)
            return NULL;
        g_hash_table_insert(worlds, g_strdup(path), world);
    }
    return ferry_sim_world_ref(world);
}

FerrySimMachine *
ferry_sim_machine_find(FerrySimWorld *world, const char *uuid)
{
    return g_hash_table_lookup(world->by_uuid, uuid);
}

FerrySimInstance *
ferry_sim_instance_find(FerrySimHost *host, const char *uuid)
{
    const FerrySimMachine *machine = ferry_sim_machine_find(host->world, uuid);

    for (unsigned i = 0; machine != NULL && i < machine->instances->len; i++) {
        FerrySimInstance *instance = machine->instances->pdata[i];
        if (instance->host == host)
            return instance;
    }
    return NULL;
}

FerrySimInstance *
ferry_sim_instance_new(FerrySimHost *host, FerrySimMachine *machine)
{
    FerrySimInstance *instance = g_new0(FerrySimInstance, 1);

    instance->machine = machine;
    instance->host = host;
    instance->name = g_strdup(machine->name);
    instance->queued = FERRY_SIM_PHASE_LAST;
    for (unsigned kind = 0; kind < G_N_ELEMENTS(instance->snapshots); kind++)
        instance->snapshots[kind] =
            g_ptr_array_new_with_free_func((GDestroyNotify)ferry_snapshot_free);
    g_ptr_array_add(host->instances, instance);
    g_ptr_array_add(machine->instances, instance);
    return instance;
}

FerrySimLink *
ferry_sim_link(FerrySimWorld *world, FerrySimHost *a, FerrySimHost *b)
{
    FerrySimLink *link;

    for (unsigned i = 0; i < world->links->len; i++) {
        link = world->links->pdata[i];
        if ((link->a == a && link->b == b) || (link->a == b && link->b == a))
            return link;
    }
    link = g_new0(FerrySimLink, 1);
    link->a = a;
    link->b = b;
    link->spec.rate_bps = DEFAULT_LINK_BPS;
    link->cut_due_us = FERRY_SIM_NEVER;
    g_ptr_array_add(world->links, link);
    return link;
}

void
ferry_sim_make_uuid(const char *name, char ret_uuid[FERRY_UUID_LEN + 1])
{
    unsigned hash = g_str_hash(name);

    g_snprintf(ret_uuid, FERRY_UUID_LEN + 1, "%08x-0000-4000-8000-%08x%04x", hash,
               hash ^ 0x5a5a5a5aU, (unsigned)strlen(name) & 0xffff);
}

static FerrySimMachine *
machine_new(const FerrySimMachineSpec *spec)
{
    FerrySimMachine *machine = g_new0(FerrySimMachine, 1);

    machine->key = g_strdup(spec->name);
    machine->name = g_strdup(spec->name);
    machine->machine_type =
        g_strdup(spec->machine_type != NULL ? spec->machine_type : "pc-q35-7.2");
    if (spec->uuid != NULL)
        g_strlcpy(machine->uuid, spec->uuid, sizeof(machine->uuid));
    else
        ferry_sim_make_uuid(spec->name, machine->uuid);
    machine->memory_kib = spec->memory_kib != 0 ? spec->memory_kib : 1 << 20;
    machine->vcpus = spec->vcpus != 0 ? spec->vcpus : 2;
    machine->working_set = spec->working_set_bytes;
    machine->dirty_bps = spec->dirty_bps;
    machine->disks = g_strdupv((GStrv)spec->disks);
    machine->cache = g_strdup(spec->cache != NULL ? spec->cache : "none");
    machine->network = g_strdup(spec->network != NULL ? spec->network : "default");
    machine->devices = g_strdup(spec->devices);
    machine->extra = g_strdup(spec->extra);
    machine->agent = spec->agent;
    machine->locked = spec->locked;
    machine->instances = g_ptr_array_new();
    return machine;
}

// Gives an instance the state that it was found in when the world began.
static void
set_up(FerrySimInstance *instance, FerryVmState state, FerryVmReason reason)
{
    instance->active = ferry_vm_state_is_active(state);
    instance->has_memory = instance->active;
    instance->persistent = instance->persistent || !instance->active;
    if (state == FERRY_VM_STATE_RUNNING)
        (void)ferry_sim_instance_start(instance, reason);
    instance->state = state;
    instance->reason = reason;
}

void
ferry_sim_add_machine(FerrySimWorld *world, const char *host_name, const FerrySimMachineSpec *spec)
{
    FerrySimHost *host = host_name == NULL ? NULL : ferry_sim_host_find(world, host_name);
    FerrySimMachine *machine = machine_new(spec);
    FerrySimInstance *instance;

    g_assert(host_name == NULL || host != NULL);
    g_assert(ferry_sim_machine_find(world, machine->uuid) == NULL);
    machine->clock_base_us = world->epoch_us + world->now_us;
    g_ptr_array_add(world->machines, machine);
    g_hash_table_insert(world->by_uuid, machine->uuid, machine);
    if (host == NULL)
        return;
    instance = ferry_sim_instance_new(host, machine);
    instance->persistent = !spec->transient;
    instance->autostart = spec->autostart;
    if (spec->state == FERRY_VM_STATE_NONE)
        set_up(instance, FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_BOOTED);
    else
        set_up(instance, spec->state, spec->reason);
    ferry_sim_add_snapshots(instance, FERRY_SNAPSHOT, spec->snapshots);
    ferry_sim_add_snapshots(instance, FERRY_CHECKPOINT, spec->checkpoints);
}

void
ferry_sim_add_instance(FerrySimWorld *world,
                       const char *host_name,
                       const char *uuid,
                       FerryVmState state,
                       FerryVmReason reason)
{
    FerrySimHost *host = ferry_sim_host_find(world, host_name);
    FerrySimMachine *machine = ferry_sim_machine_find(world, uuid);

    g_assert(host != NULL && machine != NULL && ferry_sim_instance_find(host, uuid) == NULL);
    set_up(ferry_sim_instance_new(host, machine), state, reason);
}

void
ferry_sim_set_link(FerrySimWorld *world, const char *a, const char *b, FerrySimLinkSpec spec)
{
    FerrySimHost *host_a = ferry_sim_host_find(world, a);
    FerrySimHost *host_b = ferry_sim_host_find(world, b);
    FerrySimLink *link;

    g_assert(host_a != NULL && host_b != NULL && host_a != host_b);
    link = ferry_sim_link(world, host_a, host_b);
    link->spec = spec;
    if (link->spec.rate_bps == 0)
        link->spec.rate_bps = DEFAULT_LINK_BPS;
}

// splitmix64: a few lines, and the same numbers on every machine.
uint64_t
ferry_sim_random(FerrySimWorld *world, uint64_t limit)
{
    uint64_t z = (world->seed += UINT64_C(0x9e3779b97f4a7c15));

    g_return_val_if_fail(limit > 0, 0);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % limit;
}

static void
judge_instance(const FerrySimInstance *instance, FerrySimJudgement *judgement)
{
    int64_t guest_us = ferry_sim_instance_guest_us(instance);

    if (instance->runs) {
        judgement->running++;
        judgement->host = instance->host->name;
    } else if (instance->active && instance->has_memory) {
        judgement->paused++;
        judgement->stale += guest_us < instance->machine->reached_us && !instance->postcopy;
        if (judgement->host == NULL)
            judgement->host = instance->host->name;
    }
    if (instance->persistent)
        judgement->definitions++;
    if (instance->status != FERRY_SIM_STATUS_NONE)
        judgement->jobs++;
    judgement->guest_us = MAX(judgement->guest_us, guest_us);
}

bool
ferry_sim_judge(FerrySimWorld *world, const char *uuid, FerrySimJudgement *ret_judgement)
{
    FerrySimJudgement judgement = {0};
    FerrySimMachine *machine;

    ferry_sim_lock(world);
    machine = ferry_sim_machine_find(world, uuid);
    if (machine != NULL) {
        judgement = (FerrySimJudgement){
            .doubles = machine->doubles,
            .forks = machine->forks,
            .torn = machine->torn,
            .lost_us = machine->lost_us,
            .guest_us = machine->reached_us,
            .qemu_killed = machine->qemu_killed,
        };
        for (unsigned i = 0; i < machine->instances->len; i++)
            judge_instance(machine->instances->pdata[i], &judgement);
        *ret_judgement = judgement;
    }
    ferry_sim_unlock(world);
    return machine != NULL;
}
