// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/progress.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/text.h"
#include "model/units.h"

#define PLAIN_INTERVAL_S 5
#define BAR_WIDTH        10
#define PERCENT_WIDTH    5 // " 100%"

struct FerryProgressLine {
    bool terminal;
    int columns;
    FILE *out;
    bool open;      // a line stands on the terminal without its line feed
    size_t width;   // of that line
    char *phase;    // of the last plain line
    double told_at; // elapsed_s of the last plain line
};

FerryProgressLine *
ferry_progress_line_new(bool terminal, int columns, FILE *out)
{
    FerryProgressLine *line = g_new0(FerryProgressLine, 1);

    line->terminal = terminal;
    line->columns = columns;
    line->out = out;
    line->told_at = -PLAIN_INTERVAL_S;
    return line;
}

void
ferry_progress_line_free(FerryProgressLine *line)
{
    if (line == NULL)
        return;
    g_free(line->phase);
    g_free(line);
}

static char *
format_bar(double percent)
{
    char bar[BAR_WIDTH + 1];
    int full = (int)(percent * BAR_WIDTH / 100);

    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < full ? '#' : ' ';
    bar[BAR_WIDTH] = '\0';
    return g_strdup_printf("[%s]", bar);
}

// "disks 3.1 of 8.0 GiB, 112 MiB/s": the unit once where both sizes have the same.
static char *
format_disks(const FerryProgressView *view, const char *rate)
{
    g_autofree char *done = ferry_format_bytes(view->disk_done);
    g_autofree char *total = ferry_format_bytes(view->disk_total);
    char *unit = strchr(done, ' ');

    if (unit != NULL && g_str_has_suffix(total, unit))
        *unit = '\0';
    if (view->rate_bps == 0)
        return g_strdup_printf("disks %s of %s", done, total);
    return g_strdup_printf("disks %s of %s, %s/s", done, total, rate);
}

// What follows the percentage, the most telling first. (element-type utf8)
static GPtrArray *
format_fields(const FerryProgressView *view, double percent)
{
    GPtrArray *fields = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *rate = ferry_format_bytes(view->rate_bps);
    g_autofree char *dirty = ferry_format_bytes(view->dirty_bps);
    g_autofree char *eta = ferry_format_duration(view->eta_s);

    g_ptr_array_add(fields, format_bar(percent));
    if (view->disk_total > 0)
        g_ptr_array_add(fields, format_disks(view, rate));
    else if (view->rate_bps > 0)
        g_ptr_array_add(fields, g_strdup_printf("%s/s", rate));
    else if (view->phase != NULL)
        g_ptr_array_add(fields, ferry_cli_escape(view->phase));
    if (view->dirty_bps > 0)
        g_ptr_array_add(fields, g_strdup_printf("dirty %s/s", dirty));
    if (view->round > 0)
        g_ptr_array_add(fields, g_strdup_printf("round %" G_GUINT64_FORMAT, view->round));
    if (view->eta_s >= 0)
        g_ptr_array_add(fields, g_strdup_printf("eta %s", eta));
    g_ptr_array_add(fields, ferry_format_duration(view->elapsed_s));
    return fields;
}

char *
ferry_progress_view_format(const FerryProgressView *view, int columns)
{
    double percent = CLAMP(view->percent, 0, 100);
    // A terminal goes to its next line when the last column is filled.
    size_t limit = (size_t)MAX(columns, 20) - 1;
    g_autofree char *name = ferry_cli_escape(view->name);
    g_autofree char *cut = ferry_text_cut(name, limit - PERCENT_WIDTH);
    g_autoptr(GPtrArray) fields = format_fields(view, percent);
    GString *text = g_string_new(cut);
    size_t width;

    g_string_append_printf(text, " %3d%%", (int)percent);
    width = ferry_text_width(text->str);
    for (unsigned i = 0; i < fields->len; i++) {
        const char *field = g_ptr_array_index(fields, i);
        size_t gap = i < 2 ? 1 : 2;

        width += gap + ferry_text_width(field);
        if (width > limit)
            break;
        g_string_append(text, gap == 1 ? " " : "  ");
        g_string_append(text, field);
    }
    return g_string_free(text, FALSE);
}

static void
update_terminal(FerryProgressLine *line, const FerryProgressView *view)
{
    int columns = line->columns > 0 ? line->columns : ferry_cli_columns();
    g_autofree char *text = ferry_progress_view_format(view, columns);
    size_t width = ferry_text_width(text);
    int rest = width < line->width ? (int)(line->width - width) : 0;

    // Blanks over what is left of a longer line: works on a terminal that knows no escapes.
    rest = MIN(rest, MAX(columns - 1 - (int)width, 0));
    fprintf(line->out, "\r%s%*s", text, rest, "");
    line->width = width;
    line->open = true;
}

static void
update_plain(FerryProgressLine *line, const FerryProgressView *view)
{
    bool new_phase = g_strcmp0(line->phase, view->phase) != 0;
    g_autofree char *text = NULL;

    if (!new_phase && view->elapsed_s - line->told_at < PLAIN_INTERVAL_S)
        return;
    text = ferry_progress_view_format(view, 200);
    fprintf(line->out, "%s\n", text);
    line->told_at = view->elapsed_s;
    g_free(line->phase);
    line->phase = g_strdup(view->phase);
}

void
ferry_progress_line_update(FerryProgressLine *line, const FerryProgressView *view)
{
    if (line->terminal)
        update_terminal(line, view);
    else
        update_plain(line, view);
    fflush(line->out);
}

void
ferry_progress_line_end(FerryProgressLine *line)
{
    if (!line->open)
        return;
    fputc('\n', line->out);
    fflush(line->out);
    line->open = false;
    line->width = 0;
}
