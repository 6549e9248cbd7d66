// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/libvirt/private.h"

FerryPoolInfo *
ferry_libvirt_read_pool(virStoragePoolPtr pool, GError **error)
{
    int active = virStoragePoolIsActive(pool);
    char *xml = active >= 0 ? virStoragePoolGetXMLDesc(pool, 0) : NULL;
    FerryPoolInfo *info;

    if (xml == NULL)
        return NULL;
    info = ferry_pool_info_parse(xml, error);
    free(xml); // libvirt's own allocation
    if (info == NULL)
        return NULL;
    info->active = active == 1;
    if (!info->active)
        info->capacity = info->available = 0;
    return info;
}

// Adds what @pool is to @pools; one that went meanwhile is left out.
static bool
add_pool(FerryHypervisor *hv, virStoragePoolPtr pool, GPtrArray *pools, GError **error)
{
    g_autoptr(GError) cause = NULL;
    FerryPoolInfo *info = ferry_libvirt_read_pool(pool, &cause);

    if (info != NULL)
        g_ptr_array_add(pools, info);
    else if (cause != NULL)
        g_propagate_error(error, g_steal_pointer(&cause));
    else if (virGetLastErrorCode() != VIR_ERR_NO_STORAGE_POOL)
        ferry_libvirt_fail(hv, error, "list the storage pools");
    else
        return true;
    return info != NULL;
}

GPtrArray *
ferry_libvirt_list_pools(FerryHypervisor *hv, GError **error)
{
    g_autoptr(GPtrArray) pools =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_pool_info_free);
    virStoragePoolPtr *list = NULL;
    int count = virConnectListAllStoragePools(ferry_libvirt(hv)->conn, &list, 0);
    bool ok = true;

    if (count < 0) {
        ferry_libvirt_fail(hv, error, "list the storage pools");
        return NULL;
    }
    for (int i = 0; i < count; i++) {
        // What another run of ours looks at files with is not the host's.
        if (ok && !g_str_has_prefix(virStoragePoolGetName(list[i]), FERRY_LIBVIRT_OWN_POOL))
            ok = add_pool(hv, list[i], pools, error);
        virStoragePoolFree(list[i]);
    }
    free(list); // libvirt's own allocation
    return ok ? g_steal_pointer(&pools) : NULL;
}
