// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define CARD(type, source, rest)                                                   \
    "<interface type='" type "'><mac address='52:54:00:00:00:01'/><source " source \
    "/><model type='virtio'/>" rest "</interface>"

static Fixture *
with_network(void)
{
    Fixture *fx = fixture_new();

    fixture_define(fx, CARD("network", "network='lan' portgroup='blue'", ""), NULL);
    fixture_tell_network(fx->dst, FERRY_FACT_NETWORK, "lan", true)->portgroups =
        g_strsplit("red blue", " ", -1);
    return fx;
}

static Fixture *
with_bridge(void)
{
    Fixture *fx = fixture_new();

    fixture_define(fx, CARD("bridge", "bridge='br0'", ""), NULL);
    return fx;
}

static Fixture *
with_filter(bool there)
{
    Fixture *fx = fixture_new();

    fixture_define(fx, CARD("bridge", "bridge='br0'", "<filterref filter='clean-traffic'/>"), NULL);
    fixture_tell(fx->dst, FERRY_FACT_NWFILTER, "clean-traffic")->yes = there;
    return fx;
}

static void
test_none(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_network, FERRY_VERDICT_OK,
                   "the machine uses no network of its host", NULL);
    fixture_define(fx, "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>",
                   NULL);
    fixture_expect(fx, &ferry_check_network, FERRY_VERDICT_OK,
                   "the machine uses no network of its host", NULL);
}

static void
test_there(void)
{
    g_autoptr(Fixture) network = with_network();
    g_autoptr(Fixture) bridge = with_bridge();
    g_autoptr(Fixture) filter = with_filter(true);

    fixture_expect(network, &ferry_check_network, FERRY_VERDICT_OK,
                   "host 'host-b' has the machine's networks", NULL);
    fixture_expect(bridge, &ferry_check_network, FERRY_VERDICT_OK,
                   "host 'host-b' has the machine's networks", NULL);
    fixture_expect(filter, &ferry_check_network, FERRY_VERDICT_OK,
                   "host 'host-b' has the machine's networks", NULL);
}

static void
test_no_network(void)
{
    static const char hint[] =
        "Copy it with 'virsh -c qemu+ssh://host-a/system net-dumpxml lan', 'virsh -c qemu+ssh://host-b/system net-define FILE' and 'net-start lan', or name another network with --map-network.";
    g_autoptr(Fixture) fx = with_network();

    fixture_tell_network(fx->dst, FERRY_FACT_NETWORK, "lan", false);
    fixture_expect(fx, &ferry_check_network, FERRY_VERDICT_BLOCK,
                   "host 'host-b' has no network 'lan'", hint);
    // arrives, and cannot be started there
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_network, FERRY_VERDICT_WARN,
                   "host 'host-b' has no network 'lan'", hint);
}

static void
test_inactive(void)
{
    g_autoptr(Fixture) fx = with_network();

    fixture_tell_network(fx->dst, FERRY_FACT_NETWORK, "lan", true)->active = false;
    fixture_expect(
        fx, &ferry_check_network, FERRY_VERDICT_BLOCK,
        "network 'lan' of host 'host-b' is not active",
        "Start it with 'virsh -c qemu+ssh://host-b/system net-start lan', and for good with 'net-autostart lan'.");
}

static void
test_portgroup(void)
{
    static const char text[] = "network 'lan' of host 'host-b' has no port group 'blue'";
    static const char hint[] =
        "libvirt would connect the card without it, perhaps to another VLAN. Add it with 'virsh -c qemu+ssh://host-b/system net-edit lan'.";
    g_autoptr(Fixture) fx = with_network();

    fixture_tell_network(fx->dst, FERRY_FACT_NETWORK, "lan", true)->portgroups =
        g_strsplit("red", " ", -1);
    fixture_expect(fx, &ferry_check_network, FERRY_VERDICT_BLOCK, text, hint);
    fixture_tell_network(fx->dst, FERRY_FACT_NETWORK, "lan", true);
    fixture_expect(fx, &ferry_check_network, FERRY_VERDICT_BLOCK, text, hint);
}

static void
test_no_bridge(void)
{
    g_autoptr(Fixture) fx = with_bridge();

    fixture_tell_network(fx->dst, FERRY_FACT_INTERFACE, "br0", false);
    fixture_expect(fx, &ferry_check_network, FERRY_VERDICT_BLOCK,
                   "host 'host-b' has no interface 'br0'",
                   "Create the bridge there, or name another one with --map-network.");
    // --xml names another bridge, which the source was not asked about
    fixture_tell_unknown(fx->src, FERRY_FACT_INTERFACE, "br0", "was not asked");
    fixture_expect(fx, &ferry_check_network, FERRY_VERDICT_BLOCK,
                   "host 'host-b' has no interface 'br0'",
                   "Create the bridge there, or name another one with --map-network.");
}

