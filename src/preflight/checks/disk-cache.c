// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"
#include "preflight/checks/disks.h"

// libvirt's own rule (qemuMigrationSrcIsSafe, 9.0 and 11.3), unless VIR_MIGRATE_UNSAFE: a file must be on a file
// system that it takes for shared. Cache modes decide nothing any more, because every QEMU that libvirt 9.0
// runs drops the cache when it takes a disk over (drop-cache, QEMU 4.0). Except 'unsafe', which libvirt does not
// look at: QEMU then does not write back what the source has in memory (BDRV_O_NO_FLUSH).

typedef struct FileSystem {
    const char *type;
    bool coherent; // all hosts see one cache
} FileSystem;

// As /proc/mounts calls what virFileSharedFs and virFileSharedFsFUSE list; beegfs since libvirt 9.6. SMB is not
// here: of version 2 and later statfs gives a number that libvirt does not know.
static const FileSystem shared_types[] = {
    {"nfs", false},          {"nfs4", false},
    {"gfs2", true},          {"ocfs2", true},
    {"afs", false},          {"ceph", true},
    {"gpfs", false},         {"acfs", false},
    {"beegfs", false},       {"fuse.glusterfs", false},
    {"fuse.quobyte", false},
};

// From here on shared_filesystems of qemu.conf makes any folder a shared one.
enum { LIBVIRT_SHARED_FILESYSTEMS = 10009000 };

// NULL: libvirt does not take it for shared.
static const FileSystem *
find_shared_type(const char *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(shared_types); i++)
        if (g_strcmp0(type, shared_types[i].type) == 0)
            return &shared_types[i];
    return NULL;
}

// The file system that the source has the disk's file on; NULL where the probe did not see it.
static const char *
find_fs_type(const FerryCheckInput *in, const FerryDisk *disk)
{
    const FerryProbedPath *path =
        in->src->probe != NULL ? ferry_host_probe_path(in->src->probe, disk->source) : NULL;

    return path != NULL ? path->fs_type : NULL;
}

static void
judge_cache(const FerryCheckInput *in, const FerryDisk *disk, FerryVerdict *ret)
{
    const FileSystem *shared = find_shared_type(find_fs_type(in, disk));

    if (g_strcmp0(disk->cache, "unsafe") != 0 || (shared != NULL && shared->coherent))
        return;
    ferry_verdict_set(
        ret, FERRY_VERDICT_BLOCK,
        "disk '%s' has cache mode 'unsafe': what the guest wrote may still be in the memory of host '%s' when it goes on",
        disk->target, in->src->name);
    ferry_verdict_add_hint(
        ret, "Give the disk cache mode 'none' with 'virsh edit %s', and start the machine anew.",
        in->vm->vm.name);
}

// Of a machine that is moved with --unsafe libvirt asks nothing.
static void
judge_forced(const FerryCheckInput *in, const FerryDisk *disk, const char *type, FerryVerdict *ret)
{
    g_autofree char *how = NULL;
    FerrySame same = ferry_facts_same_path(in->src, disk->source, in->dst, disk->source, &how);

    ferry_verdict_set(
        ret, same == FERRY_SAME_YES ? FERRY_VERDICT_NOTE : FERRY_VERDICT_WARN,
        "disk '%s' is on '%s', and with --unsafe libvirt does not ask whether that is shared",
        disk->target, type);
}

// A folder of shared_filesystems holds all that is below it, too (virFileIsSharedFSOverride, 11.3).
static bool
is_named_shared(const GPtrArray *folders, const char *path)
{
    for (unsigned i = 0; i < folders->len; i++) {
        g_autofree char *folder = g_strdup(g_ptr_array_index(folders, i));
        size_t length = strlen(folder);

        while (length > 1 && folder[length - 1] == '/')
            folder[--length] = '\0';
        if (g_str_has_prefix(path, folder) && (path[length] == '/' || length == 1))
            return true;
    }
    return false;
}

