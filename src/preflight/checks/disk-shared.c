// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"
#include "preflight/checks/disks.h"

// What is on a network is named alike on every host; media that can be taken out are another check's.
static bool
is_judged(const FerryDisk *disk)
{
    return disk->source != NULL && g_strcmp0(disk->type, "network") != 0 && !is_removable(disk);
}

// Returns: whether the disk is one that no other host can have, or have seen from outside; @ret is set
static bool
judge_kind(const FerryCheckInput *in, const FerryDisk *disk, FerryVerdict *ret)
{
    if (g_strcmp0(disk->type, "nvme") == 0) {
        ferry_verdict_set(ret, kind_of_lack(in), "disk '%s' is an NVMe device of host '%s' itself",
                          disk->target, in->src->name);
        ferry_verdict_add_hint(
            ret, "Copy what is on it to storage that both hosts see, and give the machine that.");
    } else if (g_strcmp0(disk->type, "vhostuser") == 0 || g_strcmp0(disk->type, "vhostvdpa") == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "what is behind '%s' of disk '%s' is not known", disk->source,
                          disk->target);
        ferry_verdict_add_hint(
            ret, "Make sure that host '%s' serves the same disk there before you go on.",
            in->dst->name);
    }
    return ret->text != NULL;
}

static void
judge_size(const FerryCheckInput *in,
           const FerryDisk *before,
           const FerryDisk *disk,
           FerryVerdict *ret)
{
    uint64_t here;
    uint64_t there;

    if (!is_other_size(in, before, disk, &here, &there))
        return;
    ferry_verdict_set(ret, kind_of_lack(in),
                      "disk '%s' has %" G_GUINT64_FORMAT
                      " bytes on host '%s', and '%s' of host '%s' has %" G_GUINT64_FORMAT,
                      disk->target, here, in->src->name, disk->source, in->dst->name, there);
    ferry_verdict_add_hint(
        ret,
        "If it is one LUN that was grown, let host '%s' read its size again ('rescan-scsi-bus.sh --resize'); else give it the same storage as host '%s' under that path.",
        in->dst->name, in->src->name);
}

static void
judge_other(const FerryCheckInput *in, const FerryDisk *disk, const char *how, FerryVerdict *ret)
{
    FerryVerdictKind kind = disk->readonly ? FERRY_VERDICT_WARN : kind_of_lack(in);

    ferry_verdict_set(ret, kind, "disk '%s' is not the same on both hosts ('%s'): %s", disk->target,
                      disk->source, how);
    ferry_verdict_add_hint(
        ret,
        "Give host '%s' the storage of host '%s' under that path, or name the path that it has there with --xml and --persistent-xml.",
        in->dst->name, in->src->name);
}

static void
judge_untold(const FerryDisk *disk, const char *how, FerryVerdict *ret)
{
    ferry_verdict_set(ret, disk->readonly ? FERRY_VERDICT_NOTE : FERRY_VERDICT_UNKNOWN,
                      "whether disk '%s' ('%s') is the same on both hosts cannot be told: %s",
                      disk->target, disk->source, how);
    ferry_verdict_add_hint(
        ret,
        "Give both hosts qemu+ssh:// URIs, so that the probe can compare what they see, or make sure by hand before you go on.");
}

// @ret_how: how a disk that is the same was told, where none was before
// Returns: whether there was something to compare
static bool
judge_disk(const FerryCheckInput *in, const FerryDisk *disk, char **ret_how, FerryVerdict *ret)
{
    const FerryDisk *before = find_disk_before(in, disk);
    const FerryFact *there = ferry_host_facts_get(in->dst, FERRY_FACT_PATH, disk->source);
    g_autofree char *how = NULL;
    FerrySame same;

    if (judge_kind(in, disk, ret))
        return true;
    if (before == NULL || before->source == NULL || (there->unknown == NULL && !there->path.seen))
        return false;
    judge_size(in, before, disk, ret);
    if (ret->text != NULL)
        return true;
    same = ferry_facts_same_path(in->src, before->source, in->dst, disk->source, &how);
    if (same == FERRY_SAME_NO)
        judge_other(in, disk, how, ret);
    else if (same == FERRY_SAME_UNKNOWN)
        judge_untold(disk, how, ret);
    else if (*ret_how == NULL)
        *ret_how = g_steal_pointer(&how);
    return true;
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryDefinition *arriving = find_arriving(in, "disks", ret);
    g_autofree char *how = NULL;
    unsigned judged = 0;
    unsigned compared = 0;

    if (arriving == NULL)
        return;
    if (in->vm->definition == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's disks cannot be told: %s",
                          in->vm->definition_unknown);
        return;
    }
    for (unsigned i = 0; i < arriving->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(arriving->disks, i);
        FerryVerdict one = {0};

        if (!is_judged(disk) || is_copied(in, disk))
            continue;
        judged++;
        compared += judge_disk(in, disk, &how, &one) ? 1 : 0;
        take_worse(ret, &one);
    }
    if (ret->text != NULL)
        return;
    if (judged == 0)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "%s", tell_no_path(in));
    else if (compared == 0)
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE, "host '%s' sees no disk that could be compared",
                          in->dst->name);
    else
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "the machine's disks (%u) are the same on both hosts: %s", compared, how);
}

const FerryCheck ferry_check_disk_shared = {
    .id = "disk-shared",
    .summary = "behind each disk's path is the very same file or device on both hosts",
    .impact =
        "libvirt looks at the path alone. The guest would go on with another disk under it: what it wrote is not there, and its file systems break.",
    .hint =
        "Give both hosts the same storage under the same path. The probe (qemu+ssh:// URIs) tells by a mark that one host writes and the other reads, by a device's identity; "
        "without it size and time of change tell where they can.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = false,
    .run = run,
};
