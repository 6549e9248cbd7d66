// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_agree(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_clock, FERRY_VERDICT_OK,
                        "the clocks agree within 2 ms", NULL);
    // Wrong together.
    fx->host->probe->clock_offset_us = fx->peer->probe->clock_offset_us = 90000000;
    host_fixture_expect(fx, &ferry_host_check_clock, FERRY_VERDICT_OK,
                        "the clocks agree within 2 ms", NULL);
    // Not known to differ by more.
    fx->peer->probe->clock_offset_us += 1002000;
    host_fixture_expect(fx, &ferry_host_check_clock, FERRY_VERDICT_OK,
                        "the clocks agree within 1004 ms", NULL);
}

static void
test_skew(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fx->peer->probe->clock_offset_us = 2500000;
    host_fixture_expect(
        fx, &ferry_host_check_clock, FERRY_VERDICT_WARN,
        "the clock of host 'host-b' is 2.5 s ahead of that of host 'host-a', more than 1000 ms",
        "Set both by the same time servers, with 'chronyc makestep' or 'timedatectl set-ntp true'.");
    fx->host->probe->clock_offset_us = 5000000;
    host_fixture_expect(
        fx, &ferry_host_check_clock, FERRY_VERDICT_WARN,
        "the clock of host 'host-b' is 2.5 s behind that of host 'host-a', more than 1000 ms",
        "Set both by the same time servers, with 'chronyc makestep' or 'timedatectl set-ntp true'.");
    fx->limits.max_skew_ms = 2500;
    host_fixture_expect(fx, &ferry_host_check_clock, FERRY_VERDICT_OK,
                        "the clocks agree within 2502 ms", NULL);
    fx->limits.max_skew_ms = 0;
    fx->host->probe->clock_offset_us = 0;
    host_fixture_expect(fx, &ferry_host_check_clock, FERRY_VERDICT_OK,
                        "the clocks agree within 2502 ms", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fx->peer->probe->clock_error_us = 0;
    host_fixture_expect(fx, &ferry_host_check_clock, FERRY_VERDICT_UNKNOWN,
                        "the clock of host 'host-b' cannot be told: the probe could not measure it",
                        NULL);
    fixture_lose_probe(fx->peer, "no ssh");
    host_fixture_expect(fx, &ferry_host_check_clock, FERRY_VERDICT_UNKNOWN, "no ssh", NULL);
    fixture_lose_probe(fx->host, "--no-probe");
    host_fixture_expect(fx, &ferry_host_check_clock, FERRY_VERDICT_UNKNOWN, "--no-probe", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/clock/agree", test_agree);
    g_test_add_func("/host-checks/clock/skew", test_skew);
    g_test_add_func("/host-checks/clock/unknown", test_unknown);
    return g_test_run();
}
