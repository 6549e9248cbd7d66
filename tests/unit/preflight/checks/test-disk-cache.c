// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "probed.h"

#define DISK "/srv/images/web1.qcow2"
#define FILE_DISK(cache, more)                                                       \
    "<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='" cache \
    "'/><source file='" DISK "'/><target dev='vda'/>" more "</disk>"
#define SAFE "libvirt takes the machine's disks for safe to move"

// @fs_type: where both hosts have the disk's file
static Fixture *
with_disk(const char *disk, const char *fs_type)
{
    Fixture *fx = fixture_new();

    fixture_define(fx, disk, NULL);
    fixture_probe_path(fx->src, DISK, fs_type);
    fixture_probe_path(fx->dst, DISK, fs_type);
    return fx;
}

static void
expect_safe(const char *disk, const char *fs_type)
{
    g_autoptr(Fixture) fx = with_disk(disk, fs_type);

    fixture_expect(fx, &ferry_check_disk_cache, FERRY_VERDICT_OK, SAFE, NULL);
}

static void
test_shared(void)
{
    static const char *const types[] = {"nfs",  "nfs4", "gfs2", "ocfs2",  "ceph",
                                        "gpfs", "acfs", "afs",  "beegfs", "fuse.glusterfs"};

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        expect_safe(FILE_DISK("none", ""), types[i]);
    expect_safe(FILE_DISK("writeback", ""), "nfs4");
    // all hosts of a cluster file system see one cache
    expect_safe(FILE_DISK("unsafe", ""), "ceph");
}

static void
test_not_asked(void)
{
    expect_safe(FILE_DISK("writeback", "<readonly/>"), "ext4");
    expect_safe("<disk type='file' device='cdrom'><target dev='sda'/><readonly/></disk>", "ext4");
    expect_safe(
        "<disk type='network' device='disk'><source protocol='rbd' name='pool/web1'/><target dev='vda'/></disk>",
        NULL);
    expect_safe(
        "<disk type='block' device='disk'><driver cache='writeback'/><source dev='/dev/vg/web1'/><target dev='vda'/></disk>",
        NULL);
}

static void
test_local(void)
{
    static const char hint[] =
        "Put it on storage that both hosts share (NFS, Ceph, a LUN). If check 'disk-shared' finds the same file on both, go on with --unsafe.";
    g_autoptr(Fixture) fx = with_disk(FILE_DISK("none", ""), "ext4");
    g_autoptr(Fixture) smb = with_disk(FILE_DISK("none", ""), "cifs");

    fixture_expect(fx, &ferry_check_disk_cache, FERRY_VERDICT_BLOCK,
                   "disk 'vda' is on 'ext4' of host 'host-a': libvirt calls its move unsafe", hint);
    fixture_expect(smb, &ferry_check_disk_cache, FERRY_VERDICT_BLOCK,
                   "disk 'vda' is on 'cifs' of host 'host-a': libvirt calls its move unsafe", hint);
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_disk_cache, FERRY_VERDICT_OK,
                   "the machine is off: no disk is open", NULL);
}

// Its qemu.conf may name the folder.
static void
test_local_new(void)
{
    static const char text[] =
        "disk 'vda' is on 'ext4' of host 'host-a', which libvirt takes for shared only if shared_filesystems of qemu.conf names it";
    static const char hint[] =
        "If libvirt calls the move unsafe and check 'disk-shared' finds the same file on both hosts, name its folder there, or go on with --unsafe.";
    g_autoptr(Fixture) fx = with_disk(FILE_DISK("none", ""), "ext4");

    fx->src->info.libvirt_version = 10009000;
    fixture_expect(fx, &ferry_check_disk_cache, FERRY_VERDICT_NOTE, text, hint);
    fx->src->info.libvirt_version = 9000000;
    fixture_lose(&fx->src->info_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_disk_cache, FERRY_VERDICT_NOTE, text, hint);
}

