// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Moves and changes of identity whose process is gone: found in the records, and carried on, moves by new runners.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "cli/cli.h"
#include "engine/move.h"

// Returns: (element-type FerryTxnRecord) what has not ended and has no living owner, oldest first; that of machine
// @vm (name or UUID) alone where given. (transfer full)
GPtrArray *ferry_recovery_find(FerryState *state, const char *vm, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Finishes or undoes @records: moves all at once, each in a runner of its own; then changes of identity, here, one after the
// other. Shows how. Closes the records of @cli.
// @decision: the operator's, for what nothing else can tell; only GIVE_UP is one for a change of identity
// @ret_left: how many are still open, whose errors were printed
bool ferry_recovery_run(FerryCli *cli,
                        GPtrArray *records,
                        FerryDecision decision,
                        unsigned *ret_left,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Is it a change of identity, and not a move?
bool ferry_recovery_is_change(const FerryTxnRecord *record);
