// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Journalled transactions: an intent that is durable before the first step, then phases, then an end.
// The engine's moves and identity's changes stand on it. A transaction belongs to one process;
// when that process is gone, another may adopt it and go on from the last phase.
//
// Main thread only.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "state/state.h"

typedef struct FerryTxn FerryTxn;

// Begins a transaction owned by this process, in the phase "begin".
// @intent: JSON: all that a stranger needs to finish or undo it. Without secrets.
// Errors: BUSY where its subject or claim is that of an active one; those of state.h
FerryTxn *ferry_txn_begin(FerryState *state,
                          FerryClock *clock,
                          const FerryTxnRecord *what, // kind, subject, claim, name, intent
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Takes over transaction @id, whose owner must be gone.
// Errors: BUSY while the owner lives; MOVE_NOT_FOUND; USAGE when it has ended
FerryTxn *ferry_txn_adopt(FerryState *state, FerryClock *clock, int64_t id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Lets go of the handle; the transaction stays as it is. A transaction that nobody ended is pending.
void ferry_txn_free(FerryTxn *txn);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryTxn, ferry_txn_free)

int64_t ferry_txn_id(const FerryTxn *txn);
const FerryTxnRecord *ferry_txn_record(const FerryTxn *txn); // as last read or written

// Journals that @phase begins. Durable when it returns, but for a loss of power (ferry_state_append_txn()): what recovers
// must be safe with an older phase, too.
bool ferry_txn_enter(FerryTxn *txn, const char *phase, const char *detail, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Ends it. @outcome: "done" or an error's stable id.
bool ferry_txn_end(FerryTxn *txn, const char *outcome, const char *report, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Does the process that owns @record still run? (pid, and its start time of /proc/PID/stat with the
// boot's id, so that neither a reused pid nor a reboot is mistaken for it; a zombie has ended.) An owner
// on another machine, by its node name, can't be seen from here and counts as alive.
// record->owner_start: "NODE BOOT-ID TICKS"; anything else is nobody's, and so not alive.
bool ferry_txn_owner_is_alive(const FerryTxnRecord *record);
