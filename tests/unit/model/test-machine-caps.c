// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/machine-caps.h"

#include <string.h>

#include "../expect.h"

// Of libvirt 9.0.0 with QEMU 7.2.22 under TCG.
static void
test_real(void)
{
    g_autofree char *xml = read_data("preflight/domcaps-qemu-7.2.xml");
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryMachineCaps) caps = NULL;

    caps = ferry_machine_caps_parse(xml, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(caps->machine, ==, "pc-q35-7.2");
    g_assert_cmpuint(caps->max_vcpus, ==, 288);
    g_assert_true(g_str_has_prefix(caps->host_cpu, "EPYC AMD +3dnow +3dnowext +acpi +clwb "));
    g_assert_nonnull(strstr(caps->host_cpu, " -vme"));
    g_assert_null(caps->loaders);
}

static void
assert_words(GStrv words, const char *expected)
{
    g_autofree char *joined = words != NULL ? g_strjoinv(" ", words) : NULL;

    g_assert_cmpstr(joined, ==, expected);
}

static void
test_rhel(void)
{
    g_autofree char *xml = read_data("capabilities/domain-rhel9.xml");
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryMachineCaps) caps = ferry_machine_caps_parse(xml, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(caps->machine, ==, "pc-q35-rhel9.4.0");
    g_assert_cmpuint(caps->max_vcpus, ==, 4096);
    g_assert_cmpstr(caps->host_cpu, ==, "Cascadelake-Server-noTSX Intel +hypervisor +vmx -mpx");
    assert_words(caps->loaders,
                 "/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd /usr/share/edk2/ovmf/OVMF.amdsev.fd");
    assert_words(caps->tpm_backends, "passthrough emulator");
}

static void
assert_tpm_backends(const char *devices, const char *expected)
{
    g_autofree char *xml =
        g_strdup_printf("<domainCapabilities><devices>%s</devices></domainCapabilities>", devices);
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryMachineCaps) caps = ferry_machine_caps_parse(xml, &error);

    g_assert_no_error(error);
    assert_words(caps->tpm_backends, expected);
}

static void
test_tpm_backends(void)
{
    assert_tpm_backends("", NULL);
    assert_tpm_backends("<tpm supported='no'/>", "");
    assert_tpm_backends("<tpm supported='yes'/>", NULL);
    assert_tpm_backends(
        "<tpm supported='yes'><enum name='model'><value>tpm-crb</value></enum></tpm>", NULL);
    assert_tpm_backends("<tpm supported='yes'><enum name='backendModel'/></tpm>", "");
    assert_tpm_backends("<tpm supported='yes'><enum name='backendModel'>"
                        "<value> emulator </value><value/></enum></tpm>",
                        "emulator");
}

static void
test_order_of_features(void)
{
    g_autoptr(FerryMachineCaps) one = ferry_machine_caps_parse(
        "<domainCapabilities><cpu><mode name='host-model' supported='yes'><model>A</model>"
        "<feature policy='require' name='x'/><feature policy='disable' name='b'/></mode></cpu></domainCapabilities>",
        NULL);
    g_autoptr(FerryMachineCaps) two = ferry_machine_caps_parse(
        "<domainCapabilities><cpu><mode name='host-model' supported='yes'><model>A</model>"
        "<feature policy='disable' name='b'/><feature policy='require' name='x'/></mode></cpu></domainCapabilities>",
        NULL);

    g_assert_cmpstr(one->host_cpu, ==, "A - +x -b");
    g_assert_cmpstr(two->host_cpu, ==, one->host_cpu);
}

static void
test_little(void)
{
    g_autoptr(FerryMachineCaps) caps = ferry_machine_caps_parse(
        "<domainCapabilities><vcpu max='many'/><cpu><mode name='host-model' supported='no'/></cpu></domainCapabilities>",
        NULL);

    g_assert_null(caps->machine);
    g_assert_cmpuint(caps->max_vcpus, ==, 0);
    g_assert_null(caps->host_cpu);
    g_assert_null(caps->loaders);
    g_assert_null(caps->tpm_backends);
}

static void
test_other_xml(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_machine_caps_parse("<domain/>", &error));
    expect_error(
        &error, FERRY_ERROR_FAILED,
        "cannot read the domain capabilities XML: its root element is 'domain', not 'domainCapabilities'",
        NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/machine-caps/real", test_real);
    g_test_add_func("/model/machine-caps/rhel", test_rhel);
    g_test_add_func("/model/machine-caps/tpm-backends", test_tpm_backends);
    g_test_add_func("/model/machine-caps/order-of-features", test_order_of_features);
    g_test_add_func("/model/machine-caps/little", test_little);
    g_test_add_func("/model/machine-caps/other-xml", test_other_xml);
    return g_test_run();
}
