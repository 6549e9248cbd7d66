// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/units.h"
#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const FerryHostInfo *info = &in->host->info;
    g_autofree char *unused = NULL;
    g_autofree char *total = NULL;
    g_autofree char *swap = NULL;

    if (!has_info(in->host, ret))
        return;
    unused = ferry_format_bytes(info->memory_free_kib * 1024);
    total = ferry_format_bytes(info->memory_total_kib * 1024);
    if (in->host->probe != NULL) {
        g_autofree char *size = ferry_format_bytes(in->host->probe->swap_free_kib * 1024);

        swap = g_strdup_printf(", and %s of swap", size);
    }
    if (info->memory_free_kib / 1024 >= in->limits->min_free_memory_mib) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "%s of %s are free%s", unused, total,
                          swap != NULL ? swap : "");
        return;
    }
    ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                      "host '%s' has %s of %s free%s, less than the %u MiB it should keep",
                      in->host->name, unused, total, swap != NULL ? swap : "",
                      in->limits->min_free_memory_mib);
    ferry_verdict_add_hint(
        ret,
        "Move a machine away from it, or set min-free-memory-mib in virt-ferry.conf to what it needs.");
}

const FerryHostCheck ferry_host_check_memory = {
    .id = "memory",
    .summary = "the host has memory to spare",
    .impact =
        "A host without free memory swaps, or its kernel ends a process: the largest is usually a guest.",
    .hint =
        "Leave the host min-free-memory-mib (virt-ferry.conf) beside its guests, and more where guests are to arrive.",
    .severity = FERRY_VERDICT_WARN,
    .run = run,
};
