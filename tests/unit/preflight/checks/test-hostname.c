// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
set_hostname(FerryHostFacts *host, const char *hostname)
{
    g_free(host->info.hostname);
    host->info.hostname = g_strdup(hostname);
}

static void
test_proper(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_hostname, FERRY_VERDICT_OK,
                   "the memory goes to 'host-b.example.org', as host 'host-b' calls itself", NULL);
}

static void
test_localhost(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    set_hostname(fx->dst, "localhost.localdomain");
    fixture_expect(
        fx, &ferry_check_hostname, FERRY_VERDICT_BLOCK,
        "host 'host-b' calls itself 'localhost.localdomain', so the source cannot send it memory",
        "Give the address that the source reaches it at with --dest-address, or give the host a name of its own with 'hostnamectl hostname NAME'.");
    fx->options->dest_address = g_strdup("192.0.2.2");
    fixture_expect(fx, &ferry_check_hostname, FERRY_VERDICT_OK,
                   "the memory goes to address '192.0.2.2'", NULL);
}

static void
test_same(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    set_hostname(fx->dst, fx->src->info.hostname);
    fixture_expect(
        fx, &ferry_check_hostname, FERRY_VERDICT_WARN,
        "both hosts call themselves 'host-a.example.org', so the source may send the memory to itself",
        "Give the address that the source reaches the destination at with --dest-address.");
}

static void
test_offline(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    set_hostname(fx->dst, "localhost");
    fx->options->offline = true;
    fixture_expect(fx, &ferry_check_hostname, FERRY_VERDICT_OK, "an offline move sends no memory",
                   NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose(&fx->dst->info_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_hostname, FERRY_VERDICT_UNKNOWN,
                   "the hostname of host 'host-b' is not known: connection reset", NULL);
}

static void
test_source_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    // nothing to compare with, and the destination's own name is what counts
    fixture_lose(&fx->src->info_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_hostname, FERRY_VERDICT_OK,
                   "the memory goes to 'host-b.example.org', as host 'host-b' calls itself", NULL);
}

// What the source makes of the name, and what the destination's qemu.conf has in its place.
static void
test_probed(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    FerryProbedPeer *peer = g_ptr_array_index(fx->src->probe->peers, 0);

    fixture_lose(&peer->address, "127.0.1.1");
    fixture_expect(
        fx, &ferry_check_hostname, FERRY_VERDICT_BLOCK,
        "host 'host-a' resolves 'host-b.example.org', as host 'host-b' calls itself, to itself: 127.0.1.1",
        "Mend the name in DNS or in /etc/hosts of host 'host-a', or give the address with --dest-address.");
    g_clear_pointer(&peer->address, g_free);
    fixture_expect(
        fx, &ferry_check_hostname, FERRY_VERDICT_BLOCK,
        "host 'host-a' cannot resolve 'host-b.example.org', as host 'host-b' calls itself",
        "Put the name into DNS or into /etc/hosts of host 'host-a', or give the address with --dest-address.");
    fx->dst->probe->migration_host = g_strdup("198.51.100.12");
    fixture_expect(fx, &ferry_check_hostname, FERRY_VERDICT_OK,
                   "the memory goes to '198.51.100.12', as host 'host-b' has it in qemu.conf",
                   NULL);
    fixture_lose(&fx->dst->probe->migration_host, "127.0.0.1");
    fixture_expect(
        fx, &ferry_check_hostname, FERRY_VERDICT_BLOCK,
        "host 'host-b' has migration_host '127.0.0.1' in qemu.conf, which no other host reaches",
        "Put its address on the migration network there, and restart its daemon.");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/hostname/proper", test_proper);
    g_test_add_func("/preflight/hostname/localhost", test_localhost);
    g_test_add_func("/preflight/hostname/same", test_same);
    g_test_add_func("/preflight/hostname/offline", test_offline);
    g_test_add_func("/preflight/hostname/unknown", test_unknown);
    g_test_add_func("/preflight/hostname/source-unknown", test_source_unknown);
    g_test_add_func("/preflight/hostname/probed", test_probed);
    return g_test_run();
}
