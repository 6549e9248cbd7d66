// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_allowed(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_userfaultfd, FERRY_VERDICT_OK,
                        "QEMU may use userfaultfd", NULL);
}

static void
test_not_allowed(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fx->host->probe->userfaultfd = FERRY_TRUTH_NO;
    host_fixture_expect(
        fx, &ferry_host_check_userfaultfd, FERRY_VERDICT_NOTE,
        "QEMU may not use userfaultfd on host 'host-a': no post-copy move to it",
        "Allow it where you use --postcopy: 'sysctl -w vm.unprivileged_userfaultfd=1'.");
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fx->host->probe->userfaultfd = FERRY_TRUTH_UNKNOWN;
    host_fixture_expect(
        fx, &ferry_host_check_userfaultfd, FERRY_VERDICT_UNKNOWN,
        "whether QEMU may use userfaultfd on host 'host-a' cannot be told: the probe did not find out",
        NULL);
    fixture_lose_probe(fx->host, "no ssh");
    host_fixture_expect(fx, &ferry_host_check_userfaultfd, FERRY_VERDICT_UNKNOWN, "no ssh", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/userfaultfd/allowed", test_allowed);
    g_test_add_func("/host-checks/userfaultfd/not-allowed", test_not_allowed);
    g_test_add_func("/host-checks/userfaultfd/unknown", test_unknown);
    return g_test_run();
}
