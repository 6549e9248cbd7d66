// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is made for a copy, and what stands against it.

#include "storage/storage-adapter.h"

static void G_GNUC_PRINTF(2, 3) refuse(FerryDiskPlan *plan, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    plan->refusal = g_strdup_vprintf(format, args);
    va_end(args);
}

// QEMU refuses another size ('Source and target image have different sizes'), and rounds up what it opens.
#define SECTOR 512

static bool
is_copyable_format(const char *format)
{
    return g_strcmp0(format, "raw") == 0 || g_strcmp0(format, "qcow2") == 0;
}

// Of the machine and the disk itself.
static void
judge_disk(const FerryStorageCase *disk, FerryDiskPlan *plan)
{
    const FerryDisk *before = disk->before;

    if (!ferry_vm_state_is_active(disk->in->vm->vm.state)) {
        refuse(plan, "the machine is off, and QEMU copies the disks of running ones");
        plan->hint = g_strdup_printf(
            "Start it ('virsh start %s --paused' is enough), or copy the disk by hand.",
            disk->in->vm->vm.name);
    } else if (before->readonly || before->shareable) {
        refuse(plan, "it is %s", before->readonly ? "read-only" : "shared with other machines");
        plan->hint = g_strdup_printf("Put it on host '%s' under the same path beforehand.",
                                     disk->in->dst->name);
    } else if (before->encrypted) {
        refuse(plan, "it is encrypted, and its copy would not be");
        plan->hint = g_strdup("Put it on storage that both hosts see.");
    } else if (g_strcmp0(before->type, "file") != 0) {
        refuse(plan, "it is of type '%s', and files alone are copied", before->type);
        plan->hint = g_strdup_printf(
            "Make it reachable from host '%s' under the same name, or make a file of it before: "
            "'virsh blockcopy %s %s --dest FILE --pivot'.",
            disk->in->dst->name, disk->in->vm->vm.name, plan->target);
    } else if (!is_copyable_format(before->format)) {
        refuse(plan, "its format is '%s', neither raw nor qcow2",
               before->format != NULL ? before->format : "unknown");
        plan->hint = g_strdup("Convert it with 'qemu-img convert' while the machine is off.");
    } else if (disk->here->unknown != NULL || disk->here->path.capacity == 0) {
        refuse(plan, "its size cannot be told: %s",
               disk->here->unknown != NULL ? disk->here->unknown
                                           : "libvirt does not list it as a volume");
    } else if (g_strcmp0(disk->here->path.format, before->format) != 0) {
        // a guest can write any image's header to a raw disk: nothing that it says is to be trusted
        refuse(plan, "its image reads as '%s', and the machine has it as '%s'",
               disk->here->path.format != NULL ? disk->here->path.format : "unknown",
               before->format);
        plan->hint =
            g_strdup("What a guest wrote to a raw disk can look like that: copy it by hand.");
    } else if (disk->here->path.capacity % SECTOR != 0) {
        refuse(plan,
               "its size is no multiple of %d bytes, and QEMU copies to the very same size alone",
               SECTOR);
        plan->hint = g_strdup("Grow it with 'qemu-img resize' while the machine is off.");
    }
}

// Of the place where it comes to.
static void
judge_place(const FerryStorageCase *disk, FerryDiskPlan *plan)
{
    const char *path = disk->arriving->source;
    const char *host = disk->in->dst->name;
    g_autofree char *folder = g_path_get_dirname(path);
    const FerryFact *fact = ferry_host_facts_get(disk->in->dst, FERRY_FACT_FOLDER, folder);

    if (disk->earlier) {
        plan->replaces = true;
    } else if (disk->same == FERRY_SAME_YES) {
        refuse(plan, "both hosts have the very same one: %s", disk->how);
        plan->hint =
            g_strdup_printf("Leave '%s' out of --copy-disks, or let it come to another storage "
                            "pool with --dest-pool %s=POOL.",
                            plan->target, plan->target);
    } else if (disk->there->path.seen) {
        refuse(plan, "host '%s' has a file '%s' already, which is not ours to write over", host,
               path);
        plan->hint = g_strdup_printf("Look what it is; rename it, or let the copy come to another "
                                     "storage pool with --dest-pool %s=POOL.",
                                     plan->target);
    } else if (disk->there->unknown != NULL) {
        refuse(plan, "whether host '%s' has it cannot be told: %s", host, disk->there->unknown);
    } else if (fact->unknown != NULL) {
        refuse(plan, "folder '%s' of host '%s' cannot be looked at: %s", folder, host,
               fact->unknown);
    } else if (fact->pool == NULL) {
        refuse(plan, "host '%s' has no folder '%s'", host, folder);
        plan->hint =
            g_strdup_printf("Make it with 'mkdir -p %s' there, or let the copy come to a storage "
                            "pool with --dest-pool %s=POOL.",
                            folder, plan->target);
    }
}

void
ferry_storage_plan_volume(const FerryStorageCase *disk, FerryDiskPlan *plan)
{
    const FerryPathInfo *here = &disk->here->path;

    plan->copied = true;
    plan->volume = (FerryVolume){
        .path = g_strdup(disk->arriving->source),
        .format = g_strdup(disk->before->format),
        .capacity = here->capacity,
        .mode = here->mode,
        .owner = here->owner,
        .group = here->group,
    };
    plan->unmap = g_strcmp0(plan->volume.format, "raw") == 0 && disk->before->discard == NULL;
    judge_disk(disk, plan);
    if (plan->refusal == NULL)
        judge_place(disk, plan);
}
