// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// 'recover --scan': what moves of others left behind is found, shown, and mended where the states prove how.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "cli/cli.h"

typedef struct FerryRecoverScanOptions {
    bool dry_run; // show, and do nothing
    bool yes;     // ask nothing
} FerryRecoverScanOptions;

// @hosts: names or URIs; empty: all known hosts. Machines that have a move in our own records are left to it.
// @ret_status: 0 where nothing is left over or all was mended, that of PENDING where something is left, or a host was
// silent, that of UNREACHABLE where all were
bool ferry_cli_recover_scan(FerryCli *cli,
                            GStrv hosts,
                            const FerryRecoverScanOptions *options,
                            int *ret_status,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
