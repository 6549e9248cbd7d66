// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_found(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_resolution, FERRY_VERDICT_OK,
                        "memory for host 'host-b' goes to 'host-b.example.org', 198.51.100.12",
                        NULL);
    fx->peer->probe->migration_host = g_strdup("b-mig");
    host_fixture_expect(fx, &ferry_host_check_resolution, FERRY_VERDICT_OK,
                        "memory for host 'host-b' goes to 'b-mig', 198.51.100.12", NULL);
    fx->peer->address = g_strdup("198.51.100.12");
    host_fixture_expect(fx, &ferry_host_check_resolution, FERRY_VERDICT_OK,
                        "memory for host 'host-b' goes to 198.51.100.12", NULL);
}

static void
test_not_found(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    g_clear_pointer(&host_fixture_peer(fx)->address, g_free);
    host_fixture_expect(
        fx, &ferry_host_check_resolution, FERRY_VERDICT_BLOCK,
        "host 'host-a' cannot find the address of 'host-b.example.org', where memory for host 'host-b' goes",
        "Mend /etc/hosts or the DNS on host 'host-a', or remove host 'host-b' and add it again with --address.");
}

static void
test_loopback(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    fixture_lose(&host_fixture_peer(fx)->address, "127.0.1.1");
    host_fixture_expect(
        fx, &ferry_host_check_resolution, FERRY_VERDICT_BLOCK,
        "on host 'host-a' the name 'host-b.example.org' means the address 127.0.1.1, which is host 'host-a' itself, and not host 'host-b'",
        "Mend /etc/hosts or the DNS on host 'host-a', or remove host 'host-b' and add it again with --address.");
    fixture_lose(&host_fixture_peer(fx)->address, "::1");
    host_fixture_expect(
        fx, &ferry_host_check_resolution, FERRY_VERDICT_BLOCK,
        "on host 'host-a' the name 'host-b.example.org' means the address ::1, which is host 'host-a' itself, and not host 'host-b'",
        "Mend /etc/hosts or the DNS on host 'host-a', or remove host 'host-b' and add it again with --address.");
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    g_ptr_array_set_size(fx->host->probe->peers, 0);
    host_fixture_expect(fx, &ferry_host_check_resolution, FERRY_VERDICT_UNKNOWN,
                        "the probe of host 'host-a' did not look at host 'host-b'", NULL);
    fixture_lose_probe(fx->host, "no ssh");
    host_fixture_expect(fx, &ferry_host_check_resolution, FERRY_VERDICT_UNKNOWN, "no ssh", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/resolution/found", test_found);
    g_test_add_func("/host-checks/resolution/not-found", test_not_found);
    g_test_add_func("/host-checks/resolution/loopback", test_loopback);
    g_test_add_func("/host-checks/resolution/unknown", test_unknown);
    return g_test_run();
}