// What qemu.conf names is known: then libvirt's answer is, too.
static void
test_named_folders(void)
{
    g_autoptr(Fixture) fx = with_disk(FILE_DISK("none", ""), "ext4");
    g_autofree char *folder = g_path_get_dirname(DISK);

    fx->src->info.libvirt_version = 11003000;
    fx->src->probe->shared_folders = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(fx->src->probe->shared_folders, g_strconcat(folder, "x/", NULL));
    fixture_expect(
        fx, &ferry_check_disk_cache, FERRY_VERDICT_BLOCK,
        "disk 'vda' is on 'ext4' of host 'host-a', and shared_filesystems of qemu.conf names no folder above it: libvirt calls its move unsafe",
        "If check 'disk-shared' finds the same file on both hosts, name its folder there on both and restart their daemons, or go on with --unsafe.");
    g_ptr_array_add(fx->src->probe->shared_folders, g_strconcat(folder, "/", NULL));
    fixture_expect(fx, &ferry_check_disk_cache, FERRY_VERDICT_OK,
                   "libvirt takes the machine's disks for safe to move", NULL);
}

static void
test_unsafe(void)
{
    static const char text[] =
        "disk 'vda' is on 'ext4', and with --unsafe libvirt does not ask whether that is shared";
    g_autoptr(Fixture) fx = with_disk(FILE_DISK("none", ""), "ext4");

    fx->options->unsafe = true;
    fixture_expect(fx, &ferry_check_disk_cache, FERRY_VERDICT_NOTE, text, NULL);
    fixture_tell_path(fx->dst, DISK, true)->capacity = 4096;
    fixture_expect(fx, &ferry_check_disk_cache, FERRY_VERDICT_WARN, text, NULL);
}

static void
test_no_flush(void)
{
    static const char text[] =
        "disk 'vda' has cache mode 'unsafe': what the guest wrote may still be in the memory of host 'host-a' when it goes on";
    static const char hint[] =
        "Give the disk cache mode 'none' with 'virsh edit web1', and start the machine anew.";
    g_autoptr(Fixture) nfs = with_disk(FILE_DISK("unsafe", ""), "nfs4");
    g_autoptr(Fixture) local = with_disk(FILE_DISK("unsafe", ""), "ext4");
    g_autoptr(Fixture) block = with_disk(
        "<disk type='block' device='disk'><driver cache='unsafe'/><source dev='/dev/vg/web1'/><target dev='vda'/></disk>",
        "ext4");

    fixture_expect(nfs, &ferry_check_disk_cache, FERRY_VERDICT_BLOCK, text, hint);
    nfs->options->unsafe = true;
    fixture_expect(nfs, &ferry_check_disk_cache, FERRY_VERDICT_BLOCK, text, hint);
    fixture_expect(local, &ferry_check_disk_cache, FERRY_VERDICT_BLOCK, text, hint);
    fixture_expect(block, &ferry_check_disk_cache, FERRY_VERDICT_BLOCK, text, hint);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(Fixture) volume = fixture_new();

    fixture_define(fx, FILE_DISK("none", ""), NULL);
    fixture_expect(
        fx, &ferry_check_disk_cache, FERRY_VERDICT_UNKNOWN,
        "whether libvirt takes disk 'vda' for shared cannot be told: the probe did not see its file system",
        NULL);
    fixture_define(
        volume,
        "<disk type='volume' device='disk'><source pool='images' volume='web1'/><target dev='vda'/></disk>",
        NULL);
    fixture_expect(
        volume, &ferry_check_disk_cache, FERRY_VERDICT_UNKNOWN,
        "whether libvirt takes disk 'vda' for shared cannot be told: the probe did not see its file system",
        NULL);
    fixture_lose_probe(fx->src, "no ssh");
    fixture_expect(fx, &ferry_check_disk_cache, FERRY_VERDICT_UNKNOWN,
                   "whether libvirt takes disk 'vda' for shared cannot be told: no ssh", NULL);
    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_disk_cache, FERRY_VERDICT_UNKNOWN,
                   "the machine's disks cannot be told: not the XML of a machine", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/disk-cache/shared", test_shared);
    g_test_add_func("/preflight/disk-cache/not-asked", test_not_asked);
    g_test_add_func("/preflight/disk-cache/local", test_local);
    g_test_add_func("/preflight/disk-cache/local-new", test_local_new);
    g_test_add_func("/preflight/disk-cache/unsafe", test_unsafe);
    g_test_add_func("/preflight/disk-cache/no-flush", test_no_flush);
    g_test_add_func("/preflight/disk-cache/unknown", test_unknown);
    g_test_add_func("/preflight/disk-cache/named-folders", test_named_folders);
    return g_test_run();
}
