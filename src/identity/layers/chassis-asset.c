// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

static const char *
get(const FerryIdentityXml *xml)
{
    return xml->sysinfo[FERRY_SYSINFO_CHASSIS_ASSET];
}

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    FerryIdentityValue *value = ferry_identity_add_text(values, layer, machine, get);

    ferry_identity_judge_sysinfo(value, machine);
}

const FerryIdentityLayer ferry_layer_chassis_asset = {
    .id = "chassis.asset",
    .summary = "asset tag of the chassis as SMBIOS tells it",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_COLD_BOOT,
    .clone = "new",
    .read = read_layer,
};
