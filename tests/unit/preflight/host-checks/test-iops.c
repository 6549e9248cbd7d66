// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_fine(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_iops, FERRY_VERDICT_OK,
                        "pool 'default' gives 9000 random reads a second", NULL);
    host_fixture_reads(fx)->iops = 500;
    host_fixture_expect(fx, &ferry_host_check_iops, FERRY_VERDICT_OK,
                        "pool 'default' gives 500 random reads a second", NULL);
    host_fixture_add_pool(fx->host, "fast", "dir", "/srv/fast");
    ferry_measured_add_pool(fx->measured, "host-a", "fast")->iops = 80000;
    host_fixture_add_pool(fx->host, "off", "dir", "/srv/off")->active = false;
    host_fixture_expect(fx, &ferry_host_check_iops, FERRY_VERDICT_OK,
                        "pool 'default' gives 500 random reads a second, and no pool less", NULL);
}

static void
test_slow(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_reads(fx)->iops = 79;
    host_fixture_expect(
        fx, &ferry_host_check_iops, FERRY_VERDICT_WARN,
        "pool 'default' of host 'host-a' gives 79 random reads a second, less than 500",
        "See what else is busy there with 'iostat -x 1', or set min-iops in virt-ferry.conf to what your guests need.");
    fx->limits.min_iops = 79;
    host_fixture_expect(fx, &ferry_host_check_iops, FERRY_VERDICT_OK,
                        "pool 'default' gives 79 random reads a second", NULL);
}

static void
test_not_measured(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_reads(fx)->unknown = g_strdup("the host has no fio");
    host_fixture_reads(fx)->lacks_fio = true;
    host_fixture_expect(
        fx, &ferry_host_check_iops, FERRY_VERDICT_UNKNOWN,
        "the reads of pool 'default' of host 'host-a' were not measured: the host has no fio",
        "Install it there: 'apt install fio', 'dnf install fio' or 'apk add fio'.");
    host_fixture_reads(fx)->lacks_fio = false;
    fixture_lose(&host_fixture_reads(fx)->unknown, "no ssh");
    host_fixture_expect(fx, &ferry_host_check_iops, FERRY_VERDICT_UNKNOWN,
                        "the reads of pool 'default' of host 'host-a' were not measured: no ssh",
                        NULL);
}

static void
test_one_slow_one_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_add_pool(fx->host, "fast", "dir", "/srv/fast");
    host_fixture_expect(
        fx, &ferry_host_check_iops, FERRY_VERDICT_UNKNOWN,
        "the reads of pool 'fast' of host 'host-a' were not measured: nobody looked at it", NULL);
    host_fixture_reads(fx)->iops = 79;
    host_fixture_expect(
        fx, &ferry_host_check_iops, FERRY_VERDICT_WARN,
        "pool 'default' of host 'host-a' gives 79 random reads a second, less than 500",
        "See what else is busy there with 'iostat -x 1', or set min-iops in virt-ferry.conf to what your guests need.");
}

static void
test_no_pools(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    g_ptr_array_set_size(fx->host->pools, 0);
    host_fixture_expect(fx, &ferry_host_check_iops, FERRY_VERDICT_UNKNOWN,
                        "no reads of host 'host-a' were measured: it has no active storage pool",
                        NULL);
    g_clear_pointer(&fx->host->pools, g_ptr_array_unref);
    fixture_lose(&fx->host->pools_unknown, "it hung up");
    host_fixture_expect(
        fx, &ferry_host_check_iops, FERRY_VERDICT_UNKNOWN,
        "no reads of host 'host-a' were measured: it has no active storage pool that is known: it hung up",
        NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/iops/fine", test_fine);
    g_test_add_func("/host-checks/iops/slow", test_slow);
    g_test_add_func("/host-checks/iops/not-measured", test_not_measured);
    g_test_add_func("/host-checks/iops/one-slow-one-unknown", test_one_slow_one_unknown);
    g_test_add_func("/host-checks/iops/no-pools", test_no_pools);
    return g_test_run();
}
