// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/progress.h"

#include <string.h>

#include "cli/text.h"

static const FerryProgressView copying = {
    .name = "web1",
    .phase = "copying memory",
    .percent = 62.9,
    .rate_bps = 118489088,
    .dirty_bps = 20971520,
    .round = 3,
    .eta_s = 2.04,
    .elapsed_s = 14,
};

static void
assert_view(const FerryProgressView *view, int columns, const char *expected)
{
    g_autofree char *text = ferry_progress_view_format(view, columns);

    g_assert_cmpstr(text, ==, expected);
}

static void
test_fields(void)
{
    FerryProgressView early = {.name = "web1", .phase = "checking", .eta_s = -1, .elapsed_s = 0.3};
    FerryProgressView done = {.name = "web1", .percent = 100, .eta_s = -1, .elapsed_s = 75};

    assert_view(&copying, 80,
                "web1  62% [######    ] 113 MiB/s  dirty 20 MiB/s  round 3  eta 2.0s  14s");
    assert_view(&early, 80, "web1   0% [          ] checking  300ms");
    assert_view(&done, 80, "web1 100% [##########] 1m15s");
}

// The unit of the two sizes once where it is the same; the rate where it is known.
static void
test_disks(void)
{
    FerryProgressView view = {.name = "web1",
                              .phase = "moving",
                              .percent = 30,
                              .rate_bps = 112UL << 20,
                              .disk_done = 3328599654,
                              .disk_total = 8UL << 30,
                              .eta_s = 45,
                              .elapsed_s = 28};

    assert_view(&view, 80, "web1  30% [###       ] disks 3.1 of 8.0 GiB, 112 MiB/s  eta 45s  28s");
    view.disk_done = 512UL << 20;
    view.rate_bps = 0;
    assert_view(&view, 80, "web1  30% [###       ] disks 512 MiB of 8.0 GiB  eta 45s  28s");
    view.disk_done = 0;
    assert_view(&view, 80, "web1  30% [###       ] disks 0 B of 8.0 GiB  eta 45s  28s");
}

static void
test_narrow(void)
{
    FerryProgressView wide = copying;

    assert_view(&copying, 60, "web1  62% [######    ] 113 MiB/s  dirty 20 MiB/s  round 3");
    assert_view(&copying, 40, "web1  62% [######    ] 113 MiB/s");
    assert_view(&copying, 20, "web1  62%");
    wide.name = "a machine with a very long name\n";
    assert_view(&wide, 20, "a machine wit…  62%");
    wide.name = "虚拟机虚拟机虚拟机";
    assert_view(&wide, 20, "虚拟机虚拟机…  62%");
}

// At each width: name and percentage, and never the last column.
static void
test_all_widths(void)
{
    for (int columns = 20; columns <= 200; columns++) {
        g_autofree char *text = ferry_progress_view_format(&copying, columns);

        g_assert_cmpuint(ferry_text_width(text), <, (size_t)columns);
        g_assert_true(g_str_has_prefix(text, "web1  62%"));
    }
}

// Returns: what @views make of the line. (transfer full)
static char *
draw(bool terminal, const FerryProgressView *views, size_t n)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    g_autoptr(FerryProgressLine) line = ferry_progress_line_new(terminal, 40, out);

    for (size_t i = 0; i < n; i++)
        ferry_progress_line_update(line, &views[i]);
    ferry_progress_line_end(line);
    ferry_progress_line_end(line);
    fclose(out);
    return text;
}

static void
test_terminal(void)
{
    const FerryProgressView views[] = {
        {.name = "web1", .phase = "copying", .percent = 5, .eta_s = -1, .elapsed_s = 1},
        {.name = "web1", .phase = "end", .percent = 50, .eta_s = -1, .elapsed_s = 2},
    };
    char *text = draw(true, views, G_N_ELEMENTS(views));

    // The shorter line blanks out the longer one's end.
    g_assert_cmpstr(text, ==,
                    "\rweb1   5% [          ] copying  1.0s"
                    "\rweb1  50% [#####     ] end  2.0s    \n");
    free(text); // NOLINT(cppcoreguidelines-no-malloc): of open_memstream()
}

// 0 s: first line. 1 s: too soon. 2 s: a new phase. 6 s: too soon. 7 s: five seconds later.
static void
test_plain(void)
{
    const FerryProgressView views[] = {
        {.name = "web1", .phase = "checking", .eta_s = -1, .elapsed_s = 0},
        {.name = "web1", .phase = "checking", .eta_s = -1, .elapsed_s = 1},
        {.name = "web1", .phase = "copying", .percent = 10, .eta_s = -1, .elapsed_s = 2},
        {.name = "web1", .phase = "copying", .percent = 40, .eta_s = -1, .elapsed_s = 6},
        {.name = "web1", .phase = "copying", .percent = 50, .eta_s = -1, .elapsed_s = 7},
    };
    char *text = draw(false, views, G_N_ELEMENTS(views));

    g_assert_cmpstr(text, ==,
                    "web1   0% [          ] checking  0s\n"
                    "web1  10% [#         ] copying  2.0s\n"
                    "web1  50% [#####     ] copying  7.0s\n");
    free(text); // NOLINT(cppcoreguidelines-no-malloc): of open_memstream()
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/progress/fields", test_fields);
    g_test_add_func("/progress/disks", test_disks);
    g_test_add_func("/progress/narrow", test_narrow);
    g_test_add_func("/progress/all-widths", test_all_widths);
    g_test_add_func("/progress/terminal", test_terminal);
    g_test_add_func("/progress/plain", test_plain);
    return g_test_run();
}
