// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Ends one copy of a machine whose other copy is kept, without taking the disks from that one: see engine/labels.h.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "inventory/hosts.h"

// Ends machine @uuid on @ended. Blocks.
// @notes: (element-type utf8) gets what was put back, or why nobody looked
bool ferry_scan_end(const FerryHostAnswer *ended,
                    const FerryHostAnswer *keeper,
                    const char *uuid,
                    GPtrArray *notes,
                    GError **error);
