// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/layers-gen.h"

// libvirt keeps it in a folder that is named by the UUID, unless the definition gives a path of its own (10.10).
static void
judge(FerryIdentityValue *value, const FerryIdentityMachine *machine, const FerryIdentityXml *xml)
{
    const FerryIdentityHost *host = machine->host;
    const FerryRootFacts *root = host->root;
    const char *unknown = root != NULL ? root->tpms_unknown : host->root_unknown;
    const char *digest;

    if (xml->tpm_path != NULL) {
        value->detail = g_strdup(xml->tpm_path);
        ferry_identity_set_status(value, FERRY_IDENTITY_UNKNOWN,
                                  "it is kept at a path of its own, which is not read");
        return;
    }
    value->detail = g_strdup_printf("swtpm/%s", machine->vm.uuid);
    if (unknown != NULL || root == NULL) {
        ferry_identity_set_status(value, FERRY_IDENTITY_UNKNOWN, "%s",
                                  unknown != NULL ? unknown : "nobody looked");
        return;
    }
    digest = g_hash_table_lookup(root->tpms, machine->vm.uuid);
    if (digest == NULL)
        ferry_identity_set_status(value, FERRY_IDENTITY_MISSING,
                                  "there is no folder: the next start makes a new TPM");
    else if (*digest == '\0')
        ferry_identity_set_status(value, FERRY_IDENTITY_UNKNOWN, "its state could not be read");
    else
        value->value = g_strdup(digest);
}

static void
read_layer(const FerryIdentityLayer *layer, const FerryIdentityMachine *machine, GPtrArray *values)
{
    const FerryIdentityXml *xml = ferry_identity_machine_xml(machine);
    FerryIdentityValue *value;

    if (xml == NULL || !xml->has_tpm)
        return;
    value = ferry_identity_add(values, layer, NULL);
    value->source = "host";
    judge(value, machine, xml);
}

const FerryIdentityLayer ferry_layer_tpm_state = {
    .id = "tpm.state",
    .summary = "SHA-256 of the vTPM's state: BitLocker, disk encryption, attestation",
    .group = FERRY_GROUP_HYPER,
    .window = FERRY_WINDOW_COLD_BOOT,
    .clone = "keep or new, to be chosen",
    .read = read_layer,
};
