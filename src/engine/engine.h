// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Drives one move through the table of machine.h: runs steps, journals phases, tells observers. All of it
// belongs to the thread that calls it (the main loop's); only steps run in workers.
//
// Inline, steps run in the calling thread and ferry_engine_start() returns when the move has ended: the
// simulator's way, without a loop and without threads.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "engine/machine.h"
#include "engine/move.h"
#include "state/state.h"

typedef struct FerryEngine FerryEngine;

typedef struct FerryEngineObserver {
    // One event for viewers (docs/json.md, move.event/1). @event is the engine's.
    void (*event)(JsonNode *event, void *data);
    // A phase was entered; after the last one the engine is not used any more by itself.
    void (*phase)(FerryMovePhase phase, void *data);
    void *data;
} FerryEngineObserver;

// @state, @move: borrowed, must outlive the engine. @observer is copied.
FerryEngine *ferry_engine_new(FerryState *state,
                              FerryMove *move,
                              const FerryEngineObserver *observer,
                              bool run_inline);
void ferry_engine_free(FerryEngine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryEngine, ferry_engine_free)

// Begins a new move.
void ferry_engine_start(FerryEngine *engine);

// Goes on with transaction @id, whose runner is gone: engine->move must come from its intent.
// Errors: those of ferry_txn_adopt()
bool ferry_engine_resume(FerryEngine *engine, int64_t id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// What would be done with transaction @record, whose runner is gone: reads both hosts once and touches nothing.
// Blocks: not from a main loop that others wait for.
// Returns: (transfer full) the move with src_side, dst_side and resolution as they are now; NULL with STATE
FerryMove *ferry_engine_look(const FerryTxnRecord *record, FerryClock *clock, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// The operator's wishes. Cancelling is always possible to ask; the table decides what it means, and an event
// "cancel" tells whether it is in time.
void ferry_engine_cancel(FerryEngine *engine);
void ferry_engine_answer(FerryEngine *engine, bool yes); // to the question of phase 'confirm'

FerryMovePhase ferry_engine_phase(const FerryEngine *engine);

// Tells observers that something happened: @object becomes an event of kind @kind. Takes @object.
void ferry_engine_emit(FerryEngine *engine, const char *kind, JsonObject *object);

// The move's error as an event's member "error": {"id","message","hint","exit"}. (transfer full)
JsonObject *ferry_engine_error_to_json(const GError *error);
