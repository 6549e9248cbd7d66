// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    const FerryIdentityXml *xml = ferry_identity_machine_xml(machine);

    for (unsigned i = 0; xml != NULL && i < xml->secrets->len; i++) {
        g_autofree char *object = g_strdup_printf("%u", i + 1);
        FerryIdentityValue *value = ferry_identity_add(values, layer, object);

        value->value = g_strdup(g_ptr_array_index(xml->secrets, i));
    }
}

const FerryIdentityLayer ferry_layer_hyper_secrets = {
    .id = "hyper.secrets",
    .summary = "libvirt's secrets that the machine uses: encrypted disks, Ceph",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_OFFLINE,
    .clone = "copy; new for a vTPM",
    .read = read_layer,
};
