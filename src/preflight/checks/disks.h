// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What judgements of disks ask of their input. Private to preflight/.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "preflight/check.h"

static inline bool
is_removable(const FerryDisk *disk)
{
    return g_strcmp0(disk->device, "cdrom") == 0 || g_strcmp0(disk->device, "floppy") == 0;
}

// Is it made on the destination by the move itself?
static inline bool
is_copied(const FerryCheckInput *in, const FerryDisk *disk)
{
    const FerryDiskPlan *plan = ferry_disk_plans_find(in->disks, disk->target);

    return plan != NULL && plan->copied;
}

// Of a machine without a disk whose path could be looked for.
static inline const char *
tell_no_path(const FerryCheckInput *in)
{
    return ferry_disk_plans_any_copied(in->disks) ? "the machine's disks are copied"
                                                  : "the machine has no disk with a path";
}

// Returns: the disk of that target as the source has it now; --xml may give it another path on the destination.
// NULL where it has none
static inline const FerryDisk *
find_disk_before(const FerryCheckInput *in, const FerryDisk *arriving)
{
    return ferry_definition_find_disk(in->vm->definition, arriving->target);
}

// What the guest sees as the disk's size on both hosts; false unless both tell and they differ.
static inline bool
is_other_size(const FerryCheckInput *in,
              const FerryDisk *before,
              const FerryDisk *arriving,
              uint64_t *ret_here,
              uint64_t *ret_there)
{
    const FerryFact *here = ferry_host_facts_get(in->src, FERRY_FACT_PATH, before->source);
    const FerryFact *there = ferry_host_facts_get(in->dst, FERRY_FACT_PATH, arriving->source);

    if (here->unknown != NULL || there->unknown != NULL || here->path.capacity == 0 ||
        there->path.capacity == 0 || here->path.capacity == there->path.capacity)
        return false;
    *ret_here = here->path.capacity;
    *ret_there = there->path.capacity;
    return true;
}
