// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/machine-caps.h"

#include <string.h>

#include "base/error.h"

// Of libvirt 9.0.0 with QEMU 7.2.22 under TCG.
static void
test_real(void)
{
    g_autofree char *path = g_build_filename(g_getenv("FERRY_SOURCE"),
                                             "tests/data/preflight/domcaps-qemu-7.2.xml", NULL);
    g_autofree char *xml = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryMachineCaps) caps = NULL;

    g_file_get_contents(path, &xml, NULL, &error);
    g_assert_no_error(error);
    caps = ferry_machine_caps_parse(xml, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(caps->machine, ==, "pc-q35-7.2");
    g_assert_cmpuint(caps->max_vcpus, ==, 288);
    g_assert_true(g_str_has_prefix(caps->host_cpu, "EPYC AMD +3dnow +3dnowext +acpi +clwb "));
    g_assert_nonnull(strstr(caps->host_cpu, " -vme"));
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
}

static void
test_other_xml(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_machine_caps_parse("<domain/>", &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_FAILED);
    g_assert_cmpstr(
        error->message, ==,
        "cannot read the domain capabilities XML: its root element is 'domain', not 'domainCapabilities'");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/machine-caps/real", test_real);
    g_test_add_func("/model/machine-caps/order-of-features", test_order_of_features);
    g_test_add_func("/model/machine-caps/little", test_little);
    g_test_add_func("/model/machine-caps/other-xml", test_other_xml);
    return g_test_run();
}
