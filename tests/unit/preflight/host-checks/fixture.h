// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Two hosts, 'host-a' and 'host-b', about which everything is known and nothing is wrong, and what was measured of
// them. A test changes what it is about and looks at the verdict.

#pragma once

#include "../checks/fixture.h"
#include "preflight/host-checks-gen.h"

#define POOL_FOLDER "/var/lib/libvirt/images"

typedef struct HostFixture {
    FerryHostFacts *host;
    FerryHostFacts *peer;
    FerryMeasured *measured;
    FerryHostLimits limits;
    FerryHostCheckInput in; // of the pair; a host check looks at in.host alone
    FerryVerdict verdict;
} HostFixture;

static inline FerryPoolInfo *
host_fixture_add_pool(FerryHostFacts *host, const char *name, const char *type, const char *target)
{
    FerryPoolInfo *pool = g_new0(FerryPoolInfo, 1);

    pool->name = g_strdup(name);
    pool->type = g_strdup(type);
    pool->target = g_strdup(target);
    pool->active = true;
    pool->capacity = UINT64_C(100) << 30;
    pool->available = UINT64_C(50) << 30;
    g_ptr_array_add(host->pools, pool);
    return pool;
}

// What the probe of @host saw of @path, in a folder where it could leave its mark; @mark: the token it found there.
static inline FerryProbedPath *
host_fixture_add_path(FerryHostFacts *host, const char *path, const char *mark)
{
    FerryProbedPath *seen = g_new0(FerryProbedPath, 1);

    seen->path = g_strdup(path);
    seen->seen = true;
    seen->inode = 2;
    seen->marked = true;
    seen->marks = g_strdupv((char *[]){(char *)mark, NULL});
    g_ptr_array_add(host->probe->paths, seen);
    return seen;
}

static inline HostFixture *
host_fixture_new(void)
{
    HostFixture *fx = g_new0(HostFixture, 1);
    FerryHostFacts *hosts[2];

    fx->host = fixture_host("host-a", "11111111-1111-4111-8111-111111111111", "host-b");
    fx->peer = fixture_host("host-b", "22222222-2222-4222-8222-222222222222", "host-a");
    fx->limits = (FerryHostLimits){
        .min_free_memory_mib = 512,
        .min_free_gib = 5,
        .min_iops = 500,
        .min_link_mibs = 100,
        .max_rtt_ms = 10,
        .max_skew_ms = 1000,
    };
    hosts[0] = fx->host;
    hosts[1] = fx->peer;
    fx->measured = ferry_measured_new();
    for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
        FerryMeasuredLink *link =
            ferry_measured_add_link(fx->measured, hosts[i]->name, hosts[1 - i]->name);

        hosts[i]->pools = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_pool_info_free);
        g_clear_pointer(&hosts[i]->pools_unknown, g_free);
        host_fixture_add_pool(hosts[i], "default", "dir", POOL_FOLDER);
        host_fixture_add_path(hosts[i], POOL_FOLDER "/.", hosts[1 - i]->name);
        ferry_measured_add_pool(fx->measured, hosts[i]->name, "default")->iops = 9000;
        link->port = 49215;
        link->bytes_per_s = UINT64_C(112) << 20;
        link->rtt_us = 250;
    }
    fx->in = (FerryHostCheckInput){fx->host, fx->peer, fx->measured, &fx->limits, 1700000000};
    return fx;
}

static inline void
host_fixture_free(HostFixture *fx)
{
    ferry_host_facts_free(fx->host);
    ferry_host_facts_free(fx->peer);
    ferry_measured_free(fx->measured);
    ferry_verdict_clear(&fx->verdict);
    g_free(fx);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HostFixture, host_fixture_free)

static inline FerryPoolInfo *
host_fixture_pool(FerryHostFacts *host)
{
    return g_ptr_array_index(host->pools, 0);
}

static inline FerryMeasuredPool *
host_fixture_reads(HostFixture *fx)
{
    return g_ptr_array_index(fx->measured->pools, 0);
}

// Of host-a towards host-b.
static inline FerryMeasuredLink *
host_fixture_link(HostFixture *fx)
{
    return g_ptr_array_index(fx->measured->links, 0);
}

static inline FerryProbedPeer *
host_fixture_peer(HostFixture *fx)
{
    return g_ptr_array_index(fx->host->probe->peers, 0);
}

// Runs @check; its verdict must be @kind with exactly this text and hint (NULL: none).
static inline void
host_fixture_expect(HostFixture *fx,
                    const FerryHostCheck *check,
                    FerryVerdictKind kind,
                    const char *text,
                    const char *hint)
{
    FerryHostCheckInput in = fx->in;

    if (!check->pair)
        in.peer = NULL;
    ferry_verdict_clear(&fx->verdict);
    check->run(&in, &fx->verdict);
    g_assert_cmpstr(fx->verdict.text, ==, text);
    g_assert_cmpstr(fx->verdict.hint, ==, hint);
    g_assert_cmpstr(ferry_verdict_kind_name(fx->verdict.kind), ==, ferry_verdict_kind_name(kind));
    g_assert_true(kind == FERRY_VERDICT_UNKNOWN || kind <= check->severity);
}
