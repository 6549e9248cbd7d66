// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "inventory/snapshots.h"

GPtrArray *
ferry_snapshots_none(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)ferry_snapshot_record_free);
}

bool
ferry_snapshots_read_keys(FerryHypervisor *hv,
                          const char *uuid,
                          FerrySnapshotKeys *ret_keys,
                          GError **error)
{
    g_autoptr(FerryVm) vm = ferry_hypervisor_find(hv, uuid, error);
    g_auto(FerrySnapshotKeys) keys = {0};

    if (vm == NULL)
        return false;
    if (ferry_vm_state_is_active(vm->state)) {
        keys.live_xml = ferry_hypervisor_get_xml(hv, uuid, FERRY_XML_LIVE_SECURE, error);
        if (keys.live_xml == NULL)
            return false;
    }
    if (vm->persistent) {
        keys.persistent_xml =
            ferry_hypervisor_get_xml(hv, uuid, FERRY_XML_PERSISTENT_SECURE, error);
        if (keys.persistent_xml == NULL)
            return false;
    }
    ret_keys->live_xml = g_steal_pointer(&keys.live_xml);
    ret_keys->persistent_xml = g_steal_pointer(&keys.persistent_xml);
    return true;
}

static bool
read_kind(FerryHypervisor *hv,
          const char *uuid,
          FerrySnapshotKind kind,
          const FerrySnapshotKeys *keys,
          GPtrArray *records,
          GError **error)
{
    g_autoptr(GPtrArray) found = ferry_hypervisor_list_snapshots(hv, uuid, kind, error);

    for (unsigned i = 0; found != NULL && i < found->len; i++) {
        FerrySnapshotRecord *record = ferry_snapshot_record_new(kind, found->pdata[i], keys, error);

        if (record == NULL)
            return false;
        g_ptr_array_add(records, record);
    }
    return found != NULL;
}

GPtrArray *
ferry_snapshots_read(FerryHypervisor *hv, const char *uuid, GError **error)
{
    g_autoptr(GPtrArray) records = ferry_snapshots_none();
    g_auto(FerrySnapshotKeys) keys = {0};

    if (!ferry_snapshots_read_keys(hv, uuid, &keys, error) ||
        !read_kind(hv, uuid, FERRY_SNAPSHOT, &keys, records, error) ||
        !read_kind(hv, uuid, FERRY_CHECKPOINT, &keys, records, error))
        return NULL;
    return g_steal_pointer(&records);
}
