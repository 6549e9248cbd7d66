// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/network.h"

#include "../expect.h"

static const char campus[] = "<network connections='2'>\n"
                             "  <name>campus</name>\n"
                             "  <uuid>7a6cc4a1-7d7c-4b7e-86c2-5c0d6ed4a5c1</uuid>\n"
                             "  <forward mode='bridge'/>\n"
                             "  <bridge name='ovsbr0' macTableManager='libvirt'/>\n"
                             "  <mtu size='9000'/>\n"
                             "  <virtualport type='openvswitch'/>\n"
                             "  <portgroup name='engineering' default='yes'>\n"
                             "    <bandwidth><inbound average='1000'/></bandwidth>\n"
                             "  </portgroup>\n"
                             "  <portgroup name='sales'/>\n"
                             "</network>\n";

static void
parse_network(const char *xml, FerryNetworkInfo *info)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_network_info_parse(xml, info, &error));
    g_assert_no_error(error);
}

static void
test_network(void)
{
    g_auto(FerryNetworkInfo) info = {.exists = true, .active = true};

    parse_network(campus, &info);
    g_assert_true(info.exists && info.active);
    g_assert_cmpstr(info.bridge, ==, "ovsbr0");
    g_assert_cmpuint(info.mtu, ==, 9000);
    g_assert_cmpuint(g_strv_length(info.portgroups), ==, 2);
    g_assert_cmpstr(info.portgroups[0], ==, "engineering");
    g_assert_cmpstr(info.portgroups[1], ==, "sales");
}

// What an earlier parse left is replaced, and an error leaves all as it was.
static void
test_again(void)
{
    g_auto(FerryNetworkInfo) info = {0};
    g_autoptr(GError) error = NULL;

    parse_network(campus, &info);
    g_assert_false(ferry_network_info_parse("<domain/>", &info, &error));
    expect_error(&error, FERRY_ERROR_FAILED,
                 "cannot read the network XML: its root element is 'domain', not 'network'", NULL);
    g_assert_cmpuint(info.mtu, ==, 9000);
    parse_network("<network><name>isolated</name><mtu size='big'/></network>", &info);
    g_assert_null(info.bridge);
    g_assert_cmpuint(info.mtu, ==, 0);
    g_assert_null(info.portgroups);
}

static void
test_interface(void)
{
    g_auto(FerryNetworkInfo) info = {0};
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_interface_info_parse("<interface type='bridge' name='br0'>\n"
                                             "  <start mode='onboot'/>\n"
                                             "  <mtu size='1492'/>\n"
                                             "  <bridge><interface name='eno1'/></bridge>\n"
                                             "</interface>",
                                             &info, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(info.mtu, ==, 1492);
    g_assert_null(info.bridge);
    g_assert_false(ferry_interface_info_parse("<network/>", &info, &error));
    expect_error(&error, FERRY_ERROR_FAILED,
                 "cannot read the interface XML: its root element is 'network', not 'interface'",
                 NULL);
    g_assert_cmpuint(info.mtu, ==, 1492);
}

static void
test_clear(void)
{
    FerryNetworkInfo info = {.exists = true};

    parse_network(campus, &info);
    ferry_network_info_clear(&info);
    g_assert_false(info.exists);
    g_assert_null(info.bridge);
    g_assert_null(info.portgroups);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/network/network", test_network);
    g_test_add_func("/network/again", test_again);
    g_test_add_func("/network/interface", test_interface);
    g_test_add_func("/network/clear", test_clear);
    return g_test_run();
}
