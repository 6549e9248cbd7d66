// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Hosts that answer what the test says, refuse, or keep silent until they are told to go on. The simulator
// runs in virtual time and is never silent, so it can't stand in here.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "hypervisor/hypervisor-driver.h"
#include "hypervisor/hypervisor.h"

typedef struct FakeHost {
    const char *name;    // its URI is "fake:NAME"
    const char *refuses; // connections, with this reason
    bool silent;         // from open() on, until fake_release()
    bool fails;          // every question after open()
    const char *host_uuid;
    const char *hostname;
    FerryVm vms[4]; // the first without a name ends them
    char *live_xml;
    char *persistent_xml;
    char *caps_xml; // NULL: no such machine type
    FerryJobStats job;
    const char *block_job_disk;
    const char *cpu_reason; // NULL: the CPU fits
    const char *path_seen;  // the only path that it sees
    const char
        *changed[3]; // when that was changed, at each look; the last one holds; NULL: not told
    uint64_t free_pages;
    bool mute;           // after open(): every question waits for fake_release()
    int cpu_comparisons; // g_atomic: how often it was asked
    int looks;           // g_atomic: at paths
} FakeHost;

typedef struct Fake {
    FerryHypervisor base;
    FakeHost *host;
} Fake;

static FakeHost *fake_hosts; // the first without a name ends them
static int fake_connections; // open now
static int fake_opened;      // ever
static bool fake_released;
static GMutex fake_mutex;
static GCond fake_cond;

static inline void
fake_release(void)
{
    g_mutex_lock(&fake_mutex);
    fake_released = true;
    g_cond_broadcast(&fake_cond);
    g_mutex_unlock(&fake_mutex);
}

// Waits until every connection was closed, those of abandoned workers too.
static inline void
fake_wait_closed(void)
{
    int64_t deadline = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;

    while (g_atomic_int_get(&fake_connections) > 0) {
        g_assert_cmpint(g_get_monotonic_time(), <, deadline);
        g_usleep(1000);
    }
}

static inline void
fake_wait_release(void)
{
    g_mutex_lock(&fake_mutex);
    while (!fake_released)
        g_cond_wait(&fake_cond, &fake_mutex);
    g_mutex_unlock(&fake_mutex);
}

static inline bool
fake_handles(const char *uri)
{
    return g_str_has_prefix(uri, "fake:");
}

static inline FerryHypervisor *
fake_open(const char *name, const char *uri, GError **error)
{
    FakeHost *host = fake_hosts;
    Fake *fake;

    while (strcmp(host->name, uri + strlen("fake:")) != 0)
        host++;
    if (host->refuses != NULL) {
        ferry_error_set(error, FERRY_ERROR_UNREACHABLE, "cannot connect to host '%s': %s", name,
                        host->refuses);
        return NULL;
    }
    g_atomic_int_inc(&fake_connections);
    g_atomic_int_inc(&fake_opened);
    if (host->silent)
        fake_wait_release();
    fake = g_new0(Fake, 1);
    fake->host = host;
    return &fake->base;
}

static inline void
fake_close(FerryHypervisor *hv)
{
    g_free(hv);
    g_atomic_int_dec_and_test(&fake_connections);
}

static inline FakeHost *
fake_host(FerryHypervisor *hv, GError **error)
{
    FakeHost *host = ((Fake *)hv)->host;

    if (host->mute)
        fake_wait_release();
    if (!host->fails)
        return host;
    ferry_error_set(error, FERRY_ERROR_UNREACHABLE, "host '%s' hung up", host->name);
    return NULL;
}

static inline FerryVm *
fake_find(FerryHypervisor *hv, const char *name_or_uuid, GError **error)
{
    const FakeHost *host = fake_host(hv, error);

    if (host == NULL)
        return NULL;
    for (const FerryVm *vm = host->vms; vm->name != NULL; vm++)
        if (strcmp(vm->name, name_or_uuid) == 0 || strcmp(vm->uuid, name_or_uuid) == 0)
            return ferry_vm_copy(vm);
    ferry_error_set(error, FERRY_ERROR_VM_NOT_FOUND, "host '%s' has no machine '%s'", host->name,
                    name_or_uuid);
    return NULL;
}

static inline GPtrArray *
fake_list(FerryHypervisor *hv, GError **error)
{
    const FakeHost *host = fake_host(hv, error);
    GPtrArray *list;

    if (host == NULL)
        return NULL;
    list = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_vm_free);
    for (const FerryVm *vm = host->vms; vm->name != NULL; vm++)
        g_ptr_array_add(list, ferry_vm_copy(vm));
    return list;
}

static inline bool
fake_get_host(FerryHypervisor *hv, FerryHostInfo *ret_info, GError **error)
{
    const FakeHost *host = fake_host(hv, error);

    if (host == NULL)
        return false;
    ret_info->hostname = g_strdup(host->hostname);
    g_strlcpy(ret_info->uuid, host->host_uuid, sizeof ret_info->uuid);
    return true;
}

static inline char *
fake_get_xml(FerryHypervisor *hv, const char *uuid, FerryXmlKind kind, GError **error)
{
    const FakeHost *host = fake_host(hv, error);
    const char *xml = host == NULL                   ? NULL
                      : kind == FERRY_XML_PERSISTENT ? host->persistent_xml
                                                     : host->live_xml;

    if (host != NULL && xml == NULL)
        ferry_error_set(error, FERRY_ERROR_FAILED, "no XML of '%s'", uuid);
    return g_strdup(xml);
}

