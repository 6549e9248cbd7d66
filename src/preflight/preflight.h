// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Will this move work? Runs every check of checks/ over facts that were collected before
// (inventory/facts.h). Pure; safe in every thread.
//
// What verdicts mean for a move: a BLOCK stops it; a WARN needs the operator's consent (a question, or
// --yes); UNKNOWN counts as WARN where the check could have blocked, else as NOTE (so, too, where only a
// probe could have told); what --force names counts as NOTE, whatever it was; what --skip names is not run and
// is an UNKNOWN that counts as NOTE, with the operator's reason.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "model/verdict.h"
#include "preflight/check.h"

typedef struct FerryPreflight {
    FerryVerdictKind summary; // OK (notes or less), WARN or BLOCK
    GPtrArray *verdicts;      // FerryVerdict, one for each check, worst first
} FerryPreflight;

// Runs all checks, or (@only not NULL: ids, ends with NULL) those named; options->force and options->skip are
// applied to those that may be overridden.
FerryPreflight *ferry_preflight_run(const FerryCheckInput *input, const char *const *only);
void ferry_preflight_free(FerryPreflight *preflight);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryPreflight, ferry_preflight_free)

// The same for those who want but the sum of it (`check --all`: 20,000 pairs).
// @ret_worst: the first of ferry_preflight_run()'s verdicts that is not OK; zeroed where all are. The caller clears
// it.
// Returns: OK (notes or less), WARN or BLOCK
FerryVerdictKind ferry_preflight_judge(const FerryCheckInput *input,
                                       const char *const *only,
                                       FerryVerdict *ret_worst);

// Returns: {"summary": "ok"|"warn"|"block", "checks": [verdicts]}. (transfer full)
JsonNode *ferry_preflight_to_json(const FerryPreflight *preflight);

// Returns: every check, in the order of their ids; ends with NULL. Static.
const FerryCheck *const *ferry_preflight_checks(void);

// Returns: the check @id; NULL with USAGE, the nearest id in the hint
const FerryCheck *ferry_preflight_find(const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// May each of @ids (ends with NULL; NULL is none) be given to --force and --skip? USAGE where one is unknown or
// can't be overridden. For the command line, before anything else is done.
bool ferry_preflight_allows_force(const char *const *ids, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Are these all checks (--only)? USAGE where one is unknown.
bool ferry_preflight_knows(const char *const *ids, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Returns: the page of a check in Markdown, made of its descriptor alone: what 'check --explain' prints
// and docs/checks/ holds. (transfer full)
char *ferry_check_explain(const FerryCheck *check);
