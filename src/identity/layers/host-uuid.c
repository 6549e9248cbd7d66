// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    const FerryIdentityHost *host = machine->host;
    FerryIdentityValue *value = ferry_identity_add(values, layer, NULL);

    if (host->uuid[0] == '\0')
        ferry_identity_set_status(value, FERRY_IDENTITY_UNKNOWN, "host '%s' does not tell it",
                                  host->name);
    else
        value->value = g_strdup(host->uuid);
    // machines of a host share it
    value->idle = true;
}

const FerryIdentityLayer ferry_layer_host_uuid = {
    .id = "host.uuid",
    .summary =
        "the UUID of the machine's host: libvirt refuses moves between two that have the same",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_LIVE,
    .clone = "of its host",
    .read = read_layer,
};
