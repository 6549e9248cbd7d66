// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For the room's own files: what a change does on the machine's host. Everything blocks, and is for a worker.

#pragma once

#include "identity/change-intent.h"
#include "identity/change-script.h"
#include "identity/change-table.h"

typedef struct FerryChangeRun {
    FerryHypervisor *hv; // NULL: the host can't be reached
    const FerryChangeIntent *intent;
    const FerryChangeFacts *facts; // NULL: of another process
    int64_t id;
    char *aside; // the old definition's name meanwhile

    // of the last ferry_change_see()
    FerryChangeOld old;
    FerryChangeNew new;
    char *unseen; // why the host can't be read; NULL
    const FerryChangeResolution *resolution;

    GPtrArray *missing; // utf8: snapshots and checkpoints that the new one has not
    GPtrArray *notes;   // utf8: what could not be done, and does not matter to the machine
} FerryChangeRun;

void ferry_change_run_init(FerryChangeRun *run, const FerryChangeIntent *intent, int64_t id);
void ferry_change_run_clear(FerryChangeRun *run);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryChangeRun, ferry_change_run_clear)

// The step of one phase, @run->facts being there.
bool ferry_change_step(FerryChangeRun *run, const char *phase, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Reads the host and resolves: run->old, new, resolution.
void ferry_change_see(FerryChangeRun *run, FerryChangeSince since);

// Does what run->resolution says.
bool ferry_change_act(FerryChangeRun *run, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Everything of the new one read again and held against the old one.
bool ferry_change_verify(FerryChangeRun *run, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Where change.sh finds the files of @run.
FerryChangePlace ferry_change_place(const FerryChangeRun *run);
