// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    ferry_identity_add_guest(values, layer, machine, FERRY_GUEST_HOSTNAME, NULL);
}

const FerryIdentityLayer ferry_layer_guest_hostname = {
    .id = "guest.hostname",
    .summary = "the guest's name: clusters, directories, configuration management",
    .group = FERRY_GROUP_GUEST,
    .window = FERRY_WINDOW_GUEST_BOOT,
    .clone = "new",
    .read = read_layer,
};
