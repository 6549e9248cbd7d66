// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// How a machine will be moved: decided once, before anything is touched, from what was asked and found.
// Pure. Every choice carries its reason, so that the plan can be read by people.

#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "model/disk-plan.h"
#include "model/host.h"
#include "model/migration.h"
#include "model/vm.h"
#include "preflight/image-locks.h"

typedef struct FerryPlan {
    FerryMode mode; // P2P or DIRECT
    const char *mode_reason;
    bool strict; // the destination stays paused until the source is read as gone
    char *commit_reason;
    unsigned flags;     // FerryMigrateFlag, without PEER2PEER: mode says that
    char *migrate_uri;  // NULL: libvirt's own choice
    bool resume;        // the machine ran and shall run
    bool postcopy_now;  // switch to post-copy after the first pass
    bool detect_zeroes; // of copied disks: what reads as zeroes does not go over
} FerryPlan;

// @vm: as found on the source.
// @locks: what is proved of its disks. A move is fast where its locks are proved, or forced to go without.
void ferry_plan_make(const FerryMigrateOptions *options,
                     const FerryVm *vm,
                     const FerryHost *dst,
                     const FerryImageLocks *locks,
                     FerryPlan *ret_plan);

// Adds what libvirt has to be told where disks are copied.
// @disks: FerryDiskPlan; NULL is as good as none. @src, @dst: zeroed where they are not known
void ferry_plan_add_copies(const GPtrArray *disks,
                           const FerryMigrateOptions *options,
                           const FerryHostInfo *src,
                           const FerryHostInfo *dst,
                           FerryPlan *plan);
void ferry_plan_clear(FerryPlan *plan);

// What to hand to ferry_hypervisor_migrate(). Strings are borrowed from the arguments.
// @copied: targets of the disks that are copied, ends with NULL; NULL: none
FerryMigrateCall ferry_plan_call(const FerryPlan *plan,
                                 const FerryMigrateOptions *options,
                                 const char *uuid,
                                 const FerryHost *dst,
                                 const char *const *copied);

// The limit of --disk-bandwidth, which the call gets where disks are copied: libvirt (9.0 to 11.3) takes the limit of the
// copies from there alone, and memory can be given its own while they run; that of a running copy can't be changed in 9.0
// (facts on copied disks, 7).
// Returns: MiB/s; 0: disks go over as memory does
unsigned ferry_plan_copy_mibs(const FerryPlan *plan, const FerryMigrateOptions *options);

// Returns: "strict" or "fast"; "libvirt" where nothing runs that could run twice (a machine that is off, no plan yet)
const char *ferry_plan_commit_name(const FerryPlan *plan);

// Schema move.plan/1.
JsonNode *ferry_plan_to_json(const FerryPlan *plan);
void ferry_plan_from_json(JsonObject *object, FerryPlan *ret_plan);

// Can the source's daemon use @uri at all? A local URI without a socket of its own means another host there.
bool ferry_plan_uri_reaches(const char *uri);
