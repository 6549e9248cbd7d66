// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/libvirt/private.h"

#include <errno.h>

// A pool over a folder: the host's own, or one of ours that goes again.
typedef struct Place {
    virStoragePoolPtr pool;
    bool own;
} Place;

// What others put there since the pool last looked has to be in its list, and its free space has to be that of now.
static bool
open_place(virConnectPtr conn, const char *folder, Place *ret_place)
{
    virStoragePoolPtr pool = virStoragePoolLookupByTargetPath(conn, folder);

    *ret_place = (Place){.pool = pool};
    if (pool != NULL) {
        // another job of that pool refuses it, and then it is as fresh as that job left it
        (void)virStoragePoolRefresh(pool, 0);
        return true;
    }
    if (ferry_libvirt_is_special_folder(folder))
        return false;
    *ret_place = (Place){.pool = ferry_libvirt_open_folder(conn, folder), .own = true};
    return ret_place->pool != NULL;
}

static void
close_place(Place *place)
{
    if (place->own)
        ferry_libvirt_close_folder(place->pool);
    else
        virStoragePoolFree(place->pool);
}

bool
ferry_libvirt_look_at_folder(FerryHypervisor *hv,
                             const char *folder,
                             FerryPoolInfo **ret_pool,
                             GError **error)
{
    g_autoptr(GError) cause = NULL;
    Place place;

    *ret_pool = NULL;
    if (!open_place(ferry_libvirt(hv)->conn, folder, &place)) {
        if (ferry_libvirt_system_error() == ENOENT)
            return true;
        ferry_libvirt_fail(hv, error, "look at folder '%s'", folder);
        return false;
    }
    *ret_pool = ferry_libvirt_read_pool(place.pool, &cause);
    if (cause != NULL)
        g_propagate_error(error, g_steal_pointer(&cause));
    else if (*ret_pool == NULL)
        ferry_libvirt_fail(hv, error, "look at folder '%s'", folder);
    else if (place.own)
        g_clear_pointer(&(*ret_pool)->name, g_free);
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

// Refused because something is there: by the pool's list (STORAGE_VOL_EXIST) or by a look at the path (9.0,
// virStorageBackendVolCreateLocal: OPERATION_FAILED, 'volume target path ... already exists').
static bool
is_there_already(virStoragePoolPtr pool, const FerryVolume *volume)
{
    g_autofree char *name = g_path_get_basename(volume->path);
    virStorageVolPtr found;

    (void)virStoragePoolRefresh(pool, 0);
    found = virStorageVolLookupByName(pool, name);
    if (found == NULL)
        return false;
    virStorageVolFree(found);
    return true;
}

static bool
create_in(FerryHypervisor *hv, virStoragePoolPtr pool, const FerryVolume *volume, GError **error)
{
    g_autofree char *xml = ferry_libvirt_volume_xml(volume);
    virStorageVolPtr made = virStorageVolCreateXML(pool, xml, 0);

    if (made != NULL) {
        virStorageVolFree(made);
        return true;
    }
    ferry_libvirt_fail(hv, error, "make image '%s'", volume->path);
    if (is_there_already(pool, volume)) {
        g_clear_error(error);
        ferry_error_set(error, FERRY_ERROR_EXISTS,
                        "cannot make image '%s' on host '%s': there is a file of that name",
                        volume->path, hv->name);
    }
    return false;
}

bool
ferry_libvirt_create_volume(FerryHypervisor *hv, const FerryVolume *volume, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(volume->path);
    Place place;
    bool ok;

    if (!open_place(ferry_libvirt(hv)->conn, folder, &place)) {
        ferry_libvirt_fail(hv, error, "make image '%s'", volume->path);
        return false;
    }
    ok = create_in(hv, place.pool, volume, error);
    close_place(&place);
    return ok;
}

bool
ferry_libvirt_delete_volume(FerryHypervisor *hv, const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    virStorageVolPtr volume;
    Place place;
    bool ok;

    if (!open_place(ferry_libvirt(hv)->conn, folder, &place)) {
        if (ferry_libvirt_system_error() == ENOENT)
            return true;
        ferry_libvirt_fail(hv, error, "delete image '%s'", path);
        return false;
    }
    volume = virStorageVolLookupByName(place.pool, name);
    ok = volume != NULL ? virStorageVolDelete(volume, 0) == 0
                        : virGetLastErrorCode() == VIR_ERR_NO_STORAGE_VOL;
    if (!ok)
        ferry_libvirt_fail(hv, error, "delete image '%s'", path);
    if (volume != NULL)
        virStorageVolFree(volume);
    close_place(&place);
    return ok;
}
