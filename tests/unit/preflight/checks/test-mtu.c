// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define HINT \
    "Give the networks or bridges of both hosts the same MTU: larger packets of the guest are lost behind a smaller one."
#define CARD(mtu)                                                                         \
    "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='lan'/>" \
    "<model type='virtio'/>" mtu "</interface>"

static Fixture *
with_mtus(const char *card, unsigned src, unsigned dst)
{
    Fixture *fx = fixture_new();

    fixture_define(fx, card, NULL);
    fixture_tell_network(fx->src, FERRY_FACT_NETWORK, "lan", true)->mtu = src;
    fixture_tell_network(fx->dst, FERRY_FACT_NETWORK, "lan", true)->mtu = dst;
    return fx;
}

static FerryProbedPeer *
peer_of(Fixture *fx)
{
    return g_ptr_array_index(fx->src->probe->peers, 0);
}

static void
test_equal(void)
{
    g_autoptr(Fixture) none = fixture_new();
    g_autoptr(Fixture) told = with_mtus(CARD(""), 9000, 9000);
    g_autoptr(Fixture) untold = with_mtus(CARD(""), 0, 0);
    g_autoptr(Fixture) absent = with_mtus(CARD(""), 9000, 0);

    fixture_expect(none, &ferry_check_mtu, FERRY_VERDICT_OK,
                   "no MTU is known to differ, and large packets arrive at host 'host-b'", NULL);
    fixture_expect(told, &ferry_check_mtu, FERRY_VERDICT_OK,
                   "no MTU is known to differ, and large packets arrive at host 'host-b'", NULL);
    fixture_expect(untold, &ferry_check_mtu, FERRY_VERDICT_OK,
                   "no MTU is known to differ, and large packets arrive at host 'host-b'", NULL);
    // what is not there has no MTU: the check 'network' speaks of it
    fixture_tell_network(absent->dst, FERRY_FACT_NETWORK, "lan", false);
    fixture_expect(absent, &ferry_check_mtu, FERRY_VERDICT_OK,
                   "no MTU is known to differ, and large packets arrive at host 'host-b'", NULL);
}

static void
test_smaller(void)
{
    g_autoptr(Fixture) fx = with_mtus(CARD(""), 9000, 1500);

    fixture_expect(fx, &ferry_check_mtu, FERRY_VERDICT_WARN,
                   "'lan' has an MTU of 9000 on host 'host-a', and of 1500 on host 'host-b'", HINT);
}

static void
test_larger(void)
{
    g_autoptr(Fixture) fx = with_mtus(CARD(""), 1500, 9000);

    fixture_expect(fx, &ferry_check_mtu, FERRY_VERDICT_NOTE,
                   "'lan' has an MTU of 1500 on host 'host-a', and of 9000 on host 'host-b'", HINT);
}

static void
test_told_by_one(void)
{
    g_autoptr(Fixture) src = with_mtus(CARD(""), 9000, 0);
    g_autoptr(Fixture) dst = with_mtus(CARD(""), 0, 1500);

    fixture_expect(
        src, &ferry_check_mtu, FERRY_VERDICT_NOTE,
        "'lan' has an MTU of 9000 on host 'host-a', and host 'host-b' does not tell its own", HINT);
    fixture_expect(
        dst, &ferry_check_mtu, FERRY_VERDICT_NOTE,
        "'lan' has an MTU of 1500 on host 'host-b', and host 'host-a' does not tell its own", HINT);
}

static void
test_card(void)
{
    g_autoptr(Fixture) fits = with_mtus(CARD("<mtu size='1400'/>"), 1500, 1500);
    g_autoptr(Fixture) fx = with_mtus(CARD("<mtu size='9000'/>"), 0, 1500);

    fixture_expect(fits, &ferry_check_mtu, FERRY_VERDICT_OK,
                   "no MTU is known to differ, and large packets arrive at host 'host-b'", NULL);
    fixture_expect(
        fx, &ferry_check_mtu, FERRY_VERDICT_WARN,
        "'lan' has an MTU of 1500 on host 'host-b', and network card '52:54:00:00:00:01' one of 9000",
        HINT);
}

