// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Images of a simulated host.

#include <string.h>

#include "hypervisor/sim/connection.h"
#include "hypervisor/sim/images.h"

#define EMPTY_QCOW2 (UINT64_C(196) << 10) // qemu-img 7.2

static FerryPoolInfo *
folder_of(const FerrySimHost *host, const char *folder)
{
    FerryPoolInfo *info = g_new0(FerryPoolInfo, 1);

    ferry_sim_fill_pool(host, info);
    info->target = g_strdup(folder);
    for (unsigned i = 0; host->pools[i] != NULL && info->name == NULL; i++) {
        g_autofree char *target = ferry_sim_pool_folder(host->pools[i]);
        if (strcmp(target, folder) == 0)
            info->name = g_strdup(host->pools[i]);
    }
    return info;
}

bool
ferry_sim_look_at_folder(FerryHypervisor *hv,
                         const char *folder,
                         FerryPoolInfo **ret_pool,
                         GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    g_autoptr(FerryPoolInfo) pool = NULL;

    *ret_pool = NULL;
    if (!ferry_sim_call_begin(connection, error))
        return false;
    ferry_sim_copy_note(connection->world);
    if (ferry_sim_host_has_folder(connection->host, folder))
        pool = folder_of(connection->host, folder);
    if (!ferry_sim_call_end(connection, error))
        return false;
    *ret_pool = g_steal_pointer(&pool);
    return true;
}

// Returns: why it can't be made; NULL: it is
static const char *
make(FerrySimHost *host, const FerryVolume *volume, FerryErrorCode *ret_code)
{
    g_autofree char *folder = g_path_get_dirname(volume->path);
    FerrySimImage *image;

    *ret_code = FERRY_ERROR_FAILED;
    if (!ferry_sim_host_has_folder(host, folder))
        return "cannot open directory: No such file or directory";
    if (ferry_sim_host_sees(host, volume->path)) {
        *ret_code = FERRY_ERROR_EXISTS;
        return "there is a file of that name";
    }
    if (volume->backing != NULL && !ferry_sim_host_sees(host, volume->backing))
        return "inaccessible backing store volume";
    if (host->disk_full)
        return "cannot create path: No space left on device";
    image = ferry_sim_image_new(host, volume->path, volume->format);
    image->capacity = volume->capacity;
    image->allocation = g_str_equal(volume->format, "qcow2") ? EMPTY_QCOW2 : 0;
    image->backing = g_strdup(volume->backing);
    image->backing_format = g_strdup(volume->backing_format);
    image->mode = volume->mode;
    image->owner = volume->owner;
    image->group = volume->group;
    return NULL;
}

bool
ferry_sim_create_volume(FerryHypervisor *hv, const FerryVolume *volume, GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    FerryErrorCode code;
    const char *refusal;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    refusal = make(connection->host, volume, &code);
    if (!ferry_sim_call_end(connection, error))
        return false;
    if (refusal == NULL)
        return true;
    ferry_error_set(error, code, "cannot make image '%s' on host '%s': %s", volume->path, hv->name,
                    refusal);
    return false;
}

bool
ferry_sim_delete_volume(FerryHypervisor *hv, const char *path, GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    FerrySimImage *image;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    image = ferry_sim_image_find(connection->host, path);
    if (image != NULL)
        ferry_sim_image_delete(connection->host, image);
    return ferry_sim_call_end(connection, error);
}
