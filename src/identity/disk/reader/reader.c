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

#include "identity/disk/reader/print.h"
#include "identity/disk/reader/sandbox.h"
#include "identity/disk/reader/tree.h"
#include "identity/disk/reader/volumes.h"

enum { FIRST_FD = 3 };

typedef struct Words {
    char **disks;
    char **paths;
} Words;

static char *
read_once(void *data)
{
    const Words *words = data;
    g_autoptr(GPtrArray) volumes =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_reader_volume_free);
    g_autoptr(FerryReaderTree) tree = NULL;
    GString *json = g_string_new("{\"volumes\":[");

    for (int i = 0; words->disks[i] != NULL; i++)
        ferry_reader_scan(words->disks[i], FIRST_FD + i, volumes);
    tree = ferry_reader_tree_new(volumes);
    for (unsigned i = 0; i < volumes->len; i++) {
        g_string_append(json, i > 0 ? "," : "");
        ferry_reader_volume_put(json, g_ptr_array_index(volumes, i));
    }
    g_string_append(json, "],\"files\":[");
    for (int i = 0; words->paths[i] != NULL; i++) {
        g_auto(FerryReaderFile) file = {0};

        g_string_append(json, i > 0 ? "," : "");
        ferry_reader_tree_read(tree, words->paths[i], &file);
        ferry_reader_put_file(json, &file);
    }
    g_string_append(json, "]}");
    return g_string_free(json, FALSE);
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
    json = ferry_reader_read_until_same(read_once, &(Words){argv + 1, argv + split + 1});
    // Not exit(): nothing is left to be done, and little may be.
    _exit(ferry_reader_print(json) ? EXIT_SUCCESS : EXIT_FAILURE);
}
