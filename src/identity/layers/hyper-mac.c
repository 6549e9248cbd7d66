// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

// Interfaces have no name that lasts, so those of the running machine and of its definition are paired by their MAC. One
// that only one of them has was plugged or unplugged, which is no mismatch.
static const FerryIdentityDevice *
find(const FerryIdentityXml *xml, const char *mac)
{
    for (unsigned i = 0; xml != NULL && i < xml->nics->len; i++) {
        const FerryIdentityDevice *nic = g_ptr_array_index(xml->nics, i);

        if (g_strcmp0(nic->value, mac) == 0)
            return nic;
    }
    return NULL;
}

static void
add_all(GPtrArray *values,
        const FerryIdentityLayer *layer,
        const FerryIdentityMachine *machine,
        const FerryIdentityXml *xml)
{
    for (unsigned i = 0; xml != NULL && i < xml->nics->len; i++) {
        const FerryIdentityDevice *nic = g_ptr_array_index(xml->nics, i);
        FerryIdentityValue *value;

        if (nic->value == NULL || (xml == machine->persistent && find(machine->live, nic->value)))
            continue;
        value = ferry_identity_add(values, layer, nic->name);
        value->value = g_strdup(nic->value);
        value->live = find(machine->live, nic->value) ? g_strdup(nic->value) : NULL;
        value->persistent = find(machine->persistent, nic->value) ? g_strdup(nic->value) : NULL;
    }
}

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    add_all(values, layer, machine, machine->live);
    add_all(values, layer, machine, machine->persistent);
}

const FerryIdentityLayer ferry_layer_hyper_mac = {
    .id = "hyper.mac",
    .summary = "the MAC of an interface: DHCP, licences, IPv6 addresses",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_COLD_BOOT,
    .clone = "new",
    .read = read_layer,
};
