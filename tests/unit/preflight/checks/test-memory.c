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

    fx->pair->definition->hugepages = true;
    fx->pair->free_pages = 256;
    fixture_expect(fx, &ferry_check_memory, FERRY_VERDICT_OK,
                   "host 'host-b' has 256 free huge pages of 2.0 MiB, and the machine needs 256",
                   NULL);
    fx->pair->free_pages = 255;
    fixture_expect(
        fx, &ferry_check_memory, FERRY_VERDICT_BLOCK,
        "host 'host-b' has 255 free huge pages of 2.0 MiB, and the machine needs 256",
        "Reserve them there with 'virsh -c qemu+ssh://host-b/system allocpages --pagesize 2048KiB --pagecount N'.");
    fx->pair->definition->hugepage_kib = 1048576;
    fx->pair->free_pages = 0;
    fixture_expect(
        fx, &ferry_check_memory, FERRY_VERDICT_BLOCK,
        "host 'host-b' has 0 free huge pages of 1.0 GiB, and the machine needs 1",
        "Reserve them there with 'virsh -c qemu+ssh://host-b/system allocpages --pagesize 1048576KiB --pagecount N'.");
    fixture_lose(&fx->pair->free_pages_unknown, "connection reset");
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
    return g_test_run();
}
