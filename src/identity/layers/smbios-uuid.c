// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static const char *
get(const FerryIdentityXml *xml)
{
    return xml->smbios_uuid;
}

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    const FerryIdentityXml *xml = ferry_identity_machine_xml(machine);
    FerryIdentityValue *value = ferry_identity_add_text(values, layer, machine, get);

    // Without an entry of its own, QEMU shows the UUID of the machine: that is no value of its own.
    if (value != NULL && xml != NULL && g_strcmp0(value->value, xml->uuid) != 0)
        ferry_identity_set_status(value, FERRY_IDENTITY_MISMATCH, "the machine has %s", xml->uuid);
}

const FerryIdentityLayer ferry_layer_smbios_uuid = {
    .id = "smbios.uuid",
    .summary = "the UUID as SMBIOS tells it: product_uuid in the guest",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_COLD_BOOT,
    .clone = "follows hyper.uuid",
    .read = read_layer,
};
