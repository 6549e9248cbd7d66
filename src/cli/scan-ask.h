// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What 'recover --scan' asks hosts, and what it does to them. All of it blocks: from a worker.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "engine/scan.h"
#include "inventory/hosts.h"

typedef struct FerryScanAsk {
    unsigned timeout_s;
    GHashTable *leave;   // set of UUIDs that nobody may touch
    GPtrArray *answers;  // FerryHostAnswer
    unsigned n_machines; // all that the hosts know, each once
    GPtrArray *machines; // FerryScanMachine, those that may have something left over
} FerryScanAsk;

void ferry_scan_ask_clear(FerryScanAsk *ask);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryScanAsk, ferry_scan_ask_clear)

// Asks @hosts (element-type FerryHost) for all machines; those whose states may come from a move are read twice more
// with their jobs, all hosts at once, until two reads agree.
void ferry_scan_ask(FerryScanAsk *ask, GPtrArray *hosts);

// Carries out the plan of @finding, after every host was read again: where any of them shows something else than
// before, nothing is done. Reads the places anew at the end.
// @notes: (element-type utf8) gets what is to be told beside it
// Errors: PENDING (changed meanwhile, or not as it should be afterwards), or a host's
bool ferry_scan_act(const FerryScanAsk *ask,
                    const FerryScanFinding *finding,
                    GPtrArray *notes,
                    GError **error);
