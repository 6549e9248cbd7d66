// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For those who write a rule of 'id check': one file in findings/ that exports one
// `const FerryIdentityRule ferry_finding_NAME`, and its name in findings/meson.build. A rule is a pure function over facts:
// no I/O, no clock, no state. What is not known is no finding.

#pragma once

#include "identity/finding.h"

// What all machines have, by layer and value; made once for all rules.
typedef struct FerryIdentityIndex FerryIdentityIndex;

struct FerryIdentityRule {
    const char *id;         // stable: "DUP_GENID"
    FerrySeverity severity; // the worst it can say
    // Layers whose equal values are duplicates, for ferry_identity_find_duplicates(); ends with NULL
    const char *layers[6];
    const char *summary; // what should hold; one line, lower case, no full stop
    const char *cause;   // full sentences: how it comes about, and what it does
    const char *
        fix; // full sentences with a command; {vm}, {host} and {uri} are those of the machine to be changed
    // May this value be on several machines? NULL: none may
    bool (*is_common)(const char *value);
    // One of the two. judge: for what one machine shows by itself, called for each but those set aside
    void (*judge)(const FerryIdentityRule *rule,
                  const FerryIdentityMachine *machine,
                  GPtrArray *findings);
    void (*run)(const FerryIdentityRule *rule,
                const FerryIdentityFleet *fleet,
                const FerryIdentityIndex *index,
                GPtrArray *findings);
};

// For .run: a finding for each value of rule->layers that several machines have; those of one set of machines are one.
void ferry_identity_find_duplicates(const FerryIdentityRule *rule,
                                    const FerryIdentityFleet *fleet,
                                    const FerryIdentityIndex *index,
                                    GPtrArray *findings);

// For .judge: a finding for each snapshot and checkpoint of @machine whose UUID by @get is there and not the machine's.
// @text: what then holds of it, to stand after "snapshot 'NAME'"
void ferry_identity_find_snapshots(const FerryIdentityRule *rule,
                                   const FerryIdentityMachine *machine,
                                   GPtrArray *findings,
                                   const char *(*get)(const FerryIdentitySnapshot *snapshot),
                                   const char *text);

// Appends a finding of the rule's severity. @machine: its first member, and the one whose names the fix gets; NULL: none.
// Owned by @findings.
FerryIdentityFinding *ferry_identity_finding_add(GPtrArray *findings,
                                                 const FerryIdentityRule *rule,
                                                 const FerryIdentityMachine *machine);
void ferry_identity_finding_add_member(FerryIdentityFinding *finding,
                                       const FerryIdentityMachine *machine);

// What has it, as a finding's members are named: "host/name".
void ferry_identity_finding_add_name(FerryIdentityFinding *finding,
                                     const FerryIdentityHost *host,
                                     const char *name);

// Of a finding about a host. Fills {host} and {uri} of the fix.
FerryIdentityFinding *ferry_identity_finding_add_host(GPtrArray *findings,
                                                      const FerryIdentityRule *rule,
                                                      const FerryIdentityHost *host);

typedef struct FerryIdentityHolder {
    const FerryIdentityMachine *machine;
    const FerryIdentityValue *value;
} FerryIdentityHolder;

// Calls @func for each value of @layer that is not idle, with all that have it.
typedef void (*FerryIdentityClusterFunc)(const char *value, const GArray *holders, void *data);
void ferry_identity_index_foreach(const FerryIdentityIndex *index,
                                  const char *layer,
                                  FerryIdentityClusterFunc func,
                                  void *data);

// Are they one machine, perhaps seen on two hosts?
bool ferry_identity_is_same_machine(const FerryIdentityMachine *a, const FerryIdentityMachine *b);

// Calls @func for every machine of the fleet but those set aside.
typedef void (*FerryIdentityMachineFunc)(const FerryIdentityMachine *machine, void *data);
void ferry_identity_foreach_machine(const FerryIdentityFleet *fleet,
                                    FerryIdentityMachineFunc func,
                                    void *data);
