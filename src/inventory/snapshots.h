// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A machine's snapshots and checkpoints, read on a host. Blocks.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "hypervisor/hypervisor.h"
#include "model/snapshot.h"

// Returns: (element-type FerrySnapshotRecord) snapshots, then checkpoints, parents before their children. (transfer full)
GPtrArray *ferry_snapshots_read(FerryHypervisor *hv, const char *uuid, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Returns: an empty list of them. (transfer full)
GPtrArray *ferry_snapshots_none(void);

// Reads the machine's own definitions, with secrets.
// @ret_keys: zero-initialised
bool ferry_snapshots_read_keys(FerryHypervisor *hv,
                               const char *uuid,
                               FerrySnapshotKeys *ret_keys,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
