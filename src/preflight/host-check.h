// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Are a host, and the way from one host to another, fit for moves at all, whatever the machine? As check.h: each
// is one file in host-checks/ that exports one `const FerryHostCheck ferry_host_check_ID` ('-' in the id becomes
// '_'), and its name in host-checks/meson.build; a pure function over facts that says UNKNOWN with the reason where
// what it needs is not known.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "inventory/facts.h"
#include "inventory/measure.h"
#include "model/verdict.h"

// What is still good enough; 0: anything is.
typedef struct FerryHostLimits {
    unsigned min_free_memory_mib;
    unsigned min_free_gib; // of each storage pool
    unsigned min_iops;
    unsigned min_link_mibs;
    unsigned max_rtt_ms;
    unsigned max_skew_ms;
} FerryHostLimits;

typedef struct FerryHostCheckInput {
    const FerryHostFacts *host;
    const FerryHostFacts *peer;    // where moves go from @host; NULL: @host alone is looked at
    const FerryMeasured *measured; // NULL: it was not asked for
    const FerryHostLimits *limits;
    int64_t now_s; // Unix time when the facts were collected
} FerryHostCheckInput;

typedef struct FerryHostCheck {
    const char *id;            // stable
    const char *summary;       // what holds when all is well; one line, lower case, no full stop
    const char *impact;        // full sentences: what happens when it is ignored
    const char *hint;          // full sentences: how to mend it in general
    FerryVerdictKind severity; // the worst it can say: NOTE, WARN or BLOCK
    bool pair;                 // it looks at the way from host to peer
    bool measured;             // it is left out where nothing was measured
    // @ret: zeroed; kind and text must be set, the hint where there is something to do.
    void (*run)(const FerryHostCheckInput *in, FerryVerdict *ret);
} FerryHostCheck;

// What all checks say of one host or one way.
typedef struct FerryHostReport {
    const FerryHostFacts *host, *peer; // of the input
    FerryVerdictKind summary;          // OK (notes or less), WARN or BLOCK
    GPtrArray *verdicts;               // FerryVerdict, worst first
} FerryHostReport;

// Runs those of a host, or (in->peer not NULL) those of a way. Of a host of which nothing is known everything is
// UNKNOWN, in the words of why; UNKNOWN counts as WARN where the check could have blocked, else as NOTE.
FerryHostReport *ferry_host_checks_run(const FerryHostCheckInput *in);
void ferry_host_report_free(FerryHostReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryHostReport, ferry_host_report_free)

// Returns: {"host"} or {"src", "dst"}, and "summary", "checks": [verdicts]. (transfer full)
JsonObject *ferry_host_report_to_json(const FerryHostReport *report);

// Returns: every host check, in the order of their ids; ends with NULL. Static.
const FerryHostCheck *const *ferry_host_checks(void);

// Returns: the host check @id; NULL with USAGE, the nearest id in the hint
const FerryHostCheck *ferry_host_check_find(const char *id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Returns: the page of a host check in Markdown, made of its descriptor alone. (transfer full)
char *ferry_host_check_explain(const FerryHostCheck *check);
