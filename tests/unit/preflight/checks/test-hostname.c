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
    return g_test_run();
}