// What arrives is another definition than what runs.
static void
test_changed_by_xml(void)
{
    g_autoptr(Fixture) fx = with_mtus(CARD("<mtu size='9000'/>"), 9000, 9000);

    fx->vm->arriving_own = fixture_parse("<domain type='kvm'><name>web1</name><devices>" CARD(
        "<mtu size='1500'/>") "</devices></domain>");
    fx->vm->arriving = fx->vm->arriving_own;
    fixture_expect(
        fx, &ferry_check_mtu, FERRY_VERDICT_BLOCK,
        "--xml changes the MTU of network card '52:54:00:00:00:01' to 1500: it must keep 9000",
        "The guest knows it. Give the card the <mtu> of 'virsh dumpxml --migratable web1'.");
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_mtu, FERRY_VERDICT_OK, "no MTU is known to differ", NULL);
}

static void
test_path(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    peer_of(fx)->link_mtu = 9000;
    peer_of(fx)->path_mtu = 1500;
    fixture_expect(
        fx, &ferry_check_mtu, FERRY_VERDICT_WARN,
        "host 'host-a' sends packets of up to 9000 bytes, and those over 1500 do not arrive at host 'host-b'",
        "The move could stand still for ever. Give every switch and interface on the way an MTU of 9000, or host 'host-a' one of 1500.");
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_mtu, FERRY_VERDICT_OK, "no MTU is known to differ", NULL);
}

static void
test_path_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    peer_of(fx)->path_mtu = 0;
    fixture_expect(
        fx, &ferry_check_mtu, FERRY_VERDICT_UNKNOWN,
        "the largest packet between host 'host-a' and host 'host-b' cannot be told: the probe could not measure it",
        NULL);
    g_ptr_array_set_size(fx->src->probe->peers, 0);
    fixture_expect(
        fx, &ferry_check_mtu, FERRY_VERDICT_UNKNOWN,
        "the largest packet between host 'host-a' and host 'host-b' cannot be told: the source did not look at it",
        NULL);
    fixture_lose_probe(fx->src, "no ssh");
    fixture_expect(
        fx, &ferry_check_mtu, FERRY_VERDICT_UNKNOWN,
        "the largest packet between host 'host-a' and host 'host-b' cannot be told: no ssh", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = with_mtus(CARD(""), 1500, 1500);

    fixture_tell_unknown(fx->src, FERRY_FACT_NETWORK, "lan", "connection reset");
    fixture_expect(fx, &ferry_check_mtu, FERRY_VERDICT_UNKNOWN,
                   "the MTU of 'lan' cannot be told on both hosts: connection reset", NULL);
    fixture_tell_unknown(fx->dst, FERRY_FACT_NETWORK, "lan", "timeout");
    fixture_expect(fx, &ferry_check_mtu, FERRY_VERDICT_UNKNOWN,
                   "the MTU of 'lan' cannot be told on both hosts: timeout", NULL);
    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_mtu, FERRY_VERDICT_UNKNOWN,
                   "the machine's network cards cannot be told: not the XML of a machine", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/mtu/equal", test_equal);
    g_test_add_func("/preflight/mtu/smaller", test_smaller);
    g_test_add_func("/preflight/mtu/larger", test_larger);
    g_test_add_func("/preflight/mtu/told-by-one", test_told_by_one);
    g_test_add_func("/preflight/mtu/card", test_card);
    g_test_add_func("/preflight/mtu/changed-by-xml", test_changed_by_xml);
    g_test_add_func("/preflight/mtu/path", test_path);
    g_test_add_func("/preflight/mtu/path-unknown", test_path_unknown);
    g_test_add_func("/preflight/mtu/unknown", test_unknown);
    return g_test_run();
}
