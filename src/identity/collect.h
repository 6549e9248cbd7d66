// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Asks hosts for what identifies their machines: each host in parallel, and one that is silent for the time given is given
// up, its facts are unknown, and nobody waits for it. Blocks; not for the main thread.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "identity/facts.h"

typedef struct FerryIdentityAsk {
    const char *uuid;   // of the only machine that is asked for; NULL: all
    bool by_disk;       // look into guests by their disks
    bool by_guestfs;    // by libguestfs, slowly; where both, those whose disks tell nothing
    bool by_agent;      // by their agents; where several, those of which the others tell nothing
    unsigned timeout_s; // how long a host may be silent
} FerryIdentityAsk;

// @answers: (element-type FerryHostAnswer) of ferry_hosts_list(), or of ferry_hosts_find() with ask->uuid. Connections are
// used further.
// Returns: their facts, in the same order; the retired UUIDs are the caller's to add. Never NULL. (transfer full)
FerryIdentityFleet *ferry_identity_collect(GPtrArray *answers, const FerryIdentityAsk *ask)
    G_GNUC_WARN_UNUSED_RESULT;
