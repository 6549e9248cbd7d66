// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A plain table: a line of titles, columns aligned by what a terminal shows. Cells may hold anything:
// they are escaped. No colour.

#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct FerryTable FerryTable;

// @titles: of the columns, ends with NULL. Must stay valid.
FerryTable *ferry_table_new(const char *const *titles);
void ferry_table_free(FerryTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryTable, ferry_table_free)

// Appends a row. @cells: one for each title; NULL or "" is shown as "-".
void ferry_table_add(FerryTable *table, const char *const *cells);

// @columns: the terminal's width: the widest columns are cut until the table fits, and where that would
// leave too little of them, columns fall away from the right. 0: no limit.
// Returns: the lines, each with its line feed. (transfer full)
char *ferry_table_format(const FerryTable *table, size_t columns);

// Writes the table to stdout, as wide as the terminal there; whole where it is none.
// Errors: OUTPUT
bool ferry_table_print(const FerryTable *table, GError **error) G_GNUC_WARN_UNUSED_RESULT;
