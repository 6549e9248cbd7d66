// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What goes on beside libvirt's migration call while it blocks: the figures of the job become progress
// events, and the operator's limits (standstill, time) become orders to libvirt. Main loop only; what blocks
// is handed to workers.

#pragma once

#include "engine/engine.h"
#include "engine/move.h"

typedef struct FerrySteer FerrySteer;

// @engine, @move: borrowed; must outlive all workers of the steer, so until the process ends.
FerrySteer *ferry_steer_new(FerryEngine *engine, FerryMove *move);

// Call at the begin of phase perform or heal (@healing: only the watchdog and progress then), and at the begin of every
// other phase.
void ferry_steer_begin(FerrySteer *steer, bool healing);
void ferry_steer_end(FerrySteer *steer);
