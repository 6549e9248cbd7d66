// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The seam between virt-ferry and what runs machines. Everything above talks to hosts through these
// functions; behind them stand drivers: libvirt/ for real hosts, sim/ for a simulated world.
//
// Every function blocks and none can be cancelled: call them from workers, never from the main loop
// (ferry_hypervisor_watch/_unwatch alone belong to the main loop). A connection may be used by several
// threads at once. Machines are named by UUID text. An error names host and object; 'not there' is
// told apart from 'could not be asked': FERRY_ERROR_VM_NOT_FOUND against UNREACHABLE, TIMEOUT, FAILED.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/host.h"
#include "model/job.h"
#include "model/migration.h"
#include "model/network.h"
#include "model/storage.h"
#include "model/vm.h"

typedef struct FerryHypervisor FerryHypervisor;
typedef struct FerryHypervisorDriver FerryHypervisorDriver;

// Tells the drivers that ferry_hypervisor_open() may choose from; the first that handles a URI takes it.
// Called once by main (or a test) before anything else. @drivers ends with NULL and must stay valid.
void ferry_hypervisor_set_drivers(const FerryHypervisorDriver *const *drivers);

// Connects to @uri; @name is what error texts call the host.
// libvirt: keepalive is on, so that a silent host ends calls after some 15 s.
// Errors: UNREACHABLE with libvirt's reason, HOST_NOT_FOUND where no driver takes the URI.
FerryHypervisor *ferry_hypervisor_open(const char *name, const char *uri, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
FerryHypervisor *ferry_hypervisor_ref(FerryHypervisor *hv);
void ferry_hypervisor_unref(FerryHypervisor *hv);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryHypervisor, ferry_hypervisor_unref)

const char *ferry_hypervisor_name(const FerryHypervisor *hv); // as given to open
const char *ferry_hypervisor_uri(const FerryHypervisor *hv);  // as given to open

// False once the connection is known to be broken; open a new one then.
bool ferry_hypervisor_is_alive(FerryHypervisor *hv);

