// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Which host holds the machine? A pure table: what the source shows x what the destination shows ->
// a verdict and the steps that lead there (facts: libvirt's restart rules in qemu_process.c and the
// v3 protocol, where even libvirt says that 'a third party needs to check'). First matching row wins; a
// meta-test proves that every pair has one.
//
// Two reads of two hosts are not one instant: the caller reads source, destination, source again, with
// no migration job on either, before it asks.

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/job.h"
#include "model/vm.h"

// What one host shows of the machine.
typedef enum FerrySide {
    FERRY_SIDE_UNREACHABLE,
    FERRY_SIDE_BUSY,         // a migration job is on it
    FERRY_SIDE_NONE,         // not known there, or only a definition that was there before the move
    FERRY_SIDE_OFF,          // a definition that does not run
    FERRY_SIDE_OFF_MIGRATED, // off, and libvirt says: because it left by migration
    FERRY_SIDE_OFF_CRASHED,  // off, because its QEMU died
    FERRY_SIDE_RUNNING,
    FERRY_SIDE_PAUSED_USER, // also: arrived with VIR_MIGRATE_PAUSED
    FERRY_SIDE_PAUSED_MIGRATION,
    FERRY_SIDE_PAUSED_API,   // libvirt could not let it go on
    FERRY_SIDE_PAUSED_OTHER, // I/O error, watchdog, ...
    FERRY_SIDE_POSTCOPY,     // memory on both hosts
    FERRY_SIDE_POSTCOPY_FAILED,
    FERRY_SIDE_ANY, // in rows only
} FerrySide;

typedef enum FerryResolved {
    FERRY_RESOLVED_MOVED,   // the destination holds it
    FERRY_RESOLVED_STAYED,  // the source holds it
    FERRY_RESOLVED_ENDED,   // it ended by itself on the source (shut down, crashed) during the move
    FERRY_RESOLVED_WAIT,    // something is still going on: read again
    FERRY_RESOLVED_UNCLEAR, // nothing may be destroyed; an operator or a later look decides
    FERRY_RESOLVED_DOUBLE,  // it runs on both: suspend both, raise the alarm
} FerryResolved;

typedef enum FerryResolveStep {
    FERRY_RESOLVE_RESUME_SRC = 1 << 0,
    FERRY_RESOLVE_DESTROY_SRC = 1 << 1, // always before the destination is resumed
    FERRY_RESOLVE_RESUME_DST = 1 << 2,  // unless the machine was paused before the move
    FERRY_RESOLVE_DESTROY_DST = 1 << 3, // only after the source was read as alive again
    FERRY_RESOLVE_UNDEFINE_DST = 1 << 4,
    FERRY_RESOLVE_SUSPEND_BOTH = 1 << 5,
} FerryResolveStep;

typedef struct FerryResolution {
    FerrySide src;
    FerrySide dst;
    FerryResolved verdict;
    unsigned steps; // FerryResolveStep
    const char *comment;
} FerryResolution;

// Puts what was read into one of the classes above.
// @known_before: an inactive definition of it was there before the move began, so it proves nothing
FerrySide ferry_resolver_classify(FerryVmState state,
                                  FerryVmReason reason,
                                  const FerryJobStats *job,
                                  bool known_before);

// @strict: the destination was told to stay paused, so that it cannot have run yet.
// Returns: the row; never NULL
const FerryResolution *ferry_resolver_resolve(FerrySide src, FerrySide dst, bool strict);

// Returns: the table for @strict; @ret_n rows
const FerryResolution *ferry_resolver_table(bool strict, size_t *ret_n);

const char *ferry_side_name(FerrySide side); // "paused (user)"; static
