// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The manual page of the configuration file has what the table of keys has, and nothing else.

#include <string.h>

#include "base/config.h"

static char *
read_page(void)
{
    g_autofree char *path =
        g_build_filename(g_getenv("FERRY_SOURCE"), "docs", "man", "virt-ferry.conf.rst", NULL);
    g_autoptr(GError) error = NULL;
    char *page = NULL;

    g_file_get_contents(path, &page, NULL, &error);
    g_assert_no_error(error);
    return page;
}

static char *
format_key(const FerryConfigKey *key)
{
    const char *value = "NUMBER";
    g_autofree char *preset =
        key->preset[0] != '\0' ? g_strdup_printf("``%s``", key->preset) : g_strdup("none");

    if (key->type == FERRY_CONFIG_BOOL)
        value = "true|false";
    else if (key->type == FERRY_CONFIG_CHOICE)
        value = key->choices;
    return g_strdup_printf("``%s=%s``\n    %c%s. Preset: %s.\n", key->name, value,
                           g_ascii_toupper(key->summary[0]), key->summary + 1, preset);
}

static void
test_keys(void)
{
    g_autofree char *page = read_page();
    const char *at = page;
    size_t n_keys;
    const FerryConfigKey *keys = ferry_config_keys(&n_keys);
    size_t n_entries = 0;

    g_assert_cmpuint(n_keys, >, 0);
    for (size_t i = 0; i < n_keys; i++) {
        g_autofree char *entry = format_key(&keys[i]);
        g_autofree char *title = g_strdup_printf("\n[%s]\n=", keys[i].group);

        if (i == 0 || strcmp(keys[i].group, keys[i - 1].group) != 0)
            at = strstr(at, title);
        g_assert_nonnull(at);
        at = strstr(at, entry);
        if (at == NULL)
            g_test_message("the page has not, at its place:\n%s", entry);
        g_assert_nonnull(at);
    }
    for (at = page; (at = strstr(at, " Preset: ")) != NULL; at++)
        n_entries++;
    g_assert_cmpuint(n_entries, ==, n_keys);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (g_getenv("FERRY_SOURCE") == NULL)
        return 77;
    g_test_add_func("/conf-page/keys", test_keys);
    return g_test_run();
}
