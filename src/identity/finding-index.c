// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/finding-index.h"

#include <string.h>

#include "identity/identity-layer.h"

struct FerryIdentityIndex {
    GPtrArray *read;    // GPtrArray of FerryIdentityValue, one for each machine
    GHashTable *layers; // id to a GHashTable of value to a GArray of FerryIdentityHolder
};

void
ferry_identity_foreach_machine(const FerryIdentityFleet *fleet,
                               FerryIdentityMachineFunc func,
                               void *data)
{
    for (unsigned i = 0; i < fleet->hosts->len; i++) {
        const FerryIdentityHost *host = g_ptr_array_index(fleet->hosts, i);

        for (unsigned j = 0; j < host->machines->len; j++) {
            const FerryIdentityMachine *machine = g_ptr_array_index(host->machines, j);

            if (!machine->aside)
                func(machine, data);
        }
    }
}

bool
ferry_identity_is_same_machine(const FerryIdentityMachine *a, const FerryIdentityMachine *b)
{
    return a == b || (a->host != b->host && strcmp(a->vm.uuid, b->vm.uuid) == 0 &&
                      strcmp(a->vm.name, b->vm.name) == 0);
}

static void
put(GHashTable *values,
    const char *text,
    const FerryIdentityMachine *machine,
    const FerryIdentityValue *value)
{
    FerryIdentityHolder holder = {machine, value};
    GArray *holders;

    if (text == NULL || *text == '\0')
        return;
    holders = g_hash_table_lookup(values, text);
    if (holders == NULL) {
        holders = g_array_new(FALSE, FALSE, sizeof(FerryIdentityHolder));
        g_hash_table_insert(values, (char *)text, holders);
    }
    g_array_append_val(holders, holder);
}

static void
read_machine(const FerryIdentityMachine *machine, void *data)
{
    FerryIdentityIndex *index = data;
    GPtrArray *values = ferry_identity_read(machine, FERRY_GROUP_ALL);

    g_ptr_array_add(index->read, values);
    for (unsigned i = 0; i < values->len; i++) {
        const FerryIdentityValue *value = g_ptr_array_index(values, i);
        GHashTable *known = g_hash_table_lookup(index->layers, value->layer->id);

        if (known == NULL || value->idle)
            continue;
        put(known, value->value, machine, value);
        // what it starts with next
        if (g_strcmp0(value->persistent, value->value) != 0)
            put(known, value->persistent, machine, value);
    }
}

static void
unref_array(void *data)
{
    g_array_unref(data);
}

static void
unref_table(void *data)
{
    g_hash_table_unref(data);
}

FerryIdentityIndex *
ferry_identity_index_new(const FerryIdentityFleet *fleet, const FerryIdentityRule *const *rules)
{
    FerryIdentityIndex *index = g_new0(FerryIdentityIndex, 1);

    index->read = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    index->layers = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, unref_table);
    for (size_t i = 0; rules[i] != NULL; i++)
        for (size_t j = 0; rules[i]->layers[j] != NULL; j++)
            if (!g_hash_table_contains(index->layers, rules[i]->layers[j]))
                g_hash_table_insert(index->layers, (char *)rules[i]->layers[j],
                                    g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
                                                          unref_array));
    ferry_identity_foreach_machine(fleet, read_machine, index);
    return index;
}

void
ferry_identity_index_free(FerryIdentityIndex *index)
{
    g_hash_table_unref(index->layers);
    g_ptr_array_unref(index->read);
    g_free(index);
}

void
ferry_identity_index_foreach(const FerryIdentityIndex *index,
                             const char *layer,
                             FerryIdentityClusterFunc func,
                             void *data)
{
    GHashTableIter iter;
    void *value;
    void *holders;

    g_hash_table_iter_init(&iter, g_hash_table_lookup(index->layers, layer));
    while (g_hash_table_iter_next(&iter, &value, &holders))
        func(value, holders, data);
}

// Whose the value is: what stands for several holders that are one.
static char *
owner_of(const FerryIdentityHolder *holder)
{
    const FerryVm *vm = &holder->machine->vm;

    if (holder->value->shared != NULL)
        return g_strdup_printf("shared %s", holder->value->shared);
    return g_strdup_printf("%s %s", vm->uuid, vm->name);
}

// (transfer full) those of @holders that are different machines, one each, and every machine once
static GPtrArray *
list_distinct(const GArray *holders, unsigned *ret_owners)
{
    g_autoptr(GHashTable) owners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_direct_hash, g_direct_equal);
    GPtrArray *machines = g_ptr_array_new();

    for (unsigned i = 0; i < holders->len; i++) {
        const FerryIdentityHolder *holder = &g_array_index(holders, FerryIdentityHolder, i);

        g_hash_table_add(owners, owner_of(holder));
        if (g_hash_table_add(seen, (void *)holder->machine))
            g_ptr_array_add(machines, (void *)holder->machine);
    }
    *ret_owners = g_hash_table_size(owners);
    return machines;
}

typedef struct Search {
    const FerryIdentityRule *rule;
    GPtrArray *findings;
    GHashTable *by_members; // text of the members to the finding of the same machines
} Search;

// The one that is the easiest to change.
static const FerryIdentityMachine *
choose(const GPtrArray *machines)
{
    const FerryIdentityMachine *chosen = g_ptr_array_index(machines, machines->len - 1);

    for (unsigned i = machines->len; i > 0; i--) {
        const FerryIdentityMachine *machine = g_ptr_array_index(machines, i - 1);

        if (!ferry_vm_state_is_active(machine->vm.state))
            return machine;
    }
    return chosen;
}

static char *
name_all(const GPtrArray *machines)
{
    GString *names = g_string_new(NULL);

    for (unsigned i = 0; i < machines->len; i++)
        g_string_append_printf(names, "%p ", g_ptr_array_index(machines, i));
    return g_string_free(names, FALSE);
}

static void
judge_cluster(const char *value, const GArray *holders, void *data)
{
    Search *search = data;
    g_autoptr(GPtrArray) machines = NULL;
    g_autofree char *names = NULL;
    const FerryIdentityHolder *first = &g_array_index(holders, FerryIdentityHolder, 0);
    const FerryIdentityMachine *chosen;
    FerryIdentityFinding *finding;
    unsigned owners;

    if (holders->len < 2 || (search->rule->is_common != NULL && search->rule->is_common(value)))
        return;
    machines = list_distinct(holders, &owners);
    if (owners < 2)
        return;
    names = name_all(machines);
    // A copy has all of them in common: one finding is enough.
    if (g_hash_table_contains(search->by_members, names))
        return;
    chosen = choose(machines);
    finding = ferry_identity_finding_add(search->findings, search->rule, chosen);
    finding->layer = first->value->layer->id;
    finding->value = g_strdup(value);
    finding->secret = first->value->secret;
    finding->text = g_strdup_printf("%u machines have the same", owners);
    for (unsigned i = 0; i < machines->len; i++)
        if (g_ptr_array_index(machines, i) != chosen)
            ferry_identity_finding_add_member(finding, g_ptr_array_index(machines, i));
    g_hash_table_insert(search->by_members, g_steal_pointer(&names), finding);
}

void
ferry_identity_find_duplicates(const FerryIdentityRule *rule,
                               const FerryIdentityFleet *fleet G_GNUC_UNUSED,
                               const FerryIdentityIndex *index,
                               GPtrArray *findings)
{
    g_autoptr(GHashTable) by_members = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Search search = {rule, findings, by_members};

    for (size_t i = 0; rule->layers[i] != NULL; i++)
        ferry_identity_index_foreach(index, rule->layers[i], judge_cluster, &search);
}
