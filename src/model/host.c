// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/host.h"

#include <string.h>

#define HOST_NAME_MAX_BYTES 255

void
ferry_host_free(FerryHost *host)
{
    if (host == NULL)
        return;
    g_free(host->name);
    g_free(host->uri);
    g_free(host->address);
    g_free(host);
}

FerryHost *
ferry_host_copy(const FerryHost *host)
{
    FerryHost *copy = g_new(FerryHost, 1);

    *copy = (FerryHost){
        .name = g_strdup(host->name),
        .uri = g_strdup(host->uri),
        .address = g_strdup(host->address),
        .added_us = host->added_us,
    };
    return copy;
}

void
ferry_host_info_clear(FerryHostInfo *info)
{
    g_free(info->hostname);
    g_free(info->type);
    ferry_host_caps_clear(&info->caps);
    *info = (FerryHostInfo){0};
}

char *
ferry_version_format(unsigned long version)
{
    return g_strdup_printf("%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);
}

bool
ferry_host_name_is_valid(const char *name)
{
    size_t length = strlen(name);
    gunichar first;
    gunichar last = 0;

    if (length == 0 || length > HOST_NAME_MAX_BYTES || !g_utf8_validate(name, -1, NULL))
        return false;
    // A leading dash would read as an option. "://" needs a slash, so the slash alone rules out URIs.
    if (*name == '-' || strchr(name, '/') != NULL)
        return false;
    first = g_utf8_get_char(name);
    for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at)) {
        last = g_utf8_get_char(at);
        if (!g_unichar_isprint(last))
            return false;
    }
    return !g_unichar_isspace(first) && !g_unichar_isspace(last);
}
