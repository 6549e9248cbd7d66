// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

static void
judge_unknown(const FerryHostCheckInput *in,
              const FerryPoolInfo *pool,
              const FerryMeasuredPool *measured,
              FerryVerdict *ret)
{
    ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                      "the reads of pool '%s' of host '%s' were not measured: %s", pool->name,
                      in->host->name, measured != NULL ? measured->unknown : "nobody looked at it");
    if (measured != NULL && measured->lacks_fio)
        ferry_verdict_add_hint(
            ret, "Install it there: 'apt install fio', 'dnf install fio' or 'apk add fio'.");
}

static void
judge_pool(const FerryHostCheckInput *in,
           const FerryPoolInfo *pool,
           const FerryMeasuredPool *measured,
           FerryVerdict *ret)
{
    if (measured == NULL || measured->unknown != NULL) {
        judge_unknown(in, pool, measured, ret);
    } else if (measured->iops < in->limits->min_iops) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                          "pool '%s' of host '%s' gives %" G_GUINT64_FORMAT
                          " random reads a second, less than %u",
                          pool->name, in->host->name, measured->iops, in->limits->min_iops);
        ferry_verdict_add_hint(
            ret,
            "See what else is busy there with 'iostat -x 1', or set min-iops in virt-ferry.conf to what your guests need.");
    }
}

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const GPtrArray *pools = in->host->pools;
    const char *slowest = NULL;
    uint64_t least = G_MAXUINT64;

    for (unsigned i = 0; pools != NULL && i < pools->len; i++) {
        const FerryPoolInfo *pool = g_ptr_array_index(pools, i);
        const FerryMeasuredPool *measured =
            ferry_measured_pool(in->measured, in->host->name, pool->name);
        FerryVerdict one = {0};

        if (!pool->active)
            continue;
        judge_pool(in, pool, measured, &one);
        take_worse(ret, &one);
        if (measured != NULL && measured->iops < least) {
            least = measured->iops;
            slowest = pool->name;
        }
    }
    if (ret->text != NULL)
        return;
    if (slowest == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "no reads of host '%s' were measured: it has no active storage pool%s%s",
                          in->host->name, pools == NULL ? " that is known: " : "",
                          pools == NULL ? in->host->pools_unknown : "");
    else
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "pool '%s' gives %" G_GUINT64_FORMAT " random reads a second%s", slowest,
                          least, pools->len > 1 ? ", and no pool less" : "");
}

const FerryHostCheck ferry_host_check_iops = {
    .id = "iops",
    .summary = "every storage pool gives random reads quickly enough",
    .impact = "Guests wait for their disks, all the more once others have moved there.",
    .hint =
        "fio reads 4 KiB at a time from a file of 64 MiB in each pool, past the host's cache. What a storage system holds in a cache of its own it gives faster than the rest.",
    .severity = FERRY_VERDICT_WARN,
    .measured = true,
    .run = run,
};
