// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// `virt-ferry host map`: the names that moves from one host to another go by, shown and edited.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "cli/cli.h"

// "OLD=NEW" each; NULL: none.
typedef struct FerryHostMapAsked {
    const char *src; // name or URI; NULL with dst: all hosts
    const char *dst;
    char **networks;
    char **disks;
    char **pools;
    char *listen;  // "": takes the kept one away
    char **remove; // OLD each
} FerryHostMapAsked;

// Changes what is asked for, then prints what is kept.
bool ferry_cli_host_map(FerryCli *cli, const FerryHostMapAsked *asked, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
