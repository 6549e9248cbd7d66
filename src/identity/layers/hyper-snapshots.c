// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static void
judge(FerryIdentityValue *value,
      const FerryIdentitySnapshot *snapshot,
      const FerryIdentityMachine *machine)
{
    value->value = g_strdup(snapshot->uuid[0] != '\0' ? snapshot->uuid : NULL);
    value->detail = g_strdup(ferry_snapshot_kind_name(snapshot->kind));
    if (snapshot->uuid[0] != '\0' && g_strcmp0(snapshot->uuid, machine->vm.uuid) != 0)
        ferry_identity_set_status(value, FERRY_IDENTITY_MISMATCH, "the machine has %s",
                                  machine->vm.uuid);
    else if (snapshot->inactive[0] != '\0' && g_strcmp0(snapshot->inactive, machine->vm.uuid) != 0)
        ferry_identity_set_status(value, FERRY_IDENTITY_MISMATCH,
                                  "a revert to it gives the machine the UUID %s",
                                  snapshot->inactive);
}

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    if (machine->snapshots == NULL) {
        ferry_identity_set_status(ferry_identity_add(values, layer, NULL), FERRY_IDENTITY_UNKNOWN,
                                  "%s", machine->snapshots_unknown);
        return;
    }
    for (unsigned i = 0; i < machine->snapshots->len; i++) {
        const FerryIdentitySnapshot *snapshot = g_ptr_array_index(machine->snapshots, i);

        judge(ferry_identity_add(values, layer, snapshot->name), snapshot, machine);
    }
}

const FerryIdentityLayer ferry_layer_hyper_snapshots = {
    .id = "hyper.snapshots",
    .summary =
        "the UUID inside a snapshot or checkpoint, which holds the whole definition of its day",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_OFFLINE,
    .clone = "drop",
    .read = read_layer,
};
