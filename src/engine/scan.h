// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What moves of others left behind (virsh, a manager, a virt-ferry with other records): machines that stand paused,
// are active or defined twice, targets left over. Nobody wrote down who was source and who destination, so both
// ways round are asked of the resolver, and a plan is made only where the states themselves tell the roles, or where
// both lead to the same. Pure: what hosts answered in, findings out.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "engine/resolver.h"
#include "model/host.h"
#include "model/job.h"
#include "model/vm.h"

// One machine on one host, as it was read.
typedef struct FerryScanPlace {
    unsigned host; // the caller's number of it
    char *name;    // of the host
    char *uri;
    FerryVm *vm;
    FerryJobStats job;
    char *unknown;  // why it could not be read again; NULL: it was
    char *identity; // of the host; NULL: not asked
    bool again;     // the same host under a second URI: counts as one
} FerryScanPlace;

FerryScanPlace *ferry_scan_place_new(unsigned host, const FerryHost *record, const FerryVm *vm);
void ferry_scan_place_free(FerryScanPlace *place);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryScanPlace, ferry_scan_place_free)

// Returns: what the place shows, as the resolver calls it
FerrySide ferry_scan_side(const FerryScanPlace *place);

// A machine and the hosts that know it.
typedef struct FerryScanMachine {
    const char *uuid;  // owned by the first place
    GPtrArray *places; // FerryScanPlace
} FerryScanMachine;

void ferry_scan_machine_free(FerryScanMachine *machine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryScanMachine, ferry_scan_machine_free)

// Sorts @places (element-type FerryScanPlace, taken) into machines, and keeps those that may have something left over:
// known to several hosts, or in a state that only a move makes.
// Returns: (element-type FerryScanMachine), in the order of their first places. (transfer full)
GPtrArray *ferry_scan_group(GPtrArray *places);

// Marks places on a host that an earlier one is on already, where both identities are known.
void ferry_scan_mark_same(FerryScanMachine *machine);

// Do the states ask for a second look, with the jobs? A lone definition beside a machine that runs does not.
bool ferry_scan_wants_look(const FerryScanMachine *machine);

typedef enum FerryScanKind {
    FERRY_SCAN_UNDER_WAY, // a move goes on: nothing is left over
    FERRY_SCAN_PAUSED_BY_MOVE,
    FERRY_SCAN_RUNS_TWICE,
    FERRY_SCAN_ACTIVE_TWICE, // and at least one does not run
    FERRY_SCAN_DEFINED_TWICE,
    FERRY_SCAN_LEFTOVER_TARGET,
    FERRY_SCAN_POSTCOPY_BROKEN,
    FERRY_SCAN_POSTCOPY_LOST,
} FerryScanKind;

typedef enum FerryScanAct {
    FERRY_SCAN_SUSPEND,
    FERRY_SCAN_DESTROY, // while the place @to keeps the machine
    FERRY_SCAN_RESUME,
    FERRY_SCAN_UNDEFINE,
    FERRY_SCAN_HEAL, // from the place to the place @to
} FerryScanAct;

typedef struct FerryScanStep {
    FerryScanAct act;
    const FerryScanPlace *at;
    const FerryScanPlace *to;
} FerryScanStep;

typedef struct FerryScanFinding {
    FerryScanKind kind;
    const FerryScanMachine *machine; // borrowed
    GArray *steps;                   // FerryScanStep, in order; empty: nothing that is safe
    char *why;                       // what the places prove, or why they prove nothing
    char *hint;                      // what is left to the operator; NULL: nothing
} FerryScanFinding;

void ferry_scan_finding_free(FerryScanFinding *finding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryScanFinding, ferry_scan_finding_free)

// @unseen: known hosts that were not looked at or did not answer, as "'a', 'b'"; NULL: none. A machine is let run
// again only where there is none.
// Returns: (transfer full) NULL: nothing is left over of it
FerryScanFinding *ferry_scan_judge(const FerryScanMachine *machine, const char *unseen);

const char *ferry_scan_kind_id(FerryScanKind kind); // "runs-twice"; static
const char *ferry_scan_kind_text(
    FerryScanKind kind);                         // "runs twice", after the machine's name; static
const char *ferry_scan_act_id(FerryScanAct act); // "resume"; static
char *ferry_scan_step_format(const FerryScanStep *step); // "let it go on on 'a'"; (transfer full)
// The step's own command: "virsh -c URI resume NAME". (transfer full)
char *ferry_scan_command(const char *verb, const FerryScanPlace *place);
