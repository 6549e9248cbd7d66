// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "model/names.h"
#include "model/units.h"
#include "storage/adapters-gen.h"

#define MIB (UINT64_C(1) << 20)
// What a guest may write into new blocks while its disks are copied.
#define HEADROOM_MIN     (64 * MIB)
#define HEADROOM_PERCENT 5

static const FerryStorageAdapter *const adapters[] = {FERRY_ADAPTERS};

static bool
says(const FerryMigrateOptions *options, const char *word)
{
    return g_str_equal(options->copy_disks != NULL ? options->copy_disks : "auto", word);
}

// Returns: the disks that --copy-disks lists; NULL where it is one of its words. (transfer full)
static GStrv
list_copied(const FerryMigrateOptions *options)
{
    if (says(options, "auto") || says(options, "all") || says(options, "never"))
        return NULL;
    return g_strsplit(options->copy_disks, ",", -1);
}

static bool
is_named(const FerryMigrateOptions *options, const char *target)
{
    g_auto(GStrv) list = list_copied(options);

    return ferry_names_look_up(options->dest_pools, target) != NULL ||
           (list != NULL && g_strv_contains((const char *const *)list, target));
}

// Storage that is meant to be shared and is not there is most likely not mounted there: a copy would go into the folder below
// the mount point, and the image that others may know would be renamed.
static bool
is_meant_to_be_shared(const FerryStorageCase *disk)
{
    static const char *const types[] = {
        "nfs",   "nfs4",     "cifs",           "smb3",         "ceph",       "gfs2",
        "ocfs2", "afs",      "gpfs",           "acfs",         "beegfs",     "lustre",
        "9p",    "virtiofs", "fuse.glusterfs", "fuse.quobyte", "fuse.sshfs", NULL,
    };
    const FerryProbedPath *path =
        disk->in->src->probe != NULL && disk->before->source != NULL
            ? ferry_host_probe_path(disk->in->src->probe, disk->before->source)
            : NULL;

    return path != NULL && path->fs_type != NULL && g_strv_contains(types, path->fs_type);
}

static bool
is_wanted(const FerryStorageCase *disk)
{
    const FerryMigrateOptions *options = disk->in->options;
    bool lacked =
        disk->there->unknown == NULL && !disk->there->path.seen && !is_meant_to_be_shared(disk);

    if (disk->named)
        return true;
    if (says(options, "all"))
        return disk->same != FERRY_SAME_YES && ferry_facts_disk_is_written(disk->before);
    return says(options, "auto") && (lacked || disk->earlier);
}

static const FerryBase *
find_base(const GPtrArray *bases, const char *target)
{
    for (unsigned i = 0; bases != NULL && i < bases->len; i++) {
        const FerryBase *base = bases->pdata[i];

        if (g_str_equal(base->target, target))
            return base;
    }
    return NULL;
}

// Is what is at its path there the very file that an earlier move left?
static bool
is_earlier(const GPtrArray *earlier, const char *path, const FerryFact *there)
{
    for (unsigned i = 0; earlier != NULL && path != NULL && i < earlier->len; i++) {
        const FerryEarlier *one = earlier->pdata[i];

        if (g_str_equal(one->path, path) && one->changed != NULL &&
            g_strcmp0(one->changed, there->path.changed) == 0)
            return true;
    }
    return false;
}

static void
add_plan(const FerryStorageInput *in, const FerryDisk *before, GPtrArray *plans)
{
    const FerryDisk *arriving = ferry_definition_find_disk(in->vm->arriving, before->target);
    FerryDiskPlan *plan = g_new(FerryDiskPlan, 1);
    FerryStorageCase disk = {
        .in = in,
        .before = before,
        .arriving = arriving != NULL ? arriving : before,
        .base = find_base(in->bases, before->target),
        .named = is_named(in->options, before->target),
    };
    g_autofree char *how = NULL;

    disk.here = ferry_host_facts_get(in->src, FERRY_FACT_PATH, disk.before->source);
    disk.there = ferry_host_facts_get(in->dst, FERRY_FACT_PATH, disk.arriving->source);
    if (disk.before->source != NULL && disk.arriving->source != NULL)
        disk.same = ferry_facts_same_path(in->src, disk.before->source, in->dst,
                                          disk.arriving->source, &how);
    disk.how = how;
    // what is replaced is deleted: where nothing shows that it is another file, an operator has to name the disk
    disk.earlier =
        (disk.same == FERRY_SAME_NO || (disk.same == FERRY_SAME_UNKNOWN && disk.named)) &&
        is_earlier(in->earlier, disk.arriving->source, disk.there);
    disk.wanted = is_wanted(&disk);
    *plan = (FerryDiskPlan){
        .target = g_strdup(before->target),
        .src_path = g_strdup(before->source),
        .allocation = disk.here->path.allocation,
        .volume = {.owner = -1, .group = -1},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(adapters); i++) {
        if (!adapters[i]->take(&disk, plan))
            continue;
        plan->adapter = g_strdup(adapters[i]->name);
        break;
    }
    g_ptr_array_add(plans, plan);
}

// A raw image loses its holes where its QEMU is not let unmap, and where libvirt can look for zeroes on the source alone
// (10.9 and newer to an older one): tried from 11.3 to 9.0.
static bool
stays_thin(const FerryStorageInput *in, const FerryDiskPlan *plan)
{
    if (g_strcmp0(plan->volume.format, "raw") != 0)
        return true;
    return plan->unmap && (in->src->info.libvirt_version < FERRY_DETECT_ZEROES_FROM ||
                           in->dst->info.libvirt_version >= FERRY_DETECT_ZEROES_FROM);
}

