// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_kept(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_time, FERRY_VERDICT_OK,
                        "the clock is synchronized by chrony", NULL);
    g_clear_pointer(&fx->host->probe->ntp_by, g_free);
    host_fixture_expect(fx, &ferry_host_check_time, FERRY_VERDICT_OK, "the clock is synchronized",
                        NULL);
}

static void
test_not_kept(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fx->host->probe->ntp_synchronized = FERRY_TRUTH_NO;
    host_fixture_expect(
        fx, &ferry_host_check_time, FERRY_VERDICT_WARN,
        "the clock of host 'host-a' is not synchronized, though it runs chrony",
        "See whether it reaches its time servers: 'chronyc sources' or 'timedatectl timesync-status'.");
    g_clear_pointer(&fx->host->probe->ntp_by, g_free);
    host_fixture_expect(fx, &ferry_host_check_time, FERRY_VERDICT_WARN,
                        "the clock of host 'host-a' is not synchronized",
                        "Start chrony or systemd-timesyncd there: 'timedatectl set-ntp true'.");
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fx->host->probe->ntp_synchronized = FERRY_TRUTH_UNKNOWN;
    host_fixture_expect(
        fx, &ferry_host_check_time, FERRY_VERDICT_UNKNOWN,
        "whether the clock of host 'host-a' is synchronized cannot be told: it has no tool that says so",
        NULL);
    fixture_lose_probe(fx->host, "no ssh");
    host_fixture_expect(fx, &ferry_host_check_time, FERRY_VERDICT_UNKNOWN, "no ssh", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/time/kept", test_kept);
    g_test_add_func("/host-checks/time/not-kept", test_not_kept);
    g_test_add_func("/host-checks/time/unknown", test_unknown);
    return g_test_run();
}
