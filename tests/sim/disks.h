// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A machine with two disks that only its host has, and somebody else's image where they go.

#pragma once

#include "fixture.h"

#define DISKS_VDA    "/srv/web1.qcow2"
#define DISKS_VDB    "/srv/web1-data.qcow2"
#define DISKS_OTHERS "/srv/web2.qcow2"

static const char *const disks_paths[] = {DISKS_VDA, DISKS_VDB, NULL};

static inline void
disks_add(FerrySimWorld *world, uint64_t vda_bytes, uint64_t vdb_bytes)
{
    const FerrySimImageSpec vda = {.path = DISKS_VDA, .allocation = vda_bytes, .guest = UUID};
    const FerrySimImageSpec vdb = {.path = DISKS_VDB,
                                   .allocation = vdb_bytes,
                                   .guest = UUID,
                                   .target = "vdb"};
    const FerrySimImageSpec others = {.path = DISKS_OTHERS, .allocation = MIB};

    ferry_sim_add_image(world, "host-a", &vda);
    ferry_sim_add_image(world, "host-a", &vdb);
    ferry_sim_add_image(world, "host-b", &others);
}

static inline bool
disks_are_whole(FerrySimWorld *world, const char *host)
{
    for (unsigned i = 0; disks_paths[i] != NULL; i++) {
        FerrySimImageState state;

        if (!ferry_sim_look_at_image(world, host, disks_paths[i], &state) || !state.current)
            return false;
    }
    return true;
}

// Moved, its disks are there, and the source's are kept; else they are where they were, and nothing of ours is there.
// Returns: what is wrong; NULL: nothing
static inline const char *
disks_judge(FerrySimWorld *world, bool moved)
{
    FerrySimImageState others;

    if (!ferry_sim_look_at_image(world, "host-b", DISKS_OTHERS, &others) || others.changes != 0)
        return "somebody else's image was touched";
    if (ferry_sim_count_images(world, "host-a") != 2)
        return "the source's images are not kept";
    if (!disks_are_whole(world, moved ? "host-b" : "host-a"))
        return "its disk is not whole where it is";
    if (!moved && ferry_sim_count_images(world, "host-b") != 1)
        return "a copy is left on the destination";
    return NULL;
}
