// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    ferry_identity_add_guest(values, layer, machine, FERRY_GUEST_SSH_RSA, "rsa");
    ferry_identity_add_guest(values, layer, machine, FERRY_GUEST_SSH_ECDSA, "ecdsa");
    ferry_identity_add_guest(values, layer, machine, FERRY_GUEST_SSH_ED25519, "ed25519");
}

const FerryIdentityLayer ferry_layer_guest_ssh_host_keys = {
    .id = "guest.ssh_host_key",
    .summary = "by which ssh clients know the guest",
    .group = FERRY_GROUP_GUEST,
    .window = FERRY_WINDOW_GUEST,
    .clone = "new",
    .read = read_layer,
};
