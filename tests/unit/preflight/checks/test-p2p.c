// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define WAY \
    "As root on host 'host-a', make 'virsh -c qemu+ssh://host-b/system uri' work: a key for ssh and the host's key in known_hosts, or certificates for TLS."

static FerryProbedPeer *
peer_of(Fixture *fx)
{
    return g_ptr_array_index(fx->src->probe->peers, 0);
}

static Fixture *
with_refusal(FerryMode mode)
{
    Fixture *fx = fixture_new();

    fx->options->mode = mode;
    peer_of(fx)->connects = FERRY_TRUTH_NO;
    peer_of(fx)->connect_error = g_strdup("Host key verification failed.");
    return fx;
}

static void
test_connects(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_p2p, FERRY_VERDICT_OK,
                   "host 'host-a' can open 'qemu+ssh://host-b/system' by itself", NULL);
    // proven, whatever a look at the port said
    peer_of(fx)->daemon = FERRY_REACH_FILTERED;
    fixture_expect(fx, &ferry_check_p2p, FERRY_VERDICT_OK,
                   "host 'host-a' can open 'qemu+ssh://host-b/system' by itself", NULL);
}

static void
test_direct(void)
{
    g_autoptr(Fixture) fx = with_refusal(FERRY_MODE_DIRECT);

    fixture_expect(fx, &ferry_check_p2p, FERRY_VERDICT_OK, "this computer carries the move", NULL);
}

static void
test_falls_back(void)
{
    g_autoptr(Fixture) fx = with_refusal(FERRY_MODE_AUTO);

    fixture_expect(
        fx, &ferry_check_p2p, FERRY_VERDICT_NOTE,
        "host 'host-a' cannot open 'qemu+ssh://host-b/system' by itself, and this computer would have to carry the move: Host key verification failed.",
        WAY);
}

static void
test_refused(void)
{
    g_autoptr(Fixture) fx = with_refusal(FERRY_MODE_P2P);

    fixture_expect(
        fx, &ferry_check_p2p, FERRY_VERDICT_BLOCK,
        "host 'host-a' cannot open 'qemu+ssh://host-b/system' by itself: Host key verification failed.",
        WAY " Or leave --mode p2p out.");
    g_clear_pointer(&peer_of(fx)->connect_error, g_free);
    fixture_expect(
        fx, &ferry_check_p2p, FERRY_VERDICT_BLOCK,
        "host 'host-a' cannot open 'qemu+ssh://host-b/system' by itself: no reason was given",
        WAY " Or leave --mode p2p out.");
}

static void
test_port(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->options->mode = FERRY_MODE_P2P;
    peer_of(fx)->connects = FERRY_TRUTH_UNKNOWN;
    peer_of(fx)->daemon = FERRY_REACH_REFUSED;
    fixture_expect(
        fx, &ferry_check_p2p, FERRY_VERDICT_BLOCK,
        "host 'host-a' cannot open 'qemu+ssh://host-b/system' by itself: nobody listens there",
        WAY " Or leave --mode p2p out.");
    peer_of(fx)->daemon = FERRY_REACH_FILTERED;
    fixture_expect(fx, &ferry_check_p2p, FERRY_VERDICT_BLOCK,
                   "host 'host-a' cannot open 'qemu+ssh://host-b/system' by itself: no answer",
                   WAY " Or leave --mode p2p out.");
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    peer_of(fx)->connects = FERRY_TRUTH_UNKNOWN;
    fixture_expect(
        fx, &ferry_check_p2p, FERRY_VERDICT_UNKNOWN,
        "whether host 'host-a' can open 'qemu+ssh://host-b/system' by itself cannot be told: the probe did not find out",
        NULL);
    fixture_lose_probe(fx->src, "no ssh");
    fixture_expect(fx, &ferry_check_p2p, FERRY_VERDICT_UNKNOWN,
                   "the connection between host 'host-a' and host 'host-b' cannot be told: no ssh",
                   NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/p2p/connects", test_connects);
    g_test_add_func("/preflight/p2p/direct", test_direct);
    g_test_add_func("/preflight/p2p/falls-back", test_falls_back);
    g_test_add_func("/preflight/p2p/refused", test_refused);
    g_test_add_func("/preflight/p2p/port", test_port);
    g_test_add_func("/preflight/p2p/unknown", test_unknown);
    return g_test_run();
}
