// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A world from a file, for the tests of the program; README.md has the keys. A key that nobody knows is an
// error: a test with a slip in it must not pass by luck.

#include <string.h>

#include "hypervisor/sim/file.h"
#include "hypervisor/sim/images.h"
#include "hypervisor/sim/reader.h"

static const char *
state_name(unsigned state)
{
    return ferry_vm_state_name((FerryVmState)state);
}

static const char *
reason_name(unsigned reason)
{
    return ferry_vm_reason_name((FerryVmReason)reason);
}

static const char *
status_name(unsigned status)
{
    return ferry_sim_status_name((FerrySimStatus)status);
}

static const char *
daemon_name(unsigned daemon)
{
    static const char *const names[] = {"running", "killed", "frozen"};

    return names[daemon];
}

static const char *
phase_name(unsigned phase)
{
    return ferry_sim_phase_name((FerrySimPhase)phase);
}

static const char *
point_name(unsigned point)
{
    return ferry_sim_point_name((FerrySimPoint)point);
}

static const char *
fault_name(unsigned kind)
{
    return ferry_sim_fault_name((FerrySimFaultKind)kind);
}

static void
read_world(FerrySimReader *in, const char *rest)
{
    FerrySimWorld *world = in->world;

    world->seed = (uint64_t)ferry_sim_read_number(in, "seed", 1);
    world->realtime = ferry_sim_read_number(in, "realtime", 0);
    world->persist = ferry_sim_read_bool(in, "persist", false);
}

// @until: microseconds of the wall clock; with no real time a daemon that is to come back is back.
static void
set_daemon(FerrySimReader *in, FerrySimHost *host, FerrySimDaemon daemon, int64_t until)
{
    int64_t left_us = until - g_get_real_time();

    if (daemon == FERRY_SIM_DAEMON_KILLED && host->daemon != daemon)
        host->generation++;
    host->daemon = daemon;
    host->daemon_due_us = FERRY_SIM_NEVER;
    if (until == 0 || daemon == FERRY_SIM_DAEMON_RUNNING)
        return;
    host->daemon_due_us = in->world->now_us;
    if (left_us > 0 && in->world->realtime > 0)
        host->daemon_due_us += (int64_t)((double)left_us / in->world->realtime);
}

static void
read_host(FerrySimReader *in, const char *name)
{
    g_autofree char *hostname = ferry_sim_read_text(in, "hostname");
    g_autofree char *uuid = ferry_sim_read_text(in, "uuid");
    g_autofree char *refusal = ferry_sim_read_text(in, "cpu_refusal");
    g_auto(GStrv) types = ferry_sim_read_list(in, "machine_types");
    g_auto(GStrv) networks = ferry_sim_read_list(in, "networks");
    g_auto(GStrv) paths = ferry_sim_read_list(in, "paths");
    g_auto(GStrv) own_paths = ferry_sim_read_list(in, "own_paths");
    g_auto(GStrv) secrets = ferry_sim_read_uuids(in, "secrets");
    g_auto(GStrv) nwfilters = ferry_sim_read_list(in, "nwfilters");
    g_auto(GStrv) pools = ferry_sim_read_list(in, "pools");
    g_auto(GStrv) folders = ferry_sim_read_list(in, "folders");
    g_autofree char *signature = ferry_sim_read_text(in, "cpu_signature");
    g_autofree char *microcode = ferry_sim_read_text(in, "microcode");
    FerrySimHostSpec spec = {
        .name = name,
        .hostname = hostname,
        .uuid = uuid,
        .libvirt_version = ferry_sim_read_version(in, "libvirt"),
        .qemu_version = ferry_sim_read_version(in, "qemu"),
        .memory_kib = (uint64_t)(ferry_sim_read_number(in, "memory_mib", 0) * 1024),
        .cpus = (unsigned)ferry_sim_read_number(in, "cpus", 0),
        .machine_types = (const char *const *)types,
        .cpu_refusal = refusal,
        .networks = (const char *const *)networks,
        .paths = (const char *const *)paths,
        .own_paths = (const char *const *)own_paths,
        .secrets = (const char *const *)secrets,
        .nwfilters = (const char *const *)nwfilters,
        .pools = (const char *const *)pools,
        .folders = (const char *const *)folders,
        .disk_bytes = (uint64_t)(ferry_sim_read_number(in, "disk_mib", 0) * 1048576),
        .cpu_signature = signature,
        .microcode = microcode,
        .huge_pages = (uint64_t)ferry_sim_read_number(in, "huge_pages", 0),
    };
    unsigned daemon = ferry_sim_read_word(in, "daemon", daemon_name, 3, FERRY_SIM_DAEMON_RUNNING);
    int64_t until = (int64_t)ferry_sim_read_number(in, "daemon_until_us", 0);

    if (in->failed)
        return;
    if (!in->again)
        ferry_sim_add_host(in->world, &spec);
    set_daemon(in, ferry_sim_host_find(in->world, name), (FerrySimDaemon)daemon, until);
}

