// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"
#include "preflight/checks/disks.h"

static void
refuse_gap(const FerryCheckInput *in, const FerrySnapshotRecord *record, FerryVerdict *ret)
{
    const char *kind = ferry_snapshot_kind_name(record->kind);
    const char *name = in->vm->vm.name;

    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "%s '%s' can't be taken along: %s", kind,
                      record->name, record->gap);
    ferry_verdict_add_hint(
        ret,
        "Such things are not kept in virt-ferry's records. Save it with 'virsh %s-dumpxml --security-info %s %s > FILE', let libvirt forget it with 'virsh %s-delete --metadata %s %s', and define it on host '%s' after the move with 'virsh %s-create --redefine %s FILE'.",
        kind, name, record->name, kind, name, record->name, in->dst->name, kind, name);
}

static const FerryDiskPlan *
find_copied(const FerryCheckInput *in, const GPtrArray *targets)
{
    for (unsigned i = 0; i < targets->len; i++) {
        const FerryDiskPlan *plan = ferry_disk_plans_find(in->disks, targets->pdata[i]);

        if (plan != NULL && plan->copied)
            return plan;
    }
    return NULL;
}

// libvirt's copy (drive-mirror) is of what the guest sees now. Of what else is in the image only the bitmaps of checkpoints
// are carried (9.0 and 11.3: block dirty bitmaps in the migration's cookie).
static bool
judge_inside(const FerryCheckInput *in, const FerrySnapshotRecord *record, FerryVerdict *ret)
{
    const FerryDiskPlan *plan =
        record->kind == FERRY_SNAPSHOT ? find_copied(in, record->inside) : NULL;

    if (plan == NULL)
        return true;
    ferry_verdict_set(
        ret, FERRY_VERDICT_BLOCK,
        "disk '%s' is copied as it is now, without snapshot '%s' that is inside its image",
        plan->target, record->name);
    ferry_verdict_add_hint(
        ret,
        "Give host '%s' the image itself on shared storage; or delete the snapshots inside it, which 'virsh snapshot-list --internal %s' names, with 'virsh snapshot-delete %s NAME'.",
        in->dst->name, in->vm->vm.name, in->vm->vm.name);
    return false;
}

// Returns: a disk of @targets that has another path on the destination; NULL
static const char *
find_renamed(const FerryCheckInput *in, const GPtrArray *targets)
{
    for (unsigned i = 0; in->vm->arriving != NULL && i < in->vm->arriving->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(in->vm->arriving->disks, i);
        const FerryDisk *before = find_disk_before(in, disk);

        if (before == NULL || g_strcmp0(before->source, disk->source) == 0)
            continue;
        for (unsigned j = 0; j < targets->len; j++)
            if (g_strcmp0(targets->pdata[j], disk->target) == 0)
                return targets->pdata[j];
    }
    return NULL;
}

// A copy of the top image alone keeps the chain, where it has the same path.
static bool
judge_outside(const FerryCheckInput *in, const FerrySnapshotRecord *record, FerryVerdict *ret)
{
    const FerryDiskPlan *plan = find_copied(in, record->outside);
    const char *renamed = plan == NULL ? find_renamed(in, record->outside) : NULL;

    if (renamed != NULL) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_BLOCK,
            "disk '%s' has another path there, and snapshot '%s' names that which it has here",
            renamed, record->name);
        ferry_verdict_add_hint(ret, "Give host '%s' the storage under the same path.",
                               in->dst->name);
        return false;
    }
    if (plan == NULL || (plan->overlay && g_strcmp0(plan->src_path, plan->volume.path) == 0))
        return true;
    ferry_verdict_set(
        ret, FERRY_VERDICT_BLOCK,
        plan->overlay
            ? "disk '%s' gets another path, and snapshot '%s' names that which it has now"
            : "disk '%s' is copied into one image, and snapshot '%s' needs the one below it",
        plan->target, record->name);
    ferry_verdict_add_hint(
        ret,
        "Give host '%s' the images of the chain on shared storage; or make one of them first: 'virsh blockcommit %s %s --active --pivot', then 'virsh snapshot-delete --metadata %s %s'.",
        in->dst->name, in->vm->vm.name, plan->target, in->vm->vm.name, record->name);
    return false;
}

