// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Runs a fuzz target over the files of a corpus, as a TAP test: 'replay FOLDER'. A target that fails dies,
// and the name of its file is the last line.

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *
list(const char *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
    const char *name;

    g_assert_no_error(error);
    while ((name = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    return names;
}

// In a block of exactly its size, so that a sanitizer sees a read behind its end.
static void
replay(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text = NULL;
    g_autofree uint8_t *data = NULL;
    g_autoptr(GError) error = NULL;
    gsize size;

    g_file_get_contents(path, &text, &size, &error);
    g_assert_no_error(error);
    data = g_memdup2(text, size);
    g_print("# %s\n", name);
    LLVMFuzzerTestOneInput(data, size);
}

int
main(int argc, char **argv)
{
    g_autoptr(GPtrArray) names = NULL;

    g_assert_cmpint(argc, ==, 2);
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
    names = list(argv[1]);
    g_assert_cmpuint(names->len, >, 0);
    g_print("1..%u\n", names->len);
    for (unsigned i = 0; i < names->len; i++) {
        replay(argv[1], names->pdata[i]);
        g_print("ok %u - %s\n", i + 1, (const char *)names->pdata[i]);
    }
    return EXIT_SUCCESS;
}
