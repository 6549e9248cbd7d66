// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/libvirt/private.h"

#include <errno.h>

// A pool over a folder: the host's own, or one of ours that goes again.
typedef struct Place {
    virStoragePoolPtr pool;
    bool own;
} Place;

static bool
open_own_place(virConnectPtr conn, const char *folder, Place *ret_place)
{
    if (ferry_libvirt_is_special_folder(folder))
        return false;
    *ret_place = (Place){.pool = ferry_libvirt_open_folder(conn, folder), .own = true};
    return ret_place->pool != NULL;
}

// A pool of the host is not refreshed for that: where that fails libvirt stops the pool (storagePoolRefresh, 9.0).
static bool
open_place(virConnectPtr conn, const char *folder, Place *ret_place)
{
    virStoragePoolPtr pool = virStoragePoolLookupByTargetPath(conn, folder);

    *ret_place = (Place){.pool = pool};
    if (pool != NULL)
        return true;
    return open_own_place(conn, folder, ret_place);
}

static void
close_place(Place *place)
{
    if (place->own)
        ferry_libvirt_close_folder(place->pool);
    else
        virStoragePoolFree(place->pool);
}

// Free space is read through a pool of our own, as the host's tells that of its last refresh.
bool
ferry_libvirt_look_at_folder(FerryHypervisor *hv,
                             const char *folder,
                             FerryPoolInfo **ret_pool,
                             GError **error)
{
    virConnectPtr conn = ferry_libvirt(hv)->conn;
    g_autoptr(virStoragePool) known = virStoragePoolLookupByTargetPath(conn, folder);
    g_autoptr(GError) cause = NULL;
    Place place;

    *ret_pool = NULL;
    if (!open_own_place(conn, folder, &place)) {
        if (ferry_libvirt_system_error() == ENOENT)
            return true;
        ferry_libvirt_fail(hv, error, "look at folder '%s'", folder);
        return false;
    }
    *ret_pool = ferry_libvirt_read_pool(place.pool, &cause);
    if (cause != NULL) {
        g_propagate_error(error, g_steal_pointer(&cause));
    } else if (*ret_pool == NULL) {
        ferry_libvirt_fail(hv, error, "look at folder '%s'", folder);
    } else {
        g_free((*ret_pool)->name);
        (*ret_pool)->name = known != NULL ? g_strdup(virStoragePoolGetName(known)) : NULL;
    }
    close_place(&place);
    return *ret_pool != NULL;
}

static void
add_permissions(GString *xml, const FerryVolume *volume)
{
    g_string_append(xml, "<permissions>");
    if (volume->mode != 0)
        g_string_append_printf(xml, "<mode>%#o</mode>", volume->mode);
    if (volume->owner >= 0)
        g_string_append_printf(xml, "<owner>%" G_GINT64_FORMAT "</owner>", volume->owner);
    if (volume->group >= 0)
        g_string_append_printf(xml, "<group>%" G_GINT64_FORMAT "</group>", volume->group);
    g_string_append(xml, "</permissions>");
}

char *
ferry_libvirt_volume_xml(const FerryVolume *volume)
{
    g_autofree char *name = g_path_get_basename(volume->path);
    g_autofree char *head =
        g_markup_printf_escaped("<volume><name>%s</name><capacity>%" G_GUINT64_FORMAT
                                "</capacity><allocation>0</allocation>"
                                "<target><format type='%s'/>",
                                name, volume->capacity, volume->format);
    GString *xml = g_string_new(head);

    add_permissions(xml, volume);
    if (g_str_equal(volume->format, "qcow2"))
        g_string_append(xml, "<compat>1.1</compat>");
    g_string_append(xml, "</target>");
    if (volume->backing != NULL) {
        g_autofree char *backing = g_markup_printf_escaped(
            "<backingStore><path>%s</path><format type='%s'/></backingStore>", volume->backing,
            volume->backing_format);

        g_string_append(xml, backing);
    }
    g_string_append(xml, "</volume>");
    return g_string_free(xml, FALSE);
}

