// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is wrong with the identities of a fleet: every rule of findings/ over facts that were collected before. Pure. What is
// the same on several machines is one finding with all of them as its members, found through one hash of layer and value,
// so that the time is linear.
//
// One and the same machine on two hosts is not two: where UUID and name are equal, and at most one of them is active, it is
// what a move with --keep-source (or one that 'recover --scan' looks after) left.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "identity/identity.h"

typedef enum FerrySeverity {
    FERRY_SEVERITY_INFO,
    FERRY_SEVERITY_WARN,
    FERRY_SEVERITY_ERROR,
    FERRY_SEVERITY_LAST
} FerrySeverity;

typedef struct FerryIdentityRule FerryIdentityRule;

typedef struct FerryIdentityFinding {
    const FerryIdentityRule *rule;
    FerrySeverity severity;
    const char *layer;  // static; NULL
    char *value;        // NULL: it is not about one
    const char *secret; // as in FerryIdentityValue
    GPtrArray *members; // utf8 "host/machine", sorted
    char *snapshot;     // NULL, as all of the following where they say nothing
    char *path;
    char *expect;
    char *got;
    char *text; // what was found: one line, lower case, no full stop; without the value
    char *fix;  // the rule's, with the names of this
} FerryIdentityFinding;

void ferry_identity_finding_free(FerryIdentityFinding *finding);

// Returns: (element-type FerryIdentityFinding) the worst first. (transfer full)
GPtrArray *ferry_identity_judge(const FerryIdentityFleet *fleet) G_GNUC_WARN_UNUSED_RESULT;

// @key: NULL reveals what is secret
// Returns: a finding of "id.check/1"; what is NULL is left out. (transfer full)
JsonNode *ferry_identity_finding_to_json(const FerryIdentityFinding *finding,
                                         const FerryIdentityKey *key);

// Returns: the value as it may be shown; NULL where there is none. (transfer full)
char *ferry_identity_finding_value(const FerryIdentityFinding *finding,
                                   const FerryIdentityKey *key);

// Returns: every rule, in the order of their ids; ends with NULL. Static.
const FerryIdentityRule *const *ferry_identity_rules(void);

// Returns: the rule @id; NULL with USAGE, the nearest id in the hint
const FerryIdentityRule *ferry_identity_rule_find(const char *id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Returns: the page of a rule in Markdown, made of its descriptor alone. (transfer full)
char *ferry_identity_rule_explain(const FerryIdentityRule *rule);

// Returns: "info", "warn", "error"; static
const char *ferry_severity_name(FerrySeverity severity);
// @ret_severity: untouched where @name is none. Returns: is it one?
bool ferry_severity_parse(const char *name, FerrySeverity *ret_severity);
