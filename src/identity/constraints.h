// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What stands in the way of changing a machine's UUID, as far as its facts tell. Pure.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "identity/facts.h"

typedef struct FerryIdentityConstraint {
    const char *id;    // stable: "vtpm"; static
    bool blocks;       // a change is refused until it is met
    const char *needs; // one line, lower case: what has to be done or said; static
} FerryIdentityConstraint;

// Returns: (element-type FerryIdentityConstraint) those that block first. (transfer full)
GArray *ferry_identity_constraints(const FerryIdentityMachine *machine);
