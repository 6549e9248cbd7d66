// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    FerryIdentityValue *value =
        ferry_identity_add_guest(values, layer, machine, FERRY_GUEST_MACHINE_ID, NULL);

    // systemd of a KVM guest takes the UUID of SMBIOS then, not a random one
    if (value != NULL && value->value != NULL &&
        (*value->value == '\0' || g_str_equal(value->value, "uninitialized")))
        ferry_identity_set_status(value, FERRY_IDENTITY_MISSING,
                                  "the next boot makes it of the machine's UUID");
}

const FerryIdentityLayer ferry_layer_guest_machine_id = {
    .id = "guest.machine_id",
    .summary = "/etc/machine-id: DHCP, bridges' MACs, the journal, boot entries",
    .group = FERRY_GROUP_GUEST,
    .window = FERRY_WINDOW_GUEST_BOOT,
    .clone = "new",
    .read = read_layer,
};
