// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Looks at a move: shows what its runner tells, and passes on what the operator wants. The move itself goes on
// whatever becomes of the viewer.
//
// Ctrl-C asks once whether to cancel; a second one leaves the move running and says how to watch it.

#pragma once

#include <stdbool.h>

#include "cli/cli.h"

typedef struct FerryViewerOptions {
    bool detach;  // leave as soon as the move is on its way
    bool cancel;  // ask for cancelling at once
    bool dry_run; // checks and plan are the result: they go to stdout
    bool recover; // an undone move is what was wanted, not a failure
    int64_t id;   // of the move, where it is known already
} FerryViewerOptions;

// Shows the move at the other end of @fd (which it takes) until it ends or is left.
// @ret_status: exit status of a move that ended otherwise than well without an error of ours
bool ferry_viewer_run(FerryCli *cli,
                      int fd,
                      const FerryViewerOptions *options,
                      int *ret_status,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

// The move that @argument means: its number, or a machine's name or UUID whose newest move is meant.
// Returns: (transfer full) the record; NULL with MOVE_NOT_FOUND
FerryTxnRecord *ferry_viewer_find(FerryCli *cli, const char *argument, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Views the active move @record: connects to its runner, or starts a new one where it is gone (which first
// reads both hosts, then finishes or undoes). Closes the records of @cli.
bool ferry_viewer_attach(FerryCli *cli,
                         const FerryTxnRecord *record,
                         const FerryViewerOptions *options,
                         int *ret_status,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