bool ferry_hypervisor_get_host(FerryHypervisor *hv, FerryHostInfo *ret_info, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Returns: (element-type FerryVm) every machine the host knows, active or not. (transfer full)
GPtrArray *ferry_hypervisor_list(FerryHypervisor *hv, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// @name_or_uuid: a name first, then a UUID.
// Returns: (transfer full) the machine; NULL with VM_NOT_FOUND or a host's error
FerryVm *ferry_hypervisor_find(FerryHypervisor *hv, const char *name_or_uuid, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// State and reason of machine @uuid. A machine the host doesn't know is no error: @ret_vm gets the
// state FERRY_VM_STATE_NONE and an empty name. The cheapest read there is; the resolver's eyes.
// @ret_vm: must be zero-initialised or of an earlier call, whose strings are freed; ferry_vm_clear() it.
bool ferry_hypervisor_get_state(FerryHypervisor *hv,
                                const char *uuid,
                                FerryVm *ret_vm,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef enum FerryXmlKind {
    FERRY_XML_LIVE,              // of the running machine, migratable form, without secrets
    FERRY_XML_LIVE_SECURE,       // the same with secrets: never store, log or show it
    FERRY_XML_PERSISTENT,        // the definition that a next start uses, without secrets
    FERRY_XML_PERSISTENT_SECURE, // the same, whole and with secrets, to be defined again: as above
} FerryXmlKind;

// Returns: the domain XML. (transfer full)
// libvirt: VIR_DOMAIN_XML_MIGRATABLE (1.0.0; not for PERSISTENT_SECURE), _SECURE, _INACTIVE
char *ferry_hypervisor_get_xml(FerryHypervisor *hv,
                               const char *uuid,
                               FerryXmlKind kind,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

// The job that runs on the machine now, or (@completed) the last one that ended.
// On a migration's destination libvirt answers with an error until its incoming job is over
// (facts: virDomainGetJobStats, 'migration statistics are available only on the source host'): that is
// told as @ret_stats->kind ACTIVE, operation MIGRATION_IN, and no error.
bool ferry_hypervisor_get_job(FerryHypervisor *hv,
                              const char *uuid,
                              bool completed,
                              FerryJobStats *ret_stats,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Is a block job (copy, commit, pull, backup) running on any of @disks?
// @disks: target names, ends with NULL. @ret_disk: (transfer full) the first busy one, or NULL.
bool ferry_hypervisor_get_block_job(FerryHypervisor *hv,
                                    const char *uuid,
                                    const char *const *disks,
                                    char **ret_disk,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

// What a host would run a machine with.
typedef struct FerryMachineType {
    const char *emulator; // NULL: the host's own choice
    const char *arch;
    const char *machine;
    const char *virt_type;
} FerryMachineType;

// libvirt: virConnectGetDomainCapabilities (1.2.7); fails for a machine type the emulator doesn't have.
// Returns: the domain capabilities XML (transfer full); NULL with UNSUPPORTED when the host has no such
// machine type or emulator, else with the host's error
char *ferry_hypervisor_get_machine_caps(FerryHypervisor *hv,
                                        const FerryMachineType *type,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Can the host run @cpu_xml (a <cpu> element of live XML)? libvirt: virConnectCompareHypervisorCPU
// (4.4.0) with FAIL_INCOMPATIBLE, whose error text lists the missing features.
// @ret_fits: the answer. @ret_reason: (transfer full) libvirt's words when it does not fit, else NULL.
bool ferry_hypervisor_compare_cpu(FerryHypervisor *hv,
                                  const FerryMachineType *type,
                                  const char *cpu_xml,
                                  bool *ret_fits,
                                  char **ret_reason,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

// What does the host see at each of @paths (ends with NULL)? Files are read through a transient 'dir' pool over
// their folder that is taken away again, once a folder however many paths are in it. Of devices, and of files in
// a folder that can't be read so, only `seen` is told. Nothing is written, no device is opened.
// @ret_infos: one for each path, in their order, zero-initialised; each has its own `unknown`. The caller
// clears them.
void ferry_hypervisor_look_at_paths(FerryHypervisor *hv,
                                    const char *const *paths,
                                    FerryPathInfo *ret_infos);

// The same for one path. @ret_info: zero-initialised; ferry_path_info_clear() it.
void ferry_hypervisor_look_at_path(FerryHypervisor *hv, const char *path, FerryPathInfo *ret_info);

// Free pages of @size_kib over all NUMA cells (virNodeGetFreePages, 1.2.6).
bool ferry_hypervisor_get_free_pages(FerryHypervisor *hv,
                                     uint64_t size_kib,
                                     uint64_t *ret_pages,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

// @type: "network": a virtual network @name (virNetworkLookupByName); anything else: an interface of the host
// (bridge or device). That there is none is an answer, not an error.
// @ret_info: zero-initialised; ferry_network_info_clear() it.
bool ferry_hypervisor_get_network(FerryHypervisor *hv,
                                  const char *type,
                                  const char *name,
                                  FerryNetworkInfo *ret_info,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

// virSecretLookupByUUIDString, virNWFilterLookupByName.
bool ferry_hypervisor_has_secret(FerryHypervisor *hv,
                                 const char *uuid,
                                 bool *ret_has,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool ferry_hypervisor_has_nwfilter(FerryHypervisor *hv,
                                   const char *name,
                                   bool *ret_has,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Returns: (element-type FerryPoolInfo) the host's storage pools. (transfer full)
GPtrArray *ferry_hypervisor_list_pools(FerryHypervisor *hv, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// What is known of @folder as a place for images: the host's own active pool over it, else as a pool that is gone
// again afterwards, which has no name.
// @ret_pool: (transfer full) NULL where the host has no such folder
bool ferry_hypervisor_look_at_folder(FerryHypervisor *hv,
                                     const char *folder,
                                     FerryPoolInfo **ret_pool,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Makes @volume, as thin as its format can be, in the pool over its folder or through one that is gone again
// afterwards. What is at its path already is never touched (virStorageBackendVolCreateLocal, 9.0: 'volume target path
// already exists').
// Errors: EXISTS
bool ferry_hypervisor_create_volume(FerryHypervisor *hv, const FerryVolume *volume, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Deletes the image at @path, in whichever pool it is. One that is not there is no error.
bool ferry_hypervisor_delete_volume(FerryHypervisor *hv, const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Snapshots, checkpoints and balloon of machine @uuid; what a driver or daemon does not have is 0.
bool ferry_hypervisor_get_extras(FerryHypervisor *hv,
                                 const char *uuid,
                                 FerryVmExtras *ret_extras,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Migrates: blocks until libvirt's call returns, for hours if need be. What it returns proves nothing:
// read both hosts afterwards. @dst is needed for managed-direct only (no PEER2PEER in call->flags).
// Errors: NO_ROUTE when the source's daemon could not reach the destination's (nothing happened then),
// CANCELLED when the job was aborted, else MOVE_FAILED with libvirt's text and number kept.
bool ferry_hypervisor_migrate(FerryHypervisor *src,
                              FerryHypervisor *dst,
                              const FerryMigrateCall *call,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

// virDomainAbortJob; refused by libvirt in post-copy.
bool ferry_hypervisor_abort_job(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_hypervisor_start_postcopy(FerryHypervisor *hv, const char *uuid, GError **error);
// Stops a post-copy so that it can be taken up over a new connection with FERRY_MIGRATE_POSTCOPY_RESUME: the guest
// stands, both halves are kept (virDomainAbortJobFlags with VIR_DOMAIN_ABORT_JOB_POSTCOPY, 8.5.0).
bool ferry_hypervisor_pause_postcopy(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_hypervisor_set_max_downtime(FerryHypervisor *hv,
                                       const char *uuid,
                                       unsigned milliseconds,
                                       GError **error);
// Limits the memory of a move from now on; the copies of its disks keep the limit that the move began with
// (virDomainMigrateSetMaxSpeed; facts on copied disks, 7). @mibs: a second; 0: no limit
// Fails while the job has not begun.
bool ferry_hypervisor_set_memory_speed(FerryHypervisor *hv,
                                       const char *uuid,
                                       unsigned mibs,
                                       GError **error);

bool ferry_hypervisor_suspend(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_hypervisor_resume(FerryHypervisor *hv, const char *uuid, GError **error);

// Ends the machine at once, as pulling its plug. The engine alone decides when that is safe.
bool ferry_hypervisor_destroy(FerryHypervisor *hv, const char *uuid, GError **error);

// Takes the definition away and keeps NVRAM (VIR_DOMAIN_UNDEFINE_KEEP_NVRAM, 2.3.0) and vTPM state
// (KEEP_TPM, 8.9.0, where the daemon has it).
bool ferry_hypervisor_undefine(FerryHypervisor *hv, const char *uuid, GError **error);
bool ferry_hypervisor_set_autostart(FerryHypervisor *hv,
                                    const char *uuid,
                                    bool autostart,
                                    GError **error);

// Snapshots or checkpoints of machine @uuid, parents before their children.
// libvirt: virDomainListAllSnapshots, virDomainListAllCheckpoints (5.6.0), both TOPOLOGICAL, described SECURE
// Returns: (element-type FerrySnapshot) empty where the driver or daemon has no such thing. (transfer full)
GPtrArray *ferry_hypervisor_list_snapshots(FerryHypervisor *hv,
                                           const char *uuid,
                                           FerrySnapshotKind kind,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Gives machine @uuid the description of a snapshot or checkpoint that exists on its disks (or existed): REDEFINE, and
// CURRENT where @snapshot->current. Its parent must be there. Of a checkpoint of a machine that runs the bitmaps must be there,
// too (REDEFINE_VALIDATE, 6.10.0).
// libvirt (9.0 to 11.3) compares the UUID in <domain> with the machine's, and not that in <inactiveDomain>, which a
// revert brings back (virDomainSnapshotRedefinePrep): the caller sees to both.
bool ferry_hypervisor_redefine_snapshot(FerryHypervisor *hv,
                                        const char *uuid,
                                        FerrySnapshotKind kind,
                                        const FerrySnapshot *snapshot,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Takes a snapshot's or checkpoint's description away from the host, and leaves what it describes on the disks:
// METADATA_ONLY. That there is none of @name is no error. Where it was the current one, its parent is it now.
bool ferry_hypervisor_forget_snapshot(FerryHypervisor *hv,
                                      const char *uuid,
                                      FerrySnapshotKind kind,
                                      const char *name,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Makes @xml a machine's definition (virDomainDefineXMLFlags, VALIDATE). Where the machine's name is new and a folder of
// snapshots of that name was left, libvirt deletes that (facts: trap g).
bool ferry_hypervisor_define(FerryHypervisor *hv, const char *xml, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// virDomainRename, of a machine that is off. libvirt (9.0 to 11.3) loses its checkpoints at the daemon's next start
// unless each is redefined now (facts: trap c).
bool ferry_hypervisor_rename(FerryHypervisor *hv,
                             const char *uuid,
                             const char *name,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Takes away the definition and the descriptions of snapshots and checkpoints, in one call, and keeps what is on disk: their
// data, NVRAM, vTPM state. Refused without any effect where there is a managed save: the caller looks before, as libvirt
// (9.0, 11.3) would take the descriptions and then refuse (facts: trap a).
bool ferry_hypervisor_undefine_all(FerryHypervisor *hv, const char *uuid, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Sets the element of @uri in machine @uuid's metadata, in its definition and, where it runs, in what runs
// (virDomainSetMetadata, 0.9.10). @xml: without a namespace of its own; libvirt writes it as "ferry:...".
bool ferry_hypervisor_set_metadata(FerryHypervisor *hv,
                                   const char *uuid,
                                   const char *uri,
                                   const char *xml,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

// One command of the guest agent's protocol (virDomainQemuAgentCommand), such as {"execute":"guest-get-host-name"}.
// Returns: the answer as JSON, {"return": ...}. (transfer full)
// Errors: TIMEOUT, UNSUPPORTED (the guest's agent does not have or allow the command; there is no agent), FAILED
char *ferry_hypervisor_agent_command(FerryHypervisor *hv,
                                     const char *uuid,
                                     const char *command,
                                     unsigned timeout_s,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

// The guest agent's clock (virDomainGetTime, 1.2.5): also the proof that the agent answers.
// @ret_wall_us: the guest's own wall clock
bool ferry_hypervisor_agent_get_time(FerryHypervisor *hv,
                                     const char *uuid,
                                     int64_t *ret_wall_us,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Sets the guest's clock from its host's (virDomainSetTime with the real time of this machine).
bool ferry_hypervisor_agent_set_time(FerryHypervisor *hv,
                                     const char *uuid,
                                     int64_t wall_us,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

// What a host tells by itself about one machine.
typedef enum FerryVmEventKind {
    FERRY_VM_EVENT_STATE,     // lifecycle: state and reason are the new ones
    FERRY_VM_EVENT_ITERATION, // migration pass number
    FERRY_VM_EVENT_JOB_ENDED, // the source's JOB_COMPLETED event: final figures, in every mode
    FERRY_VM_EVENT_DISCONNECTED,
} FerryVmEventKind;

typedef struct FerryVmEvent {
    FerryVmEventKind kind;
    FerryVmState state;
    FerryVmReason reason;
    int iteration;
    bool
        hung_up; // DISCONNECTED: the daemon itself ended the connection, as when it dies; not silence
    FerryJobStats stats;
} FerryVmEvent;

typedef void (*FerryVmEventFunc)(FerryHypervisor *hv, const FerryVmEvent *event, void *data);

// Calls @func from the default main context for every event of machine @uuid. Unlike the others these
// two may be called from the main thread or a worker; after unwatch returned in the main thread no call
// comes any more. @data must live until then.
// Returns: an id for unwatch; 0 with an error
int ferry_hypervisor_watch(FerryHypervisor *hv,
                           const char *uuid,
                           FerryVmEventFunc func,
                           void *data,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
void ferry_hypervisor_unwatch(FerryHypervisor *hv, int watch);
