// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "identity/findings-gen.h"

static bool
is_loaded(GHashTable *names, const FerryRootDefinition *definition)
{
    const FerryIdentityMachine *machine = g_hash_table_lookup(names, definition->name);

    if (machine == NULL || !machine->vm.persistent)
        return false;
    // where the two sides of a machine differ, the file is that of its next start
    return strcmp(machine->vm.uuid, definition->uuid) == 0 ||
           (machine->persistent != NULL &&
            strcmp(machine->persistent->uuid, definition->uuid) == 0);
}

static void
judge_host(const FerryIdentityRule *rule, const FerryIdentityHost *host, GPtrArray *findings)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned i = 0; i < host->machines->len; i++) {
        FerryIdentityMachine *machine = g_ptr_array_index(host->machines, i);

        g_hash_table_insert(names, machine->vm.name, machine);
    }
    for (unsigned i = 0; i < host->root->definitions->len; i++) {
        const FerryRootDefinition *definition = g_ptr_array_index(host->root->definitions, i);
        FerryIdentityFinding *finding;

        if (is_loaded(names, definition))
            continue;
        finding = ferry_identity_finding_add_host(findings, rule, host);
        ferry_identity_finding_add_name(finding, host, definition->name);
        finding->path = g_strdup(definition->path);
        finding->got = definition->uuid[0] != '\0' ? g_strdup(definition->uuid) : NULL;
        finding->text = g_strdup_printf("libvirt did not load '%s'", definition->path);
    }
}

static void
run(const FerryIdentityRule *rule,
    const FerryIdentityFleet *fleet,
    const FerryIdentityIndex *index G_GNUC_UNUSED,
    GPtrArray *findings)
{
    for (unsigned i = 0; i < fleet->hosts->len; i++) {
        const FerryIdentityHost *host = g_ptr_array_index(fleet->hosts, i);

        if (host->root != NULL && host->unknown == NULL)
            judge_host(rule, host, findings);
    }
}

const FerryIdentityRule ferry_finding_orphan_xml = {
    .id = "ORPHAN_XML",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {NULL},
    .summary = "libvirt has loaded every definition that is on its disk",
    .cause =
        "Somebody edited or copied a file in /etc/libvirt/qemu by hand; at its start libvirt skipped it with a line "
        "in its log. A running machine whose file was not loaded has no definition any more and is gone once it is "
        "off.",
    .fix =
        "See what libvirt says of it with 'virsh -c {uri} define FILE' for a copy of the file; then remove the file or "
        "mend it.",
    .run = run,
};
