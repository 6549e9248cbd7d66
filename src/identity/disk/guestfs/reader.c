// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry-disk-reader-guestfs: does what virt-ferry-disk-reader does (reader/reader.c: the same arguments,
// descriptors and answer), with libguestfs, which boots a small machine that has the disks. Its kernel reads XFS, btrfs,
// LVM and RAIDs too, and what a guest wrote is parsed in there and not here; but it takes seconds. No LUKS is opened.
//
//   virt-ferry-disk-reader-guestfs DISK... -- PATH...
//
// The disks are added read-only, below a layer that goes with the appliance. Journals are replayed there, so what a
// guest has synced is seen; what counts is what two readings in succession agree on, each in an appliance of its own.

#include <glib.h>
#include <guestfs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "identity/disk/guestfs/tree.h"
#include "identity/disk/guestfs/volumes.h"
#include "identity/disk/reader/print.h"

enum { FIRST_FD = 3 };

typedef struct Words {
    char **disks;
    char **paths;
} Words;

static volatile sig_atomic_t stopped;

// The appliance and whatever else was started for it is of this process's group. libguestfs' call fails then, and we
// clean up as after any other failure; killed ourselves, its folders would stay.
static void
stop(int signal_number)
{
    stopped = 1;
    signal(signal_number, SIG_IGN);
    kill(0, signal_number);
}

static void
end_with_parent(void)
{
    struct sigaction action = {.sa_handler = stop};

    setpgid(0, 0);
    sigaction(SIGTERM, &action, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

// The format is named, so that nothing a guest wrote makes it another.
static bool
add_disk(guestfs_h *g, int fd)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);

    return guestfs_add_drive_opts(g, path, GUESTFS_ADD_DRIVE_OPTS_READONLY, 1,
                                  GUESTFS_ADD_DRIVE_OPTS_FORMAT, "raw", -1) == 0;
}

// Returns: (transfer full) NULL, and what was complained of: it can't be started
static guestfs_h *
start(char **disks)
{
    guestfs_h *g = stopped ? NULL : guestfs_create();

    if (g == NULL)
        return NULL;
    guestfs_set_error_handler(g, NULL, NULL);
    // libvirt's daemon is not to see a machine of ours.
    if (g_getenv("LIBGUESTFS_BACKEND") == NULL)
        guestfs_set_backend(g, "direct");
    // Nothing is to be kept.
    guestfs_set_autosync(g, 0);
    for (int i = 0; disks[i] != NULL; i++) {
        if (!add_disk(g, FIRST_FD + i)) {
            fprintf(stderr, "libguestfs cannot add disk '%s': %s\n", disks[i],
                    guestfs_last_error(g));
            guestfs_close(g);
            return NULL;
        }
    }
    if (guestfs_launch(g) != 0) {
        fprintf(stderr,
                "libguestfs cannot start its appliance, 'libguestfs-test-tool' tells more: %s\n",
                guestfs_last_error(g));
        guestfs_close(g);
        return NULL;
    }
    return g;
}

// With recovery, which a driver writes to the layer above the disks.
static char *
read_disks(guestfs_h *g, const Words *words)
{
    g_autoptr(GPtrArray) volumes =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_reader_volume_free);
    g_autoptr(FerryGuestfsTree) tree = NULL;
    GString *json = g_string_new("{\"volumes\":[");

    ferry_guestfs_scan(g, words->disks, volumes);
    tree = ferry_guestfs_tree_new(g, volumes);
    for (unsigned i = 0; i < volumes->len; i++) {
        g_string_append(json, i > 0 ? "," : "");
        ferry_reader_volume_put(json, g_ptr_array_index(volumes, i));
    }
    g_string_append(json, "],\"files\":[");
    for (int i = 0; words->paths[i] != NULL; i++) {
        g_auto(FerryReaderFile) file = {0};

        g_string_append(json, i > 0 ? "," : "");
        ferry_guestfs_tree_read(tree, words->paths[i], &file);
        ferry_reader_put_file(json, &file);
    }
    g_string_append(json, "]}");
    return g_string_free(json, FALSE);
}

// An appliance for each reading, as recovery leaves in the layer of one what the guest may have overwritten since.
static char *
read_once(void *data)
{
    const Words *words = data;
    guestfs_h *g = start(words->disks);
    char *json = g != NULL ? read_disks(g, words) : NULL;

    if (g != NULL)
        guestfs_close(g);
    return json;
}

int
main(int argc, char **argv)
{
    g_autofree char *json = NULL;
    int split = 1;

    while (split < argc && strcmp(argv[split], "--") != 0)
        split++;
    if (split >= argc - 1 || split == 1) {
        fprintf(stderr, "usage: virt-ferry-disk-reader-guestfs DISK... -- PATH...\n");
        return EXIT_FAILURE;
    }
    argv[split] = NULL;
    end_with_parent();
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    json = ferry_reader_read_until_same(read_once, &(Words){argv + 1, argv + split + 1});
    return json != NULL && ferry_reader_print(json) ? EXIT_SUCCESS : EXIT_FAILURE;
}
