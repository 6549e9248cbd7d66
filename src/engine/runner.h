// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The process that carries one move. It has a session of its own, so that neither a closed terminal nor
// a dropped ssh touches it; whoever started it is only its first viewer. Viewers get the engine's events and
// may send {"do":"cancel"} and {"do":"answer","yes":true}; SIGTERM is a cancel too.
//
// A first viewer that goes away before the plan was agreed to ends the move: nothing has begun. Later
// nobody's going away matters.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/move.h"
#include "state/state.h"

typedef struct FerryRunnerSpec {
    const FerryStateDriver *state_driver;
    const FerryMoveRequest *request; // a new move; NULL to go on with @resume_id
    int64_t resume_id;               // a transaction whose runner is gone
    FerryDecision decision;          // the operator's, on what nothing else can tell
} FerryRunnerSpec;

// Forks the runner; it opens the records itself. Call from a process with one thread and nothing open that
// must not be shared: no records, no connections.
// @ret_fd: the viewer's end of its connection (wire.h)
bool ferry_runner_start(const FerryRunnerSpec *spec, int *ret_fd, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
