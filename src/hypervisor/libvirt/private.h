// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the files of this folder share. Functions without a comment are those of the driver table and
// keep the contracts of hypervisor.h.

#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "hypervisor/hypervisor-driver.h"
#include "hypervisor/libvirt/autoptr.h"

typedef struct FerryLibvirt {
    FerryHypervisor base;
    virConnectPtr conn;
    // Guards the two below: a connection is used by several threads at once, and watches are made in
    // workers while libvirt tells of a lost connection in the main loop.
    GMutex mutex;
    GHashTable *watches; // id: FerryLibvirtWatch
    int last_watch;
} FerryLibvirt;

static inline FerryLibvirt *
ferry_libvirt(FerryHypervisor *hv)
{
    return (FerryLibvirt *)hv;
}

// error.c

// Sets @error from the last libvirt error of this thread: "cannot @what on host 'NAME': words". Call it
// right after the call that failed, before any other libvirt function. @format gives @what.
void ferry_libvirt_fail(FerryHypervisor *hv, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

// The same: "cannot @what machine 'NAME' on host 'NAME': words". Even virDomainGetName() resets the last
// error, so that the name can't be an argument of the function above.
void ferry_libvirt_fail_machine(FerryHypervisor *hv,
                                virDomainPtr domain,
                                const char *what,
                                GError **error);

// The code for an error of any call but a migration. Pure.
FerryErrorCode ferry_libvirt_error_code(const virError *error);

// The code for the error of a migration: NO_ROUTE, CANCELLED or MOVE_FAILED. Pure.
// @dest_uri: what the source's daemon was told to connect to; NULL for managed-direct
FerryErrorCode ferry_libvirt_migrate_error_code(const virError *error, const char *dest_uri);

// Returns: libvirt's words on one line. (transfer full)
char *ferry_libvirt_error_text(const virError *error);

// Sets @error for a connection that could not be opened, with a hint by its cause. Pure.
void ferry_libvirt_connect_error(const char *name,
                                 const char *uri,
                                 const virError *cause,
                                 GError **error);

// domain.c

// Returns: (transfer full) the machine; NULL with VM_NOT_FOUND or what the host said
virDomainPtr ferry_libvirt_lookup(FerryHypervisor *hv, const char *uuid, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// virDomainState and its reason enums, folded to ours. Pure.
void ferry_libvirt_state(int state, int reason, FerryVmState *ret_state, FerryVmReason *ret_reason);

GPtrArray *ferry_libvirt_list(FerryHypervisor *hv, GError **error);
FerryVm *ferry_libvirt_find(FerryHypervisor *hv, const char *name_or_uuid, GError **error);
bool ferry_libvirt_get_state(FerryHypervisor *hv,
                             const char *uuid,
                             FerryVm *ret_vm,
                             GError **error);
char *ferry_libvirt_get_xml(FerryHypervisor *hv,
                            const char *uuid,
                            FerryXmlKind kind,
                            GError **error);
bool ferry_libvirt_suspend(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_libvirt_resume(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_libvirt_destroy(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_libvirt_undefine(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_libvirt_set_autostart(FerryHypervisor *hv,
                                 const char *uuid,
                                 bool autostart,
                                 GError **error);
bool ferry_libvirt_agent_get_time(FerryHypervisor *hv,
                                  const char *uuid,
                                  int64_t *ret_wall_us,
                                  GError **error);
bool ferry_libvirt_agent_set_time(FerryHypervisor *hv,
                                  const char *uuid,
                                  int64_t wall_us,
                                  GError **error);

// definition.c
GPtrArray *ferry_libvirt_list_snapshots(FerryHypervisor *hv,
                                        const char *uuid,
                                        FerrySnapshotKind kind,
                                        GError **error);
bool ferry_libvirt_redefine_snapshot(FerryHypervisor *hv,
                                     const char *uuid,
                                     FerrySnapshotKind kind,
                                     const FerrySnapshot *snapshot,
                                     GError **error);
bool ferry_libvirt_forget_snapshot(FerryHypervisor *hv,
                                   const char *uuid,
                                   FerrySnapshotKind kind,
                                   const char *name,
                                   GError **error);
bool ferry_libvirt_define(FerryHypervisor *hv, const char *xml, GError **error);
bool ferry_libvirt_rename(FerryHypervisor *hv, const char *uuid, const char *name, GError **error);
bool ferry_libvirt_undefine_all(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_libvirt_set_metadata(FerryHypervisor *hv,
                                const char *uuid,
                                const char *uri,
                                const char *xml,
                                GError **error);

// agent.c
char *ferry_libvirt_agent_command(FerryHypervisor *hv,
                                  const char *uuid,
                                  const char *command,
                                  unsigned timeout_s,
                                  GError **error);

// host.c
bool ferry_libvirt_get_host(FerryHypervisor *hv, FerryHostInfo *ret_info, GError **error);
char *ferry_libvirt_get_machine_caps(FerryHypervisor *hv,
                                     const FerryMachineType *type,
                                     GError **error);
bool ferry_libvirt_compare_cpu(FerryHypervisor *hv,
                               const FerryMachineType *type,
                               const char *cpu_xml,
                               bool *ret_fits,
                               char **ret_reason,
                               GError **error);
bool ferry_libvirt_get_free_pages(FerryHypervisor *hv,
                                  uint64_t size_kib,
                                  uint64_t *ret_pages,
                                  GError **error);
bool ferry_libvirt_has_secret(FerryHypervisor *hv, const char *uuid, bool *ret_has, GError **error);

// network.c
bool ferry_libvirt_get_network(FerryHypervisor *hv,
                               const char *type,
                               const char *name,
                               FerryNetworkInfo *ret_info,
                               GError **error);
bool ferry_libvirt_has_nwfilter(FerryHypervisor *hv,
                                const char *name,
                                bool *ret_has,
                                GError **error);

// path.c

// How the names of the pools begin that looking at paths makes.
#define FERRY_LIBVIRT_OWN_POOL "virt-ferry-probe-"

// Must no pool be made over @folder? Its refresh opens and reads every file, and opening /dev/watchdog would
// reset the host. @folder: absolute, however it is written. Pure.
bool ferry_libvirt_is_special_folder(const char *folder);

// A pool over @folder, which nobody has defined and which no other pool stands in the way of.
// Returns: NULL with libvirt's last error set
virStoragePoolPtr ferry_libvirt_open_folder(virConnectPtr conn, const char *folder);
// Ends a pool of the above; the folder and what is in it stay as they are.
void ferry_libvirt_close_folder(virStoragePoolPtr pool);
// The system's own error behind libvirt's last one: creating a pool reads its folder.
// Returns: its number; 0 where it is another error
int ferry_libvirt_system_error(void);

void ferry_libvirt_look_at_paths(FerryHypervisor *hv,
                                 const char *const *paths,
                                 FerryPathInfo *ret_infos);

// pools.c

// Returns: what @pool is, for now; NULL with libvirt's last error set, or with @error where its XML can't be read
FerryPoolInfo *ferry_libvirt_read_pool(virStoragePoolPtr pool, GError **error);

GPtrArray *ferry_libvirt_list_pools(FerryHypervisor *hv, GError **error);

// volumes.c

// Pure. Returns: the XML that makes @volume. (transfer full)
char *ferry_libvirt_volume_xml(const FerryVolume *volume);

bool ferry_libvirt_look_at_folder(FerryHypervisor *hv,
                                  const char *folder,
                                  FerryPoolInfo **ret_pool,
                                  GError **error);
bool ferry_libvirt_create_volume(FerryHypervisor *hv, const FerryVolume *volume, GError **error);
bool ferry_libvirt_delete_volume(FerryHypervisor *hv, const char *path, GError **error);

// stats.c

// Fills the figures of @ret_stats, all but its kind. Pure.
void ferry_libvirt_job_stats_parse(virTypedParameterPtr params,
                                   int count,
                                   FerryJobStats *ret_stats);

bool ferry_libvirt_get_job(FerryHypervisor *hv,
                           const char *uuid,
                           bool completed,
                           FerryJobStats *ret_stats,
                           GError **error);
bool ferry_libvirt_get_block_job(FerryHypervisor *hv,
                                 const char *uuid,
                                 const char *const *disks,
                                 char **ret_disk,
                                 GError **error);
bool ferry_libvirt_get_extras(FerryHypervisor *hv,
                              const char *uuid,
                              FerryVmExtras *ret_extras,
                              GError **error);

// migrate.c

// The VIR_MIGRATE_* flags and the typed parameters of @call. Pure.
unsigned ferry_libvirt_migrate_flags(const FerryMigrateCall *call);
void ferry_libvirt_migrate_params(const FerryMigrateCall *call, FerryTypedParams *ret_params);

bool ferry_libvirt_migrate(FerryHypervisor *src,
                           FerryHypervisor *dst,
                           const FerryMigrateCall *call,
                           GError **error);
bool ferry_libvirt_abort_job(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_libvirt_start_postcopy(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_libvirt_pause_postcopy(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_libvirt_set_max_downtime(FerryHypervisor *hv,
                                    const char *uuid,
                                    unsigned milliseconds,
                                    GError **error);
bool ferry_libvirt_set_memory_speed(FerryHypervisor *hv,
                                    const char *uuid,
                                    unsigned mibs,
                                    GError **error);

// events.c

// A lifecycle event as the state that it leads to. Pure.
// Returns: false for events that change no state (a definition that comes or goes)
bool ferry_libvirt_event_state(int event,
                               int detail,
                               FerryVmState *ret_state,
                               FerryVmReason *ret_reason);

int ferry_libvirt_watch(FerryHypervisor *hv,
                        const char *uuid,
                        FerryVmEventFunc func,
                        void *data,
                        GError **error);
void ferry_libvirt_unwatch(FerryHypervisor *hv, int watch);

// Makes and ends what watches need; called once by open and close.
void ferry_libvirt_events_init(FerryLibvirt *self);
void ferry_libvirt_events_clear(FerryLibvirt *self);
