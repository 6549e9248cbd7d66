// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a guest mounts where, by its fstab(5).

#pragma once

#include <glib.h>

// @source: "UUID=..." or a device; @path: "/var", without a slash at its end; never the root
typedef void (*FerryReaderFstabFunc)(void *data,
                                     const char *source,
                                     const char *path,
                                     const char *options);

// Calls @func for each line that mounts something, up to a bound.
// @text: the file; NULL: there is none
void ferry_reader_fstab_each(const GByteArray *text, FerryReaderFstabFunc func, void *data);
