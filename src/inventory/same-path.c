// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "inventory/facts.h"

#include <string.h>

// What one way of knowing says; UNKNOWN lets the next one try, and may say why.
typedef FerrySame (*Judge)(const FerryHostFacts *src,
                           const char *src_path,
                           const FerryHostFacts *dst,
                           const char *dst_path,
                           char **ret_how);

static const FerryProbedPath *
probed(const FerryHostFacts *facts, const char *path)
{
    const FerryProbedPath *found =
        facts->probe != NULL ? ferry_host_probe_path(facts->probe, path) : NULL;

    return found != NULL && found->seen ? found : NULL;
}

// A block device bears its identity with it: World Wide Name, or the UUID of a logical volume.
static FerrySame
judge_identity(const FerryHostFacts *src,
               const char *src_path,
               const FerryHostFacts *dst,
               const char *dst_path,
               char **ret_how)
{
    const FerryProbedPath *here = probed(src, src_path);
    const FerryProbedPath *there = probed(dst, dst_path);

    if (here == NULL || there == NULL || here->identity == NULL || there->identity == NULL)
        return FERRY_SAME_UNKNOWN;
    if (strcmp(here->identity, there->identity) == 0) {
        *ret_how = g_strdup_printf("device '%s' on both", here->identity);
        return FERRY_SAME_YES;
    }
    *ret_how = g_strdup_printf("device '%s' on host '%s', '%s' on host '%s'", here->identity,
                               src->name, there->identity, dst->name);
    return FERRY_SAME_NO;
}

static bool
saw_mark(const FerryProbedPath *path, const char *token)
{
    return token != NULL && g_strv_contains((const char *const *)path->marks, token);
}

// A mark that one host left beside its file and the other sees beside its own: one folder. Then one inode is
// one file.
static FerrySame
judge_marks(const FerryHostFacts *src,
            const char *src_path,
            const FerryHostFacts *dst,
            const char *dst_path,
            char **ret_how)
{
    const FerryProbedPath *here = probed(src, src_path);
    const FerryProbedPath *there = probed(dst, dst_path);
    bool shared;

    if (here == NULL || there == NULL || !(here->marked || there->marked))
        return FERRY_SAME_UNKNOWN;
    shared = (here->marked && saw_mark(there, src->probe->token)) ||
             (there->marked && saw_mark(here, dst->probe->token));
    if (!shared) {
        *ret_how = g_strdup("neither host sees what the other writes beside it");
        return FERRY_SAME_NO;
    }
    if (here->inode != there->inode) {
        *ret_how = g_strdup_printf("two files of one folder: inode %" G_GUINT64_FORMAT
                                   " and %" G_GUINT64_FORMAT,
                                   here->inode, there->inode);
        return FERRY_SAME_NO;
    }
    *ret_how = g_strdup("one host sees what the other writes beside it");
    return FERRY_SAME_YES;
}

// "1700000000.123456789" in nanoseconds; -1 where it is none.
static int64_t
parse_time(const char *text)
{
    char *end = NULL;
    int64_t seconds = text != NULL ? g_ascii_strtoll(text, &end, 10) : -1;
    int64_t fraction = 0;

    if (seconds < 0 || end == text || seconds > INT64_MAX / 1000000000 - 1)
        return -1;
    if (*end == '.')
        fraction = g_ascii_strtoll(end + 1, NULL, 10);
    return fraction < 0 || fraction > 999999999 ? -1 : seconds * 1000000000 + fraction;
}

// Nobody can set the time of a file's last change (ctime). A file that the machine writes to meanwhile
// changed on the other host between two looks at it here.
static FerrySame
judge_change(const FerryHostFacts *src,
             const char *src_path,
             const FerryHostFacts *dst,
             const char *dst_path,
             char **ret_how)
{
    const FerryPathInfo *here = &ferry_host_facts_get(src, FERRY_FACT_PATH, src_path)->path;
    const FerryPathInfo *there = &ferry_host_facts_get(dst, FERRY_FACT_PATH, dst_path)->path;
    int64_t before = parse_time(here->changed);
    int64_t now = parse_time(there->changed);
    int64_t after = parse_time(here->changed_later);

    if (here->capacity != 0 && there->capacity != 0 && here->capacity != there->capacity) {
        *ret_how = g_strdup_printf("%" G_GUINT64_FORMAT " bytes on host '%s', %" G_GUINT64_FORMAT
                                   " bytes on host '%s'",
                                   here->capacity, src->name, there->capacity, dst->name);
        return FERRY_SAME_NO;
    }
    if (before < 0 || now < 0)
        return FERRY_SAME_UNKNOWN;
    if (before == now) {
        *ret_how = g_strdup("changed at the same nanosecond on both");
        return FERRY_SAME_YES;
    }
    if (before < now && after >= now) {
        *ret_how = g_strdup("it changes on one host as the other writes");
        return FERRY_SAME_YES;
    }
    // Not proven otherwise: a network file system may give one host an older time than another.
    *ret_how = g_strdup_printf("changed at %s on host '%s', at %s on host '%s'", here->changed,
                               src->name, there->changed, dst->name);
    return FERRY_SAME_UNKNOWN;
}

static char *
explain_unknown(const FerryHostFacts *src,
                const char *src_path,
                const FerryHostFacts *dst,
                const char *dst_path)
{
    const FerryFact *here = ferry_host_facts_get(src, FERRY_FACT_PATH, src_path);
    const FerryFact *there = ferry_host_facts_get(dst, FERRY_FACT_PATH, dst_path);

    if (here->unknown != NULL || there->unknown != NULL)
        return g_strdup(here->unknown != NULL ? here->unknown : there->unknown);
    if (src->probe_unknown != NULL || dst->probe_unknown != NULL)
        return g_strdup(src->probe_unknown != NULL ? src->probe_unknown : dst->probe_unknown);
    return g_strdup("nothing that was seen of it tells");
}

FerrySame
ferry_facts_same_path(const FerryHostFacts *src,
                      const char *src_path,
                      const FerryHostFacts *dst,
                      const char *dst_path,
                      char **ret_how)
{
    static const Judge judges[] = {judge_identity, judge_marks, judge_change};

    *ret_how = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(judges); i++) {
        FerrySame same = judges[i](src, src_path, dst, dst_path, ret_how);

        if (same != FERRY_SAME_UNKNOWN)
            return same;
    }
    if (*ret_how == NULL)
        *ret_how = explain_unknown(src, src_path, dst, dst_path);
    return FERRY_SAME_UNKNOWN;
}
