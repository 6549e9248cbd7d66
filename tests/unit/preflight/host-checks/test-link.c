// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_fine(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_link, FERRY_VERDICT_OK,
                        "112.0 MiB/s, 0.25 ms there and back", NULL);
    host_fixture_link(fx)->rtt_us = 0;
    host_fixture_expect(fx, &ferry_host_check_link, FERRY_VERDICT_OK, "112.0 MiB/s", NULL);
    host_fixture_link(fx)->bytes_per_s = UINT64_C(100) << 20;
    host_fixture_expect(fx, &ferry_host_check_link, FERRY_VERDICT_OK, "100.0 MiB/s", NULL);
}

static void
test_slow(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_link(fx)->bytes_per_s = 12058624;
    host_fixture_expect(
        fx, &ferry_host_check_link, FERRY_VERDICT_WARN,
        "host 'host-a' sends 11.5 MiB/s to host 'host-b', less than 100 MiB/s, 0.25 ms there and back",
        "A guest that dirties memory faster never gets across. Give moves a network of their own with 'virt-ferry host add --address', or see with 'ethtool' what speed the interfaces agreed on.");
}

static void
test_far(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_link(fx)->rtt_us = 20500;
    host_fixture_expect(
        fx, &ferry_host_check_link, FERRY_VERDICT_WARN,
        "it takes 20.5 ms from host 'host-a' to host 'host-b' and back, more than 10 ms",
        "Use several connections for moves between them: --parallel 4.");
    fx->limits.max_rtt_ms = 0;
    host_fixture_expect(fx, &ferry_host_check_link, FERRY_VERDICT_OK,
                        "112.0 MiB/s, 20.50 ms there and back", NULL);
}

static void
test_nothing_arrived(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_link(fx)->bytes_per_s = 0;
    host_fixture_expect(
        fx, &ferry_host_check_link, FERRY_VERDICT_BLOCK,
        "host 'host-a' cannot send to port 49215 of host 'host-b', where somebody listened: no answer",
        "Run 'virt-ferry host check host-a host-b' and mend what it says of ports and resolution.");
    host_fixture_link(fx)->failure = g_strdup("connect: No route to host");
    host_fixture_expect(
        fx, &ferry_host_check_link, FERRY_VERDICT_BLOCK,
        "host 'host-a' cannot send to port 49215 of host 'host-b', where somebody listened: connect: No route to host",
        "Run 'virt-ferry host check host-a host-b' and mend what it says of ports and resolution.");
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_link(fx)->unknown = g_strdup("no ssh");
    host_fixture_expect(fx, &ferry_host_check_link, FERRY_VERDICT_UNKNOWN,
                        "the link from host 'host-a' to host 'host-b' was not measured: no ssh",
                        NULL);
    g_ptr_array_set_size(fx->measured->links, 0);
    host_fixture_expect(
        fx, &ferry_host_check_link, FERRY_VERDICT_UNKNOWN,
        "the link from host 'host-a' to host 'host-b' was not measured: nobody looked at it", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/link/fine", test_fine);
    g_test_add_func("/host-checks/link/slow", test_slow);
    g_test_add_func("/host-checks/link/far", test_far);
    g_test_add_func("/host-checks/link/nothing-arrived", test_nothing_arrived);
    g_test_add_func("/host-checks/link/unknown", test_unknown);
    return g_test_run();
}
