// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For sqlite.c and its tests: the database as a file. Opening with all that can be wrong, the schema's
// versions, what is damaged kept aside, and SQLite's errors in our words.

#pragma once

#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct FerrySqlite {
    sqlite3 *db;
    char *file;
    bool wal;
    dev_t device; // of file as it was opened: another process may have put it aside since
    ino_t inode;
} FerrySqlite;

// Opens FOLDER/state.db, making both (0700, 0600) where they are not there, and brings its schema to the
// newest version: one transaction for all steps.
// @steps: ends with NULL; step i leads from version i to i + 1 (PRAGMA user_version)
// Returns: false with STATE, STATE_CORRUPT (the file is kept aside then) or STATE_NEWER
bool ferry_sqlite_open(FerrySqlite *sqlite,
                       const char *folder,
                       const char *const *steps,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

void ferry_sqlite_close(FerrySqlite *sqlite);

// Turns what SQLite said last into our error: "cannot @verb 'FILE': ...".
// A damaged file is put aside at once.
void ferry_sqlite_set_error(GError **error, const FerrySqlite *sqlite, const char *verb);

// The journal mode for a file system with this magic number of statfs(2). WAL needs memory shared between
// processes, which network file systems don't give.
// Returns: "wal" or "delete"
const char *ferry_sqlite_journal_mode(long magic);
