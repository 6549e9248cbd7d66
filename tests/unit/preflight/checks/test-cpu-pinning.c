// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define HINT \
    "Bind it to what the host has ('virsh -c qemu+ssh://host-b/system capabilities' lists it) in the XML of --xml and --persistent-xml."

// A machine with one set of CPUs; the destination has 0 to 7.
static Fixture *
with_set(const char *set)
{
    Fixture *fx = fixture_new();

    g_ptr_array_add(fx->vm->definition->cpusets, g_strdup_printf("vcpu 0: %s", set));
    return fx;
}

static void
expect_missing(const char *set, const char *missing)
{
    g_autoptr(Fixture) fx = with_set(set);
    g_autofree char *text =
        g_strdup_printf("vcpu 0 is bound to CPU '%s', and host 'host-b' has no %s", set, missing);

    fixture_expect(fx, &ferry_check_cpu_pinning, FERRY_VERDICT_BLOCK, text, HINT);
}

static void
expect_there(const char *set)
{
    g_autoptr(Fixture) fx = with_set(set);

    fixture_expect(fx, &ferry_check_cpu_pinning, FERRY_VERDICT_OK,
                   "host 'host-b' has the CPUs and NUMA nodes that the machine is bound to", NULL);
}

static void
expect_unreadable(const char *set)
{
    g_autoptr(Fixture) fx = with_set(set);
    g_autofree char *text =
        g_strdup_printf("what vcpu 0 is bound to cannot be read: '%s' is no set of numbers", set);

    fixture_expect(fx, &ferry_check_cpu_pinning, FERRY_VERDICT_UNKNOWN, text, NULL);
}

static void
test_none(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    // nothing is bound: nothing need be known
    fixture_lose(&fx->dst->info_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_cpu_pinning, FERRY_VERDICT_OK,
                   "the machine is bound to no CPUs of its host", NULL);
}

static void
test_there(void)
{
    expect_there("0");
    expect_there("0-7");
    expect_there("0-7,^3");
    expect_there(" 1 - 3 , 5,7");
    expect_there("5-9,^8,^9");
}

static void
test_missing(void)
{
    expect_missing("8", "8");
    expect_missing("6-9", "8-9");
    expect_missing("0,8-9,11", "8-9,11");
    expect_missing("6-9,^8", "9");
    expect_missing("^8,8", "8");
    expect_missing("16383", "16383");
    expect_missing("0-16383", "8-16383");
}

static void
test_unreadable(void)
{
    expect_unreadable("");
    expect_unreadable("x");
    expect_unreadable("-1");
    expect_unreadable("3-1");
    expect_unreadable("1,");
    expect_unreadable("1;2");
    expect_unreadable("1 2");
    expect_unreadable("^1-2");
    expect_unreadable("16384");
    expect_unreadable("0-16384");
    expect_unreadable("0-99999999999999999999999999");
    expect_unreadable("18446744073709551616");
}

static void
test_holes(void)
{
    g_autoptr(Fixture) fx = with_set("2-3");

    g_array_remove_index(fx->dst->info.caps.cpus, 3);
    fixture_expect(fx, &ferry_check_cpu_pinning, FERRY_VERDICT_BLOCK,
                   "vcpu 0 is bound to CPU '2-3', and host 'host-b' has no 3", HINT);
}

static void
test_from_xml(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_define(fx, NULL, "<cputune><vcpupin vcpu='1' cpuset='9'/></cputune>");
    fixture_expect(fx, &ferry_check_cpu_pinning, FERRY_VERDICT_BLOCK,
                   "vcpu 1 is bound to CPU '9', and host 'host-b' has no 9", HINT);
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_cpu_pinning, FERRY_VERDICT_WARN,
                   "vcpu 1 is bound to CPU '9', and host 'host-b' has no 9", HINT);
}

static void
test_nodes(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_define(fx, NULL, "<numatune><memory mode='preferred' nodeset='0'/></numatune>");
    fixture_expect(fx, &ferry_check_cpu_pinning, FERRY_VERDICT_OK,
                   "host 'host-b' has the CPUs and NUMA nodes that the machine is bound to", NULL);
    fixture_define(fx, NULL, "<numatune><memory mode='preferred' nodeset='0-1'/></numatune>");
    fixture_expect(fx, &ferry_check_cpu_pinning, FERRY_VERDICT_BLOCK,
                   "the machine's memory is bound to NUMA node '0-1', and host 'host-b' has no 1",
                   HINT);
    g_array_set_size(fx->dst->info.caps.cells, 0);
    fixture_expect(fx, &ferry_check_cpu_pinning, FERRY_VERDICT_UNKNOWN,
                   "host 'host-b' does not tell its NUMA nodes", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = with_set("0");

    g_array_set_size(fx->dst->info.caps.cpus, 0);
    fixture_expect(fx, &ferry_check_cpu_pinning, FERRY_VERDICT_UNKNOWN,
                   "host 'host-b' does not tell its CPUs", NULL);
    fixture_lose(&fx->dst->info_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_cpu_pinning, FERRY_VERDICT_UNKNOWN,
                   "the CPUs of host 'host-b' cannot be told: connection reset", NULL);
    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_cpu_pinning, FERRY_VERDICT_UNKNOWN,
                   "the machine's CPU pinning cannot be told: not the XML of a machine", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/cpu-pinning/none", test_none);
    g_test_add_func("/preflight/cpu-pinning/there", test_there);
    g_test_add_func("/preflight/cpu-pinning/missing", test_missing);
    g_test_add_func("/preflight/cpu-pinning/unreadable", test_unreadable);
    g_test_add_func("/preflight/cpu-pinning/holes", test_holes);
    g_test_add_func("/preflight/cpu-pinning/from-xml", test_from_xml);
    g_test_add_func("/preflight/cpu-pinning/nodes", test_nodes);
    g_test_add_func("/preflight/cpu-pinning/unknown", test_unknown);
    return g_test_run();
}
