// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    ferry_identity_add_guest(values, layer, machine, FERRY_GUEST_NVME_HOSTNQN, "hostnqn");
    ferry_identity_add_guest(values, layer, machine, FERRY_GUEST_NVME_HOSTID, "hostid");
}

const FerryIdentityLayer ferry_layer_guest_nvme = {
    .id = "guest.nvme",
    .summary = "the guest's names as an NVMe host",
    .group = FERRY_GROUP_GUEST,
    .window = FERRY_WINDOW_GUEST,
    .clone = "new",
    .read = read_layer,
};
