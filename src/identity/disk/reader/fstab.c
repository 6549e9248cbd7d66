// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/disk/reader/fstab.h"

#include <stdbool.h>
#include <string.h>

enum { MOUNTS_MAX = 256 };

// @ret_words: what, where, type, options; owned by @line, which is cut. Returns: false: the line mounts nothing
static bool
split(char *line, const char *ret_words[4])
{
    for (unsigned i = 0; i < 4; i++) {
        ret_words[i] = line + strspn(line, " \t\r");
        line = (char *)ret_words[i] + strcspn(ret_words[i], " \t\r");
        if (*line != '\0')
            *line++ = '\0';
    }
    return *ret_words[0] != '#' && *ret_words[1] == '/';
}

void
ferry_reader_fstab_each(const GByteArray *text, FerryReaderFstabFunc func, void *data)
{
    g_autofree char *copy =
        text != NULL ? g_strndup((const char *)text->data, text->len) : g_strdup("");
    g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
    unsigned mounts = 0;

    for (unsigned i = 0; lines[i] != NULL && mounts < MOUNTS_MAX; i++) {
        const char *words[4];
        g_autofree char *path = NULL;

        if (!split(lines[i], words))
            continue;
        path = g_strdup(words[1]);
        while (g_str_has_suffix(path, "/"))
            path[strlen(path) - 1] = '\0';
        if (*path == '\0')
            continue;
        func(data, words[0], path, words[3]);
        mounts++;
    }
}
