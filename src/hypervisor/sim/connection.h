// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Private to the simulator: a connection to a simulated host, and what each call of the seam begins and
// ends with.

#pragma once

#include "hypervisor/sim/job.h"

typedef struct FerrySimConnection {
    FerryHypervisor base; // first: the seam's own
    FerrySimWorld *world;
    FerrySimHost *host;
    unsigned generation;        // of the host's daemon
    unsigned client_generation; // of the client that opened it
    bool dead;
} FerrySimConnection;

bool ferry_sim_connection_is_alive(FerryHypervisor *hv);

// Locks the world, lets the time of a call pass, lets accidents strike and waits for a frozen daemon as
// keepalive does. False, unlocked and with an error when the host can't be asked; else end it.
bool ferry_sim_call_begin(FerrySimConnection *connection, GError **error);
// The same, without asking the daemon: for calls that take long themselves.
bool ferry_sim_call_enter(FerrySimConnection *connection, GError **error);
// Unlocks. False with an error when the answer was lost; sets it where @error is free only.
bool ferry_sim_call_end(FerrySimConnection *connection, GError **error);

// Waits, with the world locked, until the frozen daemon of the connection goes on or keepalive ends.
bool ferry_sim_call_reach(FerrySimConnection *connection, GError **error);

// The instance of @uuid on the connection's host; NULL with VM_NOT_FOUND.
FerrySimInstance *ferry_sim_call_find(FerrySimConnection *connection,
                                      const char *uuid,
                                      GError **error);

// Waits for a QEMU that is frozen, 30 s at the most, as libvirt's calls do that have to ask it.
bool ferry_sim_call_reach_qemu(FerrySimConnection *connection, const char *uuid, GError **error);

// As libvirt does for calls that change a domain: waits for a job that forbids them, 30 s at the most.
// Returns: the instance, looked up again; NULL with TIMEOUT or VM_NOT_FOUND
FerrySimInstance *ferry_sim_call_find_free(FerrySimConnection *connection,
                                           const char *uuid,
                                           GError **error);

// driver.c: splits "sim:HOST?world=FILE"; NULL where HOST is no text. @ret_file: NULL where there is none.
char *ferry_sim_uri_parse(const char *uri, char **ret_file);

// Lets the next thing happen, or (real time) a moment pass; the world is unlocked meanwhile.
void ferry_sim_wait_a_little(FerrySimWorld *world, int64_t deadline_us);

// driver-definition.c
GPtrArray *ferry_sim_list_snapshots(FerryHypervisor *hv,
                                    const char *uuid,
                                    FerrySnapshotKind kind,
                                    GError **error);
bool ferry_sim_redefine_snapshot(FerryHypervisor *hv,
                                 const char *uuid,
                                 FerrySnapshotKind kind,
                                 const FerrySnapshot *snapshot,
                                 GError **error);
bool ferry_sim_forget_snapshot(FerryHypervisor *hv,
                               const char *uuid,
                               FerrySnapshotKind kind,
                               const char *name,
                               GError **error);
bool ferry_sim_define(FerryHypervisor *hv, const char *xml, GError **error);
bool ferry_sim_rename(FerryHypervisor *hv, const char *uuid, const char *name, GError **error);
bool ferry_sim_undefine_all(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_sim_set_metadata(FerryHypervisor *hv,
                            const char *uuid,
                            const char *uri,
                            const char *xml,
                            GError **error);
char *ferry_sim_agent_command(FerryHypervisor *hv,
                              const char *uuid,
                              const char *command,
                              unsigned timeout_s,
                              GError **error);

// driver-host.c
bool ferry_sim_get_host(FerryHypervisor *hv, FerryHostInfo *ret_info, GError **error);
char *ferry_sim_get_machine_caps(FerryHypervisor *hv, const FerryMachineType *type, GError **error);
bool ferry_sim_compare_cpu(FerryHypervisor *hv,
                           const FerryMachineType *type,
                           const char *cpu_xml,
                           bool *ret_fits,
                           char **ret_reason,
                           GError **error);
void ferry_sim_look_at_paths(FerryHypervisor *hv,
                             const char *const *paths,
                             FerryPathInfo *ret_infos);
bool ferry_sim_get_free_pages(FerryHypervisor *hv,
                              uint64_t size_kib,
                              uint64_t *ret_pages,
                              GError **error);
bool ferry_sim_get_network(FerryHypervisor *hv,
                           const char *type,
                           const char *name,
                           FerryNetworkInfo *ret_info,
                           GError **error);
bool ferry_sim_has_secret(FerryHypervisor *hv, const char *uuid, bool *ret_has, GError **error);
bool ferry_sim_has_nwfilter(FerryHypervisor *hv, const char *name, bool *ret_has, GError **error);
GPtrArray *ferry_sim_list_pools(FerryHypervisor *hv, GError **error);

// driver-volume.c
bool ferry_sim_look_at_folder(FerryHypervisor *hv,
                              const char *folder,
                              FerryPoolInfo **ret_pool,
                              GError **error);
bool ferry_sim_create_volume(FerryHypervisor *hv, const FerryVolume *volume, GError **error);
bool ferry_sim_delete_volume(FerryHypervisor *hv, const char *path, GError **error);

// driver-job.c
bool ferry_sim_migrate(FerryHypervisor *src,
                       FerryHypervisor *dst,
                       const FerryMigrateCall *call,
                       GError **error);
bool ferry_sim_get_job(FerryHypervisor *hv,
                       const char *uuid,
                       bool completed,
                       FerryJobStats *ret_stats,
                       GError **error);
bool ferry_sim_abort_job(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_sim_start_postcopy(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_sim_pause_postcopy(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_sim_set_memory_speed(FerryHypervisor *hv,
                                const char *uuid,
                                unsigned mibs,
                                GError **error);
bool ferry_sim_set_max_downtime(FerryHypervisor *hv,
                                const char *uuid,
                                unsigned milliseconds,
                                GError **error);

// driver-power.c
bool ferry_sim_suspend(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_sim_resume(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_sim_destroy(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_sim_undefine(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_sim_set_autostart(FerryHypervisor *hv, const char *uuid, bool autostart, GError **error);
bool ferry_sim_agent_get_time(FerryHypervisor *hv,
                              const char *uuid,
                              int64_t *ret_wall_us,
                              GError **error);
bool ferry_sim_agent_set_time(FerryHypervisor *hv,
                              const char *uuid,
                              int64_t wall_us,
                              GError **error);

// events.c
int ferry_sim_watch(FerryHypervisor *hv,
                    const char *uuid,
                    FerryVmEventFunc func,
                    void *data,
                    GError **error);
void ferry_sim_unwatch(FerryHypervisor *hv, int id);
