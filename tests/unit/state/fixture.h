// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A folder of its own for each test of the sqlite driver, and the few writes they make.

#pragma once

#include <glib/gstdio.h>

#include "../expect.h"
#include "state/drivers/drivers.h"

#define KIB 1024

typedef struct Fixture {
    char *folder;
    char *file;
} Fixture;

static inline void
set_up(Fixture *fixture, gconstpointer data)
{
    fixture->folder = g_dir_make_tmp("ferry-sqlite-XXXXXX", NULL);
    fixture->file = g_build_filename(fixture->folder, "state.db", NULL);
}

static inline void
remove_tree(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name = g_dir_read_name(dir);

    for (; name != NULL; name = g_dir_read_name(dir)) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            remove_tree(path);
        else
            g_assert_cmpint(g_remove(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static inline void
tear_down(Fixture *fixture, gconstpointer data)
{
    remove_tree(fixture->folder);
    g_free(fixture->folder);
    g_free(fixture->file);
}

static inline FerryState *
open_state(const char *folder)
{
    g_autoptr(GError) error = NULL;
    FerryState *state = ferry_state_open(&ferry_state_driver_sqlite, folder, &error);

    g_assert_no_error(error);
    return state;
}

static inline bool
add_host(FerryState *state, const char *name, GError **error)
{
    g_autofree char *uri = g_strdup_printf("qemu+ssh://%s/system", name);
    FerryHost host = {(char *)name, uri, NULL, 1};

    return ferry_state_add_host(state, &host, error);
}

// Begins a move of a machine with an intent of @size bytes.
static inline bool
begin(FerryState *state, const char *subject, size_t size, GError **error)
{
    g_autofree char *intent = g_strnfill(size, 'x');
    FerryTxnRecord record = {.kind = "move",
                             .subject = (char *)subject,
                             .name = "web1",
                             .phase = "begin",
                             .intent = intent};

    return ferry_state_begin_txn(state, &record, error);
}

static inline guint
count_hosts(const char *folder)
{
    g_autoptr(FerryState) state = open_state(folder);
    g_autoptr(GPtrArray) hosts = ferry_state_list_hosts(state, NULL);

    return hosts->len;
}

#define ADD(name, run) g_test_add("/sqlite/" name, Fixture, NULL, set_up, run, tear_down)
