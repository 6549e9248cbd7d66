// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    const FerryGuestFacts *guest = machine->guest;

    for (unsigned i = 0; guest != NULL && i < guest->volumes->len; i++) {
        const FerryGuestVolume *volume = g_ptr_array_index(guest->volumes, i);
        FerryIdentityValue *value;

        if (volume->part_uuid == NULL)
            continue;
        value = ferry_identity_add(values, layer, volume->name);
        value->source = guest->source;
        value->value = g_strdup(volume->part_uuid);
        value->detail = g_strdup(volume->mount != NULL ? volume->mount : volume->type);
    }
}

const FerryIdentityLayer ferry_layer_disk_partition_uuid = {
    .id = "disk.partition_uuid",
    .summary = "the UUID of a partition: PARTUUID=, UEFI's boot entries",
    .group = FERRY_GROUP_DISK,
    .window = FERRY_WINDOW_OFFLINE,
    .clone = "copy, or new with all that names it",
    .read = read_layer,
};
