// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The answer of a reader of disks: one JSON text, see reader.c.

#pragma once

#include <glib.h>
#include <stdbool.h>

// What is to be told of a file of the guest.
typedef struct FerryReaderFile {
    GByteArray *data; // NULL: missing or unknown
    char *link;       // what it links to; NULL: it is no symbolic link
    char *unknown;    // why
} FerryReaderFile;

void ferry_reader_file_clear(FerryReaderFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryReaderFile, ferry_reader_file_clear)

// Adds a member to the object that @json ends with. @value: NULL: none is added
void ferry_reader_put_string(GString *json, const char *name, const char *value);
// Adds the file as an object.
void ferry_reader_put_file(GString *json, const FerryReaderFile *file);

// Calls @read_once until two texts in succession are the same: the guest may write meanwhile.
// Returns: (transfer full) that text, or one that says why there is none; NULL: @read_once returned NULL
char *ferry_reader_read_until_same(char *(*read_once)(void *data), void *data);

// Writes it to the standard output.
bool ferry_reader_print(const char *text);
