// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/table.h"

#include "cli/text.h"

static const char *const titles[] = {"MACHINE", "HOST", "STATE", NULL};

static FerryTable *
make_table(void)
{
    FerryTable *table = ferry_table_new(titles);

    ferry_table_add(table, (const char *[]){"web1", "host-a", "running (booted)"});
    ferry_table_add(table, (const char *[]){"虚拟机", "host-b", NULL});
    ferry_table_add(table, (const char *[]){"two\nlines", "", "shut off"});
    return table;
}

static void
test_whole(void)
{
    g_autoptr(FerryTable) table = make_table();
    g_autofree char *lines = ferry_table_format(table, 0);

    g_assert_cmpstr(lines, ==,
                    "MACHINE     HOST    STATE\n"
                    "web1        host-a  running (booted)\n"
                    "虚拟机      host-b  -\n"
                    "two\\nlines  -       shut off\n");
}

static void
test_cut(void)
{
    g_autoptr(FerryTable) table = make_table();
    g_autofree char *lines = ferry_table_format(table, 24);

    g_assert_cmpstr(lines, ==,
                    "MACHINE  HOST    STATE\n"
                    "web1     host-a  runnin…\n"
                    "虚拟机   host-b  -\n"
                    "two\\nl…  -       shut o…\n");
}

// However narrow: no line is wider than the terminal, and the first column stays.
static void
test_all_widths(void)
{
    g_autoptr(FerryTable) table = make_table();

    for (size_t columns = 1; columns <= 200; columns++) {
        g_autofree char *text = ferry_table_format(table, columns);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

        g_assert_cmpuint(g_strv_length(lines), ==, 5);
        for (size_t i = 0; i < 4; i++) {
            g_assert_cmpuint(ferry_text_width(lines[i]), <=, columns);
            g_assert_cmpuint(ferry_text_width(lines[i]), >, 0);
        }
    }
}

static void
test_no_rows(void)
{
    g_autoptr(FerryTable) table = ferry_table_new(titles);
    g_autofree char *lines = ferry_table_format(table, 0);

    g_assert_cmpstr(lines, ==, "MACHINE  HOST  STATE\n");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/table/whole", test_whole);
    g_test_add_func("/table/cut", test_cut);
    g_test_add_func("/table/all-widths", test_all_widths);
    g_test_add_func("/table/no-rows", test_no_rows);
    return g_test_run();
}
