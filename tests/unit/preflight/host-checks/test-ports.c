// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_open(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_ports, FERRY_VERDICT_OK,
                        "host 'host-a' reaches the migration ports of host 'host-b'", NULL);
    host_fixture_peer(fx)->migration = FERRY_REACH_OPEN;
    host_fixture_expect(fx, &ferry_host_check_ports, FERRY_VERDICT_OK,
                        "host 'host-a' reaches the migration ports of host 'host-b'", NULL);
    fixture_lose_probe(fx->peer, "no ssh");
    host_fixture_expect(fx, &ferry_host_check_ports, FERRY_VERDICT_OK,
                        "host 'host-a' reaches the migration ports of host 'host-b'", NULL);
}

static void
test_filtered(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_peer(fx)->migration = FERRY_REACH_FILTERED;
    host_fixture_expect(
        fx, &ferry_host_check_ports, FERRY_VERDICT_BLOCK,
        "host 'host-a' cannot reach the migration ports 49152 to 49215 of host 'host-b': no answer",
        "Open them on host 'host-b': 'firewall-cmd --permanent --add-port=49152-49215/tcp' and 'firewall-cmd --reload', or 'nft add rule inet filter input tcp dport 49152-49215 accept'.");
    fx->peer->probe->port_min = 50000;
    fx->peer->probe->port_max = 50063;
    host_fixture_expect(
        fx, &ferry_host_check_ports, FERRY_VERDICT_BLOCK,
        "host 'host-a' cannot reach the migration ports 50000 to 50063 of host 'host-b': no answer",
        "Open them on host 'host-b': 'firewall-cmd --permanent --add-port=50000-50063/tcp' and 'firewall-cmd --reload', or 'nft add rule inet filter input tcp dport 50000-50063 accept'.");
    fixture_lose_probe(fx->peer, "no ssh");
    host_fixture_expect(
        fx, &ferry_host_check_ports, FERRY_VERDICT_BLOCK,
        "host 'host-a' cannot reach the migration ports 49152 to 49215 of host 'host-b': no answer",
        "Open them on host 'host-b': 'firewall-cmd --permanent --add-port=49152-49215/tcp' and 'firewall-cmd --reload', or 'nft add rule inet filter input tcp dport 49152-49215 accept'.");
}

static void
test_taken(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fx->peer->probe->port_max = 49155;
    host_fixture_expect(fx, &ferry_host_check_ports, FERRY_VERDICT_OK,
                        "host 'host-a' reaches the migration ports of host 'host-b'", NULL);
    g_array_append_vals(fx->peer->probe->ports_taken, (unsigned[]){49153}, 1);
    host_fixture_expect(
        fx, &ferry_host_check_ports, FERRY_VERDICT_WARN,
        "host 'host-b' has 3 free migration ports of 49152 to 49155",
        "Look who listens with 'ss -ltnp' on it, or widen migration_port_min and migration_port_max in its qemu.conf: each machine that arrives takes one.");
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_peer(fx)->migration = FERRY_REACH_UNKNOWN;
    host_fixture_expect(
        fx, &ferry_host_check_ports, FERRY_VERDICT_UNKNOWN,
        "the way to the migration ports from host 'host-a' to host 'host-b' cannot be told: the probe could not try it",
        NULL);
    fixture_lose_probe(fx->host, "no ssh");
    host_fixture_expect(fx, &ferry_host_check_ports, FERRY_VERDICT_UNKNOWN, "no ssh", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/ports/open", test_open);
    g_test_add_func("/host-checks/ports/filtered", test_filtered);
    g_test_add_func("/host-checks/ports/taken", test_taken);
    g_test_add_func("/host-checks/ports/unknown", test_unknown);
    return g_test_run();
}
