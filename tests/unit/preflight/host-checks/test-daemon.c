// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_reached(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_daemon, FERRY_VERDICT_OK,
                        "host 'host-a' can open 'qemu+ssh://host-b/system' by itself", NULL);
}

static void
test_refused(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_peer(fx)->connects = FERRY_TRUTH_NO;
    host_fixture_expect(
        fx, &ferry_host_check_daemon, FERRY_VERDICT_WARN,
        "host 'host-a' cannot open 'qemu+ssh://host-b/system' by itself, and this computer has to carry each move: no reason was given",
        "As root on host 'host-a', make 'virsh -c qemu+ssh://host-b/system uri' work: a key for ssh and the host's key in known_hosts, or certificates for TLS.");
    host_fixture_peer(fx)->connect_error = g_strdup("Host key verification failed.");
    host_fixture_expect(
        fx, &ferry_host_check_daemon, FERRY_VERDICT_WARN,
        "host 'host-a' cannot open 'qemu+ssh://host-b/system' by itself, and this computer has to carry each move: Host key verification failed.",
        "As root on host 'host-a', make 'virsh -c qemu+ssh://host-b/system uri' work: a key for ssh and the host's key in known_hosts, or certificates for TLS.");
}

static void
test_not_reached(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_peer(fx)->connects = FERRY_TRUTH_UNKNOWN;
    host_fixture_peer(fx)->daemon = FERRY_REACH_REFUSED;
    host_fixture_expect(
        fx, &ferry_host_check_daemon, FERRY_VERDICT_WARN,
        "host 'host-a' cannot open 'qemu+ssh://host-b/system' by itself, and this computer has to carry each move: nobody listens there",
        "As root on host 'host-a', make 'virsh -c qemu+ssh://host-b/system uri' work: a key for ssh and the host's key in known_hosts, or certificates for TLS.");
    host_fixture_peer(fx)->daemon = FERRY_REACH_FILTERED;
    host_fixture_expect(
        fx, &ferry_host_check_daemon, FERRY_VERDICT_WARN,
        "host 'host-a' cannot open 'qemu+ssh://host-b/system' by itself, and this computer has to carry each move: no answer",
        "As root on host 'host-a', make 'virsh -c qemu+ssh://host-b/system uri' work: a key for ssh and the host's key in known_hosts, or certificates for TLS.");
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_peer(fx)->connects = FERRY_TRUTH_UNKNOWN;
    host_fixture_expect(
        fx, &ferry_host_check_daemon, FERRY_VERDICT_UNKNOWN,
        "whether host 'host-a' can open 'qemu+ssh://host-b/system' by itself cannot be told: the probe did not find out",
        NULL);
    fixture_lose_probe(fx->host, "no ssh");
    host_fixture_expect(fx, &ferry_host_check_daemon, FERRY_VERDICT_UNKNOWN, "no ssh", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/daemon/reached", test_reached);
    g_test_add_func("/host-checks/daemon/refused", test_refused);
    g_test_add_func("/host-checks/daemon/not-reached", test_not_reached);
    g_test_add_func("/host-checks/daemon/unknown", test_unknown);
    return g_test_run();
}