static bool
is_there(FerryHypervisor *hv, const char *path)
{
    const char *const paths[] = {path, NULL};
    g_auto(FerryPathInfo) info = {0};

    ferry_libvirt_look_at_paths(hv, paths, &info);
    return info.seen;
}

// libvirt refuses a name that its pool's list has (STORAGE_VOL_EXIST) and one that is there (9.0,
// virStorageBackendVolCreateLocal: OPERATION_FAILED, 'volume target path ... already exists').
static bool
create_in(FerryHypervisor *hv, const Place *place, const FerryVolume *volume, GError **error)
{
    g_autofree char *xml = ferry_libvirt_volume_xml(volume);
    g_autoptr(virStorageVol) made = virStorageVolCreateXML(place->pool, xml, 0);

    if (made != NULL)
        return true;
    ferry_libvirt_fail(hv, error, "make image '%s'", volume->path);
    if (is_there(hv, volume->path)) {
        g_clear_error(error);
        ferry_error_set(error, FERRY_ERROR_EXISTS,
                        "cannot make image '%s' on host '%s': there is a file of that name",
                        volume->path, hv->name);
        ferry_error_add_hint(error, "Rename it, or let the copy come to another place with "
                                    "--dest-pool DISK=POOL or --map-disk OLD=NEW.");
    }
    return false;
}

bool
ferry_libvirt_create_volume(FerryHypervisor *hv, const FerryVolume *volume, GError **error)
{
    virConnectPtr conn = ferry_libvirt(hv)->conn;
    g_autofree char *folder = g_path_get_dirname(volume->path);
    g_autoptr(GError) cause = NULL;
    Place place;
    bool ok;

    if (!open_place(conn, folder, &place)) {
        ferry_libvirt_fail(hv, error, "make image '%s'", volume->path);
        return false;
    }
    ok = create_in(hv, &place, volume, &cause);
    // the host's pool may remember a file that is gone, as one that was put aside
    if (!ok && !place.own && !ferry_error_is(cause, FERRY_ERROR_EXISTS)) {
        close_place(&place);
        g_clear_error(&cause);
        if (!open_own_place(conn, folder, &place)) {
            ferry_libvirt_fail(hv, error, "make image '%s'", volume->path);
            return false;
        }
        ok = create_in(hv, &place, volume, &cause);
    }
    if (cause != NULL)
        g_propagate_error(error, g_steal_pointer(&cause));
    close_place(&place);
    return ok;
}

// @ret_known: whether the pool's list has it
static bool
delete_in(FerryHypervisor *hv,
          const Place *place,
          const char *path,
          bool *ret_known,
          GError **error)
{
    g_autofree char *name = g_path_get_basename(path);
    g_autoptr(virStorageVol) volume = virStorageVolLookupByName(place->pool, name);

    *ret_known = volume != NULL;
    if (volume == NULL && virGetLastErrorCode() == VIR_ERR_NO_STORAGE_VOL)
        return true;
    if (volume != NULL && virStorageVolDelete(volume, 0) == 0)
        return true;
    ferry_libvirt_fail(hv, error, "delete image '%s'", path);
    return false;
}

// What the host's pool does not know may be there all the same.
bool
ferry_libvirt_delete_volume(FerryHypervisor *hv, const char *path, GError **error)
{
    virConnectPtr conn = ferry_libvirt(hv)->conn;
    g_autofree char *folder = g_path_get_dirname(path);
    Place place;
    bool known;
    bool gone;

    if (!open_place(conn, folder, &place)) {
        if (ferry_libvirt_system_error() == ENOENT)
            return true;
        ferry_libvirt_fail(hv, error, "delete image '%s'", path);
        return false;
    }
    gone = delete_in(hv, &place, path, &known, error);
    if (gone && !known && !place.own) {
        close_place(&place);
        if (!open_own_place(conn, folder, &place)) {
            ferry_libvirt_fail(hv, error, "delete image '%s'", path);
            return false;
        }
        gone = delete_in(hv, &place, path, &known, error);
    }
    close_place(&place);
    return gone;
}
