// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A machine whose two disks are images of its host, and how they are copied.

#pragma once

#include "../../sim/fixture.h"

#define VDA   "/srv/web1.qcow2"
#define VDB   "/srv/web1-data.qcow2"
#define OTHER "/srv/somebody-else.qcow2"
#define COPY  (MOVE | FERRY_MIGRATE_NON_SHARED_DISK)

static const char *const disks[] = {VDA, VDB, NULL};
static const char *const both[] = {"vda", "vdb", NULL};

static const FerrySimMachineSpec guest = {
    .name = "web1",
    .uuid = UUID,
    .memory_kib = 512 << 10,
    .working_set_bytes = 100 * MIB,
    .dirty_bps = 20 * MIB,
    .disks = disks,
};

// 1.2 GiB are to be copied over 120 MiB/s.
static inline void
disks_init(Fixture *fixture)
{
    fixture_init(fixture, &guest);
    ferry_sim_add_image(fixture->world, "host-a",
                        &(FerrySimImageSpec){.path = VDA,
                                             .capacity = 2048 * MIB,
                                             .allocation = 900 * MIB,
                                             .guest = UUID});
    ferry_sim_add_image(fixture->world, "host-a",
                        &(FerrySimImageSpec){.path = VDB,
                                             .allocation = 300 * MIB,
                                             .guest = UUID,
                                             .target = "vdb"});
    ferry_sim_add_image(fixture->world, "host-b",
                        &(FerrySimImageSpec){.path = OTHER, .allocation = 10 * MIB});
}

static inline void
make(FerryHypervisor *hv, const char *path)
{
    const FerryVolume volume = {.path = (char *)path,
                                .format = (char *)"qcow2",
                                .capacity = 2048 * MIB,
                                .owner = -1,
                                .group = -1};
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_hypervisor_create_volume(hv, &volume, &error));
    g_assert_no_error(error);
}

static inline void
make_both(Fixture *fixture)
{
    make(fixture->dst, VDA);
    make(fixture->dst, VDB);
}

static inline bool
copy(Fixture *fixture, unsigned flags, GError **error)
{
    const FerryMigrateCall call = {
        .uuid = UUID,
        .flags = flags,
        .dest_uri = "sim:host-b",
        .copied = both,
    };

    return ferry_hypervisor_migrate(fixture->src, fixture->dst, &call, error);
}

static inline FerrySimImageState
image(Fixture *fixture, const char *host, const char *path)
{
    FerrySimImageState state = {0};

    g_assert_true(ferry_sim_look_at_image(fixture->world, host, path, &state));
    return state;
}
