// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/error.h"

#include <gio/gio.h>

#include "../expect.h"

static void
test_set(void)
{
    GError *error = NULL;

    ferry_error_set(&error, FERRY_ERROR_BUSY, "machine '%s' is being moved: move %d", "web1", 7);
    ferry_error_add_hint(&error, "Follow it with %s.", "x");
    ferry_error_add_hint(&error, "Follow it with %s.", "virt-ferry watch 7");
    ferry_error_keep_library(&error, 42, 10);
    g_assert_true(ferry_error_is(error, FERRY_ERROR_BUSY));
    g_assert_cmpint(ferry_error_get_library_number(error), ==, 42);
    expect_error(&error, FERRY_ERROR_BUSY, "machine 'web1' is being moved: move 7",
                 "Follow it with virt-ferry watch 7.");
    // Nobody asked for an error.
    ferry_error_set(NULL, FERRY_ERROR_BUSY, "x");
    ferry_error_add_hint(NULL, "x");
    ferry_error_add_hint(&error, "x");
    g_assert_no_error(error);
}

static void
test_copy(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) copy = NULL;

    ferry_error_set(&error, FERRY_ERROR_STATE, "x");
    ferry_error_add_hint(&error, "Do this.");
    ferry_error_keep_library(&error, 5, 0);
    copy = g_error_copy(error);
    g_clear_error(&error);
    g_assert_cmpstr(ferry_error_get_hint(copy), ==, "Do this.");
    g_assert_cmpint(ferry_error_get_library_number(copy), ==, 5);
}

static void
test_foreign(void)
{
    g_autoptr(GError) error = g_error_new(G_IO_ERROR, G_IO_ERROR_FAILED, "x");

    ferry_error_add_hint(&error, "Do this.");
    ferry_error_keep_library(&error, 5, 0);
    g_assert_null(ferry_error_get_hint(error));
    g_assert_cmpint(ferry_error_get_library_number(error), ==, 0);
    g_assert_cmpstr(ferry_error_get_info(error)->id, ==, "internal");
}

// Ids are promises: each once, each found by its name.
static void
test_table(void)
{
    for (int i = 0; i < FERRY_ERROR_LAST; i++) {
        const FerryErrorInfo *info = ferry_error_info((FerryErrorCode)i);

        g_assert_cmpint(info->code, ==, i);
        g_assert_true(ferry_error_info_by_id(info->id) == info);
        g_assert_cmpint(info->exit_status, >, 0);
        g_assert_cmpint(info->exit_status, <, 126);
    }
    g_assert_null(ferry_error_info_by_id("no-such-id"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/error/set", test_set);
    g_test_add_func("/error/copy", test_copy);
    g_test_add_func("/error/foreign", test_foreign);
    g_test_add_func("/error/table", test_table);
    return g_test_run();
}