static void
test_bridge_unseen(void)
{
    g_autoptr(Fixture) fx = with_bridge();

    // a machine runs on it, and the source's libvirt does not see it: Open vSwitch
    fixture_tell_network(fx->src, FERRY_FACT_INTERFACE, "br0", false);
    fixture_tell_network(fx->dst, FERRY_FACT_INTERFACE, "br0", false);
    fixture_expect(
        fx, &ferry_check_network, FERRY_VERDICT_UNKNOWN,
        "whether host 'host-b' has interface 'br0' cannot be told: libvirt on host 'host-a' does not see its own either",
        "Look there with 'ip link show br0'.");
}

static void
test_bridge_down(void)
{
    g_autoptr(Fixture) fx = with_bridge();

    fixture_tell_network(fx->dst, FERRY_FACT_INTERFACE, "br0", true)->active = false;
    fixture_expect(fx, &ferry_check_network, FERRY_VERDICT_WARN,
                   "interface 'br0' of host 'host-b' is down",
                   "Bring it up there with 'ip link set br0 up'.");
}

static void
test_filter(void)
{
    g_autoptr(Fixture) fx = with_filter(false);

    fixture_expect(
        fx, &ferry_check_network, FERRY_VERDICT_BLOCK,
        "host 'host-b' has no network filter 'clean-traffic'",
        "Copy it with 'virsh -c qemu+ssh://host-a/system nwfilter-dumpxml clean-traffic' and 'virsh -c qemu+ssh://host-b/system nwfilter-define FILE'.");
    fixture_tell_unknown(fx->dst, FERRY_FACT_NWFILTER, "clean-traffic", "connection reset");
    fixture_expect(
        fx, &ferry_check_network, FERRY_VERDICT_UNKNOWN,
        "whether host 'host-b' has network filter 'clean-traffic' cannot be told: connection reset",
        NULL);
}

static void
test_worst_first(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_define(fx,
                   CARD("network", "network='lan'", "") CARD("bridge", "bridge='br0'", "")
                       CARD("network", "network='san'", ""),
                   NULL);
    fixture_tell_unknown(fx->dst, FERRY_FACT_NETWORK, "lan", "connection reset");
    fixture_tell_network(fx->dst, FERRY_FACT_INTERFACE, "br0", true)->active = false;
    fixture_tell_network(fx->dst, FERRY_FACT_NETWORK, "san", true)->active = false;
    fixture_expect(
        fx, &ferry_check_network, FERRY_VERDICT_BLOCK,
        "network 'san' of host 'host-b' is not active",
        "Start it with 'virsh -c qemu+ssh://host-b/system net-start san', and for good with 'net-autostart san'.");
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) network = with_network();
    g_autoptr(Fixture) bridge = with_bridge();

    fixture_tell_unknown(network->dst, FERRY_FACT_NETWORK, "lan", "connection reset");
    fixture_expect(network, &ferry_check_network, FERRY_VERDICT_UNKNOWN,
                   "whether host 'host-b' has network 'lan' cannot be told: connection reset",
                   NULL);
    fixture_tell_unknown(bridge->dst, FERRY_FACT_INTERFACE, "br0", "connection reset");
    fixture_expect(bridge, &ferry_check_network, FERRY_VERDICT_UNKNOWN,
                   "whether host 'host-b' has interface 'br0' cannot be told: connection reset",
                   NULL);
    fixture_lose_definition(network, "not the XML of a machine");
    fixture_expect(network, &ferry_check_network, FERRY_VERDICT_UNKNOWN,
                   "the machine's network cards cannot be told: not the XML of a machine", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/network/none", test_none);
    g_test_add_func("/preflight/network/there", test_there);
    g_test_add_func("/preflight/network/no-network", test_no_network);
    g_test_add_func("/preflight/network/inactive", test_inactive);
    g_test_add_func("/preflight/network/portgroup", test_portgroup);
    g_test_add_func("/preflight/network/no-bridge", test_no_bridge);
    g_test_add_func("/preflight/network/bridge-unseen", test_bridge_unseen);
    g_test_add_func("/preflight/network/bridge-down", test_bridge_down);
    g_test_add_func("/preflight/network/filter", test_filter);
    g_test_add_func("/preflight/network/worst-first", test_worst_first);
    g_test_add_func("/preflight/network/unknown", test_unknown);
    return g_test_run();
}
