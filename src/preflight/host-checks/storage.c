// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/units.h"
#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

static void
judge_pool(const FerryHostCheckInput *in, const FerryPoolInfo *pool, FerryVerdict *ret)
{
    g_autofree char *available = ferry_format_bytes(pool->available);

    if (!pool->active) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN, "pool '%s' of host '%s' is not active",
                          pool->name, in->host->name);
        ferry_verdict_add_hint(ret, "Run 'virsh -c %s pool-start %s'.", in->host->uri, pool->name);
    } else if (pool->capacity > 0 && pool->available >> 30 < in->limits->min_free_gib) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                          "pool '%s' of host '%s' has %s free, less than %u GiB", pool->name,
                          in->host->name, available, in->limits->min_free_gib);
        ferry_verdict_add_hint(ret,
                               "Make room there: QEMU stops a guest whose disk image cannot grow.");
    }
}

// Returns: the least that a pool has free, of those that tell; G_MAXUINT64 where none does
static uint64_t
find_least(const GPtrArray *pools)
{
    uint64_t least = G_MAXUINT64;

    for (unsigned i = 0; i < pools->len; i++) {
        const FerryPoolInfo *pool = g_ptr_array_index(pools, i);

        if (pool->capacity > 0)
            least = MIN(least, pool->available);
    }
    return least;
}

static void
praise(const GPtrArray *pools, FerryVerdict *ret)
{
    uint64_t least = find_least(pools);
    g_autofree char *size = ferry_format_bytes(least);

    ferry_verdict_set(ret, FERRY_VERDICT_OK, "%u pool%s active%s%s", pools->len,
                      pools->len == 1 ? " is" : "s are",
                      least == G_MAXUINT64 ? "" : "; the least that one has free is ",
                      least == G_MAXUINT64 ? "" : size);
}

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const GPtrArray *pools = in->host->pools;

    if (pools == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "the storage pools of host '%s' cannot be told: %s", in->host->name,
                          in->host->pools_unknown);
        return;
    }
    if (pools->len == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE, "host '%s' has no storage pool", in->host->name);
        ferry_verdict_add_hint(
            ret,
            "Machines move without one. Give it one with 'virsh pool-define-as', and virt-ferry looks at it.");
        return;
    }
    for (unsigned i = 0; i < pools->len; i++) {
        FerryVerdict one = {0};

        judge_pool(in, g_ptr_array_index(pools, i), &one);
        take_worse(ret, &one);
    }
    if (ret->text == NULL)
        praise(pools, ret);
}

const FerryHostCheck ferry_host_check_storage = {
    .id = "storage",
    .summary = "all storage pools are active and have space",
    .impact =
        "A machine with a disk in a pool that is not active cannot arrive. On a full one QEMU stops every guest whose image has to grow.",
    .hint =
        "Start the pool and let it start with the host ('virsh pool-autostart'); keep min-free-gib (virt-ferry.conf) free.",
    .severity = FERRY_VERDICT_WARN,
    .run = run,
};
