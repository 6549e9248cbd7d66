// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_fine(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_versions, FERRY_VERDICT_OK,
                        "libvirt 9.0.0 and QEMU 7.2.22", NULL);
    fx->host->info.libvirt_version = 8000000;
    host_fixture_expect(fx, &ferry_host_check_versions, FERRY_VERDICT_OK,
                        "libvirt 8.0.0 and QEMU 7.2.22", NULL);
    fx->host->info.libvirt_version = 11004000;
    host_fixture_expect(fx, &ferry_host_check_versions, FERRY_VERDICT_OK,
                        "libvirt 11.4.0 and QEMU 7.2.22", NULL);
}

static void
test_old(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fx->host->info.libvirt_version = 7000000;
    host_fixture_expect(
        fx, &ferry_host_check_versions, FERRY_VERDICT_BLOCK,
        "host 'host-a' has libvirt 7.0.0, older than 8.0.0, with which nothing was tried",
        "Upgrade libvirt and QEMU on host 'host-a'.");
}

static void
test_other_hypervisor(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    g_free(fx->host->info.type);
    fx->host->info.type = g_strdup("Xen");
    host_fixture_expect(fx, &ferry_host_check_versions, FERRY_VERDICT_BLOCK,
                        "host 'host-a' runs Xen, not QEMU",
                        "Give its URI as 'qemu+ssh://host-a/system'.");
}

static void
test_known_fault(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fx->host->info.libvirt_version = 11003000;
    host_fixture_expect(
        fx, &ferry_host_check_versions, FERRY_VERDICT_NOTE,
        "libvirt 11.3.0 and QEMU 7.2.22; this libvirt's daemon crashes when a broken post-copy move is taken up again",
        "Upgrade libvirt to 11.4.0 or later before you use --postcopy towards it.");
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fixture_lose(&fx->host->info_unknown, "it hung up");
    host_fixture_expect(fx, &ferry_host_check_versions, FERRY_VERDICT_UNKNOWN, "it hung up", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/versions/fine", test_fine);
    g_test_add_func("/host-checks/versions/old", test_old);
    g_test_add_func("/host-checks/versions/other-hypervisor", test_other_hypervisor);
    g_test_add_func("/host-checks/versions/known-fault", test_known_fault);
    g_test_add_func("/host-checks/versions/unknown", test_unknown);
    return g_test_run();
}
