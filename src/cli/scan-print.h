// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What 'recover --scan' found, for people and for scripts.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "engine/scan.h"

// A finding, and what became of it.
typedef struct FerryScanResult {
    FerryScanFinding *finding;
    bool done;
    GPtrArray *notes; // utf8: told beside it; NULL: nothing was done
    GError *failure;
} FerryScanResult;

void ferry_scan_result_clear(void *result); // for arrays

const char *ferry_scan_name(const FerryScanFinding *finding); // the machine's

// The places side by side, why, the plan, the hint.
bool ferry_scan_print_finding(const FerryScanFinding *finding, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// "'web1' is now running (migrated) on 'host-b', shut off (destroyed) on 'host-a'"
bool ferry_scan_print_done(const FerryScanFinding *finding, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Returns: a member of 'findings' in recover.scan/1. (transfer full)
JsonObject *ferry_scan_result_to_json(const FerryScanResult *result);