static const char *
host_of(FerrySimReader *in, const char *name)
{
    if (name == NULL || ferry_sim_host_find(in->world, name) == NULL)
        ferry_sim_read_fail(in, "there is no host '%s'", name != NULL ? name : "");
    return name;
}

static void
read_machine(FerrySimReader *in, const char *key)
{
    g_autofree char *name = ferry_sim_read_text(in, "name");
    g_autofree char *uuid = ferry_sim_read_text(in, "uuid");
    g_autofree char *host = ferry_sim_read_text(in, "host");
    g_autofree char *type = ferry_sim_read_text(in, "machine_type");
    g_auto(GStrv) disks = ferry_sim_read_list(in, "disks");
    g_autofree char *cache = ferry_sim_read_text(in, "cache");
    g_autofree char *network = ferry_sim_read_text(in, "network");
    g_autofree char *devices = ferry_sim_read_text(in, "devices");
    g_autofree char *extra = ferry_sim_read_text(in, "extra");
    FerrySimMachineSpec spec = {
        .name = name != NULL ? name : key,
        .uuid = uuid,
        .memory_kib = (uint64_t)(ferry_sim_read_number(in, "memory_mib", 0) * 1024),
        .vcpus = (unsigned)ferry_sim_read_number(in, "vcpus", 0),
        .working_set_bytes = (uint64_t)(ferry_sim_read_number(in, "dirty_mib", 0) * 1048576),
        .dirty_bps = (uint64_t)(ferry_sim_read_number(in, "dirty_mibs", 0) * 1048576),
        .machine_type = type,
        .disks = (const char *const *)disks,
        .cache = cache,
        .network = network,
        .devices = devices,
        .extra = extra,
        .snapshots = (unsigned)ferry_sim_read_number(in, "snapshots", 0),
        .checkpoints = (unsigned)ferry_sim_read_number(in, "checkpoints", 0),
        .state = ferry_sim_read_word(in, "state", state_name, FERRY_VM_STATE_LAST,
                                     FERRY_VM_STATE_RUNNING),
        .reason = ferry_sim_read_word(in, "reason", reason_name, FERRY_VM_REASON_LAST,
                                      FERRY_VM_REASON_OTHER),
        .transient = !ferry_sim_read_bool(in, "persistent", true),
        .autostart = ferry_sim_read_bool(in, "autostart", false),
        .agent = ferry_sim_read_bool(in, "agent", false),
        .locked = ferry_sim_read_bool(in, "locked", false),
    };
    FerrySimMachine *machine;

    if (spec.state == FERRY_VM_STATE_RUNNING && spec.reason == FERRY_VM_REASON_OTHER)
        spec.reason = FERRY_VM_REASON_BOOTED;
    if (uuid != NULL && ferry_sim_machine_find(in->world, uuid) != NULL)
        ferry_sim_read_fail(in, "another machine has the UUID '%s'", uuid);
    if (host != NULL)
        host_of(in, host);
    if (in->failed)
        return;
    ferry_sim_add_machine(in->world, host, &spec);
    machine = in->world->machines->pdata[in->world->machines->len - 1];
    g_free(machine->key);
    machine->key = g_strdup(key);
    g_hash_table_insert(in->world->by_key, machine->key, machine);
}

// "MACHINE HOST": a further instance, or with persist, the only truth about a place.
static void
read_instance(FerrySimReader *in, const char *rest)
{
    const char *space = strrchr(rest, ' ');
    g_autofree char *key = space == NULL ? NULL : g_strndup(rest, (size_t)(space - rest));
    const char *host = host_of(in, space == NULL ? NULL : space + 1);
    FerrySimMachine *machine = key == NULL ? NULL : g_hash_table_lookup(in->world->by_key, key);
    unsigned state =
        ferry_sim_read_word(in, "state", state_name, FERRY_VM_STATE_LAST, FERRY_VM_STATE_SHUTOFF);
    unsigned reason =
        ferry_sim_read_word(in, "reason", reason_name, FERRY_VM_REASON_LAST, FERRY_VM_REASON_OTHER);
    unsigned status =
        ferry_sim_read_word(in, "job", status_name, FERRY_SIM_STATUS_LAST, FERRY_SIM_STATUS_NONE);
    bool persistent = ferry_sim_read_bool(in, "persistent", true);
    bool autostart = ferry_sim_read_bool(in, "autostart", false);
    bool has_memory = ferry_sim_read_bool(in, "memory", true);
    g_auto(GStrv) disks = ferry_sim_read_list(in, "disks");
    g_autofree char *name = ferry_sim_read_text(in, "name");
    FerrySimInstance *instance;

    if (machine == NULL)
        ferry_sim_read_fail(in, "there is no such machine");
    if (in->failed)
        return;
    instance = ferry_sim_instance_find(ferry_sim_host_find(in->world, host), machine->uuid);
    if (instance == NULL) {
        ferry_sim_add_instance(in->world, host, machine->uuid, (FerryVmState)state,
                               (FerryVmReason)reason);
        instance = ferry_sim_instance_find(ferry_sim_host_find(in->world, host), machine->uuid);
    }
    ferry_sim_instance_place(instance, disks);
    instance->status = (FerrySimStatus)status;
    instance->persistent = persistent;
    instance->autostart = autostart;
    instance->has_memory = instance->active && has_memory;
    if (name != NULL) {
        g_free(instance->name);
        instance->name = g_steal_pointer(&name);
    }
}

