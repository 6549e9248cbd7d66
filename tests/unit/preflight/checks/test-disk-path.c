// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define IMAGE "/srv/images/web1.qcow2"
#define HINT \
    "Make the storage available on host 'host-b' under the same path, give the path that it has there with --map-disk OLD=NEW, or let it be copied with --copy-disks DISK."

static void
test_seen(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    // the medium of its CD-ROM is another check's
    fixture_tell_path(fx->dst, "/srv/images/seed.iso", false);
    fixture_expect(fx, &ferry_check_disk_path, FERRY_VERDICT_OK,
                   "host 'host-b' sees the path of every disk (1)", NULL);
}

static void
test_none(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_define(
        fx,
        "<disk type='network' device='disk'><source protocol='rbd' name='pool/web1'/>"
        "<target dev='vda'/></disk><disk type='file' device='cdrom'><target dev='sda'/></disk>",
        NULL);
    fixture_expect(fx, &ferry_check_disk_path, FERRY_VERDICT_OK,
                   "the machine has no disk with a path", NULL);
}

static void
test_missing(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_tell_path(fx->dst, IMAGE, false);
    fixture_expect(fx, &ferry_check_disk_path, FERRY_VERDICT_BLOCK,
                   "host 'host-b' does not see 1 of 1 disks: vda '" IMAGE "'", HINT);
}

static void
define_policy(Fixture *fx, const char *policy)
{
    g_autofree char *disk =
        g_strdup_printf("<disk type='file' device='disk'><source file='/a' startupPolicy='%s'/>"
                        "<target dev='vda'/></disk>",
                        policy);

    fixture_define(fx, disk, NULL);
    fixture_tell_path(fx->dst, "/a", false);
}

static void
test_policy(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    define_policy(fx, "requisite");
    fixture_expect(fx, &ferry_check_disk_path, FERRY_VERDICT_NOTE,
                   "host 'host-b' does not see vda '/a': the drive will be empty", NULL);
    // of a hard disk libvirt drops nothing then
    define_policy(fx, "optional");
    fixture_expect(fx, &ferry_check_disk_path, FERRY_VERDICT_BLOCK,
                   "host 'host-b' does not see 1 of 1 disks: vda '/a'", HINT);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_define(
        fx,
        "<disk type='block' device='disk'><source dev='/dev/vg/a'/><target dev='vda'/></disk>"
        "<disk type='file' device='disk'><source file='/b'/><target dev='vdb'/></disk>",
        NULL);
    fixture_tell_unknown(fx->dst, FERRY_FACT_PATH, "/dev/vg/a", "permission denied");
    fixture_expect(fx, &ferry_check_disk_path, FERRY_VERDICT_UNKNOWN,
                   "whether host 'host-b' sees vda '/dev/vg/a' is not known: permission denied",
                   NULL);
    // what is known to be missing is told first
    fixture_tell_path(fx->dst, "/b", false);
    fixture_expect(fx, &ferry_check_disk_path, FERRY_VERDICT_BLOCK,
                   "host 'host-b' does not see 1 of 2 disks: vdb '/b'", HINT);
}

static void
test_definition_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose_definition(fx, "connection reset");
    fixture_expect(fx, &ferry_check_disk_path, FERRY_VERDICT_UNKNOWN,
                   "the machine's disks are not known: connection reset", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/disk-path/seen", test_seen);
    g_test_add_func("/preflight/disk-path/none", test_none);
    g_test_add_func("/preflight/disk-path/missing", test_missing);
    g_test_add_func("/preflight/disk-path/policy", test_policy);
    g_test_add_func("/preflight/disk-path/unknown", test_unknown);
    g_test_add_func("/preflight/disk-path/definition-unknown", test_definition_unknown);
    return g_test_run();
}
