// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_fine(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_virtualization, FERRY_VERDICT_OK,
                        "KVM is there; nested virtualization is not known", NULL);
    fx->host->probe->nested = FERRY_TRUTH_YES;
    host_fixture_expect(fx, &ferry_host_check_virtualization, FERRY_VERDICT_OK,
                        "KVM is there; nested virtualization is on", NULL);
    fx->host->probe->nested = FERRY_TRUTH_NO;
    host_fixture_expect(fx, &ferry_host_check_virtualization, FERRY_VERDICT_OK,
                        "KVM is there; nested virtualization is off", NULL);
}

static void
test_lack(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fx->host->probe->kvm = FERRY_TRUTH_NO;
    host_fixture_expect(
        fx, &ferry_host_check_virtualization, FERRY_VERDICT_WARN, "host 'host-a' has no /dev/kvm",
        "Load the module on it: 'modprobe kvm_intel' or 'modprobe kvm_amd'. Until then it runs guests of type 'qemu' alone, and slowly.");
    fx->host->probe->hw_virt = FERRY_TRUTH_NO;
    host_fixture_expect(
        fx, &ferry_host_check_virtualization, FERRY_VERDICT_WARN,
        "host 'host-a' has no /dev/kvm, and its CPU offers no VT-x or AMD-V",
        "Switch virtualization on in its firmware; where it is a virtual machine itself, allow it nested virtualization.");
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fx->host->probe->kvm = FERRY_TRUTH_UNKNOWN;
    host_fixture_expect(fx, &ferry_host_check_virtualization, FERRY_VERDICT_UNKNOWN,
                        "whether host 'host-a' has KVM cannot be told: the probe did not find out",
                        NULL);
    fixture_lose_probe(fx->host, "no ssh");
    host_fixture_expect(fx, &ferry_host_check_virtualization, FERRY_VERDICT_UNKNOWN, "no ssh",
                        NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/virtualization/fine", test_fine);
    g_test_add_func("/host-checks/virtualization/lack", test_lack);
    g_test_add_func("/host-checks/virtualization/unknown", test_unknown);
    return g_test_run();
}
