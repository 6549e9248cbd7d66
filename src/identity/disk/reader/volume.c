// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/disk/reader/volume.h"

#include <string.h>

#include "identity/disk/reader/print.h"

void
ferry_reader_volume_free(FerryReaderVolume *volume)
{
    g_free(volume->name);
    g_free(volume->device);
    g_free(volume->type);
    g_free(volume->uuid);
    g_free(volume->label);
    g_free(volume->part_uuid);
    g_free(volume->part_label);
    g_free(volume->mount);
    g_free(volume->unknown);
    g_free(volume);
}

bool
ferry_reader_volume_is(const FerryReaderVolume *volume, const char *source)
{
    const struct {
        const char *prefix;
        const char *path;
        const char *value;
    } names[] = {
        {"UUID=", "/dev/disk/by-uuid/", volume->uuid},
        {"LABEL=", "/dev/disk/by-label/", volume->label},
        {"PARTUUID=", "/dev/disk/by-partuuid/", volume->part_uuid},
        {"PARTLABEL=", "/dev/disk/by-partlabel/", volume->part_label},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = NULL;

        if (g_str_has_prefix(source, names[i].prefix))
            value = source + strlen(names[i].prefix);
        else if (g_str_has_prefix(source, names[i].path))
            value = source + strlen(names[i].path);
        if (value == NULL || names[i].value == NULL)
            continue;
        // UUIDs of file systems are written in either case.
        if (g_ascii_strcasecmp(value, names[i].value) == 0)
            return true;
    }
    return false;
}

void
ferry_reader_volume_put(GString *json, const FerryReaderVolume *volume)
{
    g_string_append_c(json, '{');
    ferry_reader_put_string(json, "name", volume->name);
    ferry_reader_put_string(json, "type", volume->type);
    ferry_reader_put_string(json, "uuid", volume->uuid);
    ferry_reader_put_string(json, "label", volume->label);
    ferry_reader_put_string(json, "part_uuid", volume->part_uuid);
    ferry_reader_put_string(json, "mount", volume->mount);
    ferry_reader_put_string(json, "unknown", volume->unknown);
    g_string_append_c(json, '}');
}
