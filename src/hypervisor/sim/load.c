// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A world from a file, for the tests of the program; README.md has the keys. A key that nobody knows is an
// error: a test with a slip in it must not pass by luck.

#include <string.h>

#include "hypervisor/sim/file.h"

// One group being read. The first error counts; every reader does nothing after it.
typedef struct Reader {
    FerrySimWorld *world;
    GKeyFile *file;
    const char *group;
    GString *known; // " key key "
    GError **error;
    bool again; // only what may have changed
    bool failed;
} Reader;

static void G_GNUC_PRINTF(2, 3) fail(Reader *in, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    if (in->failed)
        return;
    in->failed = true;
    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    ferry_error_set(in->error, FERRY_ERROR_CONFIG,
                    "cannot read simulated world '%s': group '%s': %s", in->world->path, in->group,
                    text);
}

static bool
has(Reader *in, const char *key)
{
    g_string_append_printf(in->known, "%s ", key);
    return !in->failed && g_key_file_has_key(in->file, in->group, key, NULL);
}

static char *
text_of(Reader *in, const char *key)
{
    return has(in, key) ? g_key_file_get_string(in->file, in->group, key, NULL) : NULL;
}

static GStrv
list_of(Reader *in, const char *key)
{
    return has(in, key) ? g_key_file_get_string_list(in->file, in->group, key, NULL, NULL) : NULL;
}

static double
number_of(Reader *in, const char *key, double missing)
{
    g_autoptr(GError) cause = NULL;
    double number = missing;

    if (has(in, key))
        number = g_key_file_get_double(in->file, in->group, key, &cause);
    if (cause != NULL || number < 0)
        fail(in, "'%s' is no number from 0 on", key);
    return number;
}

static bool
bool_of(Reader *in, const char *key, bool missing)
{
    g_autoptr(GError) cause = NULL;
    bool value = missing;

    if (has(in, key))
        value = g_key_file_get_boolean(in->file, in->group, key, &cause);
    if (cause != NULL)
        fail(in, "'%s' is neither true nor false", key);
    return value;
}

// Which of @count words, told by @name_of, is the key's? @missing where the key isn't there.
static unsigned
word_of(Reader *in,
        const char *key,
        const char *(*name_of)(unsigned value),
        unsigned count,
        unsigned missing)
{
    g_autofree char *text = text_of(in, key);

    for (unsigned i = 0; text != NULL && i < count; i++)
        if (strcmp(name_of(i), text) == 0)
            return i;
    if (text != NULL)
        fail(in, "'%s' can't be '%s'", key, text);
    return missing;
}

// "7.2.0" as 7002000.
static unsigned long
version_of(Reader *in, const char *key)
{
    g_autofree char *text = text_of(in, key);
    unsigned long version = 0;
    g_auto(GStrv) parts = NULL;

    if (text == NULL)
        return 0;
    parts = g_strsplit(text, ".", 3);
    for (unsigned i = 0; i < 3; i++) {
        guint64 number = 0;
        if (i < g_strv_length(parts) &&
            !g_ascii_string_to_unsigned(parts[i], 10, 0, 999, &number, NULL))
            fail(in, "'%s' is no version such as 7.2.0", key);
        version = version * 1000 + (unsigned long)number;
    }
    return version;
}

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
read_world(Reader *in, const char *rest)
{
    FerrySimWorld *world = in->world;

    world->seed = (uint64_t)number_of(in, "seed", 1);
    world->realtime = number_of(in, "realtime", 0);
    world->persist = bool_of(in, "persist", false);
}

