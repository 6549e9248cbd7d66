// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/host-caps.h"

#include "../expect.h"

static void
parse(const char *xml, FerryHostCaps *caps)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_host_caps_parse(xml, caps, &error));
    g_assert_no_error(error);
}

static void
parse_data(const char *name, FerryHostCaps *caps)
{
    g_autofree char *xml = read_data(name);

    parse(xml, caps);
}

static void
assert_ids(const GArray *ids, const char *expected)
{
    g_autoptr(GString) joined = g_string_new(NULL);

    for (guint i = 0; i < ids->len; i++)
        g_string_append_printf(joined, "%s%u", i > 0 ? " " : "", g_array_index(ids, unsigned, i));
    g_assert_cmpstr(joined->str, ==, expected);
}

// CPU 15 is offline: its cell does not name it.
static void
test_rhel(void)
{
    g_auto(FerryHostCaps) caps = {0};

    parse_data("capabilities/rhel9-intel.xml", &caps);
    g_assert_cmpstr(caps.uuid, ==, "4c4c4544-0051-3010-8047-b4c04f4e4433");
    g_assert_cmpstr(caps.arch, ==, "x86_64");
    g_assert_cmpstr(caps.cpu_model, ==, "Cascadelake-Server-noTSX");
    g_assert_cmpstr(caps.cpu_signature, ==, "6.85.7");
    g_assert_cmpstr(caps.microcode, ==, "83899397");
    g_assert_cmpuint(caps.tsc_hz, ==, 2499998000);
    g_assert_false(caps.tsc_scaling);
    assert_ids(caps.cells, "0 1");
    assert_ids(caps.cpus, "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14");
}

static void
test_debian(void)
{
    g_auto(FerryHostCaps) caps = {0};

    parse_data("capabilities/debian12-amd.xml", &caps);
    g_assert_cmpstr(caps.uuid, ==, "2f8a1b64-9d5e-4c0a-8f3b-70b5e81b6c0d");
    g_assert_cmpstr(caps.cpu_model, ==, "EPYC-Rome");
    g_assert_cmpstr(caps.cpu_signature, ==, "23.49.0");
    g_assert_cmpuint(caps.tsc_hz, ==, 2994374000);
    g_assert_true(caps.tsc_scaling);
    assert_ids(caps.cells, "0");
    assert_ids(caps.cpus, "0 1 2 3");
}

// Before 5.7 without signature and counter; this one has no topology either.
static void
test_old(void)
{
    g_auto(FerryHostCaps) caps = {0};

    parse_data("capabilities/old.xml", &caps);
    g_assert_cmpstr(caps.cpu_model, ==, "Nehalem");
    g_assert_null(caps.cpu_signature);
    g_assert_null(caps.microcode);
    g_assert_cmpuint(caps.tsc_hz, ==, 0);
    g_assert_false(caps.tsc_scaling);
    assert_ids(caps.cells, "");
    assert_ids(caps.cpus, "");
}

static void
test_little(void)
{
    g_auto(FerryHostCaps) caps = {0};

    parse("<capabilities/>", &caps);
    g_assert_cmpstr(caps.uuid, ==, "");
    g_assert_null(caps.arch);
    g_assert_null(caps.cpu_model);
    assert_ids(caps.cells, "");
    assert_ids(caps.cpus, "");
}

static void
test_odd(void)
{
    g_auto(FerryHostCaps) caps = {0};

    parse(
        "<capabilities><host><uuid>none</uuid><cpu><model/><signature family='6' model='85'/>"
        "<counter name='arm'/><counter name='tsc' frequency='5200000000' scaling='perhaps'/></cpu>"
        "<topology><cells><cell id='7'><cpus><cpu id='9'/><cpu/><cpu id='3'/></cpus></cell><cell/>"
        "<cell id='2'><cpus><cpu id='4'/></cpus></cell></cells></topology></host></capabilities>",
        &caps);
    g_assert_cmpstr(caps.uuid, ==, "");
    g_assert_null(caps.cpu_model);
    g_assert_null(caps.cpu_signature);
    g_assert_cmpuint(caps.tsc_hz, ==, 5200000000);
    g_assert_false(caps.tsc_scaling);
    assert_ids(caps.cells, "2 7");
    assert_ids(caps.cpus, "3 4 9");
}

static void
test_other_xml(void)
{
    FerryHostCaps caps = {.tsc_hz = 7};
    g_autoptr(GError) error = NULL;

    g_assert_false(ferry_host_caps_parse("<domain/>", &caps, &error));
    expect_error(
        &error, FERRY_ERROR_FAILED,
        "cannot read the capabilities XML: its root element is 'domain', not 'capabilities'", NULL);
    g_assert_cmpuint(caps.tsc_hz, ==, 7);
    g_assert_null(caps.cells);
}

static void
test_clear(void)
{
    FerryHostCaps caps = {0};

    ferry_host_caps_clear(&caps);
    parse_data("capabilities/rhel9-intel.xml", &caps);
    ferry_host_caps_clear(&caps);
    g_assert_cmpstr(caps.uuid, ==, "");
    g_assert_null(caps.cpu_model);
    g_assert_null(caps.cells);
    g_assert_null(caps.cpus);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-caps/rhel", test_rhel);
    g_test_add_func("/host-caps/debian", test_debian);
    g_test_add_func("/host-caps/old", test_old);
    g_test_add_func("/host-caps/little", test_little);
    g_test_add_func("/host-caps/odd", test_odd);
    g_test_add_func("/host-caps/other-xml", test_other_xml);
    g_test_add_func("/host-caps/clear", test_clear);
    return g_test_run();
}
