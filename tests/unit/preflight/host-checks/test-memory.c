// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_fine(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fx->host->probe->swap_free_kib = 1048576;
    host_fixture_expect(fx, &ferry_host_check_memory, FERRY_VERDICT_OK,
                        "4.0 GiB of 8.0 GiB are free, and 1.0 GiB of swap", NULL);
    fixture_lose_probe(fx->host, "no ssh");
    host_fixture_expect(fx, &ferry_host_check_memory, FERRY_VERDICT_OK,
                        "4.0 GiB of 8.0 GiB are free", NULL);
    fx->host->info.memory_free_kib = 524288;
    host_fixture_expect(fx, &ferry_host_check_memory, FERRY_VERDICT_OK,
                        "512 MiB of 8.0 GiB are free", NULL);
}

static void
test_short(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fx->host->info.memory_free_kib = 523264;
    host_fixture_expect(
        fx, &ferry_host_check_memory, FERRY_VERDICT_WARN,
        "host 'host-a' has 511 MiB of 8.0 GiB free, and 0 B of swap, less than the 512 MiB it should keep",
        "Move a machine away from it, or set min-free-memory-mib in virt-ferry.conf to what it needs.");
    fx->limits.min_free_memory_mib = 511;
    host_fixture_expect(fx, &ferry_host_check_memory, FERRY_VERDICT_OK,
                        "511 MiB of 8.0 GiB are free, and 0 B of swap", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fixture_lose(&fx->host->info_unknown, "it hung up");
    host_fixture_expect(fx, &ferry_host_check_memory, FERRY_VERDICT_UNKNOWN, "it hung up", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/memory/fine", test_fine);
    g_test_add_func("/host-checks/memory/short", test_short);
    g_test_add_func("/host-checks/memory/unknown", test_unknown);
    return g_test_run();
}
