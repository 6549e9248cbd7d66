// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static const char *
get(const FerryIdentityXml *xml)
{
    return xml->uuid[0] != '\0' ? xml->uuid : NULL;
}

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    FerryIdentityValue *value = ferry_identity_add_text(values, layer, machine, get);
    const FerryRootFacts *root = machine->host->root;
    const char *running = root != NULL && machine->live != NULL
                              ? g_hash_table_lookup(root->running, machine->vm.name)
                              : NULL;

    if (value == NULL)
        return;
    if (value->value == NULL)
        value->value = g_strdup(machine->vm.uuid);
    if (running != NULL && g_strcmp0(running, value->live) != 0)
        ferry_identity_set_status(value, FERRY_IDENTITY_MISMATCH, "its QEMU was started with %s",
                                  running);
}

const FerryIdentityLayer ferry_layer_hyper_uuid = {
    .id = "hyper.uuid",
    .summary = "the UUID by which libvirt, backups and inventories know the machine",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_OFFLINE,
    .clone = "new",
    .read = read_layer,
};
