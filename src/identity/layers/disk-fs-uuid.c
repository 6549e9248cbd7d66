// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
add(GPtrArray *values,
    const FerryIdentityLayer *layer,
    const FerryGuestFacts *guest,
    const FerryGuestVolume *volume)
{
    FerryIdentityValue *value = ferry_identity_add(values, layer, volume->name);

    value->source = guest->source;
    value->value = g_strdup(volume->uuid);
    value->detail = g_strdup(volume->mount != NULL ? volume->mount : volume->type);
    if (volume->unknown != NULL)
        ferry_identity_set_status(value, FERRY_IDENTITY_UNKNOWN, "%s", volume->unknown);
}

static bool
has_uuid(const FerryGuestVolume *volume)
{
    return volume->unknown != NULL ||
           (volume->uuid != NULL && g_strcmp0(volume->type, "LVM2_member") != 0);
}

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    const FerryGuestFacts *guest = machine->guest;

    if (guest == NULL)
        return;
    for (unsigned i = 0; i < guest->volumes->len; i++)
        if (has_uuid(g_ptr_array_index(guest->volumes, i)))
            add(values, layer, guest, g_ptr_array_index(guest->volumes, i));
    if (guest->volumes_unknown != NULL) {
        FerryIdentityValue *value = ferry_identity_add(values, layer, NULL);

        value->source = guest->source;
        ferry_identity_set_status(value, FERRY_IDENTITY_UNKNOWN, "%s", guest->volumes_unknown);
    }
}

const FerryIdentityLayer ferry_layer_disk_fs_uuid = {
    .id = "disk.fs_uuid",
    .summary =
        "the UUID of a file system, swap, LUKS header or partition table: fstab, boot loader, initramfs",
    .group = FERRY_GROUP_DISK,
    .window = FERRY_WINDOW_OFFLINE,
    .clone = "copy, or new with all that names it",
    .read = read_layer,
};
