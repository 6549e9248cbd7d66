// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is known of two hosts and a machine before a move. Collectors do all the I/O, block, and never
// fail: what could not be found out is unknown with its reason. A fact `x` is known exactly when
// `x_unknown` is NULL. Facts are values: checks only read them, in any thread.
// Facts hold no secrets: XML is redacted.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "hypervisor/hypervisor.h"
#include "model/definition.h"
#include "model/host.h"
#include "model/job.h"
#include "model/machine-caps.h"
#include "model/migration.h"
#include "model/vm.h"

// Of one host.
typedef struct FerryHostFacts {
    char *name; // as the operator calls it
    char *uri;
    FerryHostInfo info;
    char *info_unknown;
} FerryHostFacts;

FerryHostFacts *ferry_host_facts_collect(FerryHypervisor *hv);
void ferry_host_facts_free(FerryHostFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryHostFacts, ferry_host_facts_free)

// Of the machine on its source host.
typedef struct FerryVmFacts {
    FerryVm vm;
    char *vm_unknown;

    char *live_xml;              // redacted; NULL for a machine that is off
    FerryDefinition *definition; // of the live XML, of the persistent one where the machine is off
    char *definition_unknown;    // of both
    char *persistent_xml;        // redacted; NULL for a transient machine
    char *persistent_unknown;

    FerryJobStats job;
    char *job_unknown;
    char *block_job_disk; // target of the first disk with a block job; NULL for none
    char *block_job_unknown;

    // What the source itself gives such a machine; asked for only where its CPU follows the host's
    // (ferry_facts_cpu_follows_host()), else NULL and known.
    FerryMachineCaps *caps;
    char *caps_unknown;
} FerryVmFacts;

FerryVmFacts *ferry_vm_facts_collect(FerryHypervisor *src, const char *uuid);
void ferry_vm_facts_free(FerryVmFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryVmFacts, ferry_vm_facts_free)

// Does the destination see one disk source?
typedef struct FerryPathFact {
    char *target; // "vda"
    char *path;
    bool seen;
    char *seen_unknown;
} FerryPathFact;

// Of the machine and its destination together.
typedef struct FerryPairFacts {
    // What will arrive: options->xml where given, else the machine's own.
    FerryDefinition *definition;
    char *definition_unknown;

    FerryMachineCaps *caps; // NULL and known: the destination has no such machine type or emulator
    char *caps_refusal;     // its words then, which name host and machine type
    char *caps_unknown;

    // Asked only for a running machine with a CPU model that does not follow the host's.
    bool cpu_asked;
    bool cpu_fits;
    char *cpu_reason;  // libvirt's words where it does not fit
    char *cpu_unknown; // caps_refusal too: it is not asked then

    FerryVm *same_uuid;     // the destination's machine of the same UUID; NULL: none
    FerryVm *same_name;     // of the name that will arrive; NULL: none
    char *conflict_unknown; // of both
    // utf8: what differs between the machine's persistent definition and an inactive one of the same
    // UUID there; NULL where there was none to compare.
    GPtrArray *conflict_diff;

    // FerryPathFact: each disk that has a source and is not reached over the network.
    GPtrArray *paths;
    uint64_t free_pages; // of the machine's huge page size; 0 where it uses none
    char *free_pages_unknown;
} FerryPairFacts;

// @vm, @options: what is moved and how; options->xml and options->dest_name decide what arrives.
FerryPairFacts *ferry_pair_facts_collect(FerryHypervisor *dst,
                                         const FerryVmFacts *vm,
                                         const FerryMigrateOptions *options);
void ferry_pair_facts_free(FerryPairFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryPairFacts, ferry_pair_facts_free)

// Is the machine's CPU whatever its host has (host-passthrough, maximum)?
bool ferry_facts_cpu_follows_host(const FerryDefinition *definition);

// Returns: the machine's name after the move, owned by @vm or @options
const char *ferry_facts_dest_name(const FerryVmFacts *vm, const FerryMigrateOptions *options);

// Returns: the size of the machine's huge pages in KiB; 0 where it uses none
uint64_t ferry_facts_page_kib(const FerryDefinition *definition);
