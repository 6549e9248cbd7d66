// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/units.h"
#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"
#include "storage/storage.h"

static void
refuse(const FerryDiskPlan *plan, FerryVerdict *ret)
{
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "disk '%s' would have to be copied: %s",
                      plan->target, plan->refusal);
    if (plan->hint != NULL)
        ferry_verdict_add_hint(ret, "%s", plan->hint);
}

// "vda to '/images/web1.qcow2' (3.2 GiB)"
static void
add_copy(const FerryDiskPlan *plan, GString *list)
{
    g_autofree char *size = ferry_format_bytes(plan->allocation);

    g_string_append_printf(list, "%s%s to '%s' (%s%s)", list->len > 0 ? ", " : "", plan->target,
                           plan->volume.path, size, plan->overlay ? " above its base" : "");
}

// Thin images may come to need more than is free.
static uint64_t
grow_to(const FerryDiskPlan *plan)
{
    return plan->volume.capacity > plan->allocation ? plan->volume.capacity : plan->allocation;
}

static void
judge_growth(const FerryCheckInput *in, FerryVerdict *ret)
{
    for (unsigned i = 0; in->disks != NULL && i < in->disks->len; i++) {
        const FerryDiskPlan *plan = in->disks->pdata[i];
        g_autofree char *folder = plan->copied ? g_path_get_dirname(plan->volume.path) : NULL;
        const FerryFact *fact =
            folder != NULL ? ferry_host_facts_get(in->dst, FERRY_FACT_FOLDER, folder) : NULL;
        g_autofree char *size = NULL;
        g_autofree char *free_space = NULL;

        if (fact == NULL || fact->unknown != NULL || fact->pool == NULL ||
            fact->pool->available >= grow_to(plan))
            continue;
        size = ferry_format_bytes(grow_to(plan));
        free_space = ferry_format_bytes(fact->pool->available);
        ferry_verdict_add_hint(ret,
                               "Disk '%s' may grow to %s, and '%s' has %s free: look after it.",
                               plan->target, size, folder, free_space);
        return;
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    g_autofree char *unknown = ferry_storage_unknown_disk(in->options, in->vm);
    g_autoptr(GString) list = g_string_new(NULL);

    if (unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "the machine has no disk '%s'", unknown);
        ferry_verdict_add_hint(ret, "Run 'virsh domblklist %s' for the names of its disks.",
                               in->vm->vm.name);
        return;
    }
    if (in->vm->definition == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's disks cannot be told: %s",
                          in->vm->definition_unknown);
        return;
    }
    for (unsigned i = 0; in->disks != NULL && i < in->disks->len; i++) {
        const FerryDiskPlan *plan = in->disks->pdata[i];

        if (plan->copied && plan->refusal != NULL) {
            refuse(plan, ret);
            return;
        }
        if (plan->copied)
            add_copy(plan, list);
    }
    if (list->len == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "no disk has to be copied");
        return;
    }
    ferry_verdict_set(ret, FERRY_VERDICT_NOTE, "copied to host '%s': %s", in->dst->name, list->str);
    judge_growth(in, ret);
}

const FerryCheck ferry_check_disk_copy = {
    .id = "disk-copy",
    .summary = "disks that the destination lacks can be copied there",
    .impact =
        "What a copy needs is missing: a folder, room, a size that can be told, a name that is free. libvirt would find out after the move has begun.",
    .hint =
        "--copy-disks says which disks are copied, --dest-pool and --map-disk where to. The image is made by virt-ferry with the size, format and rights of the "
        "source's, and taken away again if the move fails; a file that is there already is never written over.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = false,
    .run = run,
};
