// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
add(GPtrArray *values,
    const FerryIdentityLayer *layer,
    const FerryIdentityMachine *machine,
    unsigned i)
{
    const FerryIdentityXml *xml = ferry_identity_machine_xml(machine);
    g_autofree char *object = g_strdup_printf("%u", i + 1);
    FerryIdentityValue *value = ferry_identity_add(values, layer, object);

    value->value = g_strdup(g_ptr_array_index(xml->oem_strings, i));
    ferry_identity_judge_sysinfo(value, machine);
    // systemd takes its credentials from here
    value->secret = "oem-string";
}

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    const FerryIdentityXml *xml = ferry_identity_machine_xml(machine);

    for (unsigned i = 0; xml != NULL && i < xml->oem_strings->len; i++)
        add(values, layer, machine, i);
}

const FerryIdentityLayer ferry_layer_smbios_oem_strings = {
    .id = "smbios.oem_strings",
    .summary = "OEM strings of SMBIOS: inventories, systemd's credentials",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_COLD_BOOT,
    .clone = "new",
    .read = read_layer,
};