static inline bool
fake_get_job(FerryHypervisor *hv,
             const char *uuid,
             bool completed,
             FerryJobStats *ret_stats,
             GError **error)
{
    const FakeHost *host = fake_host(hv, error);

    if (host == NULL)
        return false;
    *ret_stats = host->job;
    return true;
}

static inline bool
fake_get_block_job(FerryHypervisor *hv,
                   const char *uuid,
                   const char *const *disks,
                   char **ret_disk,
                   GError **error)
{
    const FakeHost *host = fake_host(hv, error);

    if (host == NULL)
        return false;
    g_assert_cmpstr(disks[0], ==, "vda");
    *ret_disk = g_strdup(host->block_job_disk);
    return true;
}

static inline char *
fake_get_machine_caps(FerryHypervisor *hv, const FerryMachineType *type, GError **error)
{
    const FakeHost *host = fake_host(hv, error);

    if (host != NULL && host->caps_xml == NULL)
        ferry_error_set(error, FERRY_ERROR_UNSUPPORTED, "no machine '%s'", type->machine);
    return host == NULL ? NULL : g_strdup(host->caps_xml);
}

static inline bool
fake_compare_cpu(FerryHypervisor *hv,
                 const FerryMachineType *type,
                 const char *cpu_xml,
                 bool *ret_fits,
                 char **ret_reason,
                 GError **error)
{
    FakeHost *host = fake_host(hv, error);

    if (host == NULL)
        return false;
    g_atomic_int_inc(&host->cpu_comparisons);
    *ret_fits = host->cpu_reason == NULL;
    *ret_reason = g_strdup(host->cpu_reason);
    return true;
}

static inline bool
fake_look_at_folder(FerryHypervisor *hv,
                    const char *folder,
                    FerryPoolInfo **ret_pool,
                    GError **error)
{
    (void)folder;
    *ret_pool = NULL;
    return fake_host(hv, error) != NULL;
}

static inline void
fake_look_at_paths(FerryHypervisor *hv, const char *const *paths, FerryPathInfo *ret_infos)
{
    g_autoptr(GError) error = NULL;
    FakeHost *host = fake_host(hv, &error);
    int look = host != NULL ? g_atomic_int_add(&host->looks, 1) : 0;

    for (size_t i = 0; paths[i] != NULL; i++) {
        if (host == NULL) {
            ret_infos[i].unknown = g_strdup(error->message);
            continue;
        }
        ret_infos[i].seen = g_strcmp0(paths[i], host->path_seen) == 0;
        if (ret_infos[i].seen)
            ret_infos[i].changed =
                g_strdup(host->changed[MIN(look, (int)G_N_ELEMENTS(host->changed) - 1)]);
    }
}

static inline bool
fake_get_network(FerryHypervisor *hv,
                 const char *type,
                 const char *name,
                 FerryNetworkInfo *ret_info,
                 GError **error)
{
    if (fake_host(hv, error) == NULL)
        return false;
    ret_info->exists = true;
    ret_info->active = true;
    return true;
}

static inline bool
fake_has(FerryHypervisor *hv, const char *name, bool *ret_has, GError **error)
{
    if (fake_host(hv, error) == NULL)
        return false;
    *ret_has = true;
    return true;
}

static inline bool
fake_get_extras(FerryHypervisor *hv, const char *uuid, FerryVmExtras *ret_extras, GError **error)
{
    if (fake_host(hv, error) == NULL)
        return false;
    ret_extras->snapshots = 3;
    return true;
}

// One snapshot, whatever it has been told to count.
static inline GPtrArray *
fake_list_snapshots(FerryHypervisor *hv, const char *uuid, FerrySnapshotKind kind, GError **error)
{
    GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_snapshot_free);
    FerrySnapshot *snapshot;

    (void)hv;
    (void)uuid;
    (void)error;
    if (kind == FERRY_CHECKPOINT)
        return found;
    snapshot = g_new0(FerrySnapshot, 1);
    snapshot->name = g_strdup("s1");
    snapshot->xml = g_strdup("<domainsnapshot><name>s1</name></domainsnapshot>");
    g_ptr_array_add(found, snapshot);
    return found;
}

static inline bool
fake_get_free_pages(FerryHypervisor *hv, uint64_t size_kib, uint64_t *ret_pages, GError **error)
{
    const FakeHost *host = fake_host(hv, error);

    if (host == NULL)
        return false;
    *ret_pages = host->free_pages;
    return true;
}

static const FerryHypervisorDriver fake_driver = {
    .name = "fake",
    .handles = fake_handles,
    .open = fake_open,
    .close = fake_close,
    .find = fake_find,
    .list = fake_list,
    .get_host = fake_get_host,
    .get_xml = fake_get_xml,
    .get_job = fake_get_job,
    .get_block_job = fake_get_block_job,
    .get_machine_caps = fake_get_machine_caps,
    .compare_cpu = fake_compare_cpu,
    .look_at_paths = fake_look_at_paths,
    .look_at_folder = fake_look_at_folder,
    .get_network = fake_get_network,
    .has_secret = fake_has,
    .has_nwfilter = fake_has,
    .get_extras = fake_get_extras,
    .list_snapshots = fake_list_snapshots,
    .get_free_pages = fake_get_free_pages,
};

// @hosts: ends with one without a name; must stay valid.
static inline void
fake_set_hosts(FakeHost *hosts)
{
    static const FerryHypervisorDriver *const drivers[] = {&fake_driver, NULL};

    ferry_hypervisor_set_drivers(drivers);
    fake_hosts = hosts;
    fake_released = false;
    fake_opened = 0;
}
