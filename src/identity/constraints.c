// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/constraints.h"

#include <string.h>

static bool
is_active(const FerryIdentityMachine *machine)
{
    return ferry_vm_state_is_active(machine->vm.state);
}

static bool
is_transient(const FerryIdentityMachine *machine)
{
    return !machine->vm.persistent;
}

static bool
has_managed_save(const FerryIdentityMachine *machine)
{
    return machine->extras.managed_save;
}

static bool
has_tpm(const FerryIdentityMachine *machine)
{
    const FerryIdentityXml *xml = ferry_identity_machine_xml(machine);

    return xml != NULL && xml->has_tpm;
}

// Those who go by the UUID and would define the machine again with the old one.
static bool
has_owner(const FerryIdentityMachine *machine)
{
    static const char *const owners[] = {"openstack", "ovirt", "kubevirt", "cloudstack"};
    const FerryIdentityXml *xml = ferry_identity_machine_xml(machine);

    for (unsigned i = 0; xml != NULL && i < xml->owners->len; i++)
        for (unsigned j = 0; j < G_N_ELEMENTS(owners); j++)
            if (strstr(g_ptr_array_index(xml->owners, i), owners[j]) != NULL)
                return true;
    return false;
}

static bool
has_unknown(const FerryIdentityMachine *machine)
{
    return machine->extras_unknown != NULL || machine->snapshots_unknown != NULL ||
           ferry_identity_machine_xml(machine) == NULL;
}

static bool
has_snapshots(const FerryIdentityMachine *machine)
{
    return machine->extras.snapshots > 0 || machine->extras.checkpoints > 0;
}

static const struct {
    FerryIdentityConstraint constraint;
    bool (*holds)(const FerryIdentityMachine *machine);
} all[] = {
    {{"active", true, "the machine is off"}, is_active},
    {{"transient", true, "a definition on the host: 'virsh define'"}, is_transient},
    {{"managed-save", true,
      "the saved memory is gone: 'virsh start', or 'virsh managedsave-remove'"},
     has_managed_save},
    {{"vtpm", true, "a choice of what becomes of the TPM's state: '--tpm keep' or '--tpm new'"},
     has_tpm},
    {{"owner", true, "the orchestrator that notes itself in the definition agrees"}, has_owner},
    {{"unknown", true, "all of the machine can be read"}, has_unknown},
    {{"snapshots", false, "snapshots and checkpoints are rewritten, too"}, has_snapshots},
};

GArray *
ferry_identity_constraints(const FerryIdentityMachine *machine)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(FerryIdentityConstraint));

    for (unsigned i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i].holds(machine))
            g_array_append_val(found, all[i].constraint);
    return found;
}
