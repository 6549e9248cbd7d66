// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define MIB ((uint64_t)1024)

static Fixture *
with_memory(const char *memory)
{
    Fixture *fx = fixture_new();

    fixture_define(fx, memory, "<currentMemory unit='MiB'>256</currentMemory>");
    return fx;
}

static void
test_settled(void)
{
    g_autoptr(Fixture) fx = with_memory("");

    fx->vm->extras.balloon_kib = 256 * MIB;
    fixture_expect(fx, &ferry_check_balloon, FERRY_VERDICT_OK,
                   "the machine's memory is not being changed", NULL);
    // guests round
    fx->vm->extras.balloon_kib = 257 * MIB;
    fixture_expect(fx, &ferry_check_balloon, FERRY_VERDICT_OK,
                   "the machine's memory is not being changed", NULL);
}

static void
test_no_balloon(void)
{
    g_autoptr(Fixture) fx = with_memory("");

    fixture_expect(fx, &ferry_check_balloon, FERRY_VERDICT_OK,
                   "the machine's memory is not being changed", NULL);
}

static void
test_moving(void)
{
    g_autoptr(Fixture) fx = with_memory("");
    static const char hint[] =
        "Wait until 'virsh dommemstat web1' shows it, for a shorter move; a guest without a balloon driver stays as it is.";

    fx->vm->extras.balloon_kib = 384 * MIB;
    fixture_expect(fx, &ferry_check_balloon, FERRY_VERDICT_NOTE,
                   "the guest has 384 MiB of memory, and is to have 256 MiB", hint);
    fx->vm->extras.balloon_kib = 128 * MIB;
    fixture_expect(fx, &ferry_check_balloon, FERRY_VERDICT_NOTE,
                   "the guest has 128 MiB of memory, and is to have 256 MiB", hint);
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_balloon, FERRY_VERDICT_OK,
                   "the machine is off: it has no memory", NULL);
}

static void
test_virtio_mem(void)
{
    g_autoptr(Fixture) fx = with_memory(
        "<memory model='virtio-mem'><target><size unit='MiB'>1024</size><requested unit='MiB'>512</requested>"
        "<current unit='MiB'>128</current></target><address type='pci'/></memory>");

    fx->vm->extras.balloon_kib = 256 * MIB;
    fixture_expect(
        fx, &ferry_check_balloon, FERRY_VERDICT_NOTE,
        "the guest has not yet plugged or given back all memory that was asked of it",
        "Wait until <current> of its virtio-mem device in 'virsh dumpxml web1' is what <requested> says.");
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = with_memory("");

    fixture_lose(&fx->vm->extras_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_balloon, FERRY_VERDICT_UNKNOWN,
                   "whether the machine's memory is being changed is not known: connection reset",
                   NULL);
    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(
        fx, &ferry_check_balloon, FERRY_VERDICT_UNKNOWN,
        "whether the machine's memory is being changed is not known: not the XML of a machine",
        NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/balloon/settled", test_settled);
    g_test_add_func("/preflight/balloon/no-balloon", test_no_balloon);
    g_test_add_func("/preflight/balloon/moving", test_moving);
    g_test_add_func("/preflight/balloon/virtio-mem", test_virtio_mem);
    g_test_add_func("/preflight/balloon/unknown", test_unknown);
    return g_test_run();
}
