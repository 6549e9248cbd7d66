// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/disk/guestfs/volumes.h"

#include <string.h>

enum { VOLUMES_MAX = 1024 };

// An empty list where libguestfs fails: what it does not list is not there. (transfer full)
static GStrv
or_none(char **list)
{
    GStrv copy = list != NULL ? g_strdupv(list) : g_new0(char *, 1);

    for (unsigned i = 0; list != NULL && list[i] != NULL; i++)
        free(list[i]);
    free(list);
    return copy;
}

static char *
look_up(GStrv tags, const char *name)
{
    for (unsigned i = 0; tags[i] != NULL && tags[i + 1] != NULL; i += 2)
        if (strcmp(tags[i], name) == 0 && *tags[i + 1] != '\0')
            return g_strdup(tags[i + 1]);
    return NULL;
}

// The box that holds logical partitions holds nothing else.
static bool
is_extended(GStrv tags)
{
    static const char *const types[] = {"0x5", "0xf", "0x85", NULL};
    g_autofree char *scheme = look_up(tags, "PART_ENTRY_SCHEME");
    g_autofree char *type = look_up(tags, "PART_ENTRY_TYPE");

    return g_strcmp0(scheme, "dos") == 0 && type != NULL && g_strv_contains(types, type);
}

// Takes @name.
static void
add_volume(guestfs_h *g, GPtrArray *volumes, char *name, int number, const char *device)
{
    g_auto(GStrv) tags = or_none(guestfs_blkid(g, device));
    FerryReaderVolume *volume;

    if (volumes->len >= VOLUMES_MAX || is_extended(tags)) {
        g_free(name);
        return;
    }
    volume = g_new0(FerryReaderVolume, 1);
    volume->name = name;
    volume->fd = -1;
    volume->number = number;
    volume->device = g_strdup(device);
    volume->type = look_up(tags, "TYPE");
    volume->uuid = look_up(tags, "UUID");
    volume->label = look_up(tags, "LABEL");
    if (number > 0) {
        volume->part_uuid = look_up(tags, "PART_ENTRY_UUID");
        volume->part_label = look_up(tags, "PART_ENTRY_NAME");
    }
    if (volume->type == NULL) {
        volume->type = look_up(tags, "PTTYPE");
        volume->uuid = look_up(tags, "PTUUID");
    }
    g_ptr_array_add(volumes, volume);
}

static void
add_partitions(guestfs_h *g, const char *disk, const char *device, GPtrArray *volumes)
{
    g_auto(GStrv) partitions = or_none(guestfs_list_partitions(g));

    for (unsigned i = 0; partitions[i] != NULL; i++) {
        char *parent = guestfs_part_to_dev(g, partitions[i]);
        int number = guestfs_part_to_partnum(g, partitions[i]);

        if (parent != NULL && strcmp(parent, device) == 0 && number > 0)
            add_volume(g, volumes, g_strdup_printf("%s%d", disk, number), number, partitions[i]);
        free(parent);
    }
}

// Named as their device files are, below /dev.
static void
add_others(guestfs_h *g, char **list, GPtrArray *volumes)
{
    g_auto(GStrv) devices = or_none(list);

    for (unsigned i = 0; devices[i] != NULL; i++)
        if (g_str_has_prefix(devices[i], "/dev/"))
            add_volume(g, volumes, g_strdup(devices[i] + strlen("/dev/")), 0, devices[i]);
}

void
ferry_guestfs_scan(guestfs_h *g, char **disks, GPtrArray *volumes)
{
    g_auto(GStrv) devices = or_none(guestfs_list_devices(g));
    int n = (int)g_strv_length(disks);

    for (int i = 0; i < n; i++) {
        for (unsigned j = 0; devices[j] != NULL; j++) {
            if (guestfs_device_index(g, devices[j]) != i)
                continue;
            add_volume(g, volumes, g_strdup(disks[i]), 0, devices[j]);
            add_partitions(g, disks[i], devices[j], volumes);
        }
    }
    add_others(g, guestfs_list_md_devices(g), volumes);
    add_others(g, guestfs_lvs(g), volumes);
}
