// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Snapshots and checkpoints go with their machine. Their data are on its disks; what libvirt knows of them, the
// descriptions, it does not carry, and of a machine that has descriptions of snapshots it refuses the migration. So they
// are in the move's intent before anything is touched (move->baseline->snapshots, without secrets), those of snapshots are
// taken away before libvirt is called, and when it is clear which host holds the machine that one gets them all:
//
//   prepare  snapshots are forgotten on the source
//   commit   all are defined on the destination, then forgotten on the source where it keeps a definition
//   undo     all are defined on the source again
//
// Descriptions of checkpoints are in nobody's way and stay until commit: what is not taken away can't be lost.
//
// Each of these may be done again and finds what was done before, by this runner or one that died. All block: workers only.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "engine/move.h"

// Does something have to be taken away before libvirt can be called?
bool ferry_snapshots_are_in_the_way(const FerryMove *move);

// Errors: VM_STATE where they are not what the intent has; those of the host
bool ferry_snapshots_detach(FerryMove *move, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// One that the destination refuses is told as a note, and verification tells it again.
// Errors: where a host can't be reached
bool ferry_snapshots_attach_dst(FerryMove *move, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Errors: where a host can't be reached or refuses one
bool ferry_snapshots_attach_src(FerryMove *move, GError **error) G_GNUC_WARN_UNUSED_RESULT;
