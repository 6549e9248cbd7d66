// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    FerryIdentityValue *value =
        ferry_identity_add_guest(values, layer, machine, FERRY_GUEST_DBUS_MACHINE_ID, NULL);
    const FerryGuestValue *dbus;
    const FerryGuestValue *own;

    if (value == NULL)
        return;
    dbus = &machine->guest->fields[FERRY_GUEST_DBUS_MACHINE_ID];
    own = &machine->guest->fields[FERRY_GUEST_MACHINE_ID];
    value->detail = g_strdup(dbus->link);
    // A copy of its own wins where /etc/machine-id is emptied: it brings the template's back.
    if (value->value != NULL && own->value != NULL && dbus->link == NULL &&
        g_strcmp0(own->value, value->value) != 0)
        ferry_identity_set_status(value, FERRY_IDENTITY_STALE,
                                  "it is a file of its own, and not what /etc/machine-id says");
    value->idle = dbus->link != NULL;
}

const FerryIdentityLayer ferry_layer_guest_dbus_machine_id = {
    .id = "guest.dbus_machine_id",
    .summary =
        "/var/lib/dbus/machine-id: where it is a regular file it outlives an emptied /etc/machine-id",
    .group = FERRY_GROUP_GUEST,
    .window = FERRY_WINDOW_GUEST_BOOT,
    .clone = "a link to /etc/machine-id",
    .read = read_layer,
};
