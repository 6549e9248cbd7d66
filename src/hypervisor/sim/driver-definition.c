// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Descriptions of snapshots and checkpoints come, go and are read in the simulator. What changes definitions is not modelled:
// the protocol that needs it is tested against real daemons, which are killed at each of its steps (tests/lab).

#include "hypervisor/sim/connection.h"

static const char *const roots[] = {
    [FERRY_SNAPSHOT] = "domainsnapshot",
    [FERRY_CHECKPOINT] = "domaincheckpoint",
};

void
ferry_sim_add_snapshots(FerrySimInstance *instance, FerrySnapshotKind kind, unsigned n)
{
    g_autofree char *domain = ferry_sim_xml_domain(instance, FERRY_XML_PERSISTENT_SECURE);

    for (unsigned i = 1; i <= n; i++) {
        FerrySnapshot *snapshot = g_new(FerrySnapshot, 1);
        g_autofree char *parent =
            i > 1 ? g_strdup_printf("<parent><name>s%u</name></parent>\n", i - 1) : g_strdup("");

        *snapshot = (FerrySnapshot){g_strdup_printf("s%u", i),
                                    g_strdup_printf("<%s>\n<name>s%u</name>\n%s%s</%s>\n",
                                                    roots[kind], i, parent, domain, roots[kind]),
                                    kind == FERRY_SNAPSHOT && i == n};
        g_ptr_array_add(instance->snapshots[kind], snapshot);
    }
}

static FerrySnapshot *
copy_snapshot(const FerrySnapshot *snapshot)
{
    FerrySnapshot *copy = g_new(FerrySnapshot, 1);

    *copy = (FerrySnapshot){g_strdup(snapshot->name), g_strdup(snapshot->xml), snapshot->current};
    return copy;
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

    if (!ferry_sim_call_begin(connection, error))
        return NULL;
    instance = ferry_sim_call_find(connection, uuid, error);
    for (unsigned i = 0; instance != NULL && i < instance->snapshots[kind]->len; i++)
        g_ptr_array_add(found, copy_snapshot(instance->snapshots[kind]->pdata[i]));
    if (!ferry_sim_call_end(connection, instance != NULL ? error : NULL) || instance == NULL)
        return NULL;
    return g_steal_pointer(&found);
}

static int
find_snapshot(const GPtrArray *snapshots, const char *name)
{
    for (unsigned i = 0; i < snapshots->len; i++)
        if (g_str_equal(((const FerrySnapshot *)snapshots->pdata[i])->name, name))
            return (int)i;
    return -1;
}

// Redefined in its place where it is there, else as the newest.
bool
ferry_sim_redefine_snapshot(FerryHypervisor *hv,
                            const char *uuid,
                            FerrySnapshotKind kind,
                            const FerrySnapshot *snapshot,
                            GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    FerrySimInstance *instance;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    instance = ferry_sim_call_find_free(connection, uuid, error);
    if (instance != NULL) {
        GPtrArray *snapshots = instance->snapshots[kind];
        int at = find_snapshot(snapshots, snapshot->name);

        for (unsigned i = 0; snapshot->current && i < snapshots->len; i++)
            ((FerrySnapshot *)snapshots->pdata[i])->current = false;
        if (at >= 0)
            g_ptr_array_remove_index(snapshots, (unsigned)at);
        g_ptr_array_insert(snapshots, at, copy_snapshot(snapshot));
    }
    return ferry_sim_call_end(connection, instance != NULL ? error : NULL) && instance != NULL;
}

bool
ferry_sim_forget_snapshot(FerryHypervisor *hv,
                          const char *uuid,
                          FerrySnapshotKind kind,
                          const char *name,
                          GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    FerrySimInstance *instance;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    instance = ferry_sim_call_find_free(connection, uuid, error);
    if (instance != NULL) {
        GPtrArray *snapshots = instance->snapshots[kind];
        int at = find_snapshot(snapshots, name);

        if (at > 0 && ((FerrySnapshot *)snapshots->pdata[at])->current)
            ((FerrySnapshot *)snapshots->pdata[at - 1])->current = true;
        if (at >= 0)
            g_ptr_array_remove_index(snapshots, (unsigned)at);
    }
    return ferry_sim_call_end(connection, instance != NULL ? error : NULL) && instance != NULL;
}

static void
refuse(FerryHypervisor *hv, const char *what, GError **error)
{
    ferry_error_set(error, FERRY_ERROR_UNSUPPORTED,
                    "cannot %s on host '%s': the simulator does not model it", what,
                    ferry_hypervisor_name(hv));
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
