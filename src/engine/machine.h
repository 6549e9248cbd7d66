// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A move as a state machine, as const data. Pure: no I/O, no clock. docs/state-machine.md is generated
// from this table, and a meta-test proves it total and every phase reachable.
//
// Before the commit point every row names what undoes it; after it, rows only go forward. Nothing in the
// table believes the return value of libvirt's migration call: whatever perform returns, 'settle' reads
// both hosts, and only what it finds decides.

#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum FerryMovePhase {
    FERRY_PHASE_RESOLVE,   // find the machine and both hosts
    FERRY_PHASE_PREFLIGHT, // collect facts, judge them, make the plan
    FERRY_PHASE_CONFIRM,   // wait for the operator's yes
    FERRY_PHASE_RESERVE,   // write the intent: from here on a stranger can finish or undo
    FERRY_PHASE_PREPARE,   // make what the machine needs on the destination
    FERRY_PHASE_PERFORM,   // libvirt migrates
    FERRY_PHASE_SETTLE,    // read both hosts until it is clear which one holds the machine
    FERRY_PHASE_HEAL,      // take up a post-copy whose link broke
    FERRY_PHASE_ALARM,     // it ran twice: both are paused, an operator decides
    FERRY_PHASE_COMMIT,    // let the destination run, take the source away
    FERRY_PHASE_VERIFY,    // compare both ends with what was before
    FERRY_PHASE_UNDO,      // put the source back as it was, clean the destination
    FERRY_PHASE_DONE,      // final: the machine is on the destination
    FERRY_PHASE_FAILED,    // final: the machine is where it was
    FERRY_PHASE_CANCELLED, // final: the same, because the operator said so
    FERRY_PHASE_PENDING,   // final for this runner: unclear, nothing destroyed; to be resumed
    FERRY_PHASE_LAST
} FerryMovePhase;

typedef enum FerryMoveEvent {
    FERRY_EVENT_OK,       // the phase's step did what it should
    FERRY_EVENT_FAIL,     // it did not
    FERRY_EVENT_CANCEL,   // the operator wants the move undone
    FERRY_EVENT_ASK,      // preflight found something an operator should agree to
    FERRY_EVENT_NEEDS,    // something has to be made before libvirt can migrate
    FERRY_EVENT_NO_ROUTE, // the source's daemon can't reach the destination's: try managed-direct
    FERRY_EVENT_MOVED,    // settle: the destination holds the machine
    FERRY_EVENT_STAYED,   // settle: the source holds it
    FERRY_EVENT_UNCLEAR,  // settle: a host is silent, or what is seen proves nothing
    FERRY_EVENT_BROKEN,   // settle: a post-copy whose link broke
    FERRY_EVENT_DOUBLE,   // settle: it runs on both hosts
    FERRY_EVENT_RESUME,   // a new runner takes over what a dead one left in this phase
    FERRY_EVENT_LAST
} FerryMoveEvent;

// What is done on the way into a phase.
typedef enum FerryMoveStep {
    FERRY_STEP_NONE,
    FERRY_STEP_RESOLVE,
    FERRY_STEP_PREFLIGHT,
    FERRY_STEP_ASK,
    FERRY_STEP_RESERVE,
    FERRY_STEP_PREPARE,
    FERRY_STEP_PERFORM,
    FERRY_STEP_ABORT, // ends libvirt's job; perform returns because of it
    FERRY_STEP_SETTLE,
    FERRY_STEP_HEAL,
    FERRY_STEP_ALARM,
    FERRY_STEP_COMMIT,
    FERRY_STEP_VERIFY,
    FERRY_STEP_UNDO,
    FERRY_STEP_LAST
} FerryMoveStep;

typedef struct FerryTransition {
    FerryMovePhase phase;
    FerryMoveEvent event;
    FerryMovePhase next;
    FerryMoveStep step;
    FerryMoveStep
        undo;       // what takes the row's effects back; NONE where there is nothing to take back
    bool committed; // past the point of no return: only forward
    const char *comment;
} FerryTransition;

// Returns: the row for @event in @phase; NULL where it has no meaning there and is ignored
const FerryTransition *ferry_machine_find(FerryMovePhase phase, FerryMoveEvent event);

// Returns: the whole table; @ret_n rows. For the diagram and the meta-test.
const FerryTransition *ferry_machine_table(size_t *ret_n);

bool ferry_phase_is_final(FerryMovePhase phase);

// True from the intent's record on: phases that the journal keeps.
bool ferry_phase_is_journalled(FerryMovePhase phase);

const char *ferry_phase_name(FerryMovePhase phase); // "perform"; also the journal's word
const char *ferry_event_name(FerryMoveEvent event);
const char *ferry_step_name(FerryMoveStep step);

// Returns: false when @name is none of ours
bool ferry_phase_parse(const char *name, FerryMovePhase *ret_phase);
