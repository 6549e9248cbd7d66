// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What arrives on the destination where it is not what is on the source: things have other names there (model/names.h), or
// copied disks have to be treated otherwise (storage/). What libvirt is given, what people are shown of it, and the
// names that are kept for the two hosts.

#pragma once

#include "engine/move.h"
#include "state/state.h"

// The XML of one call of libvirt. It holds secrets: made right before the call, never stored, shown or logged.
typedef struct FerryArriving {
    char *dest_xml;    // NULL: the call's own
    char *persist_xml; // NULL: the call's own
} FerryArriving;

void ferry_arriving_clear(FerryArriving *arriving);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryArriving, ferry_arriving_clear)

// Puts into @call what @ret holds, where anything changes. Blocks: workers only.
bool ferry_arriving_make(const FerryMove *move,
                         FerryMigrateCall *call,
                         FerryArriving *ret,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Returns: {"live": [...], "persistent": [...]} with the lines of ferry_definition_diff(), a member where there are
// any; NULL where all arrives as it is. Without secrets. (transfer full)
JsonObject *ferry_arriving_diff(const FerryMove *move, const FerryVmFacts *vm);

// Lets @baseline, which has the names that things have there, expect what copied disks change of the running machine.
bool ferry_arriving_expect(const FerryMove *move, FerryBaseline *baseline, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Once both hosts are found: takes note of the names that were said, and adds those that are kept for the hosts.
void ferry_arriving_recall(FerryMove *move);

// Keeps the names that were said, for later moves between the same hosts.
bool ferry_arriving_keep(const FerryMove *move, FerryState *state, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
