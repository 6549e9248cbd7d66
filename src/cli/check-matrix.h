// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// `virt-ferry check VM` and `check --all`: which of the known hosts fit one machine, or every machine.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "cli/cli.h"
#include "model/migration.h"

typedef struct FerryCheckMany {
    const char *vm;      // name or UUID; NULL: every machine
    const char *connect; // where to look for machines; NULL: everywhere
    const FerryMigrateOptions *options;
    const char *const *only; // ids of checks; NULL: all
    unsigned timeout_s;
} FerryCheckMany;

// Prints the result. @ret_status: BLOCKED's where the machine fits nowhere, or (every machine) one of them.
bool ferry_check_many(FerryCli *cli, const FerryCheckMany *asked, int *ret_status, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
