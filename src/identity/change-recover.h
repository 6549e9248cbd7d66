// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A change whose process is gone: looked at, then finished or undone. Main thread; the host has some seconds to answer.

#pragma once

#include "identity/change-host.h"

typedef struct FerryChangeLook {
    FerryChangeIntent *intent;
    FerryChangeRun run; // resolved; its hv is NULL where the host can't be reached
} FerryChangeLook;

// What the host of @record shows, and what would be done.
// Returns: (transfer full); NULL where the record can't be read
FerryChangeLook *ferry_change_look_at(const FerryTxnRecord *record,
                                      unsigned timeout_s,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
void ferry_change_look_free(FerryChangeLook *look);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryChangeLook, ferry_change_look_free)

typedef struct FerryChangeRecovery {
    unsigned timeout_s;
    bool give_up; // end it although nothing can be done: nothing on the host is touched then
} FerryChangeRecovery;

// Adopts transaction @record and ends it.
// Errors: PENDING: it is not known, or could not be done; nothing was destroyed. BUSY: its process lives.
bool ferry_change_recover(FerryState *state,
                          const FerryTxnRecord *record,
                          const FerryChangeRecovery *options,
                          FerryChangeResult *ret_result,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
