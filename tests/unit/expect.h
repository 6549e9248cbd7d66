// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What unit tests say about errors, and the data they read.

#pragma once

#include <glib.h>

#include "base/error.h"

// @error is of @code with exactly @text and @hint (NULL: no hint); clears it.
static inline void
expect_error(GError **error, FerryErrorCode code, const char *text, const char *hint)
{
    g_assert_nonnull(*error);
    g_assert_cmpstr((*error)->message, ==, text);
    g_assert_cmpstr(ferry_error_get_hint(*error), ==, hint);
    g_assert_cmpstr(ferry_error_get_info(*error)->id, ==, ferry_error_info(code)->id);
    g_clear_error(error);
}

// Returns: the file tests/data/@name. (transfer full)
static inline char *
read_data(const char *name)
{
    g_autofree char *path = g_build_filename(g_getenv("FERRY_SOURCE"), "tests/data", name, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}
