// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    FerryIdentityValue *value;

    if (machine->extras_unknown == NULL && !machine->extras.managed_save)
        return;
    value = ferry_identity_add(values, layer, NULL);
    if (machine->extras_unknown != NULL)
        ferry_identity_set_status(value, FERRY_IDENTITY_UNKNOWN, "%s", machine->extras_unknown);
    else
        value->value = g_strdup("present");
}

const FerryIdentityLayer ferry_layer_hyper_managed_save = {
    .id = "hyper.managed_save",
    .summary =
        "the memory of a machine that was saved, with its identity inside: no change until it is gone",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_OFFLINE,
    .clone = "drop",
    .read = read_layer,
};
