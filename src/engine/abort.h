// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Ends the migration's job on the source.

#pragma once

#include "engine/move.h"

// While disks are copied libvirt only asks QEMU to end the copies, and over a dead link they wait for an answer that does
// not come (11.3: until the link was back): what still runs some seconds later is broken off. Blocks: workers only.
// Errors: those of ferry_hypervisor_abort_job(): there is no job, or none yet
bool ferry_abort_job(FerryMove *move, GError **error) G_GNUC_WARN_UNUSED_RESULT;
