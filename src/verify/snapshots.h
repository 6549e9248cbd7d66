// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Did a machine's snapshots and checkpoints arrive? Pure.

#pragma once

#include "model/snapshot.h"
#include "model/verdict.h"

// @before, @after: FerrySnapshotRecord. @host: the destination's name.
// @ret: OK where each is there under its parent and the current one is the same; NOTE where there are more; else WARN
void ferry_verify_snapshots(const GPtrArray *before,
                            const GPtrArray *after,
                            const char *host,
                            FerryVerdict *ret);
