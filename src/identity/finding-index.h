// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For finding.c: how the index is made. Rules see it through finding-rule.h.

#pragma once

#include "identity/finding-rule.h"

// Reads all machines of @fleet; keeps the layers that @rules (ends with NULL) name. Both must stay while it is used.
FerryIdentityIndex *ferry_identity_index_new(const FerryIdentityFleet *fleet,
                                             const FerryIdentityRule *const *rules);
void ferry_identity_index_free(FerryIdentityIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryIdentityIndex, ferry_identity_index_free)
