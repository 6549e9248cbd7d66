// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static Fixture *
with_connections(unsigned connections)
{
    Fixture *fx = fixture_new();

    fx->options->parallel = connections;
    return fx;
}

static void
test_not_asked(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose(&fx->dst->info_unknown, "connection reset");
    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_parallel, FERRY_VERDICT_OK,
                   "the move is not asked for several connections", NULL);
}

static void
test_enough(void)
{
    g_autoptr(Fixture) fx = with_connections(8);

    fixture_expect(fx, &ferry_check_parallel, FERRY_VERDICT_OK,
                   "both hosts have CPUs for 8 connections", NULL);
}

static void
test_too_many(void)
{
    g_autoptr(Fixture) fx = with_connections(9);

    fx->src->info.cpus = 16;
    fixture_expect(
        fx, &ferry_check_parallel, FERRY_VERDICT_WARN, "host 'host-b' has 8 CPUs for 9 connections",
        "Each connection keeps a CPU busy on both hosts, beside the guests. Ask for fewer: '--parallel 4'.");
    fx->src->info.cpus = 1;
    fixture_expect(
        fx, &ferry_check_parallel, FERRY_VERDICT_WARN, "host 'host-a' has 1 CPUs for 9 connections",
        "Each connection keeps a CPU busy on both hosts, beside the guests. Ask for fewer: '--parallel 1'.");
}

static void
test_pinned(void)
{
    g_autoptr(Fixture) fx = with_connections(2);

    g_ptr_array_add(fx->vm->definition->cpusets, g_strdup("vcpu 0: 2-3"));
    fixture_expect(fx, &ferry_check_parallel, FERRY_VERDICT_NOTE,
                   "the machine is bound to CPUs, and the 2 connections have to share them with it",
                   NULL);
}

static void
test_tls(void)
{
    g_autoptr(Fixture) fx = with_connections(2);

    fx->options->tls = true;
    fixture_expect(fx, &ferry_check_parallel, FERRY_VERDICT_NOTE,
                   "with --tls each of the 2 connections takes a whole CPU on both hosts", NULL);
}

static void
test_off(void)
{
    g_autoptr(Fixture) fx = with_connections(99);

    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_parallel, FERRY_VERDICT_OK,
                   "the machine is off: it sends no memory", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = with_connections(2);

    fx->dst->info.cpus = 0;
    fixture_expect(fx, &ferry_check_parallel, FERRY_VERDICT_UNKNOWN,
                   "the CPUs of host 'host-b' cannot be told: it does not tell their number", NULL);
    fixture_lose(&fx->src->info_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_parallel, FERRY_VERDICT_UNKNOWN,
                   "the CPUs of host 'host-a' cannot be told: connection reset", NULL);
    g_clear_pointer(&fx->src->info_unknown, g_free);
    fx->dst->info.cpus = 8;
    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_parallel, FERRY_VERDICT_UNKNOWN,
                   "the machine's CPU pinning cannot be told: not the XML of a machine", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/parallel/not-asked", test_not_asked);
    g_test_add_func("/preflight/parallel/enough", test_enough);
    g_test_add_func("/preflight/parallel/too-many", test_too_many);
    g_test_add_func("/preflight/parallel/pinned", test_pinned);
    g_test_add_func("/preflight/parallel/tls", test_tls);
    g_test_add_func("/preflight/parallel/off", test_off);
    g_test_add_func("/preflight/parallel/unknown", test_unknown);
    return g_test_run();
}
