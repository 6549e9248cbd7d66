// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Images of a simulated host.

#include "hypervisor/sim/connection.h"

static bool
refuse(FerryHypervisor *hv, GError **error)
{
    ferry_error_set(error, FERRY_ERROR_UNSUPPORTED,
                    "cannot make images on host '%s': the simulator has none", hv->name);
    return false;
}

bool
ferry_sim_look_at_folder(FerryHypervisor *hv,
                         const char *folder,
                         FerryPoolInfo **ret_pool,
                         GError **error)
{
    (void)folder;
    *ret_pool = NULL;
    return refuse(hv, error);
}

bool
ferry_sim_create_volume(FerryHypervisor *hv, const FerryVolume *volume, GError **error)
{
    (void)volume;
    return refuse(hv, error);
}

bool
ferry_sim_delete_volume(FerryHypervisor *hv, const char *path, GError **error)
{
    (void)path;
    return refuse(hv, error);
}

bool
ferry_sim_set_copy_speed(FerryHypervisor *hv,
                         const char *uuid,
                         const char *const *disks,
                         unsigned mibs,
                         GError **error)
{
    (void)uuid;
    (void)disks;
    (void)mibs;
    return refuse(hv, error);
}
