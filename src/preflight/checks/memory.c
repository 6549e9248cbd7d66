// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/units.h"
#include "preflight/checks-gen.h"

static void
judge_pages(const FerryCheckInput *in, FerryVerdict *ret)
{
    uint64_t size_kib = ferry_facts_page_kib(in->pair->definition);
    uint64_t needed = (in->pair->definition->memory_kib + size_kib - 1) / size_kib;
    g_autofree char *size = ferry_format_bytes(size_kib * 1024);

    if (in->pair->free_pages_unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "the free huge pages of host '%s' are not known: %s", in->dst->name,
                          in->pair->free_pages_unknown);
    } else if (in->pair->free_pages < needed) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "host '%s' has %" G_GUINT64_FORMAT
                          " free huge pages of %s, and the machine needs %" G_GUINT64_FORMAT,
                          in->dst->name, in->pair->free_pages, size, needed);
        ferry_verdict_add_hint(
            ret,
            "Reserve them there with 'virsh -c %s allocpages --pagesize %" G_GUINT64_FORMAT
            "KiB --pagecount N'.",
            in->dst->uri, size_kib);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "host '%s' has %" G_GUINT64_FORMAT
                          " free huge pages of %s, and the machine needs %" G_GUINT64_FORMAT,
                          in->dst->name, in->pair->free_pages, size, needed);
    }
}

// More than there is blocks: it can't work. More than is free only warns: a guest seldom uses all of its
// memory, hosts are overcommitted on purpose, and what is free changes by the second.
static void
judge_bytes(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryHostInfo *info = &in->dst->info;
    uint64_t needed_kib = in->pair->definition->memory_kib;
    g_autofree char *needed = ferry_format_bytes(needed_kib * 1024);
    g_autofree char *total = ferry_format_bytes(info->memory_total_kib * 1024);
    g_autofree char *available = ferry_format_bytes(info->memory_free_kib * 1024);

    if (info->memory_total_kib == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "host '%s' does not tell how much memory it has", in->dst->name);
    } else if (needed_kib > info->memory_total_kib) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "host '%s' has %s of memory in all, and the machine needs %s",
                          in->dst->name, total, needed);
        ferry_verdict_add_hint(ret, "Choose a larger host, or give the machine less memory.");
    } else if (needed_kib > info->memory_free_kib) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                          "host '%s' has %s of memory free, and the machine may use %s",
                          in->dst->name, available, needed);
        ferry_verdict_add_hint(
            ret,
            "The host would swap, or kill a machine, if the guests used all they have. Move another machine away first.");
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "host '%s' has %s of memory free, and the machine may use %s",
                          in->dst->name, available, needed);
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    if (in->vm->vm_unknown == NULL && !ferry_vm_state_is_active(in->vm->vm.state))
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is off: it needs no memory now");
    else if (in->pair->definition_unknown != NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's memory is not known: %s",
                          in->pair->definition_unknown);
    else if (in->pair->definition->hugepages)
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
