// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// g_autoptr for the types of libvirt. Its vir*Free() functions reset the thread's last error: read it before a
// cleanup runs.

#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virConnect, virConnectClose)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomain, virDomainFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomainCheckpoint, virDomainCheckpointFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomainSnapshot, virDomainSnapshotFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virError, virFreeError)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virInterface, virInterfaceFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virNetwork, virNetworkFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virNWFilter, virNWFilterFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virSecret, virSecretFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStoragePool, virStoragePoolFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStorageVol, virStorageVolFree)

// libvirt's typed parameters with their count, as every call that takes or gives them wants them.
typedef struct FerryTypedParams {
    virTypedParameterPtr items;
    int count;
    int room;
} FerryTypedParams;

static inline void
ferry_typed_params_clear(FerryTypedParams *params)
{
    virTypedParamsFree(params->items, params->count);
    *params = (FerryTypedParams){0};
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryTypedParams, ferry_typed_params_clear)
