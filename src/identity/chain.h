// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The UUIDs that one machine has had, by the changes in the journal. A query: nothing else is stored. Main thread.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/uuid.h"
#include "state/state.h"

// The machine as one revision of it was.
typedef struct FerryRevision {
    unsigned revision; // 1: before the first change
    char uuid[FERRY_UUID_LEN + 1];
    char *genid;    // NULL: none, or not known
    char *op;       // by which it came to be: "set", "rotate", "restore"; NULL for the first
    int64_t txn;    // 0 for the first
    int64_t at_us;  // 0 for the first
    char *name;     // the machine's then; for the first, that of the first change
    char *host;     // where it was
    unsigned moves; // that ended well while it was the current one
} FerryRevision;

typedef struct FerryIdentityChain {
    char *subject;        // a UUID of ours that never changes; NULL before the first change
    GPtrArray *revisions; // FerryRevision, oldest first, at least one; the last is what it is now
    char *host;           // where it was last, after moves too; NULL: not known
    char *name;           // its last name; NULL: not known
} FerryIdentityChain;

// @uuid: any that the machine has or had, in whatever letters. Where two machines had it one after the other, the one
// that has it still, else the later.
// Returns: (transfer full) a chain of one revision where the journal knows of no change; NULL with an error of state.h
FerryIdentityChain *ferry_identity_chain(FerryState *state, const char *uuid, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void ferry_identity_chain_free(FerryIdentityChain *chain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryIdentityChain, ferry_identity_chain_free)

// Returns: what the machine is now, owned by @chain
const FerryRevision *ferry_identity_chain_current(const FerryIdentityChain *chain);

// Had it this UUID, ever?
bool ferry_identity_chain_has(const FerryIdentityChain *chain, const char *uuid);