static uint64_t
need_space(const FerryStorageInput *in, const FerryDiskPlan *plan)
{
    if (!stays_thin(in, plan))
        return plan->volume.capacity;
    return plan->allocation + MAX(HEADROOM_MIN, plan->allocation / 100 * HEADROOM_PERCENT);
}

// Several disks may come to one folder.
static uint64_t
need_in_folder(const FerryStorageInput *in, const GPtrArray *plans, const char *folder)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < plans->len; i++) {
        const FerryDiskPlan *plan = plans->pdata[i];
        g_autofree char *its = plan->copied ? g_path_get_dirname(plan->volume.path) : NULL;

        bytes += g_strcmp0(its, folder) == 0 ? need_space(in, plan) : 0;
    }
    return bytes;
}

static void
judge_space(const FerryStorageInput *in, const GPtrArray *plans, FerryDiskPlan *plan)
{
    g_autofree char *folder = g_path_get_dirname(plan->volume.path);
    const FerryFact *fact = ferry_host_facts_get(in->dst, FERRY_FACT_FOLDER, folder);
    uint64_t need = need_in_folder(in, plans, folder);
    g_autofree char *needed = ferry_format_bytes(need);
    g_autofree char *available = NULL;

    if (fact->unknown != NULL || fact->pool == NULL || fact->pool->available >= need)
        return;
    available = ferry_format_bytes(fact->pool->available);
    plan->refusal = g_strdup_printf(
        "folder '%s' of host '%s' has %s free, and what is copied there takes %s with headroom",
        folder, in->dst->name, available, needed);
    plan->hint = g_strdup_printf("Make room there, or let a disk come to another storage pool of "
                                 "host '%s' with --dest-pool %s=POOL.",
                                 in->dst->name, plan->target);
}

// Two disks may have one name in two folders.
static void
judge_path(const GPtrArray *plans, FerryDiskPlan *plan)
{
    for (unsigned i = 0; i < plans->len; i++) {
        const FerryDiskPlan *other = plans->pdata[i];

        if (other == plan || !other->copied ||
            g_strcmp0(other->volume.path, plan->volume.path) != 0)
            continue;
        plan->refusal =
            g_strdup_printf("disk '%s' comes to '%s' too", other->target, plan->volume.path);
        plan->hint = g_strdup_printf("Let one of them come to another path with --map-disk "
                                     "%s=PATH.",
                                     plan->src_path);
        return;
    }
}

static GPtrArray *
plan_disks(const FerryStorageInput *in)
{
    GPtrArray *plans = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_disk_plan_free);

    for (unsigned i = 0; i < in->vm->definition->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(in->vm->definition->disks, i);

        if (disk->target != NULL)
            add_plan(in, disk, plans);
    }
    return plans;
}

// The same bases, of which none counts as being there.
static GPtrArray *
forget_bases(const GPtrArray *bases, const char *target)
{
    GPtrArray *forgotten = g_ptr_array_new_with_free_func(ferry_base_free);

    for (unsigned i = 0; i < bases->len; i++) {
        const FerryBase *base = bases->pdata[i];
        FerryBase *copy = g_new0(FerryBase, 1);

        copy->target = g_strdup(base->target);
        copy->bytes = base->bytes;
        copy->how = base->same ? g_strdup_printf("as disk '%s', which has to: libvirt copies all "
                                                 "disks of a move alike",
                                                 target)
                               : g_strdup(base->how);
        g_ptr_array_add(forgotten, copy);
    }
    return forgotten;
}

GPtrArray *
ferry_storage_plan(const FerryStorageInput *in)
{
    g_autoptr(GPtrArray) bases = NULL;
    FerryStorageInput whole = *in;
    const char *flattened;
    GPtrArray *plans;

    if (in->vm->definition == NULL)
        return NULL;
    plans = plan_disks(in);
    flattened = ferry_disk_plans_flattened(plans);
    // libvirt has one flag for all disks of a move. With NON_SHARED_INC a disk of which all is to go over arrives without
    // what is below it, and nobody says a word (9.0 and 11.3: its guest reads zeroes there).
    if (flattened != NULL && ferry_disk_plans_overlay(plans)) {
        bases = forget_bases(in->bases, flattened);
        whole.bases = bases;
        g_ptr_array_unref(plans);
        plans = plan_disks(&whole);
    }
    for (unsigned i = 0; i < plans->len; i++) {
        FerryDiskPlan *plan = plans->pdata[i];

        if (plan->copied && plan->refusal == NULL)
            judge_path(plans, plan);
        if (plan->copied && plan->refusal == NULL)
            judge_space(in, plans, plan);
    }
    return plans;
}

char *
ferry_storage_unknown_disk(const FerryMigrateOptions *options, const FerryVmFacts *vm)
{
    g_auto(GStrv) list = list_copied(options);

    for (unsigned i = 0; vm->definition != NULL && list != NULL && list[i] != NULL; i++)
        if (ferry_definition_find_disk(vm->definition, list[i]) == NULL)
            return g_strdup(list[i]);
    for (unsigned i = 0;
         vm->definition != NULL && options->dest_pools != NULL && options->dest_pools[i] != NULL;
         i++) {
        g_autofree char *target =
            g_strndup(options->dest_pools[i], strcspn(options->dest_pools[i], "="));

        if (ferry_definition_find_disk(vm->definition, target) == NULL)
            return g_steal_pointer(&target);
    }
    return NULL;
}
