// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "identity/findings-gen.h"

static void
put_uuid(const FerryIdentityMachine *machine, void *data)
{
    g_hash_table_insert(data, (char *)machine->vm.uuid, (void *)machine);
    if (machine->persistent != NULL && machine->persistent->uuid[0] != '\0')
        g_hash_table_insert(data, machine->persistent->uuid, (void *)machine);
}

static bool
is_here(const FerryIdentityHost *host, const char *uuid)
{
    for (unsigned i = 0; i < host->machines->len; i++) {
        const FerryIdentityMachine *machine = g_ptr_array_index(host->machines, i);

        if (strcmp(machine->vm.uuid, uuid) == 0 ||
            (machine->persistent != NULL && strcmp(machine->persistent->uuid, uuid) == 0))
            return true;
    }
    return false;
}

static void
judge(const FerryIdentityRule *rule,
      const FerryIdentityHost *host,
      const char *uuid,
      const FerryIdentityMachine *elsewhere,
      GPtrArray *findings)
{
    FerryIdentityFinding *finding = ferry_identity_finding_add_host(findings, rule, host);
    g_autofree char *folder = g_strdup_printf("swtpm/%s", uuid);

    ferry_identity_finding_add_name(finding, host, folder);
    finding->value = g_strdup(uuid);
    finding->path = g_strdup_printf("/var/lib/libvirt/swtpm/%s", uuid);
    if (elsewhere == NULL) {
        finding->text = g_strdup("no machine of the hosts that were asked has this UUID");
        return;
    }
    finding->severity = FERRY_SEVERITY_INFO;
    finding->text = g_strdup_printf("its machine '%s' is on host '%s'", elsewhere->vm.name,
                                    elsewhere->host->name);
}

static void
judge_host(const FerryIdentityRule *rule,
           const FerryIdentityFleet *fleet,
           const FerryIdentityHost *host,
           GHashTable *machines,
           GPtrArray *findings)
{
    GHashTableIter iter;
    void *uuid;

    g_hash_table_iter_init(&iter, host->root->tpms);
    while (g_hash_table_iter_next(&iter, &uuid, NULL)) {
        const FerryIdentityMachine *machine = g_hash_table_lookup(machines, uuid);

        if (g_hash_table_contains(fleet->retired, uuid))
            continue;
        if (machine == NULL || !is_here(host, uuid))
            judge(rule, host, uuid, machine, findings);
    }
}

static void
run(const FerryIdentityRule *rule,
    const FerryIdentityFleet *fleet,
    const FerryIdentityIndex *index G_GNUC_UNUSED,
    GPtrArray *findings)
{
    g_autoptr(GHashTable) machines = g_hash_table_new(g_str_hash, g_str_equal);

    ferry_identity_foreach_machine(fleet, put_uuid, machines);
    for (unsigned i = 0; i < fleet->hosts->len; i++) {
        const FerryIdentityHost *host = g_ptr_array_index(fleet->hosts, i);

        if (host->root != NULL && host->unknown == NULL)
            judge_host(rule, fleet, host, machines, findings);
    }
}

const FerryIdentityRule ferry_finding_orphan_tpm = {
    .id = "ORPHAN_TPM",
    .severity = FERRY_SEVERITY_WARN,
    .layers = {"tpm.state"},
    .summary = "every vTPM's state has its machine",
    .cause =
        "A machine was undefined and its TPM's state kept, or got another UUID by hand: libvirt files the state under "
        "the UUID, and gives the machine a new TPM at its next start.",
    .fix =
        "Where a machine lacks it, move the folder to /var/lib/libvirt/swtpm/UUID-OF-THE-MACHINE while that is off; "
        "where none does, it may go.",
    .run = run,
};
