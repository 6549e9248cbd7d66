// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Did a machine keep its identity on its way? Private to verify/. Pure.

#pragma once

#include "model/verdict.h"

// A machine as one end showed it. NULL: it has no such side, or that could not be read.
typedef struct FerryIdentitySides {
    const char *live_xml;
    const char *persistent_xml;
} FerryIdentitySides;

// Compares each layer of the hypervisor (identity/layers) that both @before and @after show, side by side.
// @uuid: by which it was found on both ends
// @ret: OK with the number of values; WARN with the first that differs; UNKNOWN where nothing can be compared
void ferry_verify_identity(const char *uuid,
                           const FerryIdentitySides *before,
                           const FerryIdentitySides *after,
                           FerryVerdict *ret);
