// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
set_machine(Fixture *fx, const char *machine)
{
    g_free(fx->vm->definition->machine);
    fx->vm->definition->machine = g_strdup(machine);
}

static void
test_equal(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_version, FERRY_VERDICT_OK,
                   "host 'host-b' has libvirt 9.0.0 and QEMU 7.2.22, no older than host 'host-a'",
                   NULL);
}

static void
test_newer(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->dst->info.libvirt_version = 11003000;
    fx->dst->info.hypervisor_version = 10000013;
    fixture_expect(fx, &ferry_check_version, FERRY_VERDICT_OK,
                   "host 'host-b' has libvirt 11.3.0 and QEMU 10.0.13, no older than host 'host-a'",
                   NULL);
}

static void
test_older_fix(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    // fixes within one release change nothing that is sent
    fx->dst->info.hypervisor_version = 7002001;
    fixture_expect(fx, &ferry_check_version, FERRY_VERDICT_OK,
                   "host 'host-b' has libvirt 9.0.0 and QEMU 7.2.1, no older than host 'host-a'",
                   NULL);
}

static void
test_older_qemu(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->src->info.libvirt_version = 11003000;
    fx->src->info.hypervisor_version = 10000013;
    fixture_expect(
        fx, &ferry_check_version, FERRY_VERDICT_WARN,
        "host 'host-b' has QEMU 7.2.22, older than 10.0.13 of host 'host-a'",
        "Moves to an older QEMU often work and are tested by nobody. Upgrade the destination first where it can be done.");
}

static void
test_older_libvirt(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->src->info.libvirt_version = 9004000;
    fixture_expect(
        fx, &ferry_check_version, FERRY_VERDICT_WARN,
        "host 'host-b' has libvirt 9.0.0, older than 9.4.0 of host 'host-a'",
        "Moves to an older libvirt often work and are tested by nobody. Upgrade the destination first where it can be done.");
}

static void
test_machine_too_new(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    set_machine(fx, "pc-q35-8.0");
    fixture_expect(
        fx, &ferry_check_version, FERRY_VERDICT_BLOCK,
        "machine type 'pc-q35-8.0' is newer than QEMU 7.2.22 of host 'host-b'",
        "Upgrade QEMU on host 'host-b', or give the machine an older type with 'virsh edit web1' and start it anew.");
}

static void
test_machine_of_a_distribution(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    // its name tells no QEMU version, so the check of machine types decides alone
    set_machine(fx, "pc-q35-rhel9.2.0");
    fixture_expect(fx, &ferry_check_version, FERRY_VERDICT_OK,
                   "host 'host-b' has libvirt 9.0.0 and QEMU 7.2.22, no older than host 'host-a'",
                   NULL);
    set_machine(fx, "pc-q35-noble");
    fixture_expect(fx, &ferry_check_version, FERRY_VERDICT_OK,
                   "host 'host-b' has libvirt 9.0.0 and QEMU 7.2.22, no older than host 'host-a'",
                   NULL);
    set_machine(fx, "virt");
    fixture_expect(fx, &ferry_check_version, FERRY_VERDICT_OK,
                   "host 'host-b' has libvirt 9.0.0 and QEMU 7.2.22, no older than host 'host-a'",
                   NULL);
}

static void
test_other_hypervisor(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    g_free(fx->dst->info.type);
    fx->dst->info.type = g_strdup("Xen");
    fixture_expect(fx, &ferry_check_version, FERRY_VERDICT_BLOCK,
                   "host 'host-a' runs QEMU and host 'host-b' runs Xen",
                   "Choose a destination that runs QEMU.");
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose(&fx->dst->info_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_version, FERRY_VERDICT_UNKNOWN,
                   "the versions of host 'host-b' are not known: connection reset", NULL);
    fixture_lose(&fx->src->info_unknown, "host 'host-a' did not answer in 5 s");
    fixture_expect(
        fx, &ferry_check_version, FERRY_VERDICT_UNKNOWN,
        "the versions of host 'host-a' are not known: host 'host-a' did not answer in 5 s", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/version/equal", test_equal);
    g_test_add_func("/preflight/version/newer", test_newer);
    g_test_add_func("/preflight/version/older-fix", test_older_fix);
    g_test_add_func("/preflight/version/older-qemu", test_older_qemu);
    g_test_add_func("/preflight/version/older-libvirt", test_older_libvirt);
    g_test_add_func("/preflight/version/machine-too-new", test_machine_too_new);
    g_test_add_func("/preflight/version/machine-of-a-distribution", test_machine_of_a_distribution);
    g_test_add_func("/preflight/version/other-hypervisor", test_other_hypervisor);
    g_test_add_func("/preflight/version/unknown", test_unknown);
    return g_test_run();
}
