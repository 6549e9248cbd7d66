// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry-disk-reader: reads what makes a guest that guest off its disks, which a guest may have filled with
// anything. Started by virt-ferry (disk/run-reader.c) with the disks open as descriptors 3, 4, ..., it gives up
// every right that it has and prints one JSON text.
//
//   virt-ferry-disk-reader DISK... -- PATH...     DISK is what a disk is called, PATH a file of the guest
//
//   {"volumes": [{"name": "vda1", "type": "ext4", "uuid": ..., ...}, ...],
//    "files": [{"hex": "6162"}, {"link": "/a", "hex": ""}, {"unknown": "why"}, {}, ...]}    as the PATHs
//   or {"unknown": "why"}
//
// The guest may write while this reads, and its journal is not replayed: what counts is what two readings in
// succession agree on.

#include <com_err.h>
#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "identity/disk/reader/sandbox.h"
#include "identity/disk/reader/tree.h"
#include "identity/disk/reader/volumes.h"

enum { FIRST_FD = 3, READINGS_MAX = 6 };

// Anything but plain ASCII becomes '?': labels are shown to people.
static void
put_string(GString *json, const char *name, const char *value)
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

static void
put_volume(GString *json, const FerryReaderVolume *volume)
{
    g_autofree char *name = ferry_reader_volume_name(volume);

    g_string_append_c(json, '{');
    put_string(json, "name", name);
    put_string(json, "type", volume->type);
    put_string(json, "uuid", volume->uuid);
    put_string(json, "label", volume->label);
    put_string(json, "part_uuid", volume->part_uuid);
    put_string(json, "mount", volume->mount);
    put_string(json, "unknown", volume->unknown);
    g_string_append_c(json, '}');
}

static void
put_file(GString *json, FerryReaderTree *tree, const char *path)
{
    FerryReaderFile file = {0};
    g_autoptr(GString) hex = g_string_new(NULL);

    ferry_reader_tree_read(tree, path, &file);
    for (unsigned i = 0; file.data != NULL && i < file.data->len; i++)
        g_string_append_printf(hex, "%02x", file.data->data[i]);
    g_string_append_c(json, '{');
    put_string(json, "link", file.link);
    put_string(json, "unknown", file.unknown);
    if (file.data != NULL)
        put_string(json, "hex", hex->str);
    g_string_append_c(json, '}');
    g_clear_pointer(&file.data, g_byte_array_unref);
    g_free(file.link);
    g_free(file.unknown);
}

static char *
read_once(char **disks, char **paths)
{
    g_autoptr(GPtrArray) volumes =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_reader_volume_free);
    g_autoptr(FerryReaderTree) tree = NULL;
    GString *json = g_string_new("{\"volumes\":[");

    for (int i = 0; disks[i] != NULL; i++)
        ferry_reader_scan(disks[i], FIRST_FD + i, volumes);
    tree = ferry_reader_tree_new(volumes);
    for (unsigned i = 0; i < volumes->len; i++) {
        g_string_append(json, i > 0 ? "," : "");
        put_volume(json, g_ptr_array_index(volumes, i));
    }
    g_string_append(json, "],\"files\":[");
    for (int i = 0; paths[i] != NULL; i++) {
        g_string_append(json, i > 0 ? "," : "");
        put_file(json, tree, paths[i]);
    }
    g_string_append(json, "]}");
    return g_string_free(json, FALSE);
}

static char *
read_until_same(char **disks, char **paths)
{
    g_autofree char *last = read_once(disks, paths);

    for (unsigned i = 1; i < READINGS_MAX; i++) {
        g_autofree char *now = read_once(disks, paths);

        if (strcmp(now, last) == 0)
            return g_steal_pointer(&now);
        g_free(last);
        last = g_steal_pointer(&now);
    }
    return g_strdup("{\"unknown\":\"the guest writes to it all the time\"}");
}

static bool
print(const char *text)
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

int
main(int argc, char **argv)
{
    g_autofree char *json = NULL;
    const char *failed;
    int split = 1;

    while (split < argc && strcmp(argv[split], "--") != 0)
        split++;
    if (split >= argc - 1 || split == 1) {
        fprintf(stderr, "usage: virt-ferry-disk-reader DISK... -- PATH...\n");
        return EXIT_FAILURE;
    }
    argv[split] = NULL;
    initialize_ext2_error_table();
    failed = ferry_reader_confine();
    if (failed != NULL) {
        fprintf(stderr, "the reader cannot %s: %s\n", failed, g_strerror(errno));
        return EXIT_FAILURE;
    }
    json = read_until_same(argv + 1, argv + split + 1);
    // Not exit(): nothing is left to be done, and little may be.
    _exit(print(json) ? EXIT_SUCCESS : EXIT_FAILURE);
}
