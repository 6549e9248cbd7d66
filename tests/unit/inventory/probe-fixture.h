// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Hosts on which the probe runs: a script each, which stands for ssh and starts a shell here. Nothing of it leaves this
// machine.

#pragma once

#include <glib/gstdio.h>
#include <string.h>

#include "inventory/probe.h"

#define TIMEOUT_S 8
#define DASH      "exec dash -s\n"

typedef struct Fixture {
    char *folder;  // ssh-NAME, one a host, and what else a test makes
    char *storage; // a folder below it
    char *disk;    // a file in that
    GPtrArray *made;
} Fixture;

static inline void
make_file(Fixture *fx, const char *path, const char *text, int mode)
{
    g_autoptr(GError) error = NULL;

    g_file_set_contents(path, text, -1, &error);
    g_assert_no_error(error);
    g_assert_cmpint(g_chmod(path, mode), ==, 0);
    g_ptr_array_add(fx->made, g_strdup(path));
}

static inline Fixture *
fixture_new(void)
{
    Fixture *fx = g_new0(Fixture, 1);

    fx->made = g_ptr_array_new_with_free_func(g_free);
    fx->folder = g_dir_make_tmp("virt-ferry-XXXXXX", NULL);
    fx->storage = g_build_filename(fx->folder, "it's \"the\" $storage", NULL);
    fx->disk = g_build_filename(fx->storage, "a disk.img", NULL);
    g_assert_cmpint(g_mkdir(fx->storage, 0700), ==, 0);
    make_file(fx, fx->disk, "12345", 0600);
    return fx;
}

// Also sees that no mark is left: the folders must be empty then. Its maker may be gone before it is.
static inline void
fixture_free(Fixture *fx)
{
    int64_t end_us = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;

    for (unsigned i = 0; i < fx->made->len; i++)
        g_unlink(g_ptr_array_index(fx->made, i));
    while (g_rmdir(fx->storage) != 0 && g_get_monotonic_time() < end_us)
        g_usleep(20000);
    g_assert_false(g_file_test(fx->storage, G_FILE_TEST_EXISTS));
    g_assert_cmpint(g_rmdir(fx->folder), ==, 0);
    g_free(fx->folder);
    g_free(fx->storage);
    g_free(fx->disk);
    g_ptr_array_unref(fx->made);
    g_free(fx);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

// Returns: the URI of a host that is reached by the shell script @body. (transfer full)
static inline char *
make_host(Fixture *fx, const char *name, const char *body)
{
    g_autofree char *path = g_strdup_printf("%s/ssh-%s", fx->folder, name);
    g_autofree char *text = g_strconcat("#!/bin/sh\n", body, NULL);

    make_file(fx, path, text, 0700);
    return g_strdup_printf("qemu+ssh://%s/system?command=%s", name, path);
}

static inline void
clear(FerryProbeRequest *request)
{
    g_clear_pointer(&request->answer, ferry_host_probe_free);
    g_clear_pointer(&request->unknown, g_free);
}

static inline void
expect_answer(const FerryProbeRequest *request)
{
    g_assert_cmpstr(request->unknown, ==, NULL);
    g_assert_nonnull(request->answer);
    g_assert_nonnull(request->answer->token);
}
