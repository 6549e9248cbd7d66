// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/hypervisor.h"

#include "base/error.h"
#include "hypervisor/hypervisor-driver.h"

static const FerryHypervisorDriver *const *drivers;

void
ferry_hypervisor_set_drivers(const FerryHypervisorDriver *const *available)
{
    drivers = available;
}

FerryHypervisor *
ferry_hypervisor_open(const char *name, const char *uri, GError **error)
{
    FerryHypervisor *hv;

    for (size_t i = 0; drivers != NULL && drivers[i] != NULL; i++) {
        if (!drivers[i]->handles(uri))
            continue;
        hv = drivers[i]->open(name, uri, error);
        if (hv == NULL)
            return NULL;
        hv->driver = drivers[i];
        g_atomic_ref_count_init(&hv->refs);
        hv->name = g_strdup(name);
        hv->uri = g_strdup(uri);
        return hv;
    }
    ferry_error_set(error, FERRY_ERROR_HOST_NOT_FOUND,
                    "cannot connect to '%s': no driver knows such a URI", uri);
    return NULL;
}

FerryHypervisor *
ferry_hypervisor_ref(FerryHypervisor *hv)
{
    g_atomic_ref_count_inc(&hv->refs);
    return hv;
}

void
ferry_hypervisor_unref(FerryHypervisor *hv)
{
    if (hv == NULL || !g_atomic_ref_count_dec(&hv->refs))
        return;
    g_clear_pointer(&hv->name, g_free);
    g_clear_pointer(&hv->uri, g_free);
    hv->driver->close(hv);
}

const char *
ferry_hypervisor_name(const FerryHypervisor *hv)
{
    return hv->name;
}

const char *
ferry_hypervisor_uri(const FerryHypervisor *hv)
{
    return hv->uri;
}

bool
ferry_hypervisor_is_alive(FerryHypervisor *hv)
{
    return hv->driver->is_alive(hv);
}

bool
ferry_hypervisor_get_host(FerryHypervisor *hv, FerryHostInfo *ret_info, GError **error)
{
    return hv->driver->get_host(hv, ret_info, error);
}

GPtrArray *
ferry_hypervisor_list(FerryHypervisor *hv, GError **error)
{
    return hv->driver->list(hv, error);
}

FerryVm *
ferry_hypervisor_find(FerryHypervisor *hv, const char *name_or_uuid, GError **error)
{
    return hv->driver->find(hv, name_or_uuid, error);
}

bool
ferry_hypervisor_get_state(FerryHypervisor *hv, const char *uuid, FerryVm *ret_vm, GError **error)
{
    return hv->driver->get_state(hv, uuid, ret_vm, error);
}

char *
ferry_hypervisor_get_xml(FerryHypervisor *hv, const char *uuid, FerryXmlKind kind, GError **error)
{
    return hv->driver->get_xml(hv, uuid, kind, error);
}

bool
ferry_hypervisor_get_job(FerryHypervisor *hv,
                         const char *uuid,
                         bool completed,
                         FerryJobStats *ret_stats,
                         GError **error)
{
    return hv->driver->get_job(hv, uuid, completed, ret_stats, error);
}

bool
ferry_hypervisor_get_block_job(FerryHypervisor *hv,
                               const char *uuid,
                               const char *const *disks,
                               char **ret_disk,
                               GError **error)
{
    return hv->driver->get_block_job(hv, uuid, disks, ret_disk, error);
}

char *
ferry_hypervisor_get_machine_caps(FerryHypervisor *hv, const FerryMachineType *type, GError **error)
{
    return hv->driver->get_machine_caps(hv, type, error);
}

bool
ferry_hypervisor_compare_cpu(FerryHypervisor *hv,
                             const FerryMachineType *type,
                             const char *cpu_xml,
                             bool *ret_fits,
                             char **ret_reason,
                             GError **error)
{
    return hv->driver->compare_cpu(hv, type, cpu_xml, ret_fits, ret_reason, error);
}

void
ferry_hypervisor_look_at_paths(FerryHypervisor *hv,
                               const char *const *paths,
                               FerryPathInfo *ret_infos)
{
    hv->driver->look_at_paths(hv, paths, ret_infos);
}

void
ferry_hypervisor_look_at_path(FerryHypervisor *hv, const char *path, FerryPathInfo *ret_info)
{
    const char *const paths[] = {path, NULL};

    ferry_hypervisor_look_at_paths(hv, paths, ret_info);
}

bool
ferry_hypervisor_get_free_pages(FerryHypervisor *hv,
                                uint64_t size_kib,
                                uint64_t *ret_pages,
                                GError **error)
{
    return hv->driver->get_free_pages(hv, size_kib, ret_pages, error);
}

bool
ferry_hypervisor_get_network(FerryHypervisor *hv,
                             const char *type,
                             const char *name,
                             FerryNetworkInfo *ret_info,
                             GError **error)
{
    return hv->driver->get_network(hv, type, name, ret_info, error);
}

bool
ferry_hypervisor_has_secret(FerryHypervisor *hv, const char *uuid, bool *ret_has, GError **error)
{
    return hv->driver->has_secret(hv, uuid, ret_has, error);
}

bool
ferry_hypervisor_has_nwfilter(FerryHypervisor *hv, const char *name, bool *ret_has, GError **error)
{
    return hv->driver->has_nwfilter(hv, name, ret_has, error);
}

