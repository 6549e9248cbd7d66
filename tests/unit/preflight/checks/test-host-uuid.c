// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_differ(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_host_uuid, FERRY_VERDICT_OK,
                   "the hosts have UUIDs of their own", NULL);
}

static void
test_same_uri(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    g_free(fx->dst->uri);
    fx->dst->uri = g_strdup(fx->src->uri);
    fixture_expect(fx, &ferry_check_host_uuid, FERRY_VERDICT_BLOCK,
                   "hosts 'host-a' and 'host-b' are the same host", "Choose another destination.");
}

static void
test_same_host(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    g_strlcpy(fx->dst->info.uuid, fx->src->info.uuid, sizeof fx->dst->info.uuid);
    g_free(fx->dst->info.hostname);
    fx->dst->info.hostname = g_strdup(fx->src->info.hostname);
    fixture_expect(fx, &ferry_check_host_uuid, FERRY_VERDICT_BLOCK,
                   "hosts 'host-a' and 'host-b' are the same host", "Choose another destination.");
}

static void
test_same_uuid(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    g_strlcpy(fx->dst->info.uuid, fx->src->info.uuid, sizeof fx->dst->info.uuid);
    fixture_expect(
        fx, &ferry_check_host_uuid, FERRY_VERDICT_BLOCK,
        "hosts 'host-a' and 'host-b' have the same host UUID 11111111-1111-4111-8111-111111111111",
        "Give one of them a UUID of its own: put 'host_uuid = \"...\"' with what 'uuidgen' prints into /etc/libvirt/libvirtd.conf (or virtqemud.conf), and restart its daemon.");
}

static void
test_untold(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->dst->info.uuid[0] = '\0';
    fixture_expect(fx, &ferry_check_host_uuid, FERRY_VERDICT_UNKNOWN,
                   "host 'host-b' tells no UUID of its own", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose(&fx->dst->info_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_host_uuid, FERRY_VERDICT_UNKNOWN,
                   "the UUID of host 'host-b' is not known: connection reset", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/host-uuid/differ", test_differ);
    g_test_add_func("/preflight/host-uuid/same-uri", test_same_uri);
    g_test_add_func("/preflight/host-uuid/same-host", test_same_host);
    g_test_add_func("/preflight/host-uuid/same-uuid", test_same_uuid);
    g_test_add_func("/preflight/host-uuid/untold", test_untold);
    g_test_add_func("/preflight/host-uuid/unknown", test_unknown);
    return g_test_run();
}