// @until: microseconds of the wall clock; with no real time a daemon that is to come back is back.
static void
set_daemon(Reader *in, FerrySimHost *host, FerrySimDaemon daemon, int64_t until)
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
read_host(Reader *in, const char *name)
{
    g_autofree char *hostname = text_of(in, "hostname");
    g_autofree char *uuid = text_of(in, "uuid");
    g_autofree char *refusal = text_of(in, "cpu_refusal");
    g_auto(GStrv) types = list_of(in, "machine_types");
    g_auto(GStrv) networks = list_of(in, "networks");
    g_auto(GStrv) paths = list_of(in, "paths");
    FerrySimHostSpec spec = {
        .name = name,
        .hostname = hostname,
        .uuid = uuid,
        .libvirt_version = version_of(in, "libvirt"),
        .qemu_version = version_of(in, "qemu"),
        .memory_kib = (uint64_t)(number_of(in, "memory_mib", 0) * 1024),
        .cpus = (unsigned)number_of(in, "cpus", 0),
        .machine_types = (const char *const *)types,
        .cpu_refusal = refusal,
        .networks = (const char *const *)networks,
        .paths = (const char *const *)paths,
        .huge_pages = (uint64_t)number_of(in, "huge_pages", 0),
    };
    unsigned daemon = word_of(in, "daemon", daemon_name, 3, FERRY_SIM_DAEMON_RUNNING);
    int64_t until = (int64_t)number_of(in, "daemon_until_us", 0);

    if (in->failed)
        return;
    if (!in->again)
        ferry_sim_add_host(in->world, &spec);
    set_daemon(in, ferry_sim_host_find(in->world, name), (FerrySimDaemon)daemon, until);
}

static const char *
host_of(Reader *in, const char *name)
{
    if (name == NULL || ferry_sim_host_find(in->world, name) == NULL)
        fail(in, "there is no host '%s'", name != NULL ? name : "");
    return name;
}

static void
read_machine(Reader *in, const char *key)
{
    g_autofree char *name = text_of(in, "name");
    g_autofree char *uuid = text_of(in, "uuid");
    g_autofree char *host = text_of(in, "host");
    g_autofree char *type = text_of(in, "machine_type");
    g_auto(GStrv) disks = list_of(in, "disks");
    FerrySimMachineSpec spec = {
        .name = name != NULL ? name : key,
        .uuid = uuid,
        .memory_kib = (uint64_t)(number_of(in, "memory_mib", 0) * 1024),
        .vcpus = (unsigned)number_of(in, "vcpus", 0),
        .working_set_bytes = (uint64_t)(number_of(in, "dirty_mib", 0) * 1048576),
        .dirty_bps = (uint64_t)(number_of(in, "dirty_mibs", 0) * 1048576),
        .machine_type = type,
        .disks = (const char *const *)disks,
        .state = word_of(in, "state", state_name, FERRY_VM_STATE_LAST, FERRY_VM_STATE_RUNNING),
        .reason = word_of(in, "reason", reason_name, FERRY_VM_REASON_LAST, FERRY_VM_REASON_OTHER),
        .transient = !bool_of(in, "persistent", true),
        .autostart = bool_of(in, "autostart", false),
        .agent = bool_of(in, "agent", false),
        .locked = bool_of(in, "locked", false),
    };
    FerrySimMachine *machine;

    if (spec.state == FERRY_VM_STATE_RUNNING && spec.reason == FERRY_VM_REASON_OTHER)
        spec.reason = FERRY_VM_REASON_BOOTED;
    if (host != NULL)
        host_of(in, host);
    if (in->failed)
        return;
    ferry_sim_add_machine(in->world, host, &spec);
    machine = in->world->machines->pdata[in->world->machines->len - 1];
    g_free(machine->key);
    machine->key = g_strdup(key);
}

static FerrySimMachine *
machine_by_key(FerrySimWorld *world, const char *key)
{
    for (unsigned i = 0; i < world->machines->len; i++) {
        FerrySimMachine *machine = world->machines->pdata[i];
        if (strcmp(machine->key, key) == 0)
            return machine;
    }
    return NULL;
}

