// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "identity/findings-gen.h"

// A vTPM's state: the folder of UUID on a host.
typedef struct State {
    const FerryIdentityHost *host;
    const char *uuid;
} State;

static void
put(GHashTable *by_digest, const FerryIdentityHost *host, const char *uuid, const char *digest)
{
    GArray *states = g_hash_table_lookup(by_digest, digest);
    State state = {host, uuid};

    if (states == NULL) {
        states = g_array_new(FALSE, FALSE, sizeof(State));
        g_hash_table_insert(by_digest, (char *)digest, states);
    }
    // The same UUID on another host is the same machine, which moved.
    for (unsigned i = 0; i < states->len; i++)
        if (strcmp(g_array_index(states, State, i).uuid, uuid) == 0)
            return;
    g_array_append_val(states, state);
}

static const FerryIdentityMachine *
find_machine(const FerryIdentityHost *host, const char *uuid)
{
    for (unsigned i = 0; i < host->machines->len; i++) {
        const FerryIdentityMachine *machine = g_ptr_array_index(host->machines, i);

        if (!machine->aside && strcmp(machine->vm.uuid, uuid) == 0)
            return machine;
    }
    return NULL;
}

static void
put_host(GHashTable *by_digest, const FerryIdentityFleet *fleet, const FerryIdentityHost *host)
{
    GHashTableIter iter;
    void *uuid;
    void *digest;

    g_hash_table_iter_init(&iter, host->root->tpms);
    while (g_hash_table_iter_next(&iter, &uuid, &digest))
        // what a change of identity kept for a way back is the same on purpose
        if (*(const char *)digest != '\0' &&
            (!g_hash_table_contains(fleet->retired, uuid) || find_machine(host, uuid) != NULL))
            put(by_digest, host, uuid, digest);
}

static const FerryIdentityMachine *
find_any_machine(const GArray *states)
{
    const FerryIdentityMachine *machine = NULL;

    for (unsigned i = states->len; i > 0 && machine == NULL; i--) {
        const State *state = &g_array_index(states, State, i - 1);

        machine = find_machine(state->host, state->uuid);
    }
    return machine;
}

static void
tell(const FerryIdentityRule *rule, const GArray *states, const char *digest, GPtrArray *findings)
{
    const State *last = &g_array_index(states, State, states->len - 1);
    const FerryIdentityMachine *machine = find_any_machine(states);
    FerryIdentityFinding *finding =
        machine != NULL ? ferry_identity_finding_add(findings, rule, machine)
                        : ferry_identity_finding_add_host(findings, rule, last->host);

    for (unsigned i = 0; i < states->len; i++) {
        const State *state = &g_array_index(states, State, i);
        const FerryIdentityMachine *member = find_machine(state->host, state->uuid);
        g_autofree char *folder = g_strdup_printf("swtpm/%s", state->uuid);

        if (member == NULL)
            ferry_identity_finding_add_name(finding, state->host, folder);
        else if (member != machine)
            ferry_identity_finding_add_member(finding, member);
    }
    finding->value = g_strdup(digest);
    finding->text = g_strdup_printf("%u vTPMs have the same state", states->len);
}

static void
unref_array(void *data)
{
    g_array_unref(data);
}

static void
run(const FerryIdentityRule *rule,
    const FerryIdentityFleet *fleet,
    const FerryIdentityIndex *index G_GNUC_UNUSED,
    GPtrArray *findings)
{
    g_autoptr(GHashTable) by_digest =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, unref_array);
    GHashTableIter iter;
    void *digest;
    void *states;

    for (unsigned i = 0; i < fleet->hosts->len; i++) {
        const FerryIdentityHost *host = g_ptr_array_index(fleet->hosts, i);

        if (host->root != NULL)
            put_host(by_digest, fleet, host);
    }
    g_hash_table_iter_init(&iter, by_digest);
    while (g_hash_table_iter_next(&iter, &digest, &states))
        if (((GArray *)states)->len > 1)
            tell(rule, states, digest, findings);
}

const FerryIdentityRule ferry_finding_dup_tpm = {
    .id = "DUP_TPM",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"tpm.state"},
    .summary = "no two machines have the same vTPM",
    .cause =
        "The folder of its state was copied with the machine. Both have one endorsement key and one storage root: "
        "whoever has one of the machines can unseal what the other one's TPM protects.",
    .fix =
        "Give one of them a new TPM with 'virt-ferry id set {vm} --connect {host} --uuid auto --tpm new' while it is "
        "off, after its guest was prepared: BitLocker and disk encryption need their recovery keys.",
    .run = run,
};
