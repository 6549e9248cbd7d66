// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A configuration file. It is refused as a configuration, or every key of the table has a value.

#include "fuzz.h"

#include <fcntl.h>
#include <glib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/config.h"
#include "base/error.h"
#include "base/fd.h"

static void
read_key(const FerryConfig *config, const FerryConfigKey *key)
{
    const char *choice;

    switch (key->type) {
    case FERRY_CONFIG_BOOL:
        (void)ferry_config_get_bool(config, key->group, key->name);
        break;
    case FERRY_CONFIG_UINT:
        (void)ferry_config_get_uint(config, key->group, key->name);
        break;
    case FERRY_CONFIG_CHOICE:
        choice = ferry_config_get_choice(config, key->group, key->name);
        g_assert_true(choice != NULL || *key->preset == '\0');
        break;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FERRY_AUTO_FD int fd = memfd_create("config", MFD_CLOEXEC);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autoptr(FerryConfig) config = NULL;
    g_autoptr(GError) error = NULL;
    const FerryConfigKey *keys;
    size_t n;

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, data, size), ==, (ssize_t)size);
    config = ferry_config_load(path, &error);
    if (config == NULL) {
        g_assert_true(ferry_error_is(error, FERRY_ERROR_CONFIG));
        return 0;
    }
    keys = ferry_config_keys(&n);
    for (size_t i = 0; i < n; i++)
        read_key(config, &keys[i]);
    return 0;
}
