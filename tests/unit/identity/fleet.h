// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Made-up fleets, for tests of layers and findings.

#pragma once

#include <string.h>

#include "../expect.h"
#include "identity/facts.h"

#define UUID_1 "11111111-1111-4111-8111-111111111111"
#define UUID_2 "22222222-2222-4222-8222-222222222222"
#define UUID_3 "33333333-3333-4333-8333-333333333333"
#define GENID  "abababab-0000-4000-8000-000000000001"

static inline FerryIdentityHost *
add_host(FerryIdentityFleet *fleet, const char *name)
{
    g_autofree char *uri = g_strdup_printf("qemu+ssh://%s/system", name);
    FerryIdentityHost *host = ferry_identity_host_new(name, uri);

    g_ptr_array_add(fleet->hosts, host);
    g_snprintf(host->uuid, sizeof host->uuid, "44444444-4444-4444-8444-%012u", fleet->hosts->len);
    host->hostname = g_strdup(name);
    return host;
}

// What root.sh says there.
static inline void
set_root(FerryIdentityHost *host, const char *lines)
{
    g_autofree char *text = g_strdup_printf("virt-ferry-root 1\n%send\n", lines);
    g_autoptr(GError) error = NULL;

    ferry_root_facts_free(host->root);
    g_clear_pointer(&host->root_unknown, g_free);
    host->root = ferry_root_facts_parse(text, &error);
    g_assert_no_error(error);
}

static inline FerryIdentityXml *
parse_xml(const char *name, const char *uuid, const char *rest)
{
    g_autofree char *escaped = g_markup_escape_text(name, -1);
    g_autofree char *xml =
        g_strdup_printf("<domain type='kvm'><name>%s</name><uuid>%s</uuid>%s</domain>", escaped,
                        uuid, rest);
    g_autoptr(GError) error = NULL;
    FerryIdentityXml *parsed = ferry_identity_xml_parse(xml, &error);

    g_assert_no_error(error);
    return parsed;
}

// A machine that is off. @rest: of its definition
static inline FerryIdentityMachine *
add_machine(FerryIdentityHost *host, const char *name, const char *uuid, const char *rest)
{
    FerryVm vm = {.name = (char *)name, .state = FERRY_VM_STATE_SHUTOFF, .persistent = true};
    FerryIdentityMachine *machine;

    g_strlcpy(vm.uuid, uuid, sizeof vm.uuid);
    machine = ferry_identity_host_add(host, &vm);
    machine->persistent = parse_xml(name, uuid, rest);
    machine->snapshots =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_identity_snapshot_free);
    return machine;
}

// Lets it run with @rest.
static inline void
start(FerryIdentityMachine *machine, const char *rest)
{
    machine->vm.state = FERRY_VM_STATE_RUNNING;
    machine->live = parse_xml(machine->vm.name, machine->vm.uuid, rest);
}

static inline void
add_snapshot(FerryIdentityMachine *machine,
             const char *name,
             const char *uuid,
             const char *inactive)
{
    FerryIdentitySnapshot *snapshot = g_new0(FerryIdentitySnapshot, 1);

    snapshot->name = g_strdup(name);
    g_strlcpy(snapshot->uuid, uuid, sizeof snapshot->uuid);
    g_strlcpy(snapshot->inactive, inactive, sizeof snapshot->inactive);
    g_ptr_array_add(machine->snapshots, snapshot);
}

static inline void
set_guest(FerryIdentityMachine *machine, FerryGuestField field, const char *text)
{
    if (machine->guest == NULL) {
        machine->guest = ferry_guest_facts_new("disk", "nobody looked");
        g_clear_pointer(&machine->guest->volumes_unknown, g_free);
        for (unsigned i = 0; i < FERRY_GUEST_FIELD_LAST; i++)
            ferry_guest_facts_set_file(machine->guest, (FerryGuestField)i, NULL, 0, NULL);
    }
    ferry_guest_facts_set_file(machine->guest, field, text, strlen(text), NULL);
}
