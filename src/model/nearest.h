// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// 'Did you mean': the known name that is nearest to a mistyped one. Pure.

#pragma once

#include <glib.h>

// Edit distance with swapped neighbours counted as one (optimal string alignment), over characters of
// UTF-8, upper and lower case being the same.
unsigned ferry_nearest_distance(const char *a, const char *b);

// @names: (element-type utf8). Near enough is: at most a third of the longer name's length, at least one
// edit being allowed; of equals the first.
// Returns: the nearest of @names, owned by it; NULL where none is near
const char *ferry_nearest_find(const char *name, GPtrArray *names);

// The hint of an error about a mistyped @id: the nearest of @ids (element-type utf8), else all of them.
// @kind: what they are, to begin a sentence with: "Checks"
void ferry_nearest_add_hint(GError **error, const char *id, GPtrArray *ids, const char *kind);
