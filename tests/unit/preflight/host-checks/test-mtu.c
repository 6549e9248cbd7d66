// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_whole(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_mtu, FERRY_VERDICT_OK,
                        "packets of 1500 bytes arrive whole", NULL);
}

static void
test_cut(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_peer(fx)->link_mtu = 9000;
    host_fixture_expect(
        fx, &ferry_host_check_mtu, FERRY_VERDICT_WARN,
        "host 'host-a' sends packets of up to 9000 bytes, and those over 1500 do not arrive at host 'host-b'",
        "Moves could stand still for ever. Give every switch and interface on the way an MTU of 9000, or host 'host-a' one of 1500.");
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_peer(fx)->path_mtu = 0;
    host_fixture_expect(
        fx, &ferry_host_check_mtu, FERRY_VERDICT_UNKNOWN,
        "the largest packet from host 'host-a' to host 'host-b' cannot be told: the probe could not measure it",
        NULL);
    fixture_lose_probe(fx->host, "no ssh");
    host_fixture_expect(fx, &ferry_host_check_mtu, FERRY_VERDICT_UNKNOWN, "no ssh", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/mtu/whole", test_whole);
    g_test_add_func("/host-checks/mtu/cut", test_cut);
    g_test_add_func("/host-checks/mtu/unknown", test_unknown);
    return g_test_run();
}
