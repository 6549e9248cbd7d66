// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Is it proved that a machine's own image locks keep it from running on both hosts? Only where, while it runs, QEMU of
// the destination was refused every file that the machine writes to, by a lock that no process there holds.
// Configuration and the kind of a file system prove nothing; block devices and network disks have no such lock. Pure.

#pragma once

#include <stdbool.h>

#include "preflight/check.h"

typedef struct FerryImageLocks {
    bool proved;
    bool forced;  // the operator overrides or leaves out the check of it: a move may go without
    char *reason; // a clause: "QEMU's locks on disk 'vda' bind both hosts", or what is not proved
} FerryImageLocks;

// @ret_locks: the caller clears it
void ferry_image_locks_judge(const FerryCheckInput *in, FerryImageLocks *ret_locks);
void ferry_image_locks_clear(FerryImageLocks *locks);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryImageLocks, ferry_image_locks_clear)
