// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "probed.h"

#define DISK "/srv/images/web1.qcow2"
#define LUN  "/dev/disk/by-id/wwn-0x600a0980"
#define FILE_DISK(more)                                                                                  \
    "<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none'/><source file='" DISK \
    "'/><target dev='vda' bus='virtio'/>" more "</disk>"
#define BLOCK_DISK \
    "<disk type='block' device='lun'><source dev='" LUN "'/><target dev='sdb' bus='scsi'/></disk>"
#define OTHER_HINT \
    "Give host 'host-b' the storage of host 'host-a' under that path, or name the path that it has there with --xml and --persistent-xml."
#define UNTOLD_HINT \
    "Give both hosts qemu+ssh:// URIs, so that the probe can compare what they see, or make sure by hand before you go on."

static Fixture *
with_disks(const char *disks)
{
    Fixture *fx = fixture_new();

    fixture_define(fx, disks, NULL);
    return fx;
}

// Neither host sees the mark of the other.
static Fixture *
with_other(const char *more)
{
    g_autofree char *disk = g_strdup_printf("<disk type='file' device='disk'><source file='" DISK
                                            "'/><target dev='vda'/>%s</disk>",
                                            more);
    Fixture *fx = with_disks(disk);

    fixture_probe_path(fx->src, DISK, "ext4")->marked = true;
    fixture_probe_path(fx->dst, DISK, "ext4")->marked = true;
    return fx;
}

static void
forget_time(FerryHostFacts *host)
{
    g_clear_pointer(&fixture_tell_path(host, DISK, true)->changed, g_free);
}

static void
test_none(void)
{
    g_autoptr(Fixture) fx = with_disks(
        "<disk type='network' device='disk'><source protocol='rbd' name='pool/web1'/><target dev='vda'/></disk>"
        "<disk type='file' device='cdrom'><source file='/srv/a.iso'/><target dev='sda'/><readonly/></disk>"
        "<disk type='file' device='floppy'><target dev='fda'/></disk>");

    fixture_tell_path(fx->dst, "/srv/a.iso", false);
    fixture_expect(fx, &ferry_check_disk_shared, FERRY_VERDICT_OK,
                   "the machine has no disk with a path", NULL);
}

static void
test_same(void)
{
    g_autoptr(Fixture) fx = with_disks(FILE_DISK("") BLOCK_DISK);

    fixture_expect(
        fx, &ferry_check_disk_shared, FERRY_VERDICT_OK,
        "the machine's disks (2) are the same on both hosts: changed at the same nanosecond on both",
        NULL);
}

static void
test_other(void)
{
    static const char text[] = "disk 'vda' is not the same on both hosts ('" DISK
                               "'): neither host sees what the other writes beside it";
    g_autoptr(Fixture) fx = with_other("");
    g_autoptr(Fixture) readonly = with_other("<readonly/>");

    fixture_expect(fx, &ferry_check_disk_shared, FERRY_VERDICT_BLOCK, text, OTHER_HINT);
    g_assert_false(ferry_check_disk_shared.overridable);
    fixture_expect(readonly, &ferry_check_disk_shared, FERRY_VERDICT_WARN, text, OTHER_HINT);
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_disk_shared, FERRY_VERDICT_WARN, text, OTHER_HINT);
}

static void
test_other_device(void)
{
    g_autoptr(Fixture) fx = with_disks(FILE_DISK("") BLOCK_DISK);

    fixture_probe_path(fx->src, LUN, NULL)->identity = g_strdup("naa.600a0980");
    fixture_probe_path(fx->dst, LUN, NULL)->identity = g_strdup("naa.600a0981");
    fixture_expect(fx, &ferry_check_disk_shared, FERRY_VERDICT_BLOCK,
                   "disk 'sdb' is not the same on both hosts ('" LUN
                   "'): device 'naa.600a0980' on host 'host-a', 'naa.600a0981' on host 'host-b'",
                   OTHER_HINT);
}

static void
test_size(void)
{
    g_autoptr(Fixture) fx = with_disks(BLOCK_DISK);
    static const char hint[] =
        "If it is one LUN that was grown, let host 'host-b' read its size again ('rescan-scsi-bus.sh --resize'); else give it the same storage as host 'host-a' under that path.";

    // the same device, of which one host does not know yet that it has grown
    fixture_probe_path(fx->src, LUN, NULL)->identity = g_strdup("naa.600a0980");
    fixture_probe_path(fx->dst, LUN, NULL)->identity = g_strdup("naa.600a0980");
    fixture_tell_path(fx->dst, LUN, true)->capacity = 536870912;
    fixture_expect(fx, &ferry_check_disk_shared, FERRY_VERDICT_BLOCK,
                   "disk 'sdb' has 1073741824 bytes on host 'host-a', and '" LUN
                   "' of host 'host-b' has 536870912",
                   hint);
    // not told
    fixture_tell_path(fx->dst, LUN, true)->capacity = 0;
    fixture_expect(
        fx, &ferry_check_disk_shared, FERRY_VERDICT_OK,
        "the machine's disks (1) are the same on both hosts: device 'naa.600a0980' on both", NULL);
}

