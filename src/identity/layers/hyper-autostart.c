// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    if (machine->vm.persistent)
        ferry_identity_add(values, layer, NULL)->value =
            g_strdup(machine->vm.autostart ? "on" : "off");
}

const FerryIdentityLayer ferry_layer_hyper_autostart = {
    .id = "hyper.autostart",
    .summary =
        "does the host start it at its own boot: a link that is filed under the machine's name",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_LIVE,
    .clone = "off",
    .read = read_layer,
};
