// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What each phase of machine.h does. Every step blocks, runs in the move's worker (reserve alone in the
// loop, as it writes the records) and answers with the event that the table turns into the next phase.
// A step that fails leaves the cause in move->error. Every step can be done twice.

#pragma once

#include "engine/machine.h"
#include "engine/move.h"

// Finds the machine and connects to both hosts. OK, FAIL.
FerryMoveEvent ferry_step_resolve(FerryMove *move);

// Collects facts, runs the checks, makes plan and baseline. OK, ASK, FAIL.
FerryMoveEvent ferry_step_preflight(FerryMove *move);

// Makes what the machine needs on the destination and the intent names. OK, FAIL.
FerryMoveEvent ferry_step_prepare(FerryMove *move);

// Calls libvirt and waits for its return. OK, FAIL, NO_ROUTE.
FerryMoveEvent ferry_step_perform(FerryMove *move);

// Reads both hosts until it is clear which one holds the machine: as long as libvirt is at it, and a
// minute at most for a silent host. Where nothing but an operator can tell, and one has (move->decision), that
// counts. MOVED, STAYED, UNCLEAR, BROKEN, DOUBLE.
FerryMoveEvent ferry_step_settle(FerryMove *move);

// Takes up a post-copy whose link broke, over a new connection, again and again until it goes on or the deadline
// is over. OK, FAIL.
FerryMoveEvent ferry_step_heal(FerryMove *move);

// Pauses a machine that runs on both hosts on both; an operator's decision leads out of it. OK, FAIL,
// MOVED, STAYED.
FerryMoveEvent ferry_step_alarm(FerryMove *move);

// The operator's decision as a resolution. NULL where there is none, or none that fits what was read:
// the copy to be kept must be there.
const FerryResolution *ferry_step_decided(const FerryMove *move);

// Source, destination, source again into move->src_side and ->dst_side. Returns: false when the source changed
// meanwhile
bool ferry_step_read_both(FerryMove *move);

// Reads both hosts once and judges: move->src_side, ->dst_side and ->resolution are what is seen now. Touches
// nothing. Returns: false when the source changed meanwhile
bool ferry_step_look(FerryMove *move);

// Does what the resolution says, so that the machine runs on the destination alone. OK, FAIL.
FerryMoveEvent ferry_step_commit(FerryMove *move);

// Compares both ends with the baseline. OK, FAIL.
FerryMoveEvent ferry_step_verify(FerryMove *move);

// Puts the source back as it was and cleans the destination of what this move left. OK when the operator
// wanted it, STAYED when the move failed, FAIL when it could not be done.
FerryMoveEvent ferry_step_undo(FerryMove *move);

// What the source or the destination shows of the machine now.
// Returns: the class; UNREACHABLE where the host can't be read
FerrySide ferry_step_read_src(const FerryMove *move, FerryVm *ret_vm);
FerrySide ferry_step_read_dst(const FerryMove *move, FerryVm *ret_vm);

// Ends the copy on one host, and leaves owner and label of the disks as the other copy needs them. What was put back, or
// why it could not be looked at, is noted.
// Returns: true once the copy reads as inactive; false with PENDING where it runs
bool ferry_step_destroy(FerryMove *move, bool source, GError **error);
