// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_nothing_asked(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_abilities, FERRY_VERDICT_OK, "both hosts can do what was asked",
                   NULL);
}

static void
test_refused(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->options->compress = g_strdup("zstd");
    fx->options->parallel = 4;
    fx->dst->info.libvirt_version = 11003000;
    fixture_expect(fx, &ferry_check_abilities, FERRY_VERDICT_BLOCK,
                   "--compress zstd needs libvirt 9.4.0 on both hosts, and the source has 9.0.0",
                   "Leave the option out, or bring the host to a version that can.");
}

static void
test_several(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->options->compress = g_strdup("zlib");
    fx->options->postcopy = true;
    fixture_expect(
        fx, &ferry_check_abilities, FERRY_VERDICT_BLOCK,
        "--compress zlib needs --parallel; --compress zlib needs libvirt 9.4.0 on both hosts, and the source has 9.0.0 and the destination 9.0.0",
        "Leave the option out, or bring the host to a version that can.");
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    // only what needs a version can be unknown
    fixture_lose(&fx->dst->info_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_abilities, FERRY_VERDICT_OK, "both hosts can do what was asked",
                   NULL);
    fx->options->tls = true;
    fixture_expect(fx, &ferry_check_abilities, FERRY_VERDICT_UNKNOWN,
                   "the hosts' versions are not known: connection reset", NULL);
    // the source alone is reason enough
    fx->options->compress = g_strdup("zstd");
    fx->options->parallel = 2;
    fixture_expect(fx, &ferry_check_abilities, FERRY_VERDICT_BLOCK,
                   "--compress zstd needs libvirt 9.4.0 on both hosts, and the source has 9.0.0",
                   "Leave the option out, or bring the host to a version that can.");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/abilities/nothing-asked", test_nothing_asked);
    g_test_add_func("/preflight/abilities/refused", test_refused);
    g_test_add_func("/preflight/abilities/several", test_several);
    g_test_add_func("/preflight/abilities/unknown", test_unknown);
    return g_test_run();
}
