// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define FREE_HINT \
    "Wait for other moves to it to end, look who listens with 'ss -ltnp', or widen migration_port_min and migration_port_max in its qemu.conf."

static FerryProbedPeer *
peer_of(Fixture *fx)
{
    return g_ptr_array_index(fx->src->probe->peers, 0);
}

static void
take_ports(Fixture *fx, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned port = 49152 + i;

        g_array_append_val(fx->dst->probe->ports_taken, port);
    }
}

static void
test_reached(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_ports, FERRY_VERDICT_OK,
                   "host 'host-a' reaches the migration ports of host 'host-b', and 64 are free",
                   NULL);
    peer_of(fx)->migration = FERRY_REACH_OPEN;
    take_ports(fx, 60);
    fixture_expect(fx, &ferry_check_ports, FERRY_VERDICT_OK,
                   "host 'host-a' reaches the migration ports of host 'host-b', and 4 are free",
                   NULL);
}

static void
test_filtered(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    peer_of(fx)->migration = FERRY_REACH_FILTERED;
    fx->dst->probe->port_min = 50000;
    fx->dst->probe->port_max = 50099;
    fixture_expect(
        fx, &ferry_check_ports, FERRY_VERDICT_BLOCK,
        "host 'host-a' cannot reach the migration ports 50000 to 50099 of host 'host-b': no answer",
        "Open them on host 'host-b': 'firewall-cmd --permanent --add-port=50000-50099/tcp' and 'firewall-cmd --reload', or 'nft add rule inet filter input tcp dport 50000-50099 accept'.");
    fixture_lose_probe(fx->dst, "no ssh");
    fixture_expect(
        fx, &ferry_check_ports, FERRY_VERDICT_BLOCK,
        "host 'host-a' cannot reach the migration ports 49152 to 49215 of host 'host-b': no answer",
        "Open them on host 'host-b': 'firewall-cmd --permanent --add-port=49152-49215/tcp' and 'firewall-cmd --reload', or 'nft add rule inet filter input tcp dport 49152-49215 accept'.");
}

static void
test_no_address(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    g_clear_pointer(&peer_of(fx)->address, g_free);
    fixture_expect(
        fx, &ferry_check_ports, FERRY_VERDICT_BLOCK,
        "host 'host-a' cannot find the address of the name to which memory for host 'host-b' is sent",
        "Give its address with --dest-address, or add the name to /etc/hosts on host 'host-a'.");
}

static void
test_taken(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    take_ports(fx, 61);
    fixture_expect(fx, &ferry_check_ports, FERRY_VERDICT_WARN,
                   "host 'host-b' has 3 free migration ports of 49152 to 49215", FREE_HINT);
    g_array_set_size(fx->dst->probe->ports_taken, 0);
    take_ports(fx, 64);
    fixture_expect(fx, &ferry_check_ports, FERRY_VERDICT_BLOCK,
                   "host 'host-b' has 0 free migration ports of 49152 to 49215", FREE_HINT);
}

static void
test_absurd_range(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->dst->probe->port_min = 49215;
    fx->dst->probe->port_max = 49152;
    fixture_expect(fx, &ferry_check_ports, FERRY_VERDICT_BLOCK,
                   "host 'host-b' has 0 free migration ports of 49215 to 49152", FREE_HINT);
}

static void
test_off(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_turn_off(fx);
    fixture_lose_probe(fx->src, "no ssh");
    fixture_expect(fx, &ferry_check_ports, FERRY_VERDICT_OK,
                   "the machine is off: it sends no memory", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    peer_of(fx)->migration = FERRY_REACH_UNKNOWN;
    fixture_expect(
        fx, &ferry_check_ports, FERRY_VERDICT_UNKNOWN,
        "the way to the migration ports between host 'host-a' and host 'host-b' cannot be told: the probe has no tool to try it with",
        NULL);
    fixture_lose_probe(fx->src, "no ssh");
    fixture_expect(
        fx, &ferry_check_ports, FERRY_VERDICT_UNKNOWN,
        "the way to the migration ports between host 'host-a' and host 'host-b' cannot be told: no ssh",
        NULL);
}

static void
test_destination_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose_probe(fx->dst, "no ssh");
    fixture_expect(fx, &ferry_check_ports, FERRY_VERDICT_UNKNOWN,
                   "the migration ports of host 'host-b' cannot be told: no ssh", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/ports/reached", test_reached);
    g_test_add_func("/preflight/ports/filtered", test_filtered);
    g_test_add_func("/preflight/ports/no-address", test_no_address);
    g_test_add_func("/preflight/ports/taken", test_taken);
    g_test_add_func("/preflight/ports/absurd-range", test_absurd_range);
    g_test_add_func("/preflight/ports/off", test_off);
    g_test_add_func("/preflight/ports/unknown", test_unknown);
    g_test_add_func("/preflight/ports/destination-unknown", test_destination_unknown);
    return g_test_run();
}
