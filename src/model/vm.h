// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A machine as a host reports it now: name, UUID, power state and the reason of that state.
// The states and reasons are libvirt's (virDomainState and its virDomain*Reason enums); those that
// no decision rests on are folded into OTHER.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/uuid.h"

typedef enum FerryVmState {
    FERRY_VM_STATE_NONE, // the host does not know the machine
    FERRY_VM_STATE_RUNNING,
    FERRY_VM_STATE_PAUSED,
    FERRY_VM_STATE_SHUTDOWN, // being shut down
    FERRY_VM_STATE_SHUTOFF,
    FERRY_VM_STATE_CRASHED,
    FERRY_VM_STATE_SUSPENDED, // by the guest's power management
    FERRY_VM_STATE_LAST
} FerryVmState;

typedef enum FerryVmReason {
    FERRY_VM_REASON_OTHER,
    FERRY_VM_REASON_BOOTED,
    FERRY_VM_REASON_MIGRATED,           // running: came by migration; shut off: left by migration
    FERRY_VM_REASON_MIGRATION_CANCELED, // running again after a migration that failed
    FERRY_VM_REASON_UNPAUSED,
    FERRY_VM_REASON_USER,      // paused by a user (or by VIR_MIGRATE_PAUSED)
    FERRY_VM_REASON_MIGRATION, // paused for a migration
    FERRY_VM_REASON_IO_ERROR,
    FERRY_VM_REASON_STARTING_UP,
    FERRY_VM_REASON_POSTCOPY,        // memory still on both hosts
    FERRY_VM_REASON_POSTCOPY_FAILED, // memory on both hosts and the link is broken
    FERRY_VM_REASON_API_ERROR,
    FERRY_VM_REASON_DESTROYED,
    FERRY_VM_REASON_CRASHED,
    FERRY_VM_REASON_FAILED, // shut off: could not be started
    FERRY_VM_REASON_SAVED,
    FERRY_VM_REASON_LAST
} FerryVmReason;

typedef struct FerryVm {
    char *name;
    char uuid[FERRY_UUID_LEN + 1];
    FerryVmState state;
    FerryVmReason reason;
    bool persistent;
    bool autostart;
    uint64_t memory_kib; // maximum memory
    unsigned vcpus;
} FerryVm;

// What a host knows of a machine beside its XML.
typedef struct FerryVmExtras {
    unsigned snapshots;   // virDomainSnapshotNum
    unsigned checkpoints; // virDomainListAllCheckpoints (5.6.0)
    uint64_t balloon_kib; // what the guest has now (virDomainMemoryStats); 0: not told or off
    bool managed_save;    // virDomainHasManagedSaveImage
} FerryVmExtras;

typedef enum FerrySnapshotKind {
    FERRY_SNAPSHOT,
    FERRY_CHECKPOINT,
} FerrySnapshotKind;

// Returns: "snapshot", "checkpoint"; static
const char *ferry_snapshot_kind_name(FerrySnapshotKind kind);

// A snapshot's or checkpoint's description as libvirt keeps it. Each holds the whole definition of its day.
typedef struct FerrySnapshot {
    char *name;
    char *xml; // with secrets: never store, log or show it
    bool current;
} FerrySnapshot;

void ferry_snapshot_free(FerrySnapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerrySnapshot, ferry_snapshot_free)

void ferry_vm_free(FerryVm *vm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryVm, ferry_vm_free)

// For a FerryVm on the stack, zero-initialised: frees what it holds and zeroes it.
void ferry_vm_clear(FerryVm *vm);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryVm, ferry_vm_clear)

// Returns: a deep copy. (transfer full)
FerryVm *ferry_vm_copy(const FerryVm *vm);

// A machine that holds memory somewhere: running, paused, being shut down, crashed but kept, suspended.
bool ferry_vm_state_is_active(FerryVmState state);

// Returns: "running", "paused", "shut off", "absent" ...; static, libvirt's own words
const char *ferry_vm_state_name(FerryVmState state);

// Returns: "booted", "migrated", "user" ...; static
const char *ferry_vm_reason_name(FerryVmReason reason);

// Returns: "paused (user)", "running (migrated)", "absent". (transfer full)
char *ferry_vm_state_format(FerryVmState state, FerryVmReason reason);
