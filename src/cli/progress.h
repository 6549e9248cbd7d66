// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The live line of a move. On a terminal one line that is written over in place; elsewhere plain lines,
// one at each new phase and at most one in 5 s. What it shows is the caller's: a percentage that never goes
// back is model/job.h's work.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct FerryProgressView {
    const char *name;  // the machine
    const char *phase; // what is being done, in words for people; shown while there is no rate
    double percent;    // 0..100
    uint64_t rate_bps; // bytes a second; 0: not known
    uint64_t dirty_bps;
    uint64_t round;                 // of copying memory; 0: none yet
    uint64_t disk_total, disk_done; // bytes of disks while they go over; 0: they don't
    double eta_s;                   // < 0: not known
    double elapsed_s;               // also the clock of plain lines
} FerryProgressView;

typedef struct FerryProgressLine FerryProgressLine;

// @columns: the width of the terminal; 0: asked of stderr at each update.
FerryProgressLine *ferry_progress_line_new(bool terminal, int columns, FILE *out);
void ferry_progress_line_free(FerryProgressLine *line);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryProgressLine, ferry_progress_line_free)

void ferry_progress_line_update(FerryProgressLine *line, const FerryProgressView *view);

// Leaves the last line as it is and goes to the next; nothing where none is open. The line may be
// updated further: that begins a new one.
void ferry_progress_line_end(FerryProgressLine *line);

// Returns: the view as one line of less than @columns (at least 20): name and percentage always, the rest
// falls away from the right. (transfer full)
char *ferry_progress_view_format(const FerryProgressView *view, int columns);
