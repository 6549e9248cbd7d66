// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Which machine may go to which host: every check over every pair of a survey, shared out to all CPUs. Pure; a
// machine that is off is judged for a move of its definition.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "inventory/survey.h"
#include "model/verdict.h"

typedef struct FerryMatrixCell {
    bool here;                // the machine is on this host
    FerryVerdictKind summary; // OK, WARN or BLOCK
    FerryVerdict worst;       // what stands against it most; OK without text where nothing does
} FerryMatrixCell;

typedef struct FerryMatrix {
    unsigned n_machines, n_hosts; // those of the survey
    FerryMatrixCell *cells;
} FerryMatrix;

typedef struct FerryMatrixOptions {
    const FerryMigrateOptions *migrate;
    const char *const *only; // ids of checks, ends with NULL; NULL: all
    int64_t now_s;           // Unix time
} FerryMatrixOptions;

FerryMatrix *ferry_matrix_judge(const FerrySurvey *survey, const FerryMatrixOptions *options);
void ferry_matrix_free(FerryMatrix *matrix);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryMatrix, ferry_matrix_free)

// Returns: owned by @matrix
const FerryMatrixCell *ferry_matrix_cell(const FerryMatrix *matrix,
                                         unsigned machine,
                                         unsigned host);
