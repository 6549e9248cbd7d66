// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/table.h"

#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/output.h"
#include "cli/text.h"

#define GAP       "  "
#define WIDTH_MIN 6 // of a column; narrower, it tells nothing

struct FerryTable {
    const char *const *titles;
    size_t n_columns;
    GPtrArray *rows; // GStrv, escaped
};

FerryTable *
ferry_table_new(const char *const *titles)
{
    FerryTable *table = g_new0(FerryTable, 1);

    table->titles = titles;
    table->n_columns = g_strv_length((char **)titles);
    table->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    return table;
}

void
ferry_table_free(FerryTable *table)
{
    if (table == NULL)
        return;
    g_ptr_array_unref(table->rows);
    g_free(table);
}

void
ferry_table_add(FerryTable *table, const char *const *cells)
{
    GStrv row = g_new0(char *, table->n_columns + 1);

    for (size_t i = 0; i < table->n_columns; i++)
        row[i] = ferry_cli_escape(cells[i] != NULL && cells[i][0] != '\0' ? cells[i] : "-");
    g_ptr_array_add(table->rows, row);
}

static size_t
total_width(const size_t *widths, size_t n)
{
    size_t total = 0;

    for (size_t i = 0; i < n; i++)
        total += widths[i] + (i > 0 ? strlen(GAP) : 0);
    return total;
}

// Takes columns from the widest of the first @n until they fit into @columns.
// Returns: false when all are at their narrowest and still too wide
static bool
shrink(size_t *widths, size_t n, size_t columns)
{
    while (total_width(widths, n) > columns) {
        size_t widest = 0;

        for (size_t i = 1; i < n; i++)
            if (widths[i] > widths[widest])
                widest = i;
        if (widths[widest] <= WIDTH_MIN)
            return false;
        widths[widest]--;
    }
    return true;
}

// Makes @widths fit into @columns. Returns: how many of them stay
static size_t
fit(size_t *widths, size_t n, size_t columns)
{
    g_autofree size_t *natural = g_memdup2(widths, n * sizeof *widths);

    while (n > 1 && !shrink(widths, n, columns)) {
        n--;
        memcpy(widths, natural, n * sizeof *widths);
    }
    if (n == 1)
        widths[0] = MIN(widths[0], columns);
    return n;
}

static void
append_line(GString *to, const char *const *cells, const size_t *widths, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            g_string_append(to, GAP);
        ferry_text_pad(to, cells[i], widths[i]);
    }
    while (to->len > 0 && to->str[to->len - 1] == ' ')
        g_string_truncate(to, to->len - 1);
    g_string_append_c(to, '\n');
}

char *
ferry_table_format(const FerryTable *table, size_t columns)
{
    g_autofree size_t *widths = g_new0(size_t, table->n_columns);
    size_t n = table->n_columns;
    GString *lines = g_string_new(NULL);

    for (size_t i = 0; i < n; i++) {
        widths[i] = ferry_text_width(table->titles[i]);
        for (unsigned row = 0; row < table->rows->len; row++) {
            GStrv cells = g_ptr_array_index(table->rows, row);

            widths[i] = MAX(widths[i], ferry_text_width(cells[i]));
        }
    }
    if (columns > 0)
        n = fit(widths, n, columns);
    append_line(lines, table->titles, widths, n);
    for (unsigned row = 0; row < table->rows->len; row++)
        append_line(lines, g_ptr_array_index(table->rows, row), widths, n);
    return g_string_free(lines, FALSE);
}

bool
ferry_table_print(const FerryTable *table, GError **error)
{
    g_autofree char *lines = ferry_table_format(table, ferry_output_columns(STDOUT_FILENO));

    return ferry_cli_print(error, "%s", lines);
}
