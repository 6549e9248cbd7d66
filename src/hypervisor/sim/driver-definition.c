// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Snapshots and checkpoints can be read in the simulator. What changes definitions is not modelled: the protocol that needs
// it is tested against real daemons, which are killed at each of its steps (tests/lab).

#include "hypervisor/sim/connection.h"

static char *
describe(const FerrySimInstance *instance, FerrySnapshotKind kind, unsigned i)
{
    const char *root = kind == FERRY_SNAPSHOT ? "domainsnapshot" : "domaincheckpoint";
    g_autofree char *domain = ferry_sim_xml_domain(instance, FERRY_XML_PERSISTENT_SECURE);

    return g_strdup_printf("<%s>\n<name>s%u</name>\n%s</%s>\n", root, i + 1, domain, root);
}

GPtrArray *
ferry_sim_list_snapshots(FerryHypervisor *hv,
                         const char *uuid,
                         FerrySnapshotKind kind,
                         GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    g_autoptr(GPtrArray) found =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_snapshot_free);
    const FerrySimInstance *instance;
    unsigned count = 0;

    if (!ferry_sim_call_begin(connection, error))
        return NULL;
    instance = ferry_sim_call_find(connection, uuid, error);
    if (instance != NULL)
        count =
            kind == FERRY_SNAPSHOT ? instance->machine->snapshots : instance->machine->checkpoints;
    for (unsigned i = 0; i < count; i++) {
        FerrySnapshot *snapshot = g_new(FerrySnapshot, 1);

        *snapshot = (FerrySnapshot){g_strdup_printf("s%u", i + 1), describe(instance, kind, i),
                                    kind == FERRY_SNAPSHOT && i + 1 == count};
        g_ptr_array_add(found, snapshot);
    }
    if (!ferry_sim_call_end(connection, instance != NULL ? error : NULL) || instance == NULL)
        return NULL;
    return g_steal_pointer(&found);
}

static void
refuse(FerryHypervisor *hv, const char *what, GError **error)
{
    ferry_error_set(error, FERRY_ERROR_UNSUPPORTED,
                    "cannot %s on host '%s': the simulator does not model it", what,
                    ferry_hypervisor_name(hv));
}

bool
ferry_sim_redefine_snapshot(FerryHypervisor *hv,
                            const char *uuid G_GNUC_UNUSED,
                            FerrySnapshotKind kind G_GNUC_UNUSED,
                            const FerrySnapshot *snapshot G_GNUC_UNUSED,
                            GError **error)
{
    refuse(hv, "define a snapshot", error);
    return false;
}

bool
ferry_sim_define(FerryHypervisor *hv, const char *xml G_GNUC_UNUSED, GError **error)
{
    refuse(hv, "define a machine", error);
    return false;
}

bool
ferry_sim_rename(FerryHypervisor *hv,
                 const char *uuid G_GNUC_UNUSED,
                 const char *name G_GNUC_UNUSED,
                 GError **error)
{
    refuse(hv, "rename a machine", error);
    return false;
}

bool
ferry_sim_undefine_all(FerryHypervisor *hv, const char *uuid G_GNUC_UNUSED, GError **error)
{
    refuse(hv, "undefine a machine with its snapshots", error);
    return false;
}

bool
ferry_sim_set_metadata(FerryHypervisor *hv,
                       const char *uuid G_GNUC_UNUSED,
                       const char *uri G_GNUC_UNUSED,
                       const char *xml G_GNUC_UNUSED,
                       GError **error)
{
    refuse(hv, "set metadata", error);
    return false;
}

char *
ferry_sim_agent_command(FerryHypervisor *hv,
                        const char *uuid G_GNUC_UNUSED,
                        const char *command G_GNUC_UNUSED,
                        unsigned timeout_s G_GNUC_UNUSED,
                        GError **error)
{
    refuse(hv, "ask a guest agent", error);
    return NULL;
}
