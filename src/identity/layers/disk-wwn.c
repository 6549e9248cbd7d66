// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    ferry_identity_add_devices(values, layer, machine, G_STRUCT_OFFSET(FerryIdentityXml, disks),
                               G_STRUCT_OFFSET(FerryIdentityDevice, wwn));
}

const FerryIdentityLayer ferry_layer_disk_wwn = {
    .id = "disk.wwn",
    .summary = "the world wide name of a disk: /dev/disk/by-id, multipath",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_COLD_BOOT,
    .clone = "new",
    .read = read_layer,
};
