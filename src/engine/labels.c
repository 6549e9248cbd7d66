// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/labels.h"

#include <string.h>

#include "base/error.h"
#include "engine/labels-gen.h"
#include "remote/remote.h"

#define PATIENCE_US (20 * G_TIME_SPAN_SECOND)

struct FerryLabels {
    GPtrArray *paths; // utf8; a number of the script is an index here
    FerryRemote *remote;
};

GPtrArray *
ferry_labels_paths(const FerryDefinition *definition)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);

    for (unsigned i = 0; i < definition->disks->len; i++) {
        const FerryDisk *disk = definition->disks->pdata[i];

        if (g_strcmp0(disk->type, "file") == 0 && disk->source != NULL && !disk->readonly &&
            !disk->shareable)
            g_ptr_array_add(paths, g_strdup(disk->source));
    }
    if (definition->nvram != NULL)
        g_ptr_array_add(paths, g_strdup(definition->nvram));
    return paths;
}

// A path is one quoted word: whatever is in it, no shell looks into it.
static char *
make_script(const GPtrArray *paths)
{
    g_autoptr(GString) script = g_string_new("all_files() {\n:\n");

    for (unsigned i = 0; i < paths->len; i++) {
        g_autofree char *path = g_shell_quote(paths->pdata[i]);

        g_string_append_printf(script, "\"$@\" %u %s\n", i, path);
    }
    g_string_append(script, "}\n");
    for (unsigned i = 0; i < G_N_ELEMENTS(labels_lines); i++) {
        g_string_append(script, labels_lines[i]);
        g_string_append_c(script, '\n');
    }
    return g_string_free(g_steal_pointer(&script), FALSE);
}

FerryLabels *
ferry_labels_record(const FerryHost *host, const GPtrArray *paths, GError **error)
{
    g_autoptr(FerryLabels) labels = g_new0(FerryLabels, 1);
    g_autofree char *script = make_script(paths);
    g_autofree char *said = NULL;

    labels->paths = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < paths->len; i++)
        g_ptr_array_add(labels->paths, g_strdup(paths->pdata[i]));
    labels->remote = ferry_remote_start(host->name, host->uri, script, error);
    if (labels->remote == NULL)
        return NULL;
    said = ferry_remote_read(labels->remote, "ready", g_get_monotonic_time() + PATIENCE_US, error);
    return said != NULL ? g_steal_pointer(&labels) : NULL;
}

// "NUMBER PART OLD NEW" as a line for people; NULL where it is none. (transfer full)
static char *
describe(const char *line, const GPtrArray *paths)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    g_autofree char *path = NULL;
    guint64 number;

    if (g_strv_length(words) != 4 || paths->len == 0 ||
        !g_ascii_string_to_unsigned(words[0], 10, 0, paths->len - 1, &number, NULL))
        return NULL;
    path = g_utf8_make_valid(paths->pdata[number], -1);
    return g_strdup_printf("%s of '%s' (%s again, it was %s)", words[1], path, words[2], words[3]);
}

GPtrArray *
ferry_labels_parse(const char *text, const GPtrArray *paths, GError **error)
{
    g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (unsigned i = 0; lines[i] != NULL; i++) {
        char *change;

        if (*lines[i] == '\0')
            continue;
        change = describe(lines[i], paths);
        if (change == NULL) {
            g_autofree char *line = g_utf8_make_valid(lines[i], -1);

            ferry_error_set(error, FERRY_ERROR_FAILED, "not understood: '%s'", line);
            return NULL;
        }
        g_ptr_array_add(changes, change);
    }
    return g_steal_pointer(&changes);
}

GPtrArray *
ferry_labels_restore(FerryLabels *labels, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autofree char *said = NULL;
    GPtrArray *changes = NULL;

    ferry_remote_send(labels->remote, "restore\n");
    said = ferry_remote_read(labels->remote, NULL, g_get_monotonic_time() + PATIENCE_US, &cause);
    if (said != NULL)
        changes = ferry_labels_parse(said, labels->paths, &cause);
    if (changes == NULL)
        ferry_error_set(error, FERRY_ERROR_FAILED,
                        "cannot put back owner and label of the disks: %s", cause->message);
    return changes;
}

void
ferry_labels_free(FerryLabels *labels)
{
    if (labels == NULL)
        return;
    ferry_remote_free(labels->remote);
    g_ptr_array_unref(labels->paths);
    g_free(labels);
}
