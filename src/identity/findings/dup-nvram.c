// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "identity/findings-gen.h"

typedef struct Search {
    const FerryIdentityRule *rule;
    GPtrArray *findings;
} Search;

static bool
is_known(const GPtrArray *machines, const FerryIdentityMachine *machine)
{
    for (unsigned i = 0; i < machines->len; i++)
        if (ferry_identity_is_same_machine(g_ptr_array_index(machines, i), machine))
            return true;
    return false;
}

static void
tell(const Search *search, const GPtrArray *machines, const char *path)
{
    const FerryIdentityMachine *last = g_ptr_array_index(machines, machines->len - 1);
    FerryIdentityFinding *finding =
        ferry_identity_finding_add(search->findings, search->rule, last);

    for (unsigned i = 0; i + 1 < machines->len; i++)
        ferry_identity_finding_add_member(finding, g_ptr_array_index(machines, i));
    finding->value = g_strdup(path);
    finding->path = g_strdup(path);
    finding->text = g_strdup_printf("%u machines write to the same file", machines->len);
}

static void
take(GHashTable *by_host, const FerryIdentityMachine *machine)
{
    GPtrArray *machines = g_hash_table_lookup(by_host, machine->host);

    if (machines == NULL) {
        machines = g_ptr_array_new();
        g_hash_table_insert(by_host, (void *)machine->host, machines);
    }
    if (!is_known(machines, machine))
        g_ptr_array_add(machines, (void *)machine);
}

// A path is one file on one host.
static void
judge(const char *path, const GArray *holders, void *data)
{
    g_autoptr(GHashTable) by_host = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL,
                                                          (GDestroyNotify)g_ptr_array_unref);
    GHashTableIter iter;
    void *machines;

    for (unsigned i = 0; i < holders->len; i++)
        take(by_host, g_array_index(holders, FerryIdentityHolder, i).machine);
    g_hash_table_iter_init(&iter, by_host);
    while (g_hash_table_iter_next(&iter, NULL, &machines))
        if (((GPtrArray *)machines)->len > 1)
            tell(data, machines, path);
}

static void
run(const FerryIdentityRule *rule,
    const FerryIdentityFleet *fleet G_GNUC_UNUSED,
    const FerryIdentityIndex *index,
    GPtrArray *findings)
{
    Search search = {rule, findings};

    ferry_identity_index_foreach(index, rule->layers[0], judge, &search);
}

const FerryIdentityRule ferry_finding_dup_nvram = {
    .id = "DUP_NVRAM",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"hyper.nvram"},
    .summary = "no two machines of a host have the same file of UEFI variables",
    .cause =
        "A definition was copied with its <nvram>. The two write over each other's boot entries and Secure Boot "
        "keys, and the second one that starts may be refused.",
    .fix = "Copy the file, and name the copy in <nvram> of {vm} with 'virsh -c {uri} edit {vm}'.",
    .run = run,
};
