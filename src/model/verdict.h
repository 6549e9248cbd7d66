// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a check found, as data: an expected outcome, never an error. Pure; safe in every thread.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

// Ordered from best to worst.
typedef enum FerryVerdictKind {
    FERRY_VERDICT_OK,
    FERRY_VERDICT_NOTE,    // worth knowing, stops nothing
    FERRY_VERDICT_UNKNOWN, // could not be found out; never the same as ok
    FERRY_VERDICT_WARN,    // the move may hurt: goes on only when the operator agrees
    FERRY_VERDICT_BLOCK,   // the move would fail or hurt
    FERRY_VERDICT_LAST
} FerryVerdictKind;

typedef struct FerryVerdict {
    FerryVerdictKind kind;
    // What it means for the move: OK, NOTE, WARN or BLOCK. Differs from kind for UNKNOWN (which counts
    // as WARN where the check could have blocked, else as NOTE) and for what was forced (NOTE).
    FerryVerdictKind counts_as;
    char *check; // stable id of the check: "cpu"
    char *text;  // what was found: one line, lower case, no full stop; of OK too
    char *hint;  // full sentences with the command to run; NULL
    bool forced; // was a WARN, UNKNOWN or BLOCK and the operator named the check with --force
    // UNKNOWN because a host could not be probed: why not. Several checks have it at once, and it is shown once. NULL
    char *unprobed;
} FerryVerdict;

void ferry_verdict_free(FerryVerdict *verdict);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryVerdict, ferry_verdict_free)

// For a FerryVerdict on the stack, zero-initialised: frees what it holds and zeroes it.
void ferry_verdict_clear(FerryVerdict *verdict);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryVerdict, ferry_verdict_clear)

// Sets kind and text; an earlier text and hint are freed.
void ferry_verdict_set(FerryVerdict *verdict, FerryVerdictKind kind, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

// Sets the hint; the last one wins.
void ferry_verdict_add_hint(FerryVerdict *verdict, const char *format, ...) G_GNUC_PRINTF(2, 3);

// Returns: "ok", "note", "unknown", "warn", "block"; static
const char *ferry_verdict_kind_name(FerryVerdictKind kind);

// Returns: {"check","verdict","counts_as","text","hint","forced"}; hint is null where there is none; "unprobed" is
// there only where it has a value.
// (transfer full)
JsonNode *ferry_verdict_to_json(const FerryVerdict *verdict);
