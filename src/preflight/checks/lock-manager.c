// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

// What libvirt calls the lock manager of a host that has none configured (virLockManagerPluginGetName).
static const char *
name_manager(const FerryHostFacts *host)
{
    return host->probe->lock_manager != NULL ? host->probe->lock_manager : "nop";
}

// Mount options that keep a file's locks from other hosts: of NFS, SMB, GFS2, OCFS2 and Lustre.
static bool
keeps_locks_local(const char *options)
{
    static const char *const local[] = {"nolock", "local_lock=all", "local_lock=posix",
                                        "nobrl",  "localflocks",    "localflock",
                                        "noflock"};
    g_auto(GStrv) words = g_strsplit(options != NULL ? options : "", ",", -1);

    for (size_t i = 0; i < G_N_ELEMENTS(local); i++)
        if (g_strv_contains((const char *const *)words, local[i]))
            return true;
    return false;
}

static bool
is_unlocked_on(const FerryHostFacts *host, const FerryDisk *disk)
{
    const FerryProbedPath *path = ferry_host_probe_path(host->probe, disk->source);

    return path != NULL && keeps_locks_local(path->fs_options);
}

// libvirt refuses in Prepare: "Source host lock driver nop different from target lockd"
// (qemuMigrationCookieParse, 9.0 and 11.3).
static void
judge_managers(const FerryCheckInput *in, FerryVerdict *ret)
{
    const char *here = name_manager(in->src);
    const char *there = name_manager(in->dst);

    if (strcmp(here, there) == 0)
        return;
    ferry_verdict_set(
        ret, FERRY_VERDICT_BLOCK,
        "host '%s' has lock manager '%s' and host '%s' has '%s': libvirt moves nothing between them",
        in->src->name, here, in->dst->name, there);
    ferry_verdict_add_hint(
        ret, "Set the same lock_manager in qemu.conf of both hosts, and restart libvirt there.");
}

// What a move that is not strict needs, the check image-lock judges.
static void
judge_disk(const FerryCheckInput *in, const FerryDisk *disk, FerryVerdict *ret)
{
    if (!is_unlocked_on(in->src, disk) && !is_unlocked_on(in->dst, disk))
        return;
    ferry_verdict_set(
        ret, FERRY_VERDICT_NOTE,
        "the file system of disk '%s' keeps locks from other hosts: only strict moves protect it",
        disk->target);
    ferry_verdict_add_hint(
        ret, "Mount it without 'nolock' and its like; look at it with 'findmnt -T %s'.",
        disk->source);
}

static void
judge_disks(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryDefinition *definition = in->vm->definition;

    if (strcmp(name_manager(in->src), "nop") != 0 || is_off(in))
        return;
    if (definition == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's disks cannot be told: %s",
                          in->vm->definition_unknown);
    for (unsigned i = 0; definition != NULL && i < definition->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(definition->disks, i);
        FerryVerdict one = {0};

        if (disk->source != NULL && !disk->readonly && !disk->shareable)
            judge_disk(in, disk, &one);
        take_worse(ret, &one);
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    static const Judge judges[] = {judge_managers, judge_disks};

    if (!has_probe(in->src, "the lock manager", ret) ||
        !has_probe(in->dst, "the lock manager", ret))
        return;
    judge_all(in, judges, G_N_ELEMENTS(judges), ret);
    if (ret->text == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "both hosts have lock manager '%s'",
                          name_manager(in->src));
}

const FerryCheck ferry_check_lock_manager = {
    .id = "lock-manager",
    .summary = "both hosts lock disks in the same way, and the locks bind each other",
    .impact =
        "libvirt refuses a move between hosts with different lock managers. Where no lock binds both hosts, only the order of a strict move keeps a disk from being written twice.",
    .hint =
        "Set the same lock_manager in qemu.conf of both hosts. Mount shared file systems so that locks reach other hosts.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .by_probe = true,
    .run = run,
};
