// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry list --leftovers.

#pragma once

#include <stdbool.h>

#include "cli/cli.h"

typedef struct FerryLeftoversView {
    const char *connect; // those of this host alone, a name or URI; NULL: of all
    bool uuids;
    bool names; // names of machines alone
} FerryLeftoversView;

// @ret_status: UNREACHABLE's where hosts were to be asked and none answered
bool ferry_leftovers_list(FerryCli *cli,
                          const FerryLeftoversView *view,
                          int *ret_status,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
