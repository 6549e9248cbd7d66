// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Ends the migration's job on the source.

#pragma once

#include "engine/move.h"

// While disks are copied, libvirt asks QEMU to end the copies, and QEMU waits for an answer of the other side. Over a dead
// link none comes: with libvirt 11.3 and QEMU 10.0 the guest stands still until the connections break (9.0: it goes on,
// and the job does not end). So a link that is known to be dead is broken first; what does not end a moment after
// the abort is broken then. Blocks: workers only.
// @stalled: nothing goes over any more
// Errors: those of ferry_hypervisor_abort_job(): there is no job, or none yet
bool ferry_abort_job(FerryMove *move, bool stalled, GError **error) G_GNUC_WARN_UNUSED_RESULT;