GPtrArray *
ferry_hypervisor_list_pools(FerryHypervisor *hv, GError **error)
{
    return hv->driver->list_pools(hv, error);
}

bool
ferry_hypervisor_look_at_folder(FerryHypervisor *hv,
                                const char *folder,
                                FerryPoolInfo **ret_pool,
                                GError **error)
{
    return hv->driver->look_at_folder(hv, folder, ret_pool, error);
}

bool
ferry_hypervisor_create_volume(FerryHypervisor *hv, const FerryVolume *volume, GError **error)
{
    return hv->driver->create_volume(hv, volume, error);
}

bool
ferry_hypervisor_delete_volume(FerryHypervisor *hv, const char *path, GError **error)
{
    return hv->driver->delete_volume(hv, path, error);
}

bool
ferry_hypervisor_get_extras(FerryHypervisor *hv,
                            const char *uuid,
                            FerryVmExtras *ret_extras,
                            GError **error)
{
    return hv->driver->get_extras(hv, uuid, ret_extras, error);
}

bool
ferry_hypervisor_migrate(FerryHypervisor *src,
                         FerryHypervisor *dst,
                         const FerryMigrateCall *call,
                         GError **error)
{
    return src->driver->migrate(src, dst, call, error);
}

bool
ferry_hypervisor_abort_job(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return hv->driver->abort_job(hv, uuid, error);
}

bool
ferry_hypervisor_start_postcopy(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return hv->driver->start_postcopy(hv, uuid, error);
}

bool
ferry_hypervisor_pause_postcopy(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return hv->driver->pause_postcopy(hv, uuid, error);
}

bool
ferry_hypervisor_set_max_downtime(FerryHypervisor *hv,
                                  const char *uuid,
                                  unsigned milliseconds,
                                  GError **error)
{
    return hv->driver->set_max_downtime(hv, uuid, milliseconds, error);
}

bool
ferry_hypervisor_set_memory_speed(FerryHypervisor *hv,
                                  const char *uuid,
                                  unsigned mibs,
                                  GError **error)
{
    return hv->driver->set_memory_speed(hv, uuid, mibs, error);
}

bool
ferry_hypervisor_suspend(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return hv->driver->suspend(hv, uuid, error);
}

bool
ferry_hypervisor_resume(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return hv->driver->resume(hv, uuid, error);
}

bool
ferry_hypervisor_destroy(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return hv->driver->destroy(hv, uuid, error);
}

bool
ferry_hypervisor_undefine(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return hv->driver->undefine(hv, uuid, error);
}

bool
ferry_hypervisor_set_autostart(FerryHypervisor *hv,
                               const char *uuid,
                               bool autostart,
                               GError **error)
{
    return hv->driver->set_autostart(hv, uuid, autostart, error);
}

GPtrArray *
ferry_hypervisor_list_snapshots(FerryHypervisor *hv,
                                const char *uuid,
                                FerrySnapshotKind kind,
                                GError **error)
{
    return hv->driver->list_snapshots(hv, uuid, kind, error);
}

bool
ferry_hypervisor_redefine_snapshot(FerryHypervisor *hv,
                                   const char *uuid,
                                   FerrySnapshotKind kind,
                                   const FerrySnapshot *snapshot,
                                   GError **error)
{
    return hv->driver->redefine_snapshot(hv, uuid, kind, snapshot, error);
}

bool
ferry_hypervisor_forget_snapshot(FerryHypervisor *hv,
                                 const char *uuid,
                                 FerrySnapshotKind kind,
                                 const char *name,
                                 GError **error)
{
    return hv->driver->forget_snapshot(hv, uuid, kind, name, error);
}

bool
ferry_hypervisor_define(FerryHypervisor *hv, const char *xml, GError **error)
{
    return hv->driver->define(hv, xml, error);
}

bool
ferry_hypervisor_rename(FerryHypervisor *hv, const char *uuid, const char *name, GError **error)
{
    return hv->driver->rename(hv, uuid, name, error);
}

bool
ferry_hypervisor_undefine_all(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return hv->driver->undefine_all(hv, uuid, error);
}

bool
ferry_hypervisor_set_metadata(FerryHypervisor *hv,
                              const char *uuid,
                              const char *uri,
                              const char *xml,
                              GError **error)
{
    return hv->driver->set_metadata(hv, uuid, uri, xml, error);
}

char *
ferry_hypervisor_agent_command(FerryHypervisor *hv,
                               const char *uuid,
                               const char *command,
                               unsigned timeout_s,
                               GError **error)
{
    return hv->driver->agent_command(hv, uuid, command, timeout_s, error);
}

bool
ferry_hypervisor_agent_get_time(FerryHypervisor *hv,
                                const char *uuid,
                                int64_t *ret_wall_us,
                                GError **error)
{
    return hv->driver->agent_get_time(hv, uuid, ret_wall_us, error);
}

bool
ferry_hypervisor_agent_set_time(FerryHypervisor *hv,
                                const char *uuid,
                                int64_t wall_us,
                                GError **error)
{
    return hv->driver->agent_set_time(hv, uuid, wall_us, error);
}

int
ferry_hypervisor_watch(FerryHypervisor *hv,
                       const char *uuid,
                       FerryVmEventFunc func,
                       void *data,
                       GError **error)
{
    return hv->driver->watch(hv, uuid, func, data, error);
}

void
ferry_hypervisor_unwatch(FerryHypervisor *hv, int watch)
{
    hv->driver->unwatch(hv, watch);
}
