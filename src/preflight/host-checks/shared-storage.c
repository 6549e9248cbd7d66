// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

// What a pool's storage is to both hosts.
typedef struct Lists {
    GString *shared; // names, ", " between
    GString *own;    // folders that each host has for itself
    GString *broken; // of a network's storage that is not the same there
    char *unknown;   // why that of one cannot be told; NULL: all can
} Lists;

static void
append_name(GString *names, const char *name)
{
    g_string_append_printf(names, "%s'%s'", names->len > 0 ? ", " : "", name);
}

static bool
is_local_type(const FerryPoolInfo *pool)
{
    static const char *const types[] = {"dir", "fs", "logical", "disk", "zfs", NULL};

    return pool->type == NULL || g_strv_contains(types, pool->type);
}

static bool
is_folder(const FerryPoolInfo *pool)
{
    return pool->target != NULL && *pool->target == '/' && !g_str_has_prefix(pool->target, "/dev");
}

// Storage without a folder is known by its source: "host:/dir", a Ceph pool, an iSCSI target.
static FerrySame
compare_sources(const FerryHostCheckInput *in, const FerryPoolInfo *pool)
{
    if (is_local_type(pool))
        return FERRY_SAME_NO;
    for (unsigned i = 0; in->peer->pools != NULL && i < in->peer->pools->len; i++) {
        const FerryPoolInfo *other = g_ptr_array_index(in->peer->pools, i);

        if (other->active && g_strcmp0(other->type, pool->type) == 0 &&
            g_strcmp0(other->source, pool->source) == 0)
            return FERRY_SAME_YES;
    }
    return FERRY_SAME_NO;
}

// By what the probes wrote and saw in the pool's folder, which all hosts looked for.
static FerrySame
compare_folders(const FerryHostCheckInput *in, const FerryPoolInfo *pool, char **ret_how)
{
    g_autofree char *path = g_strdup_printf("%s/.", pool->target);
    const FerryHostFacts *blind = in->host->probe == NULL ? in->host : in->peer;
    const FerryProbedPath *here;
    const FerryProbedPath *there;

    if (blind->probe == NULL) {
        *ret_how = g_strdup(blind->probe_unknown);
        return FERRY_SAME_UNKNOWN;
    }
    here = ferry_host_probe_path(in->host->probe, path);
    there = ferry_host_probe_path(in->peer->probe, path);
    if (there != NULL && !there->seen)
        return FERRY_SAME_NO;
    if (here == NULL || there == NULL || !(here->marked || there->marked)) {
        *ret_how = g_strdup_printf("neither host may write a mark into pool '%s'", pool->name);
        return FERRY_SAME_UNKNOWN;
    }
    return ferry_facts_same_path(in->host, path, in->peer, path, ret_how);
}

static void
sort_pool(const FerryHostCheckInput *in, const FerryPoolInfo *pool, Lists *lists)
{
    g_autofree char *how = NULL;
    FerrySame same = is_folder(pool) ? compare_folders(in, pool, &how) : compare_sources(in, pool);

    if (same == FERRY_SAME_YES)
        append_name(lists->shared, pool->name);
    else if (same == FERRY_SAME_NO)
        append_name(is_local_type(pool) ? lists->own : lists->broken, pool->name);
    else if (lists->unknown == NULL)
        lists->unknown = g_steal_pointer(&how);
}

static void
judge(const FerryHostCheckInput *in, const Lists *lists, FerryVerdict *ret)
{
    if (lists->broken->len > 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                          "network storage of host '%s' is not the same on host '%s': pool %s",
                          in->host->name, in->peer->name, lists->broken->str);
        ferry_verdict_add_hint(
            ret,
            "Give host '%s' the same pool: 'virsh -c %s pool-dumpxml NAME' shows it, 'virsh -c %s pool-define FILE' and 'pool-start NAME' make it.",
            in->peer->name, in->host->uri, in->peer->uri);
    } else if (lists->unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "%s", lists->unknown);
    } else if (lists->own->len > 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE,
                          "host '%s' has storage that is not on host '%s': pool %s%s%s",
                          in->host->name, in->peer->name, lists->own->str,
                          lists->shared->len > 0 ? "; on both: " : "", lists->shared->str);
        ferry_verdict_add_hint(
            ret,
            "A machine with a disk there cannot move while it runs. Put it on storage that both hosts have.");
    } else if (lists->shared->len > 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "both hosts see the same storage: pool %s",
                          lists->shared->str);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE, "host '%s' has no active storage pool",
                          in->host->name);
    }
}

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const FerryHostFacts *silent = in->host->pools == NULL ? in->host : in->peer;
    g_autoptr(GString) shared = g_string_new(NULL);
    g_autoptr(GString) own = g_string_new(NULL);
    g_autoptr(GString) broken = g_string_new(NULL);
    Lists lists = {shared, own, broken, NULL};

    if (silent->pools == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "the storage pools of host '%s' cannot be told: %s", silent->name,
                          silent->pools_unknown);
        return;
    }
    for (unsigned i = 0; i < in->host->pools->len; i++) {
        const FerryPoolInfo *pool = g_ptr_array_index(in->host->pools, i);

        if (pool->active)
            sort_pool(in, pool, &lists);
    }
    judge(in, &lists, ret);
    g_free(lists.unknown);
}

const FerryHostCheck ferry_host_check_shared_storage = {
    .id = "shared-storage",
    .summary = "the destination sees the storage of the source",
    .impact =
        "A machine moves while it runs only where the destination has the very disks. One that finds other files of the same names there is damaged.",
    .hint =
        "Use storage of the network (NFS, iSCSI, Ceph) under the same path or source on all hosts, as a pool of each.",
    .severity = FERRY_VERDICT_WARN,
    .pair = true,
    .run = run,
};