// Is @path the top image of a disk that is made by the move itself?
static bool
is_made(const FerryCheckInput *in, const char *path)
{
    for (unsigned i = 0; in->disks != NULL && i < in->disks->len; i++) {
        const FerryDiskPlan *plan = in->disks->pdata[i];

        if (plan->copied && g_strcmp0(plan->src_path, path) == 0)
            return true;
    }
    return false;
}

static void
refuse_file(const FerryCheckInput *in,
            const FerrySnapshotRecord *record,
            const char *path,
            FerryVerdict *ret)
{
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                      "host '%s' does not see '%s', which snapshot '%s' needs", in->dst->name, path,
                      record->name);
    ferry_verdict_add_hint(
        ret,
        "Give host '%s' that file on shared storage under the same path. If it is gone everywhere, 'virsh snapshot-delete --metadata %s %s' takes the snapshot's description away.",
        in->dst->name, in->vm->vm.name, record->name);
}

static bool
judge_file(const FerryCheckInput *in,
           const FerrySnapshotRecord *record,
           const char *path,
           FerryVerdict *ret)
{
    const FerryFact *there = ferry_host_facts_get(in->dst, FERRY_FACT_PATH, path);
    g_autofree char *how = NULL;
    FerrySame same;

    if (is_made(in, path))
        return true;
    if (there->unknown == NULL && !there->path.seen) {
        refuse_file(in, record, path, ret);
        return false;
    }
    // what is below a copied image was compared by its content
    if (find_copied(in, record->outside) != NULL)
        return true;
    same = ferry_facts_same_path(in->src, path, in->dst, path, &how);
    if (same == FERRY_SAME_YES)
        return true;
    ferry_verdict_set(
        ret, same == FERRY_SAME_NO ? FERRY_VERDICT_BLOCK : FERRY_VERDICT_UNKNOWN,
        same == FERRY_SAME_NO
            ? "'%s', which snapshot '%s' needs, is not the same on both hosts: %s"
            : "whether '%s', which snapshot '%s' needs, is the same on both hosts cannot be told: %s",
        path, record->name, how);
    ferry_verdict_add_hint(ret, "Give host '%s' the storage of host '%s' under that path.",
                           in->dst->name, in->src->name);
    return false;
}

// Returns: whether it can travel; @ret tells why not
static bool
judge(const FerryCheckInput *in, const FerrySnapshotRecord *record, FerryVerdict *ret)
{
    if (record->gap != NULL) {
        refuse_gap(in, record, ret);
        return false;
    }
    if (!judge_inside(in, record, ret) || !judge_outside(in, record, ret))
        return false;
    for (unsigned i = 0; i < record->files->len; i++)
        if (!judge_file(in, record, record->files->pdata[i], ret))
            return false;
    return true;
}

// libvirt 9.0 and 11.3 refuse a machine with snapshots, with --offline too (qemuMigrationSrcIsAllowed), and leave its
// checkpoints behind. Their descriptions are carried by the move itself (engine/snapshots.h); what they describe is in the
// disks' images or in files beside them.
static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    g_autofree char *what = NULL;

    if (in->vm->extras_unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's snapshots are not known: %s",
                          in->vm->extras_unknown);
        return;
    }
    if (in->vm->snapshots->len == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine has no snapshot and no checkpoint");
        return;
    }
    for (unsigned i = 0; i < in->vm->snapshots->len; i++) {
        FerryVerdict one = {0};

        if (judge(in, in->vm->snapshots->pdata[i], &one))
            continue;
        take_worse(ret, &one);
    }
    if (ret->text != NULL)
        return;
    what = ferry_snapshot_records_format(in->vm->snapshots);
    ferry_verdict_set(ret, FERRY_VERDICT_OK, "%s of the machine can go with it", what);
}

const FerryCheck ferry_check_snapshots = {
    .id = "snapshots",
    .summary = "what the machine's snapshots and checkpoints need is on the destination",
    .impact =
        "A snapshot whose data stays behind can't be reverted to: the machine would arrive without its past.",
    .hint =
        "Snapshots inside an image travel with the image on shared storage, and not with a copy of it; external ones where every file of the chain is on the destination. "
        "Checkpoints travel with shared and with copied images. Delete what is in the way, or share the storage.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = false,
    .run = run,
};