static void
read_link(FerrySimReader *in, const char *rest)
{
    g_auto(GStrv) hosts = g_strsplit(rest, " ", 2);
    FerrySimLinkSpec spec = {
        .rate_bps = (uint64_t)(ferry_sim_read_number(in, "rate_mibs", 0) * 1048576),
        .no_route = !ferry_sim_read_bool(in, "route", true),
    };

    host_of(in, hosts[0]);
    host_of(in, hosts[0] == NULL ? NULL : hosts[1]);
    if (!in->failed && strcmp(hosts[0], hosts[1]) == 0)
        ferry_sim_read_fail(in, "a link needs two hosts");
    if (!in->failed)
        ferry_sim_set_link(in->world, hosts[0], hosts[1], spec);
}

static void
read_fault(FerrySimReader *in, const char *rest)
{
    FerrySimFault fault = {
        .kind =
            ferry_sim_read_word(in, "kind", fault_name, FERRY_SIM_FAULT_LAST, FERRY_SIM_FAULT_NONE),
        .phase =
            ferry_sim_read_word(in, "phase", phase_name, FERRY_SIM_PHASE_LAST, FERRY_SIM_PERFORM3),
        .point = ferry_sim_read_word(in, "point", point_name, FERRY_SIM_POINT_LAST, FERRY_SIM_IN),
        .call = (unsigned)ferry_sim_read_number(in, "call", 0),
        .duration_us = (int64_t)(ferry_sim_read_number(in, "seconds", 0) * G_USEC_PER_SEC),
    };

    if (!in->failed)
        ferry_sim_arm(in->world, &fault);
}

// "HOST PATH".
static void
read_image(FerrySimReader *in, const char *rest)
{
    const char *space = strchr(rest, ' ');
    g_autofree char *host_name = space == NULL ? NULL : g_strndup(rest, (size_t)(space - rest));
    g_autofree char *format = ferry_sim_read_text(in, "format");
    g_autofree char *backing = ferry_sim_read_text(in, "backing");
    g_autofree char *backing_format = ferry_sim_read_text(in, "backing_format");
    g_autofree char *key = ferry_sim_read_text(in, "guest");
    g_autofree char *target = ferry_sim_read_text(in, "target");
    const FerrySimMachine *machine =
        key == NULL ? NULL : g_hash_table_lookup(in->world->by_key, key);
    FerrySimImageSpec spec = {
        .path = space == NULL ? NULL : space + 1,
        .format = format,
        .capacity = (uint64_t)(ferry_sim_read_number(in, "capacity_mib", 0) * 1048576),
        .backing = backing,
        .guest = machine == NULL ? NULL : machine->uuid,
        .target = target,
    };
    double allocation = ferry_sim_read_number(in, "allocation_mib", -1);
    unsigned content = ferry_sim_read_word(in, "content", ferry_sim_content_name,
                                           FERRY_SIM_CONTENT_LAST, FERRY_SIM_CONTENT_CURRENT);
    unsigned mode = (unsigned)ferry_sim_read_number(in, "mode", 0);
    int64_t owner = (int64_t)ferry_sim_read_number(in, "owner", -1);
    int64_t group = (int64_t)ferry_sim_read_number(in, "group", -1);
    unsigned changes = (unsigned)ferry_sim_read_number(in, "changes", 0);
    FerrySimImage *image;
    unsigned disk;

    if (space == NULL)
        ferry_sim_read_fail(in, "an image needs a host and a path");
    host_of(in, host_name);
    if (key != NULL && machine == NULL)
        ferry_sim_read_fail(in, "there is no machine '%s'", key);
    if (machine != NULL &&
        !ferry_sim_disk_of_target(machine, target != NULL ? target : "vda", &disk))
        ferry_sim_read_fail(in, "machine '%s' has no such disk", key);
    if (in->failed)
        return;
    ferry_sim_add_image(in->world, host_name, &spec);
    image = ferry_sim_image_find(ferry_sim_host_find(in->world, host_name), spec.path);
    if (allocation >= 0)
        image->allocation = (uint64_t)(allocation * 1048576);
    image->backing_format = g_steal_pointer(&backing_format);
    image->mode = mode;
    image->owner = owner;
    image->group = group;
    image->changes = changes;
    image->whole = content != FERRY_SIM_CONTENT_PARTIAL;
    if (content == FERRY_SIM_CONTENT_STALE)
        image->content_us = -1;
}

