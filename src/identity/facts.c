// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/facts.h"

#include <string.h>

void
ferry_identity_machine_free(FerryIdentityMachine *machine)
{
    ferry_vm_clear(&machine->vm);
    ferry_identity_xml_free(machine->live);
    g_free(machine->live_unknown);
    ferry_identity_xml_free(machine->persistent);
    g_free(machine->persistent_unknown);
    g_free(machine->extras_unknown);
    g_clear_pointer(&machine->snapshots, g_ptr_array_unref);
    g_free(machine->snapshots_unknown);
    g_clear_pointer(&machine->guest, ferry_guest_facts_free);
    g_free(machine);
}

const FerryIdentityXml *
ferry_identity_machine_xml(const FerryIdentityMachine *machine)
{
    return machine->live != NULL ? machine->live : machine->persistent;
}

FerryIdentityHost *
ferry_identity_host_new(const char *name, const char *uri)
{
    FerryIdentityHost *host = g_new0(FerryIdentityHost, 1);

    host->name = g_strdup(name);
    host->uri = g_strdup(uri);
    host->machines = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_identity_machine_free);
    host->root_unknown = g_strdup("nobody asked for it");
    return host;
}

void
ferry_identity_host_free(FerryIdentityHost *host)
{
    if (host == NULL)
        return;
    g_free(host->name);
    g_free(host->uri);
    g_free(host->unknown);
    g_free(host->hostname);
    g_free(host->same_as);
    g_ptr_array_unref(host->machines);
    ferry_root_facts_free(host->root);
    g_free(host->root_unknown);
    g_free(host);
}

FerryIdentityMachine *
ferry_identity_host_add(FerryIdentityHost *host, const FerryVm *vm)
{
    FerryIdentityMachine *machine = g_new0(FerryIdentityMachine, 1);

    machine->host = host;
    machine->vm = *vm;
    machine->vm.name = g_strdup(vm->name);
    g_ptr_array_add(host->machines, machine);
    return machine;
}

FerryIdentityFleet *
ferry_identity_fleet_new(void)
{
    FerryIdentityFleet *fleet = g_new0(FerryIdentityFleet, 1);

    fleet->hosts = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_identity_host_free);
    fleet->retired = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return fleet;
}

void
ferry_identity_fleet_set_aside(FerryIdentityFleet *fleet, const char *uuid, const char *name)
{
    for (unsigned i = 0; i < fleet->hosts->len; i++) {
        const FerryIdentityHost *host = g_ptr_array_index(fleet->hosts, i);

        for (unsigned j = 0; j < host->machines->len; j++) {
            FerryIdentityMachine *machine = g_ptr_array_index(host->machines, j);

            if (strcmp(machine->vm.uuid, uuid) != 0 || strcmp(machine->vm.name, name) != 0)
                continue;
            machine->aside = true;
            g_hash_table_add(fleet->retired, g_strdup(uuid));
        }
    }
}

void
ferry_identity_fleet_free(FerryIdentityFleet *fleet)
{
    if (fleet == NULL)
        return;
    g_ptr_array_unref(fleet->hosts);
    g_hash_table_unref(fleet->retired);
    g_free(fleet);
}
