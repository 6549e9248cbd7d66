// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is known of hosts and machines before a move: values that survey.h collects, checks only read them, in
// any thread. What could not be found out is unknown with its reason: a member `x` is known exactly when
// `x_unknown` is NULL. Facts hold no secrets: XML is redacted.
//
// What a host is asked about by name (a network, a path, a CPU) is a FerryFact, asked once a host however many
// machines need it.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "hypervisor/hypervisor.h"
#include "model/definition.h"
#include "model/host-probe.h"
#include "model/host.h"
#include "model/job.h"
#include "model/machine-caps.h"
#include "model/migration.h"
#include "model/network.h"
#include "model/snapshot.h"
#include "model/storage.h"
#include "model/vm.h"

typedef enum FerryFactKind {
    FERRY_FACT_MACHINE_TYPE, // ferry_fact_key_type(); caps, or the refusal in text and yes = false
    FERRY_FACT_CPU,          // ferry_fact_key_cpu(); yes: it fits; text: libvirt's words where not
    FERRY_FACT_NETWORK,      // name; network
    FERRY_FACT_INTERFACE,    // name; network
    FERRY_FACT_PATH,         // path; path (its own `unknown` is the fact's)
    FERRY_FACT_FOLDER,       // path; pool, NULL where there is no such folder
    FERRY_FACT_SECRET,       // UUID; yes
    FERRY_FACT_NWFILTER,     // name; yes
    FERRY_FACT_FREE_PAGES,   // size in KiB; number
    FERRY_FACT_DEFINITION, // UUID; text: the persistent XML of an inactive machine there, redacted
    FERRY_FACT_LAST
} FerryFactKind;

typedef struct FerryFact {
    char *unknown; // why it is not known; NULL: it is
    bool yes;
    char *text;
    uint64_t number;
    FerryMachineCaps *caps;
    FerryNetworkInfo network;
    FerryPathInfo path;
    FerryPoolInfo *pool;
} FerryFact;

void ferry_fact_free(FerryFact *fact);

typedef struct FerryHostFacts {
    char *name; // as the operator calls it
    char *uri;
    char *address; // on the migration network, as the records have it; NULL
    FerryHostInfo info;
    char *info_unknown;
    GPtrArray *machines; // FerryVm: all that it knows
    char *machines_unknown;
    GPtrArray *pools; // FerryPoolInfo; only where it was asked for them
    char *pools_unknown;
    FerryHostProbe *probe;
    char *probe_unknown;

    // For facts.c
    FerryFact *unasked;                 // what get() says of what nobody asked about
    GHashTable *facts[FERRY_FACT_LAST]; // key: FerryFact
    GHashTable *by_uuid, *by_name;      // of machines: FerryVm
} FerryHostFacts;

// A host of which nothing is known yet, for the reason given. (transfer full)
FerryHostFacts *ferry_host_facts_new(const char *name, const char *uri, const char *unknown);
void ferry_host_facts_free(FerryHostFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryHostFacts, ferry_host_facts_free)

// Takes @machines (FerryVm) and clears machines_unknown; @unknown instead where they could not be listed.
void ferry_host_facts_set_machines(FerryHostFacts *facts, GPtrArray *machines, const char *unknown);

// Takes @fact, in the place of an earlier one.
void ferry_host_facts_tell(FerryHostFacts *facts,
                           FerryFactKind kind,
                           const char *key,
                           FerryFact *fact);

// Returns: never NULL: what nobody asked about is unknown, and says so. Owned by @facts.
const FerryFact *ferry_host_facts_get(const FerryHostFacts *facts,
                                      FerryFactKind kind,
                                      const char *key);

// The same for what a definition needs of its host.
const FerryFact *ferry_host_facts_machine_type(const FerryHostFacts *facts,
                                               const FerryDefinition *definition);
const FerryFact *ferry_host_facts_cpu(const FerryHostFacts *facts,
                                      const FerryDefinition *definition);
// By the NIC's type, a network or an interface.
const FerryFact *ferry_host_facts_nic(const FerryHostFacts *facts, const FerryNic *nic);

// Returns: the host's machine of that UUID or name; NULL where it has none (look at machines_unknown first)
const FerryVm *ferry_host_facts_by_uuid(const FerryHostFacts *facts, const char *uuid);
const FerryVm *ferry_host_facts_by_name(const FerryHostFacts *facts, const char *name);

char *ferry_fact_key_type(const FerryDefinition *definition);
char *ferry_fact_key_cpu(const FerryDefinition *definition);

// Of the machine on its source host.
typedef struct FerryVmFacts {
    FerryVm vm;
    char *vm_unknown;

    char *live_xml;              // redacted; NULL for a machine that is off
    FerryDefinition *definition; // of the live XML, of the persistent one where the machine is off
    char *definition_unknown;    // of both
    char *persistent_xml;        // redacted; NULL for a transient machine
    char *persistent_unknown;

    // What will arrive: that of options->xml or the machine's own, with the names that it has there; `definition`
    // itself where nothing differs.
    const FerryDefinition *arriving;
    char *arriving_unknown;
    FerryDefinition *arriving_own; // NULL where arriving is `definition`

    FerryJobStats job;
    char *job_unknown;
    char *block_job_disk; // target of the first disk with a block job; NULL for none
    char *block_job_unknown;
    FerryVmExtras extras;
    GPtrArray *snapshots; // FerrySnapshotRecord: snapshots and checkpoints; NULL is as good as none
    char *extras_unknown; // of both
} FerryVmFacts;

// Everything of a machine. @options: its xml and names (model/names.h) decide what arrives.
FerryVmFacts *ferry_vm_facts_collect(FerryHypervisor *src,
                                     const char *uuid,
                                     const FerryMigrateOptions *options);
// A machine of which nothing is known but its UUID, for the reason given. (transfer full)
FerryVmFacts *ferry_vm_facts_new_unknown(const char *uuid, const char *unknown);
void ferry_vm_facts_free(FerryVmFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryVmFacts, ferry_vm_facts_free)

// Is the machine's CPU whatever its host has (host-passthrough, maximum)?
bool ferry_facts_cpu_follows_host(const FerryDefinition *definition);

// Does the host have to be asked whether it can run the machine's CPU: is it a model of its own?
bool ferry_facts_has_cpu_model(const FerryDefinition *definition);

// Returns: the machine's name after the move, owned by @vm or @options
const char *ferry_facts_dest_name(const FerryVmFacts *vm, const FerryMigrateOptions *options);

// Returns: the size of the machine's huge pages in KiB; 0 where it uses none
uint64_t ferry_facts_page_kib(const FerryDefinition *definition);

// Does a running machine write to what is behind it?
bool ferry_facts_disk_is_written(const FerryDisk *disk);

// Can QEMU's lock of it be met on another host: is it a file that one machine alone may write to?
bool ferry_facts_disk_has_lock(const FerryDisk *disk);

typedef enum FerrySame {
    FERRY_SAME_UNKNOWN,
    FERRY_SAME_NO,
    FERRY_SAME_YES,
} FerrySame;

// Is @src_path on one host the very file or device that @dst_path is on the other? By the probes' marks and
// a device's identity, else by size and time of change (ctime), which nobody can set, so that equal to the
// nanosecond means the same.
// @ret_how: what it was known by, or why not. (transfer full)
FerrySame ferry_facts_same_path(const FerryHostFacts *src,
                                const char *src_path,
                                const FerryHostFacts *dst,
                                const char *dst_path,
                                char **ret_how);
