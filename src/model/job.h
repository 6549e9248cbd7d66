// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A migration job's figures as libvirt reports them (virDomainGetJobStats and the JOB_COMPLETED
// event carry the same fields), and progress made of them.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum FerryJobKind {
    FERRY_JOB_NONE,
    FERRY_JOB_ACTIVE, // bounded or unbounded
    FERRY_JOB_COMPLETED,
    FERRY_JOB_FAILED,
    FERRY_JOB_CANCELLED,
} FerryJobKind;

typedef enum FerryJobOperation {
    FERRY_JOB_OP_NONE,
    FERRY_JOB_OP_MIGRATION_IN,
    FERRY_JOB_OP_MIGRATION_OUT,
    FERRY_JOB_OP_OTHER, // save, dump, snapshot, backup ...
} FerryJobOperation;

typedef struct FerryJobStats {
    FerryJobKind kind;
    FerryJobOperation operation;
    uint64_t elapsed_ms;
    uint64_t downtime_ms; // as QEMU reports it
    uint64_t setup_ms;
    uint64_t data_total, data_processed, data_remaining;       // bytes, memory and disks
    uint64_t memory_total, memory_processed, memory_remaining; // bytes
    uint64_t disk_total, disk_processed, disk_remaining;       // bytes
    uint64_t memory_bps;                                       // bytes a second
    uint64_t memory_dirty_rate; // pages a second; 0 until the second dirty sync
    uint64_t page_size;         // bytes
    uint64_t iteration;
    uint64_t postcopy_requests;
    int throttle_percent; // of auto-converge
} FerryJobStats;

// Bytes that went over the wire so far.
uint64_t ferry_job_stats_bytes(const FerryJobStats *stats);

// What is known of a move before its job tells figures. libvirt tells those of memory only once the disks are over
// (facts on copied disks, 7: memory_total is 0 until then).
typedef struct FerryJobExpected {
    uint64_t disk_bytes;   // what the disks that are copied take up; 0: none is
    uint64_t memory_bytes; // 0: not known
    uint64_t memory_bps;   // the operator's limit; 0: none
} FerryJobExpected;

// A reading that later ones are compared with.
typedef struct FerryJobMark {
    uint64_t ms, processed, remaining; // of disks
} FerryJobMark;

// A percentage that never goes back, made of figures that do: libvirt's 'remaining' jumps up at each
// round, when memory follows the disks, and with what the guest writes to its disks meanwhile. Zero-initialise, set
// `expected`, feed with every reading of one move.
//
// Disks and the first pass over memory fill at most 90 %, and less while memory is still to come: what the guest dirties
// meanwhile is not known yet. After that, the percentage is that of the time: elapsed / (elapsed + eta). While the guest
// dirties faster than the link carries, there is no ETA and the percentage stands still.
typedef struct FerryProgress {
    FerryJobExpected expected;
    double percent;
    double eta_s; // seconds; < 0 while unknown (0 before the first reading)
    double
        disk_bps; // what the copies of disks advance by, holes included; 0: not known, or memory goes over
    bool
        overtaken; // the guest writes faster than its disks are copied: for 30 s nothing became less
    // its own
    uint64_t start_remaining; // bytes of memory to be sent when the first pass began
    uint64_t start_iteration; // libvirt counts passes of earlier, cancelled tries too
    uint64_t idle_ms;         // of the last reading before disks or memory went over
    uint64_t disk_ms;         // of the last reading before memory followed disks
    bool marked;
    FerryJobMark marks[2]; // the older one, and one of at most 10 s ago
    unsigned stuck;        // that many marks in a row found nothing less than the one before
} FerryProgress;

// Returns: the new percentage, 0..99.9; 100 is for the end of the move alone
double ferry_progress_update(FerryProgress *progress, const FerryJobStats *stats);

// Do disks go over, and memory not yet?
bool ferry_job_stats_on_disks(const FerryJobStats *stats);