// --xml names another path: that is compared with the machine's own.
static void
test_other_path(void)
{
    g_autoptr(Fixture) fx = with_disks(FILE_DISK(""));

    fx->vm->arriving_own = fixture_parse(
        "<domain type='kvm'><name>web1</name><devices>"
        "<disk type='file' device='disk'><source file='/mnt/web1.qcow2'/><target dev='vda'/></disk>"
        "<disk type='file' device='disk'><source file='/mnt/more.qcow2'/><target dev='vdz'/></disk>"
        "</devices></domain>");
    fx->vm->arriving = fx->vm->arriving_own;
    fixture_tell_all(fx->dst, fx->vm->arriving);
    fixture_expect(
        fx, &ferry_check_disk_shared, FERRY_VERDICT_OK,
        "the machine's disks (1) are the same on both hosts: changed at the same nanosecond on both",
        NULL);
    fixture_tell_path(fx->dst, "/mnt/web1.qcow2", true)->capacity = 4096;
    fixture_expect(
        fx, &ferry_check_disk_shared, FERRY_VERDICT_BLOCK,
        "disk 'vda' has 1073741824 bytes on host 'host-a', and '/mnt/web1.qcow2' of host 'host-b' has 4096",
        "If it is one LUN that was grown, let host 'host-b' read its size again ('rescan-scsi-bus.sh --resize'); else give it the same storage as host 'host-a' under that path.");
}

static void
test_missing(void)
{
    g_autoptr(Fixture) fx = with_disks(FILE_DISK(""));

    fixture_tell_path(fx->dst, DISK, false);
    fixture_expect(fx, &ferry_check_disk_shared, FERRY_VERDICT_NOTE,
                   "host 'host-b' sees no disk that could be compared", NULL);
}

static void
test_untold(void)
{
    g_autoptr(Fixture) fx = with_disks(FILE_DISK(""));
    g_autoptr(Fixture) readonly = with_disks(FILE_DISK("<readonly/>"));
    static const char text[] =
        "whether disk 'vda' ('" DISK "') is the same on both hosts cannot be told: no ssh";

    forget_time(fx->dst);
    fixture_lose_probe(fx->dst, "no ssh");
    fixture_expect(fx, &ferry_check_disk_shared, FERRY_VERDICT_UNKNOWN, text, UNTOLD_HINT);
    forget_time(readonly->dst);
    fixture_lose_probe(readonly->dst, "no ssh");
    fixture_expect(readonly, &ferry_check_disk_shared, FERRY_VERDICT_NOTE, text, UNTOLD_HINT);
    fixture_tell_unknown(fx->dst, FERRY_FACT_PATH, DISK, "connection reset");
    fixture_expect(fx, &ferry_check_disk_shared, FERRY_VERDICT_UNKNOWN,
                   "whether disk 'vda' ('" DISK
                   "') is the same on both hosts cannot be told: connection reset",
                   UNTOLD_HINT);
}

static void
test_nvme(void)
{
    g_autoptr(Fixture) fx = with_disks(
        "<disk type='nvme' device='disk'><source type='pci' namespace='1'><address bus='0x01'/></source><target dev='vdb'/></disk>");
    static const char hint[] =
        "Copy what is on it to storage that both hosts see, and give the machine that.";

    fixture_expect(fx, &ferry_check_disk_shared, FERRY_VERDICT_BLOCK,
                   "disk 'vdb' is an NVMe device of host 'host-a' itself", hint);
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_disk_shared, FERRY_VERDICT_WARN,
                   "disk 'vdb' is an NVMe device of host 'host-a' itself", hint);
}

static void
test_socket(void)
{
    g_autoptr(Fixture) fx = with_disks(
        "<disk type='vhostuser' device='disk'><source type='unix' path='/run/spdk/web1.sock'/><target dev='vda'/></disk>");

    fixture_expect(fx, &ferry_check_disk_shared, FERRY_VERDICT_UNKNOWN,
                   "what is behind '/run/spdk/web1.sock' of disk 'vda' is not known",
                   "Make sure that host 'host-b' serves the same disk there before you go on.");
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = with_disks(FILE_DISK(""));

    // --xml is known, and what the machine has now is not
    fx->vm->arriving_own = g_steal_pointer(&fx->vm->definition);
    fixture_lose(&fx->vm->definition_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_disk_shared, FERRY_VERDICT_UNKNOWN,
                   "the machine's disks cannot be told: connection reset", NULL);
    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_disk_shared, FERRY_VERDICT_UNKNOWN,
                   "the machine's disks cannot be told: not the XML of a machine", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/disk-shared/none", test_none);
    g_test_add_func("/preflight/disk-shared/same", test_same);
    g_test_add_func("/preflight/disk-shared/other", test_other);
    g_test_add_func("/preflight/disk-shared/other-device", test_other_device);
    g_test_add_func("/preflight/disk-shared/size", test_size);
    g_test_add_func("/preflight/disk-shared/other-path", test_other_path);
    g_test_add_func("/preflight/disk-shared/missing", test_missing);
    g_test_add_func("/preflight/disk-shared/untold", test_untold);
    g_test_add_func("/preflight/disk-shared/nvme", test_nvme);
    g_test_add_func("/preflight/disk-shared/socket", test_socket);
    g_test_add_func("/preflight/disk-shared/unknown", test_unknown);
    return g_test_run();
}
