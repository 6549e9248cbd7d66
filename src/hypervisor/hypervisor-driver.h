// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For those who write a hypervisor driver: one const FerryHypervisorDriver, exported as
// ferry_hypervisor_driver_NAME and named in virt-ferry.c. Contracts of the functions are those of
// hypervisor.h; every one is required.

#pragma once

#include "hypervisor/hypervisor.h"

// The base of every driver's connection: its first member. hypervisor.c fills it after open().
struct FerryHypervisor {
    const FerryHypervisorDriver *driver;
    gatomicrefcount refs;
    char *name;
    char *uri;
};

struct FerryHypervisorDriver {
    const char *name;
    bool (*handles)(const char *uri);
    // Allocates its own struct with FerryHypervisor first; the base is filled in by the caller.
    FerryHypervisor *(*open)(const char *name, const char *uri, GError **error);
    void (*close)(
        FerryHypervisor
            *hv); // frees the driver's struct; the base's strings are freed by the caller before
    bool (*is_alive)(FerryHypervisor *hv);
    bool (*get_host)(FerryHypervisor *hv, FerryHostInfo *ret_info, GError **error);
    GPtrArray *(*list)(FerryHypervisor *hv, GError **error);
    FerryVm *(*find)(FerryHypervisor *hv, const char *name_or_uuid, GError **error);
    bool (*get_state)(FerryHypervisor *hv, const char *uuid, FerryVm *ret_vm, GError **error);
    char *(*get_xml)(FerryHypervisor *hv, const char *uuid, FerryXmlKind kind, GError **error);
    bool (*get_job)(FerryHypervisor *hv,
                    const char *uuid,
                    bool completed,
                    FerryJobStats *ret_stats,
                    GError **error);
    bool (*get_block_job)(FerryHypervisor *hv,
                          const char *uuid,
                          const char *const *disks,
                          char **ret_disk,
                          GError **error);
    char *(*get_machine_caps)(FerryHypervisor *hv, const FerryMachineType *type, GError **error);
    bool (*compare_cpu)(FerryHypervisor *hv,
                        const FerryMachineType *type,
                        const char *cpu_xml,
                        bool *ret_fits,
                        char **ret_reason,
                        GError **error);
    void (*look_at_paths)(FerryHypervisor *hv, const char *const *paths, FerryPathInfo *ret_infos);
    bool (*get_free_pages)(FerryHypervisor *hv,
                           uint64_t size_kib,
                           uint64_t *ret_pages,
                           GError **error);
    bool (*get_network)(FerryHypervisor *hv,
                        const char *type,
                        const char *name,
                        FerryNetworkInfo *ret_info,
                        GError **error);
    bool (*has_secret)(FerryHypervisor *hv, const char *uuid, bool *ret_has, GError **error);
    bool (*has_nwfilter)(FerryHypervisor *hv, const char *name, bool *ret_has, GError **error);
    GPtrArray *(*list_pools)(FerryHypervisor *hv, GError **error);
    bool (*look_at_folder)(FerryHypervisor *hv,
                           const char *folder,
                           FerryPoolInfo **ret_pool,
                           GError **error);
    bool (*create_volume)(FerryHypervisor *hv, const FerryVolume *volume, GError **error);
    bool (*delete_volume)(FerryHypervisor *hv, const char *path, GError **error);
    bool (*get_extras)(FerryHypervisor *hv,
                       const char *uuid,
                       FerryVmExtras *ret_extras,
                       GError **error);
    bool (*migrate)(FerryHypervisor *src,
                    FerryHypervisor *dst,
                    const FerryMigrateCall *call,
                    GError **error);
    bool (*abort_job)(FerryHypervisor *hv, const char *uuid, GError **error);
    bool (*start_postcopy)(FerryHypervisor *hv, const char *uuid, GError **error);
    bool (*pause_postcopy)(FerryHypervisor *hv, const char *uuid, GError **error);
    bool (*set_max_downtime)(FerryHypervisor *hv,
                             const char *uuid,
                             unsigned milliseconds,
                             GError **error);
    bool (*set_memory_speed)(FerryHypervisor *hv, const char *uuid, unsigned mibs, GError **error);
    bool (*suspend)(FerryHypervisor *hv, const char *uuid, GError **error);
    bool (*resume)(FerryHypervisor *hv, const char *uuid, GError **error);
    bool (*destroy)(FerryHypervisor *hv, const char *uuid, GError **error);
    bool (*undefine)(FerryHypervisor *hv, const char *uuid, GError **error);
    bool (*set_autostart)(FerryHypervisor *hv, const char *uuid, bool autostart, GError **error);
    GPtrArray *(*list_snapshots)(FerryHypervisor *hv,
                                 const char *uuid,
                                 FerrySnapshotKind kind,
                                 GError **error);
    bool (*redefine_snapshot)(FerryHypervisor *hv,
                              const char *uuid,
                              FerrySnapshotKind kind,
                              const FerrySnapshot *snapshot,
                              GError **error);
    bool (*forget_snapshot)(FerryHypervisor *hv,
                            const char *uuid,
                            FerrySnapshotKind kind,
                            const char *name,
                            GError **error);
    bool (*define)(FerryHypervisor *hv, const char *xml, GError **error);
    bool (*rename)(FerryHypervisor *hv, const char *uuid, const char *name, GError **error);
    bool (*undefine_all)(FerryHypervisor *hv, const char *uuid, GError **error);
    bool (*set_metadata)(FerryHypervisor *hv,
                         const char *uuid,
                         const char *uri,
                         const char *xml,
                         GError **error);
    char *(*agent_command)(FerryHypervisor *hv,
                           const char *uuid,
                           const char *command,
                           unsigned timeout_s,
                           GError **error);
    bool (*agent_get_time)(FerryHypervisor *hv,
                           const char *uuid,
                           int64_t *ret_wall_us,
                           GError **error);
    bool (*agent_set_time)(FerryHypervisor *hv, const char *uuid, int64_t wall_us, GError **error);
    int (*watch)(FerryHypervisor *hv,
                 const char *uuid,
                 FerryVmEventFunc func,
                 void *data,
                 GError **error);
    void (*unwatch)(FerryHypervisor *hv, int watch);
};