static bool
has_shared_folders(const FerryHostFacts *host)
{
    return host->info_unknown != NULL || host->info.libvirt_version >= LIBVIRT_SHARED_FILESYSTEMS;
}

static void
judge_local(const FerryCheckInput *in, const FerryDisk *disk, const char *type, FerryVerdict *ret)
{
    const GPtrArray *folders = in->src->probe->shared_folders;

    if (in->options->unsafe) {
        judge_forced(in, disk, type, ret);
    } else if (has_shared_folders(in->src) && folders != NULL) {
        if (is_named_shared(folders, disk->source))
            return;
        ferry_verdict_set(
            ret, FERRY_VERDICT_BLOCK,
            "disk '%s' is on '%s' of host '%s', and shared_filesystems of qemu.conf names no folder above it: libvirt calls its move unsafe",
            disk->target, type, in->src->name);
        ferry_verdict_add_hint(
            ret,
            "If check 'disk-shared' finds the same file on both hosts, name its folder there on both and restart their daemons, or go on with --unsafe.");
    } else if (has_shared_folders(in->src)) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_NOTE,
            "disk '%s' is on '%s' of host '%s', which libvirt takes for shared only if shared_filesystems of qemu.conf names it",
            disk->target, type, in->src->name);
        ferry_verdict_add_hint(
            ret,
            "If libvirt calls the move unsafe and check 'disk-shared' finds the same file on both hosts, name its folder there, or go on with --unsafe.");
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "disk '%s' is on '%s' of host '%s': libvirt calls its move unsafe",
                          disk->target, type, in->src->name);
        ferry_verdict_add_hint(
            ret,
            "Put it on storage that both hosts share (NFS, Ceph, a LUN). If check 'disk-shared' finds the same file on both, go on with --unsafe.");
    }
}

// Of a volume libvirt looks at the file that it is.
static void
judge_file(const FerryCheckInput *in, const FerryDisk *disk, FerryVerdict *ret)
{
    const char *type = find_fs_type(in, disk);

    if (g_strcmp0(disk->type, "file") != 0 && g_strcmp0(disk->type, "volume") != 0)
        return;
    if (type == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "whether libvirt takes disk '%s' for shared cannot be told: %s",
                          disk->target,
                          in->src->probe_unknown != NULL ? in->src->probe_unknown
                                                         : "the probe did not see its file system");
    else if (find_shared_type(type) == NULL)
        judge_local(in, disk, type, ret);
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryDefinition *definition = in->vm->definition;

    if (is_off(in)) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is off: no disk is open");
        return;
    }
    if (definition == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's disks cannot be told: %s",
                          in->vm->definition_unknown);
        return;
    }
    for (unsigned i = 0; i < definition->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(definition->disks, i);
        FerryVerdict cache = {0};
        FerryVerdict file = {0};

        // what QEMU copies is safe to libvirt, whatever it is on (the same function)
        if (disk->source == NULL || disk->readonly || is_copied(in, disk))
            continue;
        judge_cache(in, disk, &cache);
        take_worse(ret, &cache);
        judge_file(in, disk, &file);
        take_worse(ret, &file);
    }
    if (ret->text == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "libvirt takes the machine's disks for safe to move");
}

const FerryCheck ferry_check_disk_cache = {
    .id = "disk-cache",
    .summary = "libvirt takes the disks for shared, and no cache holds back what the guest wrote",
    .impact =
        "libvirt refuses the move as unsafe, and the machine stays where it is. With cache mode 'unsafe' it refuses nothing: the guest finds old data on the destination.",
    .hint =
        "Put disks on a file system that libvirt takes for shared (NFS, CephFS, GFS2, OCFS2, GlusterFS, ...) or on a LUN, with cache mode 'none'. "
        "Since libvirt 10.9 shared_filesystems of qemu.conf names further folders; --unsafe does without the question.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .by_probe = true,
    .run = run,
};
