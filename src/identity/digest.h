// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Values that are nobody's business (a machine-id is "confidential", machine-id(5)) are stored and shown as keyed
// digests: HMAC-SHA256 under a key that each installation makes for itself. Equal values have equal digests in the
// records of one installation; without its key nobody can try out what a digest was made of.

#pragma once

#include <glib.h>
#include <stdint.h>

enum { FERRY_IDENTITY_KEY_SIZE = 32 };

typedef struct FerryIdentityKey {
    uint8_t bytes[FERRY_IDENTITY_KEY_SIZE];
} FerryIdentityKey;

// The key of the state folder @folder: its file identity.key (0600), made at the first use. Of two who make it at
// once, one wins and both get the same.
// Returns: (transfer full), g_free() it; NULL with STATE or STATE_CORRUPT
FerryIdentityKey *ferry_identity_key_load(const char *folder, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// @what: digests of different kinds of values never compare: FerryGuestFieldInfo.digest
// Returns: (transfer full) "hmac:" and 64 hexadecimal digits
char *ferry_identity_digest(const FerryIdentityKey *key, const char *what, const char *value);
