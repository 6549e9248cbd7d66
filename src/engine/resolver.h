// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Which host holds the machine? A pure table: what the source shows x what the destination shows x how the
// destination was told to start x what the journal and this process know besides -> a verdict and the steps
// that lead there (facts: libvirt's restart rules in qemu_process.c and the v3 protocol, where even libvirt
// says that 'a third party needs to check'). First matching row wins; a meta-test proves that every
// combination has one, and that an older phase in the journal never leads to the opposite of what a newer
// one knew.
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
    FERRY_SIDE_OFF_FAILED,   // the same, and libvirt says: it was never started
    FERRY_SIDE_OFF_MIGRATED, // off, and libvirt says: because it left by migration
    FERRY_SIDE_OFF_CRASHED,  // off, because its QEMU died
    FERRY_SIDE_RUNNING,
    FERRY_SIDE_PAUSED_BEFORE, // the source, as it was before the move
    FERRY_SIDE_PAUSED_USER,   // also: arrived with VIR_MIGRATE_PAUSED
    FERRY_SIDE_PAUSED_MIGRATION,
    FERRY_SIDE_PAUSED_API,   // libvirt could not let it go on
    FERRY_SIDE_PAUSED_OTHER, // I/O error, watchdog, ...
    FERRY_SIDE_POSTCOPY,     // memory on both hosts
    FERRY_SIDE_POSTCOPY_FAILED,
    FERRY_SIDE_ANY, // in rows only
} FerrySide;

// What is known besides the two states, and from whom.
typedef enum FerryKnown {
    FERRY_KNOWN_BEGUN = 1 << 0, // libvirt was asked to migrate; nothing more
    // This process saw the source stop for the switch, or its daemon die with the job under way, and never run again.
    FERRY_KNOWN_STOOD = 1 << 1,
    FERRY_KNOWN_LEFT = 1 << 2, // the commit certificate was seen, or the journal says 'commit'
    FERRY_KNOWN_HELD = 1 << 3, // the source was read as holding it: a copy elsewhere is from before
} FerryKnown;

typedef enum FerryResolved {
    FERRY_RESOLVED_MOVED,   // the destination holds it
    FERRY_RESOLVED_STAYED,  // the source holds it
    FERRY_RESOLVED_ENDED,   // it ended by itself on the source (shut down, crashed) during the move
    FERRY_RESOLVED_WAIT,    // something is still going on: read again
    FERRY_RESOLVED_UNCLEAR, // nothing may be destroyed; an operator or a later look decides
    FERRY_RESOLVED_DOUBLE,  // it runs on both: suspend both, raise the alarm
    FERRY_RESOLVED_BROKEN,  // post-copy whose link broke: both hold a part of the memory, heal it
    FERRY_RESOLVED_LOST, // post-copy of which one half is gone: no host has the whole memory any more
} FerryResolved;

typedef enum FerryResolveStep {
    FERRY_RESOLVE_RESUME_SRC = 1 << 0,
    FERRY_RESOLVE_DESTROY_SRC = 1 << 1, // always before the destination is resumed
    FERRY_RESOLVE_RESUME_DST = 1 << 2,  // unless the machine was paused before the move
    FERRY_RESOLVE_DESTROY_DST = 1 << 3, // only after the source was read as alive again
    FERRY_RESOLVE_UNDEFINE_DST = 1 << 4,
    FERRY_RESOLVE_SUSPEND_BOTH = 1 << 5,
    // Before the destination is resumed: it must run on no other known host. The source may have gone
    // there by another move after ours had failed, and nobody wrote that down.
    FERRY_RESOLVE_LOOK_ELSEWHERE = 1 << 6,
} FerryResolveStep;

typedef enum FerryStartMode {
    FERRY_START_STRICT =
        1 << 0, // the destination was told to stay paused: it cannot have run by itself
    FERRY_START_FAST = 1 << 1, // libvirt starts the destination by itself
} FerryStartMode;

typedef struct FerryResolution {
    FerrySide src;
    FerrySide dst;
    unsigned commit; // FerryStartMode, those that the row is for
    unsigned known;  // FerryKnown, those that the row is for
    FerryResolved verdict;
    unsigned steps; // FerryResolveStep
    const char *comment;
} FerryResolution;

// What a look at one host has to know to be a proof.
typedef enum FerryClassify {
    FERRY_CLASSIFY_KNOWN_BEFORE =
        1 << 0, // a definition was there before the move, and proves nothing
    FERRY_CLASSIFY_PAUSED_BEFORE = 1 << 1, // it was paused when the move began
    // Libvirt was to undefine it, which it does in a Confirm that succeeded alone (qemuMigrationSrcConfirmPhase,
    // 9.0 to 11.3): that it is gone is as good as 'off (migrated)'.
    FERRY_CLASSIFY_GONE_BY_MIGRATION = 1 << 2,
    // A transient machine that may have run there leaves nothing when it ends.
    FERRY_CLASSIFY_GONE_PROVES_NOTHING = 1 << 3,
} FerryClassify;

// Puts what was read into one of the classes above. @hints: FerryClassify
FerrySide ferry_resolver_classify(FerryVmState state,
                                  FerryVmReason reason,
                                  const FerryJobStats *job,
                                  unsigned hints);

// Returns: the row; never NULL
const FerryResolution *ferry_resolver_resolve(FerrySide src,
                                              FerrySide dst,
                                              FerryStartMode commit,
                                              FerryKnown known);

// Returns: the table; @ret_n rows
const FerryResolution *ferry_resolver_table(size_t *ret_n);

const char *ferry_side_name(FerrySide side);            // "paused (user)"; static
const char *ferry_resolved_name(FerryResolved verdict); // "moved"; static
char *ferry_resolve_steps_format(
    unsigned steps); // "destroy source, resume destination"; (transfer full)
