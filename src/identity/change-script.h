// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// change.sh on the machine's host: the state of a vTPM, which libvirt keeps by UUID and has no call for, and digests of it
// and of the firmware's variables. Blocks.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "identity/change-intent.h"

typedef struct FerryChangePlace {
    const FerryHost *host;
    const char *old_uuid;
    const char *new_uuid;
    const char *nvram; // NULL: none
    const char *name;  // the machine's
    int64_t id;        // of the change; 0 before it has one
} FerryChangePlace;

typedef struct FerryChangeDigests {
    char *tpm;    // NULL: there is none
    char *target; // of what lies under the new UUID
    char *nvram;
} FerryChangeDigests;

void ferry_change_digests_clear(FerryChangeDigests *digests);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryChangeDigests, ferry_change_digests_clear)

// Errors: UNSUPPORTED (the transport runs no scripts), or what ferry_remote_read() says
bool ferry_change_look(const FerryChangePlace *place,
                       FerryChangeDigests *ret_digests,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

// @verb: "keep", "new", "undo", "end"
bool ferry_change_script(const FerryChangePlace *place, const char *verb, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// For tests.
char *ferry_change_script_text(const FerryChangePlace *place, const char *verb);
