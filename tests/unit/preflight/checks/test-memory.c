// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_enough(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_memory, FERRY_VERDICT_OK,
                   "host 'host-b' has 4.0 GiB of memory free, and the machine may use 512 MiB",
                   NULL);
}

static void
test_overcommitted(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->dst->info.memory_free_kib = 262144;
    fixture_expect(
        fx, &ferry_check_memory, FERRY_VERDICT_WARN,
        "host 'host-b' has 256 MiB of memory free, and the machine may use 512 MiB",
        "The host would swap, or kill a machine, if the guests used all they have. Move another machine away first.");
}

static void
test_too_small(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->dst->info.memory_total_kib = 393216;
    fx->dst->info.memory_free_kib = 262144;
    fixture_expect(fx, &ferry_check_memory, FERRY_VERDICT_BLOCK,
                   "host 'host-b' has 384 MiB of memory in all, and the machine needs 512 MiB",
                   "Choose a larger host, or give the machine less memory.");
}

static void
test_huge_pages(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->definition->hugepages = true;
    fixture_tell(fx->dst, FERRY_FACT_FREE_PAGES, "2048")->number = 256;
    fixture_expect(fx, &ferry_check_memory, FERRY_VERDICT_OK,
                   "host 'host-b' has 256 free huge pages of 2.0 MiB, and the machine needs 256",
                   NULL);
    fixture_tell(fx->dst, FERRY_FACT_FREE_PAGES, "2048")->number = 255;
    fixture_expect(
        fx, &ferry_check_memory, FERRY_VERDICT_BLOCK,
        "host 'host-b' has 255 free huge pages of 2.0 MiB, and the machine needs 256",
        "Reserve them there with 'virsh -c qemu+ssh://host-b/system allocpages --pagesize 2048KiB --pagecount N'.");
    fx->vm->definition->hugepage_kib = 1048576;
    fixture_tell(fx->dst, FERRY_FACT_FREE_PAGES, "1048576")->number = 0;
    fixture_expect(
        fx, &ferry_check_memory, FERRY_VERDICT_BLOCK,
        "host 'host-b' has 0 free huge pages of 1.0 GiB, and the machine needs 1",
        "Reserve them there with 'virsh -c qemu+ssh://host-b/system allocpages --pagesize 1048576KiB --pagecount N'.");
    fixture_tell_unknown(fx->dst, FERRY_FACT_FREE_PAGES, "1048576", "connection reset");
    fixture_expect(fx, &ferry_check_memory, FERRY_VERDICT_UNKNOWN,
                   "the free huge pages of host 'host-b' are not known: connection reset", NULL);
}

static void
test_off(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_turn_off(fx);
    fx->dst->info.memory_free_kib = 0;
    fixture_expect(fx, &ferry_check_memory, FERRY_VERDICT_OK,
                   "the machine is off: it needs no memory now", NULL);
}

static void
test_untold(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->dst->info.memory_total_kib = 0;
    fixture_expect(fx, &ferry_check_memory, FERRY_VERDICT_UNKNOWN,
                   "host 'host-b' does not tell how much memory it has", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose(&fx->dst->info_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_memory, FERRY_VERDICT_UNKNOWN,
                   "the memory of host 'host-b' is not known: connection reset", NULL);
    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_memory, FERRY_VERDICT_UNKNOWN,
                   "the machine's memory is not known: not the XML of a machine", NULL);
}

// What comes in just now has not taken its memory yet; locked memory must be there at once.
static void
test_promised(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    FerryVm *vm;

    fixture_add_machine(fx->dst, "db1", "33333333-3333-4333-8333-333333333333",
                        FERRY_VM_STATE_PAUSED);
    vm = g_ptr_array_index(fx->dst->machines, 0);
    vm->reason = FERRY_VM_REASON_MIGRATION;
    vm->memory_kib = 4194304 - 262144;
    fixture_expect(
        fx, &ferry_check_memory, FERRY_VERDICT_WARN,
        "host 'host-b' has 256 MiB of memory free beside the 3.8 GiB of machines that are coming in, and the machine may use 512 MiB",
        "The host would swap, or kill a machine, if the guests used all they have. Move another machine away first.");
    fx->vm->definition->memory_locked = true;
    fixture_expect(
        fx, &ferry_check_memory, FERRY_VERDICT_BLOCK,
        "host 'host-b' has 256 MiB of memory free beside the 3.8 GiB of machines that are coming in, and the machine locks 512 MiB",
        "Move another machine away first.");
    vm->reason = FERRY_VM_REASON_USER;
    fixture_expect(fx, &ferry_check_memory, FERRY_VERDICT_OK,
                   "host 'host-b' has 4.0 GiB of memory free, and the machine may use 512 MiB",
                   NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/memory/enough", test_enough);
    g_test_add_func("/preflight/memory/overcommitted", test_overcommitted);
    g_test_add_func("/preflight/memory/too-small", test_too_small);
    g_test_add_func("/preflight/memory/huge-pages", test_huge_pages);
    g_test_add_func("/preflight/memory/off", test_off);
    g_test_add_func("/preflight/memory/untold", test_untold);
    g_test_add_func("/preflight/memory/unknown", test_unknown);
    g_test_add_func("/preflight/memory/promised", test_promised);
    return g_test_run();
}
