// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/image-locks.h"

#include "preflight/checks/disks.h"

#define CHECK_ID "image-lock"

// Returns: why the disk is of a kind that cannot be proved; NULL where it can. (transfer full)
static char *
refuse_kind(const FerryDisk *disk)
{
    if (g_strcmp0(disk->type, "block") == 0)
        return g_strdup_printf("disk '%s' is a block device, whose locks bind one host alone",
                               disk->target);
    if (g_strcmp0(disk->type, "network") == 0)
        return g_strdup_printf("disk '%s' is a network disk, which QEMU does not lock",
                               disk->target);
    if (disk->shareable)
        return g_strdup_printf("disk '%s' is shareable: QEMU lets others write to it",
                               disk->target);
    if (!ferry_facts_disk_has_lock(disk))
        return g_strdup_printf("disk '%s' is of type '%s', not a file", disk->target, disk->type);
    return NULL;
}

// The lock that was met is the machine's own only where the file is.
static char *
refuse_other_file(const FerryCheckInput *in, const FerryDisk *disk)
{
    const FerryDisk *before = find_disk_before(in, disk);
    g_autofree char *how = NULL;
    FerrySame same;

    if (before == NULL || before->source == NULL)
        return g_strdup_printf("disk '%s' is another one on host '%s'", disk->target,
                               in->dst->name);
    same = ferry_facts_same_path(in->src, before->source, in->dst, disk->source, &how);
    if (same == FERRY_SAME_YES)
        return NULL;
    if (same == FERRY_SAME_NO)
        return g_strdup_printf("disk '%s' is not the same on both hosts: %s", disk->target, how);
    return g_strdup_printf("whether disk '%s' is the same on both hosts cannot be told: %s",
                           disk->target, how);
}

// Returns: why the disk's lock is not proved; NULL where it is. (transfer full)
static char *
refuse_disk(const FerryCheckInput *in, const FerryDisk *disk)
{
    char *kind = refuse_kind(disk);
    const FerryProbedLock *lock;

    if (kind != NULL)
        return kind;
    if (is_copied(in, disk))
        return g_strdup_printf("disk '%s' is copied: each host has one of its own", disk->target);
    if (in->dst->probe == NULL)
        return g_strdup(in->dst->probe_unknown);
    lock = ferry_host_probe_lock(in->dst->probe, disk->source);
    if (lock != NULL && lock->state == FERRY_LOCK_HELD)
        return refuse_other_file(in, disk);
    if (lock != NULL && lock->state == FERRY_LOCK_FREE)
        return g_strdup_printf(
            "host '%s' could open disk '%s' while it is in use: no lock binds both hosts",
            in->dst->name, disk->target);
    return g_strdup_printf("whether host '%s' sees the lock of disk '%s' cannot be told: %s",
                           in->dst->name, disk->target,
                           lock != NULL && lock->unknown != NULL ? lock->unknown
                                                                 : "it did not say");
}

// Returns: "disk 'vda'", "disks 'vda', 'vdb'". (transfer full)
static char *
format_disks(GPtrArray *targets)
{
    g_autofree char *list = NULL;

    g_ptr_array_add(targets, NULL);
    list = g_strjoinv("', '", (char **)targets->pdata);
    return g_strdup_printf("%s '%s'", targets->len > 2 ? "disks" : "disk", list);
}

static void
judge_disks(const FerryCheckInput *in, FerryImageLocks *locks)
{
    g_autoptr(GPtrArray) targets = g_ptr_array_new();
    const GPtrArray *disks = in->vm->arriving->disks;
    g_autofree char *list = NULL;

    for (unsigned i = 0; i < disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(disks, i);

        if (!ferry_facts_disk_is_written(disk))
            continue;
        locks->reason = refuse_disk(in, disk);
        if (locks->reason != NULL)
            return;
        g_ptr_array_add(targets, disk->target);
    }
    if (targets->len == 0) {
        locks->reason = g_strdup("the machine writes to no disk");
        return;
    }
    list = format_disks(targets);
    locks->proved = true;
    locks->reason = g_strdup_printf("QEMU's locks on %s bind both hosts", list);
}

static bool
is_listed(GStrv ids)
{
    return ids != NULL && g_strv_contains((const char *const *)ids, CHECK_ID);
}

void
ferry_image_locks_judge(const FerryCheckInput *in, FerryImageLocks *ret_locks)
{
    FerryImageLocks locks = {
        .forced = is_listed(in->options->force) || is_listed(in->options->skip),
    };

    if (in->vm->definition == NULL)
        locks.reason =
            g_strdup_printf("the machine's disks cannot be told: %s", in->vm->definition_unknown);
    else if (in->vm->arriving == NULL)
        locks.reason =
            g_strdup_printf("the machine's disks cannot be told: %s", in->vm->arriving_unknown);
    else
        judge_disks(in, &locks);
    *ret_locks = locks;
}

void
ferry_image_locks_clear(FerryImageLocks *locks)
{
    g_clear_pointer(&locks->reason, g_free);
}
