// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For the room's own files: how a change runs and ends, in the process that carries it.

#pragma once

#include "identity/change-host.h"
#include "journal/journal.h"

// From here to the release INT, TERM and HUP don't end the process; the first says on stderr that the change goes on.
void ferry_change_hold_signals(void);
void ferry_change_release_signals(void);

// ferry_change_step() of @phase, or where it is NULL ferry_change_act(), in a worker, while the main loop runs and keeps
// the connection alive.
bool ferry_change_do(FerryChangeRun *run, const char *phase, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// ferry_change_see() in a worker.
void ferry_change_do_see(FerryChangeRun *run, FerryChangeSince since);

// Does what was resolved and ends @txn. @failure: why it is undone; NULL where it was left behind.
// Errors: PENDING
bool ferry_change_conclude(FerryTxn *txn,
                           FerryChangeRun *run,
                           const GError *failure,
                           FerryChangeResult *ret_result,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Ends @txn with @outcome and the report of @run.
bool ferry_change_end(FerryTxn *txn,
                      FerryChangeRun *run,
                      const char *outcome,
                      const GError *failure,
                      FerryChangeResult *ret_result,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
