// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "identity/findings-gen.h"

// What vendors leave where a serial number should be, and cloud-init's data source, which is no serial number.
static bool
is_common(const char *value)
{
    static const char *const fillers[] =
        {"none", "not specified", "default string",        "not applicable", "system serial number",
         "0",    "unknown",       "to be filled by o.e.m."};

    for (unsigned i = 0; i < G_N_ELEMENTS(fillers); i++)
        if (g_ascii_strcasecmp(value, fillers[i]) == 0)
            return true;
    return g_str_has_prefix(value, "ds=");
}

const FerryIdentityRule ferry_finding_dup_serial = {
    .id = "DUP_SERIAL",
    .severity = FERRY_SEVERITY_WARN,
    .layers = {"smbios.serial", "board.serial", "chassis.serial", "board.asset", "chassis.asset"},
    .summary = "no two machines show their guests the same serial number or asset tag",
    .cause =
        "A definition was copied with its <sysinfo>. Licences and inventories count the two as one.",
    .fix =
        "Give the <sysinfo> of {vm} other serial numbers with 'virsh -c {uri} edit {vm}'. It holds from the machine's next start on.",
    .is_common = is_common,
    .run = ferry_identity_find_duplicates,
};
