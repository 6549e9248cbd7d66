// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/libvirt/private.h"

#include <errno.h>
#include <string.h>

#define BLOCK_POOLS                                                                   \
    (VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE | VIR_CONNECT_LIST_STORAGE_POOLS_LOGICAL | \
     VIR_CONNECT_LIST_STORAGE_POOLS_DISK | VIR_CONNECT_LIST_STORAGE_POOLS_ISCSI |     \
     VIR_CONNECT_LIST_STORAGE_POOLS_SCSI | VIR_CONNECT_LIST_STORAGE_POOLS_MPATH |     \
     VIR_CONNECT_LIST_STORAGE_POOLS_ISCSI_DIRECT)

static bool
has_volume_at(virConnectPtr conn, const char *path)
{
    g_autoptr(virStorageVol) volume = virStorageVolLookupByPath(conn, path);

    return volume != NULL;
}

static void
refresh_block_pools(virConnectPtr conn)
{
    virStoragePoolPtr *pools = NULL;
    int count = virConnectListAllStoragePools(conn, &pools, BLOCK_POOLS);

    for (int i = 0; i < count; i++) {
        virStoragePoolRefresh(pools[i], 0);
        virStoragePoolFree(pools[i]);
    }
    if (count >= 0)
        free(pools); // libvirt's own allocation
}

// No pool can be made over /dev: its refresh opens every file, and opening /dev/watchdog would reset the
// host. So a device is known from the host's pools or node devices, or it is not known whether it is
// there.
static bool
sees_device(FerryHypervisor *hv, const char *path, bool *ret_seen, GError **error)
{
    virConnectPtr conn = ferry_libvirt(hv)->conn;
    bool seen = has_volume_at(conn, path);

    if (!seen &&
        !ferry_libvirt_node_device_has(hv, VIR_CONNECT_LIST_NODE_DEVICES_CAP_STORAGE,
                                       "/device/devnode|/device/capability/block", path, &seen))
        seen = false;
    if (!seen) {
        refresh_block_pools(conn);
        seen = has_volume_at(conn, path);
    }
    if (!seen) {
        ferry_error_set(
            error, FERRY_ERROR_UNSUPPORTED,
            "cannot find out whether host '%s' has device '%s': no storage pool and no node device of it names that path",
            hv->name, path);
        ferry_error_add_hint(error, "Look there yourself: run 'ls -lL %s' on host '%s'.", path,
                             hv->name);
        return false;
    }
    *ret_seen = true;
    return true;
}

// The pool's path ends with "/." so that it is not the same as that of a pool which the host has already:
// libvirt refuses a second one, and an inactive pool of the host is not ours to start.
static char *
probe_xml(const char *folder)
{
    return g_markup_printf_escaped("<pool type='dir'>"
                                   "<name>virt-ferry-probe-%08x%08x</name>"
                                   "<target><path>%s/.</path></target>"
                                   "</pool>",
                                   g_random_int(), g_random_int(),
                                   g_str_equal(folder, "/") ? "" : folder);
}

// Creating the pool reads the folder: libvirt passes the system's own error on.
static bool
is_no_folder(void)
{
    const virError *last = virGetLastError();

    return last != NULL && last->code == VIR_ERR_SYSTEM_ERROR &&
           (last->int1 == ENOENT || last->int1 == ENOTDIR);
}

static bool
sees_file(FerryHypervisor *hv, const char *path, bool *ret_seen, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *xml = probe_xml(folder);
    g_autoptr(virStoragePool) pool = virStoragePoolCreateXML(ferry_libvirt(hv)->conn, xml, 0);
    g_autoptr(virStorageVol) volume = NULL;
    bool known = true;

    if (pool == NULL && is_no_folder()) {
        *ret_seen = false;
        return true;
    }
    if (pool != NULL) {
        volume = virStorageVolLookupByName(pool, name);
        known = volume != NULL || virGetLastErrorCode() == VIR_ERR_NO_STORAGE_VOL;
    }
    if (pool == NULL || !known)
        ferry_libvirt_fail(hv, error, "look for file '%s'", path);
    else
        *ret_seen = volume != NULL;
    // Ends the pool, which was never defined; the folder and what is in it stay as they are.
    if (pool != NULL)
        virStoragePoolDestroy(pool);
    return pool != NULL && known;
}

bool
ferry_libvirt_sees_path(FerryHypervisor *hv, const char *path, bool *ret_seen, GError **error)
{
    // libvirt leaves names with control characters out of its lists (virStringHasControlChars).
    for (const char *p = path; *p != '\0'; p++) {
        if (g_ascii_iscntrl(*p)) {
            ferry_error_set(
                error, FERRY_ERROR_UNSUPPORTED,
                "cannot look for file '%s' on host '%s': libvirt lists no names with control characters",
                path, hv->name);
            return false;
        }
    }
    if (!g_path_is_absolute(path)) {
        ferry_error_set(error, FERRY_ERROR_UNSUPPORTED,
                        "cannot look for file '%s' on host '%s': the path is not absolute", path,
                        hv->name);
        return false;
    }
    return g_str_has_prefix(path, "/dev/") ? sees_device(hv, path, ret_seen, error)
                                           : sees_file(hv, path, ret_seen, error);
}
