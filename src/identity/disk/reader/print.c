// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/disk/reader/print.h"

#include <string.h>
#include <unistd.h>

enum { READINGS_MAX = 6 };

void
ferry_reader_file_clear(FerryReaderFile *file)
{
    g_clear_pointer(&file->data, g_byte_array_unref);
    g_clear_pointer(&file->link, g_free);
    g_clear_pointer(&file->unknown, g_free);
}

// Anything but plain ASCII becomes '?': labels are shown to people.
void
ferry_reader_put_string(GString *json, const char *name, const char *value)
{
    if (value == NULL)
        return;
    if (json->str[json->len - 1] != '{')
        g_string_append_c(json, ',');
    g_string_append_printf(json, "\"%s\":\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\')
            g_string_append_c(json, '\\');
        g_string_append_c(json, g_ascii_isprint(*value) ? *value : '?');
    }
    g_string_append_c(json, '"');
}

void
ferry_reader_put_file(GString *json, const FerryReaderFile *file)
{
    g_autoptr(GString) hex = g_string_new(NULL);

    for (unsigned i = 0; file->data != NULL && i < file->data->len; i++)
        g_string_append_printf(hex, "%02x", file->data->data[i]);
    g_string_append_c(json, '{');
    ferry_reader_put_string(json, "link", file->link);
    ferry_reader_put_string(json, "unknown", file->unknown);
    if (file->data != NULL)
        ferry_reader_put_string(json, "hex", hex->str);
    g_string_append_c(json, '}');
}

char *
ferry_reader_read_until_same(char *(*read_once)(void *data), void *data)
{
    g_autofree char *last = read_once(data);

    for (unsigned i = 1; last != NULL && i < READINGS_MAX; i++) {
        g_autofree char *now = read_once(data);

        if (now == NULL || strcmp(now, last) == 0)
            return g_steal_pointer(&now);
        g_free(last);
        last = g_steal_pointer(&now);
    }
    return last == NULL ? NULL : g_strdup("{\"unknown\":\"the guest writes to it all the time\"}");
}

bool
ferry_reader_print(const char *text)
{
    size_t size = strlen(text);

    while (size > 0) {
        ssize_t written = write(STDOUT_FILENO, text, size);

        if (written < 0)
            return false;
        text += written;
        size -= (size_t)written;
    }
    return true;
}
