// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// `virt-ferry host check`: are hosts, and the ways between them, fit for moves at all?

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "cli/cli.h"

typedef struct FerryHostCheckAsked {
    const char *const *hosts; // names or URIs, ends with NULL; empty: all known hosts
    bool measure;             // storage and links too, which takes seconds for each
    bool no_probe;            // run no script on the hosts
    unsigned timeout_s;       // how long a host may be silent
} FerryHostCheckAsked;

// Prints the result. @ret_status: BLOCKED's where moves would fail.
bool ferry_cli_host_check(FerryCli *cli,
                          const FerryHostCheckAsked *asked,
                          int *ret_status,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Prints the page of host check @id.
bool ferry_cli_host_check_explain(FerryCli *cli, const char *id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
