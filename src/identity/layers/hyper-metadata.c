// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    const FerryIdentityXml *xml = ferry_identity_machine_xml(machine);

    for (unsigned i = 0; xml != NULL && i < xml->owners->len; i++) {
        g_autofree char *object = g_strdup_printf("%u", i + 1);
        FerryIdentityValue *value = ferry_identity_add(values, layer, object);

        value->value = g_strdup(g_ptr_array_index(xml->owners, i));
    }
}

const FerryIdentityLayer ferry_layer_hyper_metadata = {
    .id = "hyper.metadata",
    .summary = "who put notes into the definition: orchestrators, each by its namespace",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_LIVE,
    .clone = "drop what is of others",
    .read = read_layer,
};
