// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Connections to simulated hosts, and what can be asked about their machines.

#include <string.h>

#include "hypervisor/sim/connection.h"

#define SCHEME "sim:"

static bool
sim_handles(const char *uri)
{
    return g_str_has_prefix(uri, SCHEME);
}

char *
ferry_sim_uri_parse(const char *uri, char **ret_file)
{
    const char *host = uri + strlen(SCHEME);
    const char *query = strchr(host, '?');
    g_autofree char *name = NULL;

    *ret_file = NULL;
    if (query != NULL && g_str_has_prefix(query, "?world="))
        *ret_file = g_uri_unescape_string(query + strlen("?world="), NULL);
    name = query == NULL ? g_strdup(host) : g_strndup(host, (size_t)(query - host));
    return g_uri_unescape_string(name, NULL);
}

static FerryHypervisor *
connect_to(const char *name, FerrySimWorld *world, const char *host_name, GError **error)
{
    FerrySimHost *host = host_name == NULL ? NULL : ferry_sim_host_find(world, host_name);
    FerrySimConnection *connection;

    if (host == NULL || host->daemon == FERRY_SIM_DAEMON_KILLED) {
        ferry_error_set(error, FERRY_ERROR_UNREACHABLE, "cannot connect to host '%s': %s", name,
                        host == NULL ? "unable to resolve its name" : "Connection refused");
        return NULL;
    }
    connection = g_new0(FerrySimConnection, 1);
    connection->world = ferry_sim_world_ref(world);
    connection->host = host;
    connection->generation = host->generation;
    connection->client_generation = world->client_generation;
    return &connection->base;
}

static void
sim_close(FerryHypervisor *hv)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    FerrySimWorld *world = connection->world;

    ferry_sim_lock(world);
    for (unsigned i = world->watches->len; i > 0; i--) {
        const FerrySimWatch *watch = world->watches->pdata[i - 1];
        if (watch->hv == hv)
            g_ptr_array_remove_index(world->watches, i - 1);
    }
    ferry_sim_unlock(world);
    ferry_sim_world_unref(world);
    g_free(connection);
}

static FerryHypervisor *
sim_open(const char *name, const char *uri, GError **error)
{
    g_autofree char *file = NULL;
    g_autofree char *host = ferry_sim_uri_parse(uri, &file);
    g_autoptr(FerrySimWorld) world = NULL;
    FerryHypervisor *hv;
    FerrySimConnection *connection;

    world = file != NULL ? ferry_sim_world_of_file(file, error) : ferry_sim_world_current();
    if (world == NULL) {
        if (file == NULL)
            ferry_error_set(error, FERRY_ERROR_UNREACHABLE,
                            "cannot connect to host '%s': there is no simulated world", name);
        return NULL;
    }
    ferry_sim_lock(world);
    ferry_sim_world_refresh(world);
    ferry_sim_catch_up(world);
    hv = connect_to(name, world, host, error);
    ferry_sim_unlock(world);
    if (hv == NULL)
        return NULL;
    // An open asks the daemon, too: a frozen one does not answer.
    connection = (FerrySimConnection *)hv;
    connection->base.name = (char *)name;
    if (!ferry_sim_call_begin(connection, error) || !ferry_sim_call_end(connection, error)) {
        sim_close(hv);
        return NULL;
    }
    return hv;
}

static void
fill_vm(const FerrySimInstance *instance, FerryVm *vm)
{
    *vm = (FerryVm){
        .name = g_strdup(instance->name),
        .state = instance->state,
        .reason = instance->reason,
        .persistent = instance->persistent,
        .autostart = instance->autostart,
        .memory_kib = instance->machine->memory_kib,
        .vcpus = instance->machine->vcpus,
    };
    g_strlcpy(vm->uuid, instance->machine->uuid, sizeof(vm->uuid));
}

static GPtrArray *
sim_list(FerryHypervisor *hv, GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    g_autoptr(GPtrArray) vms = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_vm_free);

    if (!ferry_sim_call_begin(connection, error))
        return NULL;
    for (unsigned i = 0; i < connection->host->instances->len; i++) {
        FerryVm *vm = g_new0(FerryVm, 1);
        fill_vm(connection->host->instances->pdata[i], vm);
        g_ptr_array_add(vms, vm);
    }
    return ferry_sim_call_end(connection, error) ? g_steal_pointer(&vms) : NULL;
}

static FerrySimInstance *
find_by(FerrySimHost *host, const char *name_or_uuid)
{
    char uuid[FERRY_UUID_LEN + 1];

    for (unsigned i = 0; i < host->instances->len; i++) {
        FerrySimInstance *instance = host->instances->pdata[i];
        if (strcmp(instance->name, name_or_uuid) == 0)
            return instance;
    }
    return ferry_uuid_parse(name_or_uuid, uuid) ? ferry_sim_instance_find(host, uuid) : NULL;
}

