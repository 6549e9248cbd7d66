// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/config.h"

#include <glib/gstdio.h>

#include "../expect.h"

static char *
write_file(const char *text)
{
    g_autofree char *folder = g_dir_make_tmp("ferry-config-XXXXXX", NULL);
    char *path = g_build_filename(folder, "virt-ferry.conf", NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static void
remove_file(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);

    g_assert_cmpint(g_remove(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static FerryConfig *
load(const char *text)
{
    g_autofree char *path = write_file(text);
    g_autoptr(GError) error = NULL;
    FerryConfig *config = ferry_config_load(path, &error);

    g_assert_no_error(error);
    remove_file(path);
    return config;
}

static void
test_presets(void)
{
    g_autoptr(FerryConfig) config = load("");

    g_assert_cmpuint(ferry_config_get_uint(config, "connect", "timeout"), ==, 5);
    g_assert_cmpstr(ferry_config_get_choice(config, "migrate", "mode"), ==, "auto");
    g_assert_cmpstr(ferry_config_get_choice(config, "migrate", "on-timeout"), ==, "abort");
    g_assert_null(ferry_config_get_choice(config, "migrate", "compress"));
    g_assert_false(ferry_config_get_bool(config, "migrate", "tls"));
}

static void
test_values(void)
{
    g_autoptr(FerryConfig) config = load("# moves\n\n[migrate]\r\n  mode = p2p  \nbandwidth=100\n"
                                         "bandwidth=200\ntls=true\ncompress=zstd\n"
                                         "[connect]\ntimeout=4294967295");

    g_assert_cmpstr(ferry_config_get_choice(config, "migrate", "mode"), ==, "p2p");
    g_assert_cmpuint(ferry_config_get_uint(config, "migrate", "bandwidth"), ==, 200);
    g_assert_true(ferry_config_get_bool(config, "migrate", "tls"));
    g_assert_cmpstr(ferry_config_get_choice(config, "migrate", "compress"), ==, "zstd");
    g_assert_cmpuint(ferry_config_get_uint(config, "connect", "timeout"), ==, G_MAXUINT);
}

static void
assert_refused(const char *text, const char *what, const char *hint)
{
    g_autofree char *path = write_file(text);
    g_autofree char *expected = g_strdup_printf("cannot read '%s' %s", path, what);
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_config_load(path, &error));
    expect_error(&error, FERRY_ERROR_CONFIG, expected, hint);
    remove_file(path);
}

static void
test_malformed(void)
{
    const char *sections = "The sections are connect, check, migrate, identity and host-check.";
    const char *keys =
        "The keys of section [migrate] are mode, commit, bandwidth, max-blackout, timeout, "
        "on-timeout, stall-timeout, on-stall, auto-converge, parallel, compress, tls, copy-disks and disk-bandwidth.";

    assert_refused("\n\n[migrte]\n", "line 3: there is no section [migrte]", sections);
    assert_refused("[migrate\n", "line 1: a section is written as [name]", NULL);
    assert_refused("mode=p2p\n", "line 1: a key stands before the first [section]", sections);
    assert_refused("[migrate]\nmode p2p\n", "line 2: 'mode p2p' is neither key=value nor [section]",
                   NULL);
    assert_refused("[migrate]\n=p2p\n", "line 2: '=p2p' is neither key=value nor [section]", NULL);
    assert_refused("[migrate]\n# one\nbandwith=1\n",
                   "line 3: section [migrate] has no key 'bandwith'", keys);
    assert_refused("[connect]\nmode=p2p\n", "line 2: section [connect] has no key 'mode'",
                   "The key of section [connect] is timeout.");
    assert_refused(
        "[migrate]\nmode=P2P\n", "line 2: 'P2P' is not one of auto|p2p|direct",
        "Key mode: who carries a move: the source's daemon (p2p), virt-ferry (direct), or "
        "what works (auto).");
    assert_refused("[migrate]\ntls=yes\n", "line 2: 'yes' is not true or false",
                   "Key tls: encrypt the migration's connection.");
    assert_refused("[migrate]\nbandwidth=-1\n",
                   "line 2: '-1' is not a whole number from 0 to 4294967295",
                   "Key bandwidth: limit in MiB/s; 0 for none.");
    assert_refused("[migrate]\nbandwidth=\n",
                   "line 2: '' is not a whole number from 0 to 4294967295",
                   "Key bandwidth: limit in MiB/s; 0 for none.");
    assert_refused("[migrate]\nmode=\xff\n", "line 2: it is no UTF-8 text", NULL);
}

// Only the file that nobody named may be missing.
static void
test_missing(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_config_load("/nowhere/virt-ferry.conf", &error));
    expect_error(&error, FERRY_ERROR_CONFIG,
                 "cannot read '/nowhere/virt-ferry.conf': No such file or directory", NULL);
    g_assert_true(g_setenv("FERRY_CONFIG", "/nowhere/other.conf", true));
    g_assert_null(ferry_config_load(NULL, &error));
    g_unsetenv("FERRY_CONFIG");
    expect_error(&error, FERRY_ERROR_CONFIG,
                 "cannot read '/nowhere/other.conf': No such file or directory", NULL);
}

// Every key has a preset that it may have itself, so that getters need no error.
static void
test_table(void)
{
    size_t n;
    const FerryConfigKey *keys = ferry_config_keys(&n);

    g_assert_cmpuint(n, >, 0);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *text =
            g_strdup_printf("[%s]\n%s=%s\n", keys[i].group, keys[i].name, keys[i].preset);

        g_assert_true(keys[i].summary != NULL && *keys[i].summary != '\0');
        g_assert_true((keys[i].choices != NULL) == (keys[i].type == FERRY_CONFIG_CHOICE));
        if (*keys[i].preset != '\0')
            ferry_config_free(load(text));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config/presets", test_presets);
    g_test_add_func("/config/values", test_values);
    g_test_add_func("/config/malformed", test_malformed);
    g_test_add_func("/config/missing", test_missing);
    g_test_add_func("/config/table", test_table);
    return g_test_run();
}
