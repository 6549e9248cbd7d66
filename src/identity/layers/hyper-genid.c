// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static const char *
get(const FerryIdentityXml *xml)
{
    return xml->genid;
}

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    if (ferry_identity_add_text(values, layer, machine, get) == NULL)
        ferry_identity_set_status(ferry_identity_add(values, layer, NULL), FERRY_IDENTITY_MISSING,
                                  "its guest cannot notice that it was copied or set back");
}

const FerryIdentityLayer ferry_layer_hyper_genid = {
    .id = "hyper.genid",
    .summary = "the VM generation id: tells the guest that it was copied or set back",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_COLD_BOOT,
    .clone = "new",
    .read = read_layer,
};
