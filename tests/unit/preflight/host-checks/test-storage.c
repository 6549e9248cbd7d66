// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_fine(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_storage, FERRY_VERDICT_OK,
                        "1 pool is active; the least that one has free is 50 GiB", NULL);
    host_fixture_add_pool(fx->host, "fast", "dir", "/srv/fast")->available = UINT64_C(5) << 30;
    host_fixture_expect(fx, &ferry_host_check_storage, FERRY_VERDICT_OK,
                        "2 pools are active; the least that one has free is 5.0 GiB", NULL);
}

static void
test_untold_size(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_pool(fx->host)->capacity = 0;
    host_fixture_pool(fx->host)->available = 0;
    host_fixture_expect(fx, &ferry_host_check_storage, FERRY_VERDICT_OK, "1 pool is active", NULL);
}

static void
test_full(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_pool(fx->host)->available = (UINT64_C(5) << 30) - 1;
    host_fixture_expect(fx, &ferry_host_check_storage, FERRY_VERDICT_WARN,
                        "pool 'default' of host 'host-a' has 5.0 GiB free, less than 5 GiB",
                        "Make room there: QEMU stops a guest whose disk image cannot grow.");
    fx->limits.min_free_gib = 0;
    host_fixture_expect(fx, &ferry_host_check_storage, FERRY_VERDICT_OK,
                        "1 pool is active; the least that one has free is 5.0 GiB", NULL);
}

static void
test_inactive(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_add_pool(fx->host, "fast", "dir", "/srv/fast")->active = false;
    host_fixture_expect(fx, &ferry_host_check_storage, FERRY_VERDICT_WARN,
                        "pool 'fast' of host 'host-a' is not active",
                        "Run 'virsh -c qemu+ssh://host-a/system pool-start fast'.");
}

static void
test_none(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    g_ptr_array_set_size(fx->host->pools, 0);
    host_fixture_expect(
        fx, &ferry_host_check_storage, FERRY_VERDICT_NOTE, "host 'host-a' has no storage pool",
        "Machines move without one. Give it one with 'virsh pool-define-as', and virt-ferry looks at it.");
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    g_clear_pointer(&fx->host->pools, g_ptr_array_unref);
    fixture_lose(&fx->host->pools_unknown, "it hung up");
    host_fixture_expect(fx, &ferry_host_check_storage, FERRY_VERDICT_UNKNOWN,
                        "the storage pools of host 'host-a' cannot be told: it hung up", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/storage/fine", test_fine);
    g_test_add_func("/host-checks/storage/untold-size", test_untold_size);
    g_test_add_func("/host-checks/storage/full", test_full);
    g_test_add_func("/host-checks/storage/inactive", test_inactive);
    g_test_add_func("/host-checks/storage/none", test_none);
    g_test_add_func("/host-checks/storage/unknown", test_unknown);
    return g_test_run();
}
