// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_same_or_newer(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_versions_match, FERRY_VERDICT_OK,
                        "host 'host-b' has no older libvirt or QEMU", NULL);
    fx->peer->info.libvirt_version = 11003000;
    fx->peer->info.hypervisor_version = 10000013;
    host_fixture_expect(fx, &ferry_host_check_versions_match, FERRY_VERDICT_OK,
                        "host 'host-b' has no older libvirt or QEMU", NULL);
    // Fixes within one release.
    fx->peer->info.libvirt_version = 9000000;
    fx->host->info.libvirt_version = 9000005;
    host_fixture_expect(fx, &ferry_host_check_versions_match, FERRY_VERDICT_OK,
                        "host 'host-b' has no older libvirt or QEMU", NULL);
}

static void
test_older(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fx->host->info.libvirt_version = 11003000;
    host_fixture_expect(
        fx, &ferry_host_check_versions_match, FERRY_VERDICT_WARN,
        "host 'host-b' has libvirt 9.0.0, older than 11.3.0 of host 'host-a'",
        "Upgrade host 'host-b' to the same: moves to an older libvirt often work and are tested by nobody.");
    fx->host->info.hypervisor_version = 10000013;
    host_fixture_expect(
        fx, &ferry_host_check_versions_match, FERRY_VERDICT_WARN,
        "host 'host-b' has QEMU 7.2.22, older than 10.0.13 of host 'host-a'",
        "Upgrade host 'host-b' to the same: moves to an older QEMU often work and are tested by nobody.");
}

static void
test_other_hypervisor(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    g_free(fx->peer->info.type);
    fx->peer->info.type = g_strdup("Xen");
    host_fixture_expect(fx, &ferry_host_check_versions_match, FERRY_VERDICT_BLOCK,
                        "host 'host-a' runs QEMU and host 'host-b' runs Xen",
                        "Nothing can move between them.");
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fixture_lose(&fx->peer->info_unknown, "b hung up");
    host_fixture_expect(fx, &ferry_host_check_versions_match, FERRY_VERDICT_UNKNOWN, "b hung up",
                        NULL);
    fixture_lose(&fx->host->info_unknown, "a hung up");
    host_fixture_expect(fx, &ferry_host_check_versions_match, FERRY_VERDICT_UNKNOWN, "a hung up",
                        NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/versions-match/same-or-newer", test_same_or_newer);
    g_test_add_func("/host-checks/versions-match/older", test_older);
    g_test_add_func("/host-checks/versions-match/other-hypervisor", test_other_hypervisor);
    g_test_add_func("/host-checks/versions-match/unknown", test_unknown);
    return g_test_run();
}