// A move under way; ferry_sim_world_recover() looks at it.
static void
read_job(FerrySimReader *in, const char *rest)
{
    static const char *const keys[] = {
        "machine", "src",   "dst",    "name",    "flags",     "phase",     "point",
        "running", "mover", "copied", "copying", "src_disks", "dst_disks",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++)
        ferry_sim_read_nothing(in, keys[i]);
}

// In the order in which they rest on each other.
static const struct {
    const char *kind;
    void (*read)(FerrySimReader *in, const char *rest);
    bool changes;
} kinds[] = {
    {"world", read_world, false},     {"host", read_host, true},
    {"machine", read_machine, false}, {"instance", read_instance, true},
    {"image", read_image, true},      {"link", read_link, false},
    {"fault", read_fault, true},      {"job", read_job, true},
};

// Returns: what follows the kind in @group, NULL when it is another kind's.
static const char *
rest_of(const char *group, const char *kind)
{
    size_t length = strlen(kind);

    if (strncmp(group, kind, length) != 0 || (group[length] != ' ' && group[length] != '\0'))
        return NULL;
    return group[length] == ' ' ? group + length + 1 : group + length;
}

static bool
read_group(FerrySimWorld *world, const char *group, unsigned kind, bool again, GError **error)
{
    g_autoptr(GString) known = g_string_new(" ");
    FerrySimReader in = {world, world->file, group, known, error, again, false};

    kinds[kind].read(&in, rest_of(group, kinds[kind].kind));
    ferry_sim_read_end(&in);
    return !in.failed;
}

static bool
read_groups(FerrySimWorld *world, bool again, GError **error)
{
    g_auto(GStrv) groups = g_key_file_get_groups(world->file, NULL);
    unsigned read = 0;

    for (unsigned kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
        for (unsigned i = 0; groups[i] != NULL; i++) {
            if (rest_of(groups[i], kinds[kind].kind) == NULL)
                continue;
            read++;
            if ((!again || kinds[kind].changes) &&
                !read_group(world, groups[i], kind, again, error))
                return false;
        }
    }
    if (read == g_strv_length(groups))
        return true;
    ferry_error_set(
        error, FERRY_ERROR_CONFIG,
        "cannot read simulated world '%s': it has a group that is none of world, host, machine, instance, image, link, fault and job",
        world->path);
    return false;
}

static bool
read_file(FerrySimWorld *world, bool again, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) cause = NULL;
    g_autofree char *stamp = ferry_sim_world_stamp(world->path);

    if (!g_key_file_load_from_file(file, world->path, G_KEY_FILE_KEEP_COMMENTS, &cause)) {
        ferry_error_set(error, FERRY_ERROR_CONFIG, "cannot read simulated world '%s': %s",
                        world->path, cause->message);
        return false;
    }
    g_clear_pointer(&world->file, g_key_file_unref);
    world->file = g_steal_pointer(&file);
    g_free(world->stamp);
    world->stamp = g_steal_pointer(&stamp);
    if (!read_groups(world, again, error))
        return false;
    world->changed = false;
    return true;
}

bool
ferry_sim_world_read_again(FerrySimWorld *world, GError **error)
{
    for (unsigned i = 0; i < world->hosts->len; i++) {
        FerrySimHost *host = world->hosts->pdata[i];
        g_ptr_array_set_size(host->instances, 0);
        g_hash_table_remove_all(host->images);
    }
    world->has_images = false;
    g_array_set_size(world->faults, 0);
    return read_file(world, true, error);
}

FerrySimWorld *
ferry_sim_world_load(const char *path, GError **error)
{
    g_autoptr(FerrySimWorld) world = ferry_sim_world_new(1);
    bool read;

    world->path = g_strdup(path);
    world->epoch_us = g_get_real_time();
    ferry_sim_lock(world);
    read = read_file(world, false, error);
    if (read) {
        ferry_sim_world_recover(world);
        ferry_sim_run_until(world, world->now_us);
    }
    ferry_sim_unlock(world);
    return read ? g_steal_pointer(&world) : NULL;
}
