// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "identity/findings-gen.h"

// Both byte orders of a UUID are one key: inventories meet a machine under either.
static char *
make_key(const char *uuid)
{
    char swapped[FERRY_UUID_LEN + 1];

    if (!ferry_uuid_swap(uuid, swapped))
        return g_strdup(uuid);
    return g_strdup(strcmp(uuid, swapped) <= 0 ? uuid : swapped);
}

static void
put(GHashTable *by_key, const char *uuid, const FerryIdentityMachine *machine)
{
    g_autofree char *key = make_key(uuid);
    GPtrArray *machines = g_hash_table_lookup(by_key, key);

    if (machines == NULL) {
        machines = g_ptr_array_new();
        g_hash_table_insert(by_key, g_steal_pointer(&key), machines);
    }
    g_ptr_array_add(machines, (void *)machine);
}

static void
put_machine(const FerryIdentityMachine *machine, void *data)
{
    const FerryIdentityXml *next = machine->persistent;

    put(data, machine->vm.uuid, machine);
    if (next != NULL && next->uuid[0] != '\0' && strcmp(next->uuid, machine->vm.uuid) != 0)
        put(data, next->uuid, machine);
}

static unsigned
count_active(const GPtrArray *machines)
{
    unsigned n = 0;

    for (unsigned i = 0; i < machines->len; i++) {
        const FerryIdentityMachine *machine = g_ptr_array_index(machines, i);

        n += ferry_vm_state_is_active(machine->vm.state) ? 1 : 0;
    }
    return n;
}

static bool
are_one(const GPtrArray *machines)
{
    for (unsigned i = 1; i < machines->len; i++)
        if (!ferry_identity_is_same_machine(g_ptr_array_index(machines, 0),
                                            g_ptr_array_index(machines, i)))
            return false;
    return true;
}

static bool
has_other_order(const GPtrArray *machines)
{
    const FerryIdentityMachine *first = g_ptr_array_index(machines, 0);

    for (unsigned i = 1; i < machines->len; i++) {
        const FerryIdentityMachine *machine = g_ptr_array_index(machines, i);
        char swapped[FERRY_UUID_LEN + 1];

        if (ferry_uuid_swap(machine->vm.uuid, swapped) &&
            strcmp(machine->vm.uuid, first->vm.uuid) != 0 && strcmp(swapped, first->vm.uuid) == 0)
            return true;
    }
    return false;
}

static const FerryIdentityMachine *
choose(const GPtrArray *machines)
{
    for (unsigned i = machines->len; i > 0; i--) {
        const FerryIdentityMachine *machine = g_ptr_array_index(machines, i - 1);

        if (!ferry_vm_state_is_active(machine->vm.state))
            return machine;
    }
    return g_ptr_array_index(machines, machines->len - 1);
}

static void
judge(const FerryIdentityRule *rule, const GPtrArray *machines, GPtrArray *findings)
{
    bool one = are_one(machines);
    unsigned active = count_active(machines);
    const FerryIdentityMachine *chosen = choose(machines);
    FerryIdentityFinding *finding = ferry_identity_finding_add(findings, rule, chosen);

    for (unsigned i = 0; i < machines->len; i++)
        if (g_ptr_array_index(machines, i) != chosen)
            ferry_identity_finding_add_member(finding, g_ptr_array_index(machines, i));
    finding->value = g_strdup(chosen->vm.uuid);
    if (!one) {
        finding->text =
            g_strdup_printf("%u machines have the same%s", machines->len,
                            has_other_order(machines) ? ", one with its bytes in the other order"
                                                      : "");
        return;
    }
    g_free(finding->fix);
    if (active > 1) {
        finding->text = g_strdup_printf("one machine is active on %u hosts", active);
        finding->fix = g_strdup("Run 'virt-ferry recover --scan': it shows which of them to keep.");
        return;
    }
    finding->severity = FERRY_SEVERITY_INFO;
    finding->text = g_strdup_printf("one machine is defined on %u hosts, and active on %s",
                                    machines->len, active == 1 ? "one" : "none");
    finding->fix = g_strdup("Run 'virt-ferry recover --scan' where a move has left it.");
}

static void
run(const FerryIdentityRule *rule,
    const FerryIdentityFleet *fleet,
    const FerryIdentityIndex *index G_GNUC_UNUSED,
    GPtrArray *findings)
{
    g_autoptr(GHashTable) by_key =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    GHashTableIter iter;
    void *machines;

    ferry_identity_foreach_machine(fleet, put_machine, by_key);
    g_hash_table_iter_init(&iter, by_key);
    while (g_hash_table_iter_next(&iter, NULL, &machines))
        if (((GPtrArray *)machines)->len > 1)
            judge(rule, machines, findings);
}

const FerryIdentityRule ferry_finding_dup_uuid = {
    .id = "DUP_UUID",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"hyper.uuid"},
    .summary = "no two machines have the same UUID, in either byte order",
    .cause =
        "A definition was copied to another host, or a snapshot brought an old UUID back. Moves, backups and "
        "inventories take the two for one; libvirt refuses to have both on one host.",
    .fix = "Run 'virt-ferry id set {vm} --connect {host} --uuid auto' while the machine is off.",
    .run = run,
};
