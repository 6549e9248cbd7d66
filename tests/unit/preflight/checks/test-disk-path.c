// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static FerryPathFact *
path_of(Fixture *fx, unsigned at)
{
    return g_ptr_array_index(fx->pair->paths, at);
}

static void
test_seen(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_disk_path, FERRY_VERDICT_OK,
                   "host 'host-b' sees the path of every disk (2)", NULL);
}

static void
test_none(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    g_ptr_array_set_size(fx->pair->paths, 0);
    fixture_expect(fx, &ferry_check_disk_path, FERRY_VERDICT_OK,
                   "the machine has no disk with a path", NULL);
}

static void
test_missing(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    path_of(fx, 0)->seen = false;
    fixture_expect(
        fx, &ferry_check_disk_path, FERRY_VERDICT_BLOCK,
        "host 'host-b' does not see 1 of 2 disks: vda '/srv/images/web1.qcow2'",
        "Make the storage available on host 'host-b' under the same path, or give the path that it has there with --xml and --persistent-xml. virt-ferry does not copy disks yet.");
}

static void
test_optional_medium(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    // startupPolicy='optional' on the CD
    path_of(fx, 1)->seen = false;
    fixture_expect(fx, &ferry_check_disk_path, FERRY_VERDICT_NOTE,
                   "host 'host-b' does not see sda '/srv/images/seed.iso': the drive will be empty",
                   NULL);
}

static void
test_medium_that_must_be_there(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    FerryDisk *disk = g_ptr_array_index(fx->pair->definition->disks, 1);

    g_clear_pointer(&disk->startup_policy, g_free);
    path_of(fx, 0)->seen = false;
    path_of(fx, 1)->seen = false;
    fixture_expect(
        fx, &ferry_check_disk_path, FERRY_VERDICT_BLOCK,
        "host 'host-b' does not see 2 of 2 disks: vda '/srv/images/web1.qcow2', sda '/srv/images/seed.iso'",
        "Make the storage available on host 'host-b' under the same path, or give the path that it has there with --xml and --persistent-xml. virt-ferry does not copy disks yet.");
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose(&path_of(fx, 0)->seen_unknown, "permission denied");
    fixture_expect(
        fx, &ferry_check_disk_path, FERRY_VERDICT_UNKNOWN,
        "whether host 'host-b' sees vda '/srv/images/web1.qcow2' is not known: permission denied",
        NULL);
    // what is known to be missing is told first
    fixture_lose(&path_of(fx, 1)->seen_unknown, NULL);
    path_of(fx, 0)->seen = false;
    fixture_lose(&path_of(fx, 0)->seen_unknown, NULL);
    fixture_lose(&path_of(fx, 1)->seen_unknown, "permission denied");
    fixture_expect(
        fx, &ferry_check_disk_path, FERRY_VERDICT_BLOCK,
        "host 'host-b' does not see 1 of 2 disks: vda '/srv/images/web1.qcow2'",
        "Make the storage available on host 'host-b' under the same path, or give the path that it has there with --xml and --persistent-xml. virt-ferry does not copy disks yet.");
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
    g_test_add_func("/preflight/disk-path/optional-medium", test_optional_medium);
    g_test_add_func("/preflight/disk-path/medium-that-must-be-there",
                    test_medium_that_must_be_there);
    g_test_add_func("/preflight/disk-path/unknown", test_unknown);
    g_test_add_func("/preflight/disk-path/definition-unknown", test_definition_unknown);
    return g_test_run();
}