// "MACHINE HOST": a further instance, or with persist, the only truth about a place.
static void
read_instance(Reader *in, const char *rest)
{
    const char *space = strrchr(rest, ' ');
    g_autofree char *key = space == NULL ? NULL : g_strndup(rest, (size_t)(space - rest));
    const char *host = host_of(in, space == NULL ? NULL : space + 1);
    FerrySimMachine *machine = key == NULL ? NULL : machine_by_key(in->world, key);
    unsigned state = word_of(in, "state", state_name, FERRY_VM_STATE_LAST, FERRY_VM_STATE_SHUTOFF);
    unsigned reason =
        word_of(in, "reason", reason_name, FERRY_VM_REASON_LAST, FERRY_VM_REASON_OTHER);
    unsigned status = word_of(in, "job", status_name, FERRY_SIM_STATUS_LAST, FERRY_SIM_STATUS_NONE);
    bool persistent = bool_of(in, "persistent", true);
    bool autostart = bool_of(in, "autostart", false);
    bool has_memory = bool_of(in, "memory", true);
    g_autofree char *name = text_of(in, "name");
    FerrySimInstance *instance;

    if (machine == NULL)
        fail(in, "there is no such machine");
    if (in->failed)
        return;
    instance = ferry_sim_instance_find(ferry_sim_host_find(in->world, host), machine->uuid);
    if (instance == NULL) {
        ferry_sim_add_instance(in->world, host, machine->uuid, (FerryVmState)state,
                               (FerryVmReason)reason);
        instance = ferry_sim_instance_find(ferry_sim_host_find(in->world, host), machine->uuid);
    }
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
read_link(Reader *in, const char *rest)
{
    g_auto(GStrv) hosts = g_strsplit(rest, " ", 2);
    FerrySimLinkSpec spec = {
        .rate_bps = (uint64_t)(number_of(in, "rate_mibs", 0) * 1048576),
        .no_route = !bool_of(in, "route", true),
    };

    host_of(in, hosts[0]);
    host_of(in, hosts[0] == NULL ? NULL : hosts[1]);
    if (!in->failed && strcmp(hosts[0], hosts[1]) == 0)
        fail(in, "a link needs two hosts");
    if (!in->failed)
        ferry_sim_set_link(in->world, hosts[0], hosts[1], spec);
}

static void
read_fault(Reader *in, const char *rest)
{
    FerrySimFault fault = {
        .kind = word_of(in, "kind", fault_name, FERRY_SIM_FAULT_LAST, FERRY_SIM_FAULT_NONE),
        .phase = word_of(in, "phase", phase_name, FERRY_SIM_PHASE_LAST, FERRY_SIM_PERFORM3),
        .point = word_of(in, "point", point_name, FERRY_SIM_POINT_LAST, FERRY_SIM_IN),
        .call = (unsigned)number_of(in, "call", 0),
        .duration_us = (int64_t)(number_of(in, "seconds", 0) * G_USEC_PER_SEC),
    };

    if (!in->failed)
        ferry_sim_arm(in->world, &fault);
}

// A move under way; ferry_sim_world_recover() looks at it.
static void
read_job(Reader *in, const char *rest)
{
    static const char *const keys[] = {"machine", "src",   "dst",     "name", "flags",
                                       "phase",   "point", "running", "mover"};

    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++)
        (void)has(in, keys[i]);
}

// In the order in which they rest on each other.
static const struct {
    const char *kind;
    void (*read)(Reader *in, const char *rest);
    bool changes;
} kinds[] = {
    {"world", read_world, false},      {"host", read_host, true},  {"machine", read_machine, false},
    {"instance", read_instance, true}, {"link", read_link, false}, {"fault", read_fault, true},
    {"job", read_job, true},
};

static void
refuse_unknown_keys(Reader *in)
{
    g_auto(GStrv) keys = g_key_file_get_keys(in->file, in->group, NULL, NULL);

    for (unsigned i = 0; keys != NULL && keys[i] != NULL; i++) {
        g_autofree char *word = g_strdup_printf(" %s ", keys[i]);
        if (strstr(in->known->str, word) == NULL)
            fail(in, "nobody knows the key '%s'", keys[i]);
    }
}

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
    Reader in = {world, world->file, group, known, error, again, false};

    kinds[kind].read(&in, rest_of(group, kinds[kind].kind));
    refuse_unknown_keys(&in);
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
        "cannot read simulated world '%s': it has a group that is none of world, host, machine, instance, link, fault and job",
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
    }
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
