// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    ferry_identity_add(values, layer, NULL)->value = g_strdup(machine->vm.name);
}

const FerryIdentityLayer ferry_layer_hyper_name = {
    .id = "hyper.name",
    .summary = "the name: libvirt's log, snapshots, autostart and NVRAM are filed under it",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_OFFLINE,
    .clone = "new",
    .read = read_layer,
};