static FerryVm *
sim_find(FerryHypervisor *hv, const char *name_or_uuid, GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    g_autoptr(FerryVm) vm = NULL;
    const FerrySimInstance *instance;

    if (!ferry_sim_call_begin(connection, error))
        return NULL;
    instance = find_by(connection->host, name_or_uuid);
    if (instance == NULL) {
        (void)ferry_sim_call_end(connection, NULL);
        ferry_error_set(error, FERRY_ERROR_VM_NOT_FOUND,
                        "cannot find machine '%s' on host '%s': Domain not found", name_or_uuid,
                        hv->name);
        return NULL;
    }
    vm = g_new0(FerryVm, 1);
    fill_vm(instance, vm);
    return ferry_sim_call_end(connection, error) ? g_steal_pointer(&vm) : NULL;
}

static bool
sim_get_state(FerryHypervisor *hv, const char *uuid, FerryVm *ret_vm, GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    g_auto(FerryVm) vm = {0};
    const FerrySimInstance *instance;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    instance = ferry_sim_instance_find(connection->host, uuid);
    if (instance != NULL) {
        fill_vm(instance, &vm);
    } else {
        vm.name = g_strdup("");
        g_strlcpy(vm.uuid, uuid, sizeof(vm.uuid));
    }
    if (!ferry_sim_call_end(connection, error))
        return false;
    ferry_vm_clear(ret_vm);
    *ret_vm = vm;
    vm = (FerryVm){0};
    return true;
}

static char *
sim_get_xml(FerryHypervisor *hv, const char *uuid, FerryXmlKind kind, GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    g_autofree char *xml = NULL;
    const FerrySimInstance *instance;

    if (!ferry_sim_call_begin(connection, error))
        return NULL;
    instance = ferry_sim_call_find(connection, uuid, error);
    if (instance == NULL) {
        (void)ferry_sim_call_end(connection, NULL);
        return NULL;
    }
    xml = ferry_sim_xml_domain(instance, kind);
    return ferry_sim_call_end(connection, error) ? g_steal_pointer(&xml) : NULL;
}

static bool
sim_get_block_job(FerryHypervisor *hv,
                  const char *uuid,
                  const char *const *disks,
                  char **ret_disk,
                  GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    bool found;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    found = ferry_sim_call_find(connection, uuid, error) != NULL;
    if (!ferry_sim_call_end(connection, found ? error : NULL) || !found)
        return false;
    *ret_disk = NULL; // none is modelled
    return true;
}

static bool
sim_get_extras(FerryHypervisor *hv, const char *uuid, FerryVmExtras *ret_extras, GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    FerryVmExtras extras = {0};
    const FerrySimInstance *instance;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    instance = ferry_sim_call_find(connection, uuid, error);
    if (instance != NULL) {
        extras.snapshots = instance->snapshots[FERRY_SNAPSHOT]->len;
        extras.checkpoints = instance->snapshots[FERRY_CHECKPOINT]->len;
        extras.balloon_kib = instance->active ? instance->machine->memory_kib : 0;
    }
    if (!ferry_sim_call_end(connection, instance != NULL ? error : NULL) || instance == NULL)
        return false;
    *ret_extras = extras;
    return true;
}

const FerryHypervisorDriver ferry_hypervisor_driver_sim = {
    .name = "sim",
    .handles = sim_handles,
    .open = sim_open,
    .close = sim_close,
    .is_alive = ferry_sim_connection_is_alive,
    .get_host = ferry_sim_get_host,
    .list = sim_list,
    .find = sim_find,
    .get_state = sim_get_state,
    .get_xml = sim_get_xml,
    .get_job = ferry_sim_get_job,
    .get_block_job = sim_get_block_job,
    .get_machine_caps = ferry_sim_get_machine_caps,
    .compare_cpu = ferry_sim_compare_cpu,
    .look_at_paths = ferry_sim_look_at_paths,
    .get_free_pages = ferry_sim_get_free_pages,
    .get_network = ferry_sim_get_network,
    .has_secret = ferry_sim_has_secret,
    .has_nwfilter = ferry_sim_has_nwfilter,
    .list_pools = ferry_sim_list_pools,
    .look_at_folder = ferry_sim_look_at_folder,
    .create_volume = ferry_sim_create_volume,
    .delete_volume = ferry_sim_delete_volume,
    .set_memory_speed = ferry_sim_set_memory_speed,
    .get_extras = sim_get_extras,
    .migrate = ferry_sim_migrate,
    .abort_job = ferry_sim_abort_job,
    .start_postcopy = ferry_sim_start_postcopy,
    .pause_postcopy = ferry_sim_pause_postcopy,
    .set_max_downtime = ferry_sim_set_max_downtime,
    .suspend = ferry_sim_suspend,
    .resume = ferry_sim_resume,
    .destroy = ferry_sim_destroy,
    .undefine = ferry_sim_undefine,
    .set_autostart = ferry_sim_set_autostart,
    .list_snapshots = ferry_sim_list_snapshots,
    .redefine_snapshot = ferry_sim_redefine_snapshot,
    .forget_snapshot = ferry_sim_forget_snapshot,
    .define = ferry_sim_define,
    .rename = ferry_sim_rename,
    .undefine_all = ferry_sim_undefine_all,
    .set_metadata = ferry_sim_set_metadata,
    .agent_command = ferry_sim_agent_command,
    .agent_get_time = ferry_sim_agent_get_time,
    .agent_set_time = ferry_sim_agent_set_time,
    .watch = ferry_sim_watch,
    .unwatch = ferry_sim_unwatch,
};
