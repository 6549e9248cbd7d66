// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/units.h"
#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

static void
judge_pages(const FerryCheckInput *in, FerryVerdict *ret)
{
    uint64_t size_kib = ferry_facts_page_kib(in->vm->arriving);
    uint64_t needed = (in->vm->arriving->memory_kib + size_kib - 1) / size_kib;
    g_autofree char *size = ferry_format_bytes(size_kib * 1024);
    g_autofree char *key = g_strdup_printf("%" G_GUINT64_FORMAT, size_kib);
    const FerryFact *fact = ferry_host_facts_get(in->dst, FERRY_FACT_FREE_PAGES, key);

    if (fact->unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "the free huge pages of host '%s' are not known: %s", in->dst->name,
                          fact->unknown);
    } else if (fact->number < needed) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "host '%s' has %" G_GUINT64_FORMAT
                          " free huge pages of %s, and the machine needs %" G_GUINT64_FORMAT,
                          in->dst->name, fact->number, size, needed);
        ferry_verdict_add_hint(
            ret,
            "Reserve them there with 'virsh -c %s allocpages --pagesize %" G_GUINT64_FORMAT
            "KiB --pagecount N'.",
            in->dst->uri, size_kib);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "host '%s' has %" G_GUINT64_FORMAT
                          " free huge pages of %s, and the machine needs %" G_GUINT64_FORMAT,
                          in->dst->name, fact->number, size, needed);
    }
}

// Machines that are on their way there have not taken their memory yet.
static uint64_t
sum_arriving_kib(const FerryHostFacts *host)
{
    uint64_t sum_kib = 0;

    for (unsigned i = 0; host->machines != NULL && i < host->machines->len; i++) {
        const FerryVm *vm = g_ptr_array_index(host->machines, i);

        if (vm->state == FERRY_VM_STATE_PAUSED &&
            (vm->reason == FERRY_VM_REASON_MIGRATION || vm->reason == FERRY_VM_REASON_STARTING_UP))
            sum_kib += vm->memory_kib;
    }
    return sum_kib;
}

// More than there is blocks: it can't work. More than is free only warns: a guest seldom uses all of its
// memory, hosts are overcommitted on purpose, and what is free changes by the second. Locked memory is used
// from the first moment.
static void
judge_bytes(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryHostInfo *info = &in->dst->info;
    uint64_t needed_kib = in->vm->arriving->memory_kib;
    uint64_t taken_kib = MIN(sum_arriving_kib(in->dst), info->memory_free_kib);
    uint64_t free_kib = info->memory_free_kib - taken_kib;
    bool locked = in->vm->arriving->memory_locked;
    g_autofree char *needed = ferry_format_bytes(needed_kib * 1024);
    g_autofree char *total = ferry_format_bytes(info->memory_total_kib * 1024);
    g_autofree char *available = ferry_format_bytes(free_kib * 1024);
    g_autofree char *taken = ferry_format_bytes(taken_kib * 1024);
    g_autofree char *less =
        taken_kib > 0 ? g_strdup_printf(" beside the %s of machines that are coming in", taken)
                      : g_strdup("");

    if (info->memory_total_kib == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "host '%s' does not tell how much memory it has", in->dst->name);
    } else if (needed_kib > info->memory_total_kib) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "host '%s' has %s of memory in all, and the machine needs %s",
                          in->dst->name, total, needed);
        ferry_verdict_add_hint(ret, "Choose a larger host, or give the machine less memory.");
    } else if (needed_kib > free_kib && locked) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "host '%s' has %s of memory free%s, and the machine locks %s",
                          in->dst->name, available, less, needed);
        ferry_verdict_add_hint(ret, "Move another machine away first.");
    } else if (needed_kib > free_kib) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                          "host '%s' has %s of memory free%s, and the machine may use %s",
                          in->dst->name, available, less, needed);
        ferry_verdict_add_hint(
            ret,
            "The host would swap, or kill a machine, if the guests used all they have. Move another machine away first.");
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "host '%s' has %s of memory free%s, and the machine may use %s",
                          in->dst->name, available, less, needed);
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    if (is_off(in))
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is off: it needs no memory now");
    else if (in->vm->arriving == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's memory is not known: %s",
                          in->vm->arriving_unknown);
    else if (in->vm->arriving->hugepages)
        judge_pages(in, ret);
    else if (in->dst->info_unknown != NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the memory of host '%s' is not known: %s",
                          in->dst->name, in->dst->info_unknown);
    else
        judge_bytes(in, ret);
}

const FerryCheck ferry_check_memory = {
    .id = "memory",
    .summary = "the destination has memory for the machine",
    .impact =
        "The destination swaps, its kernel kills a machine, or QEMU does not start where huge pages are missing.",
    .hint =
        "Move other machines away first, or reserve huge pages with 'virsh allocpages'. More than the host has in all blocks; more than is free asks for consent, "
        "because guests seldom use all they have.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .run = run,
};
