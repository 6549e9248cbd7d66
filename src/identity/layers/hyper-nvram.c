// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static const char *
get(const FerryIdentityXml *xml)
{
    return xml->nvram;
}

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    FerryIdentityValue *value = ferry_identity_add_text(values, layer, machine, get);
    const FerryRootFacts *root = machine->host->root;

    if (value != NULL && value->value != NULL && root != NULL)
        value->detail = g_strdup(g_hash_table_lookup(root->nvrams, value->value));
}

const FerryIdentityLayer ferry_layer_hyper_nvram = {
    .id = "hyper.nvram",
    .summary = "the file of the UEFI variables: boot entries, Secure Boot keys",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_COLD_BOOT,
    .clone = "copy",
    .read = read_layer,
};
