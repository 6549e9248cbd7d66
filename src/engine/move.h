// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// One move: what was asked, what was found, what was decided, what came out. Steps fill it; while a step
// runs in its worker the move is the worker's, between steps it is the loop's. What both need at the same
// time (cancel, figures of the running job) is apart and says so.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "engine/certificate.h"
#include "engine/plan.h"
#include "engine/resolver.h"
#include "hypervisor/hypervisor.h"
#include "inventory/facts.h"
#include "model/migration.h"
#include "model/names.h"
#include "preflight/preflight.h"
#include "storage/storage.h"
#include "verify/verify.h"

// What the operator asked for. Constant once the move runs.
typedef struct FerryMoveRequest {
    char *vm;      // name or UUID
    char *dst;     // known name or URI
    char *connect; // where to look for the machine; NULL: everywhere
    FerryMigrateOptions *options;
    bool dry_run;
    bool yes;
    unsigned host_timeout_s; // how long a host may be silent
    GStrv only;              // ids of the checks to run, for `check` alone; NULL: all
} FerryMoveRequest;

// An operator's word on a move that nothing else can decide.
typedef enum FerryDecision {
    FERRY_DECISION_NONE,
    FERRY_DECISION_KEEP_SRC,
    FERRY_DECISION_KEEP_DST,
    FERRY_DECISION_GIVE_UP, // a post-copy that lost a half: end what is left of it
} FerryDecision;

// Durations as the machine's own clock saw them, in microseconds; 0: did not happen.
typedef struct FerryMoveTimes {
    int64_t begun; // monotonic
    int64_t resolve;
    int64_t preflight;
    int64_t prepare;
    int64_t perform; // libvirt's call
    int64_t settle;
    int64_t heal;
    int64_t commit;
    int64_t verify;
    int64_t undo;
    int64_t ended; // monotonic
} FerryMoveTimes;

// What hosts told by themselves during the job. The loop's alone.
typedef struct FerryMoveLive {
    FerryJobStats stats;   // the last reading
    bool final;            // stats are those of the job's end
    int iteration;         // dirty passes begun
    int64_t switchover_us; // monotonic: when the source stopped for good; 0: not yet
} FerryMoveLive;

typedef struct FerryMove {
    FerryMoveRequest request;
    FerryClock *clock;
    GPtrArray *known_hosts; // FerryHost: all that we know; set by the loop before the first step
    GPtrArray *known_pairs; // FerryPair: the same; NULL: none

    // found by resolve
    FerryHost *src_host;
    FerryHost *dst_host;
    FerryVm *vm;
    FerryHypervisor *src;
    FerryHypervisor *dst;
    GPtrArray *
        earlier; // FerryEarlier: images on the destination that earlier moves of it left there; by the loop; NULL: none
    FerryPair *said;  // names that were asked for, without those that are kept; NULL: none
    GPtrArray *notes; // utf8: what to tell the operator; the loop empties it after each step

    // found and decided by preflight
    FerryPreflight *preflight;
    FerryBaseline *baseline;
    FerryPlan plan;
    GPtrArray *disks; // FerryDiskPlan: how each comes over
    JsonObject *diff; // what arrives otherwise than it is; NULL: nothing (engine/arriving.h)
    FerryCertificate *certificate; // NULL: the event has to do

    // what came out
    int64_t id;      // of the journal; 0 before it has one
    bool taken_over; // from a runner that is gone
    bool prepared;   // all that phase 'prepare' makes was made, by this runner or an earlier one
    bool
        snapshots_untouched; // those of the source: what the intent has of them is not to be defined again
    bool performed;          // libvirt's call returned success in this very process
    bool ended;              // it ended by itself on the source
    FerryKnown known;       // what the journal told a runner that takes over, or this one found out
    FerryDecision decision; // of the operator, to `recover`
    const FerryResolution *resolution;
    FerrySide src_side, dst_side;
    GPtrArray *verdicts; // FerryVerdict of verify
    GPtrArray *lefts;    // FerryLeft: what became of copied disks on the source; NULL: nothing yet
    FerryJobStats arrived; // the destination's own account of the job
    FerryMoveTimes times;
    int64_t
        resumed_us; // monotonic: when the destination was let run; the certificate's worker's until
                    // resumed_early is set, then commit's
    GError *error;  // why it is not DONE

    // shared between loop and worker
    int cancelled;  // g_atomic: the operator wants it undone
    int performing; // g_atomic: libvirt's call is under way
    int timed_out;  // g_atomic: --on-timeout abort ended the job
    int suspended;  // g_atomic: --on-timeout pause stopped the source: undo lets it go on
    int stood;      // g_atomic: the source was seen to stop for the switch, and not to go on since
    int left;       // g_atomic: the commit certificate was seen: the source's STOPPED/MIGRATED
    int postcopy;   // g_atomic: it was switched to post-copy
    int resumed_early; // g_atomic: the destination was let run on the certificate of the status file
    int stalled;       // g_atomic: the job was ended because no memory went over any more
    FerryMoveLive live;        // the loop's
    int watch;                 // of ferry_hypervisor_watch() on src; the loop takes it away
    FerryVmEventFunc on_event; // the loop's callback that perform registers; may be NULL
    void *on_event_data;
} FerryMove;

// Takes nothing: @request is copied.
FerryMove *ferry_move_new(const FerryMoveRequest *request, FerryClock *clock);
// For ferry_move_from_intent(): a move of which nothing is known yet.
FerryMove *ferry_move_from_nothing(FerryClock *clock);
void ferry_move_free(FerryMove *move);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryMove, ferry_move_free)

FerryMoveRequest *ferry_move_request_copy(const FerryMoveRequest *request);
void ferry_move_request_free(FerryMoveRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryMoveRequest, ferry_move_request_free)

// Adds a line to @move->notes.
void ferry_move_note(FerryMove *move, const char *format, ...) G_GNUC_PRINTF(2, 3);

// Its name on the destination.
const char *ferry_move_dest_name(const FerryMove *move);

// Takes note of what the source told by itself: the proof that settle builds on (move->stood, ->left). Loop only.
void ferry_move_witness(FerryMove *move, const FerryVmEvent *event);

// The intent: all that a stranger needs to finish or undo the move. Schema move.intent/1.
JsonNode *ferry_move_intent(const FerryMove *move);

// A move made of a journal's intent, to be resumed: hosts, machine, plan and baseline are filled in; no
// connection is open yet.
// Returns: (transfer full); NULL with STATE when the intent can't be read
FerryMove *ferry_move_from_intent(const char *intent, FerryClock *clock, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// The report: what came out, schema move.report/1. @outcome: "done" or an error's stable id.
JsonNode *ferry_move_report(const FerryMove *move, const char *outcome);

// Does something have to be made before libvirt can be asked?
bool ferry_move_needs_preparation(const FerryMove *move);

// Makes sure that both connections work, opening broken ones anew.
bool ferry_move_reconnect(FerryMove *move, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// The same, again and again for some seconds: a daemon that died is started again in less.
bool ferry_move_reconnect_patiently(FerryMove *move, GError **error) G_GNUC_WARN_UNUSED_RESULT;
