// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/digest.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../expect.h"

static void
test_digest(void)
{
    // HMAC-SHA256 by Python's hmac module: key bytes 0 to 31, message "machine-id\0abc"
    static const char *const expected =
        "hmac:6daecb0685c5c424e971d977d610ff0113eae6e63c52c21401022bef3414aeea";
    FerryIdentityKey key;
    g_autofree char *digest = NULL;
    g_autofree char *other_value = NULL;
    g_autofree char *other_kind = NULL;
    g_autofree char *other_key = NULL;

    for (unsigned i = 0; i < sizeof key.bytes; i++)
        key.bytes[i] = (uint8_t)i;
    digest = ferry_identity_digest(&key, "machine-id", "abc");
    g_assert_cmpstr(digest, ==, expected);
    other_value = ferry_identity_digest(&key, "machine-id", "abd");
    g_assert_cmpstr(other_value, !=, digest);
    // The same bytes, divided otherwise.
    other_kind = ferry_identity_digest(&key, "machine-ida", "bc");
    g_assert_cmpstr(other_kind, !=, digest);
    key.bytes[31] ^= 1;
    other_key = ferry_identity_digest(&key, "machine-id", "abc");
    g_assert_cmpstr(other_key, !=, digest);
}

// Made once, for its owner alone; afterwards it is the same.
static void
test_key(void)
{
    g_autofree char *folder = g_dir_make_tmp("virt-ferry-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "identity.key", NULL);
    g_autofree FerryIdentityKey *first = NULL;
    g_autofree FerryIdentityKey *second = NULL;
    g_autofree FerryIdentityKey *third = NULL;
    g_autoptr(GError) error = NULL;
    GStatBuf info;

    first = ferry_identity_key_load(folder, &error);
    g_assert_no_error(error);
    second = ferry_identity_key_load(folder, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(first->bytes, sizeof first->bytes, second->bytes, sizeof second->bytes);
    g_assert_cmpint(g_stat(path, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0600);
    g_assert_cmpint(info.st_size, ==, FERRY_IDENTITY_KEY_SIZE);
    g_unlink(path);
    third = ferry_identity_key_load(folder, &error);
    g_assert_no_error(error);
    g_assert_cmpint(memcmp(first->bytes, third->bytes, sizeof first->bytes), !=, 0);
    g_unlink(path);
    g_rmdir(folder);
}

static void
test_bad_key(void)
{
    g_autofree char *folder = g_dir_make_tmp("virt-ferry-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "identity.key", NULL);
    g_autofree char *text = g_strdup_printf("cannot use the key '%s': it is not of 32 bytes", path);
    g_autoptr(GError) error = NULL;
    static const size_t sizes[] = {0, 31, 33};

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        static const char zeros[33];

        g_assert_true(g_file_set_contents(path, zeros, (gssize)sizes[i], NULL));
        g_assert_null(ferry_identity_key_load(folder, &error));
        expect_error(
            &error, FERRY_ERROR_STATE_CORRUPT, text,
            "Bring it back from a backup, or remove it: then digests made so far compare with none made later.");
    }
    g_unlink(path);
    g_rmdir(folder);
    g_assert_null(ferry_identity_key_load(folder, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_STATE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/digest", test_digest);
    g_test_add_func("/digest/key", test_key);
    g_test_add_func("/digest/bad-key", test_bad_key);
    return g_test_run();
}
