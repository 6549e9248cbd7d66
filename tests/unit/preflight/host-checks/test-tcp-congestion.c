// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_usual(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_tcp_congestion, FERRY_VERDICT_OK, "TCP uses 'cubic'",
                        NULL);
    fixture_lose(&fx->host->probe->tcp_congestion, "bbr");
    host_fixture_expect(fx, &ferry_host_check_tcp_congestion, FERRY_VERDICT_OK, "TCP uses 'bbr'",
                        NULL);
}

static void
test_other(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fixture_lose(&fx->host->probe->tcp_congestion, "reno");
    host_fixture_expect(
        fx, &ferry_host_check_tcp_congestion, FERRY_VERDICT_NOTE,
        "TCP of host 'host-a' uses 'reno'",
        "Where moves are slower than the link, try 'sysctl -w net.ipv4.tcp_congestion_control=cubic' on it.");
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    g_clear_pointer(&fx->host->probe->tcp_congestion, g_free);
    host_fixture_expect(
        fx, &ferry_host_check_tcp_congestion, FERRY_VERDICT_UNKNOWN,
        "the TCP congestion control of host 'host-a' cannot be told: the probe did not find it",
        NULL);
    fixture_lose_probe(fx->host, "no ssh");
    host_fixture_expect(fx, &ferry_host_check_tcp_congestion, FERRY_VERDICT_UNKNOWN, "no ssh",
                        NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/tcp-congestion/usual", test_usual);
    g_test_add_func("/host-checks/tcp-congestion/other", test_other);
    g_test_add_func("/host-checks/tcp-congestion/unknown", test_unknown);
    return g_test_run();
}
