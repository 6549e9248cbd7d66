// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/text.h"

static size_t
char_width(gunichar c)
{
    if (g_unichar_iszerowidth(c))
        return 0;
    return g_unichar_iswide(c) ? 2 : 1;
}

size_t
ferry_text_width(const char *text)
{
    size_t width = 0;

    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
        width += char_width(g_utf8_get_char(p));
    return width;
}

char *
ferry_text_cut(const char *text, size_t columns)
{
    GString *cut = NULL;
    size_t width = 0;

    if (ferry_text_width(text) <= columns)
        return g_strdup(text);
    cut = g_string_new(NULL);
    for (const char *p = text; columns > 0; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        // One column is kept for the ellipsis.
        if (width + char_width(c) > columns - 1)
            break;
        width += char_width(c);
        g_string_append_unichar(cut, c);
    }
    if (columns > 0)
        g_string_append(cut, "…");
    return g_string_free(cut, FALSE);
}

void
ferry_text_pad(GString *to, const char *text, size_t columns)
{
    g_autofree char *cut = ferry_text_cut(text, columns);

    g_string_append(to, cut);
    for (size_t width = ferry_text_width(cut); width < columns; width++)
        g_string_append_c(to, ' ');
}

char *
ferry_text_wrap(const char *text, size_t columns, size_t indent)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    GString *lines = g_string_new(NULL);
    size_t width = 0;

    for (size_t i = 0; words[i] != NULL; i++) {
        size_t word = ferry_text_width(words[i]);

        if (i > 0 && width + 1 + word > columns) {
            g_string_append_c(lines, '\n');
            for (size_t blank = 0; blank < indent; blank++)
                g_string_append_c(lines, ' ');
            width = indent;
        } else if (i > 0) {
            g_string_append_c(lines, ' ');
            width++;
        }
        g_string_append(lines, words[i]);
        width += word;
    }
    return g_string_free(lines, FALSE);
}
