// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/key.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"

static char *folder;

static char *
write_key(const char *name, const void *bytes, size_t size, int mode)
{
    char *path = g_build_filename(folder, name, NULL);

    g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
    g_assert_cmpint(g_chmod(path, mode), ==, 0);
    return path;
}

static void
assert_refused(const char *path, const char *does, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *wanted = g_strdup_printf("cannot %s key file '%s': %s", does, path, why);

    g_assert_null(ferry_key_load(path, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_USAGE);
    g_assert_cmpstr(error->message, ==, wanted);
}

static void
test_load(void)
{
    guint8 bytes[32];
    g_autofree char *path = NULL;
    g_autofree char *id = NULL;
    g_autoptr(GBytes) key = NULL;
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (guint8)i;
    path = write_key("good", bytes, sizeof bytes, 0600);
    key = ferry_key_load(path, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(g_bytes_get_data(key, NULL), g_bytes_get_size(key), bytes, sizeof bytes);
    // Python: hmac.new(bytes(range(32)), b"virt-ferry/v1\0key-id", "sha256").hexdigest()[:16]
    id = ferry_key_id(key);
    g_assert_cmpstr(id, ==, "3463bb85dfa29b1e");
}

static void
test_refused(void)
{
    g_autofree char *big = g_strnfill(FERRY_KEY_MAX + 1, 'x');
    g_autofree char *missing = g_build_filename(folder, "missing", NULL);
    g_autofree char *readable = write_key("readable", "0123456789abcdef", 16, 0640);
    g_autofree char *small = write_key("small", "0123456789abcde", 15, 0600);
    g_autofree char *large = write_key("large", big, strlen(big), 0600);

    assert_refused(missing, "read", "No such file or directory");
    assert_refused(readable, "use", "others than its owner may use it");
    assert_refused(small, "use", "it has 15 bytes, not 16 to 4096");
    assert_refused(large, "use", "it has 4097 bytes, not 16 to 4096");
    assert_refused(folder, "use", "it is no plain file");
    g_unlink(readable);
    g_unlink(small);
    g_unlink(large);
}

int
main(int argc, char **argv)
{
    g_autofree char *good = NULL;
    int status;

    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("virt-ferry-test-XXXXXX", NULL);
    g_assert_nonnull(folder);
    g_test_add_func("/key/load", test_load);
    g_test_add_func("/key/refused", test_refused);
    status = g_test_run();
    good = g_build_filename(folder, "good", NULL);
    g_unlink(good);
    g_rmdir(folder);
    g_free(folder);
    return status;
}
