// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A secret key of the operator's, in a file: for UUIDs that only its holder can derive, and for digests that
// only its holder can compare.

#pragma once

#include <glib.h>

#define FERRY_KEY_MIN 16   // bytes; what can be guessed is no key
#define FERRY_KEY_MAX 4096 // bytes; what is longer is some other file

// Reads the file's bytes as they are, a newline at the end included. One that others may read or write is
// refused, as ssh does.
// Returns: (transfer full); NULL with USAGE, which names file and reason
GBytes *ferry_key_load(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Returns: 16 hexadecimal digits that tell which key it was without telling the key. (transfer full)
char *ferry_key_id(GBytes *key);
