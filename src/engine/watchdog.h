// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Has the data path of a move died? Neither QEMU nor libvirt notices a migration link that swallows everything:
// such a move never ends, and in post-copy the guest stands still and is called running (facts: the table of
// faults, libvirt 9.0 and 11.3). The figures of the job tell: bytes that do not grow while the daemon answers. Those of
// disks count zeroes and holes, too, of which nothing goes over the link.
//
// Pure but for ferry_watchdog_break(). One watchdog belongs to one thread.

#pragma once

#include <stdint.h>

#include "engine/move.h"
#include "model/job.h"

typedef struct FerryWatchdog {
    int64_t limit_us;  // from which on it is acted upon; 0: never
    bool copies;       // disks are copied, too
    int64_t since_us;  // when the bytes grew last
    int64_t now_us;    // of the last reading
    uint64_t bytes;    // then
    uint64_t requests; // pages that post-copy had to ask for
    bool said;
} FerryWatchdog;

typedef enum FerryStall {
    FERRY_STALL_NONE,
    FERRY_STALL_SAY, // some seconds without a byte: told once
    FERRY_STALL_ACT, // for as long as the operator's --stall-timeout
} FerryStall;

// @copies: disks are copied, too: it has more patience before the first byte
FerryWatchdog ferry_watchdog_new(const FerryMigrateOptions *options, bool copies);

// @stats: a reading of the source's job at @now_us; ACTIVE, else it counts as moving. NULL: a reading that hangs, as at
// a switch over a dead link
FerryStall ferry_watchdog_feed(FerryWatchdog *watchdog, int64_t now_us, const FerryJobStats *stats);

// Since when nothing moved, in seconds.
unsigned ferry_watchdog_seconds(const FerryWatchdog *watchdog);

// Acts on a dead data path: before the switch the job is aborted, so that the source goes on; at the switch, when QEMU
// answers nobody, the stream itself is broken; a post-copy is stopped, so that it can be taken up over a new
// connection. What can't be done now is tried again later. Blocks: workers only.
// Returns: whether it was done; @error: why not
bool ferry_watchdog_break(FerryMove *move, GError **error);
