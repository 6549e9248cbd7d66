// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "identity/layers-gen.h"

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    const FerryGuestFacts *guest = machine->guest;

    for (unsigned i = 0; guest != NULL && i < guest->volumes->len; i++) {
        const FerryGuestVolume *volume = g_ptr_array_index(guest->volumes, i);
        FerryIdentityValue *value;

        if (volume->uuid == NULL || g_strcmp0(volume->type, "LVM2_member") != 0)
            continue;
        value = ferry_identity_add(values, layer, volume->name);
        value->source = guest->source;
        value->value = g_strdup(volume->uuid);
    }
    ferry_identity_add_guest(values, layer, machine, FERRY_GUEST_LVM_DEVICES, "devices-file");
}

const FerryIdentityLayer ferry_layer_disk_lvm = {
    .id = "disk.lvm",
    .summary =
        "the UUID of an LVM physical volume, and the file that lists which disks LVM looks at",
    .group = FERRY_GROUP_DISK,
    .window = FERRY_WINDOW_OFFLINE,
    .clone = "new; drop the devices file",
    .read = read_layer,
};
