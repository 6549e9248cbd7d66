// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What must hold after a move, on both ends. Before the move ferry_baseline_collect() writes down what the
// machine is; afterwards ferry_verify() reads both hosts afresh and compares. It looks at the hosts,
// never at what the migration call returned.
//
// Both block: workers only. A baseline holds no secrets (XML is redacted) and goes into the journal, so that
// whoever takes over a move can verify it too.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "base/clock.h"
#include "hypervisor/hypervisor.h"
#include "inventory/facts.h"
#include "model/verdict.h"

typedef struct FerryBaseline {
    char *name;      // on the source
    char *dest_name; // on the destination
    char uuid[FERRY_UUID_LEN + 1];
    FerryVmState state; // RUNNING, PAUSED or SHUTOFF
    bool persistent;
    bool autostart;
    bool agent;            // answered before the move
    bool dst_known_before; // the destination had an inactive definition of it already
    bool rewritten;        // --xml or --persistent-xml change it on purpose: XML is not compared
    bool keep_source;      // the source is meant to keep its definition
    bool make_persistent;  // a transient machine becomes persistent on arrival
    // Redacted, with the names that things have on the destination (model/names.h)
    char *live_xml;       // NULL for a machine that is off
    char *persistent_xml; // NULL for a transient machine
    GPtrArray *snapshots; // FerrySnapshotRecord: snapshots and checkpoints
} FerryBaseline;

void ferry_baseline_free(FerryBaseline *baseline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryBaseline, ferry_baseline_free)

// Made of facts that are there already; asks the guest agent alone.
// @there: what is known of the destination
FerryBaseline *ferry_baseline_collect(FerryHypervisor *src,
                                      const FerryVmFacts *vm,
                                      const FerryHostFacts *there,
                                      const FerryMigrateOptions *options);

JsonNode *ferry_baseline_to_json(const FerryBaseline *baseline);
FerryBaseline *ferry_baseline_from_json(JsonObject *object, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Compares both ends with @baseline, and sets the guest's clock where its agent answers.
// Returns: (element-type FerryVerdict) one for each thing looked at, in the order of the report: OK, NOTE
// (differs as a move may), WARN (differs as it should not), UNKNOWN (could not be read). (transfer full)
GPtrArray *ferry_verify(const FerryBaseline *baseline,
                        FerryHypervisor *src,
                        FerryHypervisor *dst,
                        FerryClock *clock);

// True when nothing of @verdicts is WARN or UNKNOWN.
bool ferry_verify_holds(GPtrArray *verdicts);
