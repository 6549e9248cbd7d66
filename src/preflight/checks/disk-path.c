// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "preflight/checks-gen.h"

typedef struct Paths {
    GString *missing;
    GString *dropped; // missing, and libvirt leaves the drive empty
    GString *unknown;
    const char *reason; // of the first unknown
    unsigned missing_count;
} Paths;

static const FerryDisk *
find_disk(const FerryDefinition *definition, const char *target)
{
    for (unsigned i = 0; i < definition->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(definition->disks, i);

        if (g_strcmp0(disk->target, target) == 0)
            return disk;
    }
    return NULL;
}

// startupPolicy 'optional' and 'requisite' both drop the medium of a machine that arrives
// (virDomainStartupPolicy, libvirt documentation of <source startupPolicy>).
static bool
is_dropped(const FerryDefinition *definition, const FerryPathFact *fact)
{
    const FerryDisk *disk = find_disk(definition, fact->target);
    const char *policy = disk != NULL ? disk->startup_policy : NULL;

    return g_strcmp0(policy, "optional") == 0 || g_strcmp0(policy, "requisite") == 0;
}

static void
add_path(GString *list, const FerryPathFact *fact)
{
    g_string_append_printf(list, "%s%s '%s'", list->len == 0 ? "" : ", ", fact->target, fact->path);
}

static void
sort_paths(const FerryPairFacts *pair, Paths *paths)
{
    for (unsigned i = 0; i < pair->paths->len; i++) {
        const FerryPathFact *fact = g_ptr_array_index(pair->paths, i);

        if (fact->seen_unknown != NULL) {
            add_path(paths->unknown, fact);
            paths->reason = paths->reason != NULL ? paths->reason : fact->seen_unknown;
        } else if (fact->seen) {
            continue;
        } else if (is_dropped(pair->definition, fact)) {
            add_path(paths->dropped, fact);
        } else {
            add_path(paths->missing, fact);
            paths->missing_count++;
        }
    }
}

static void
judge(const FerryCheckInput *in, const Paths *paths, FerryVerdict *ret)
{
    unsigned count = in->pair->paths->len;

    if (paths->missing->len > 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "host '%s' does not see %u of %u disks: %s",
                          in->dst->name, paths->missing_count, count, paths->missing->str);
        ferry_verdict_add_hint(
            ret,
            "Make the storage available on host '%s' under the same path, or give the path that it has there with --xml and --persistent-xml. virt-ferry does not copy disks yet.",
            in->dst->name);
    } else if (paths->unknown->len > 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "whether host '%s' sees %s is not known: %s",
                          in->dst->name, paths->unknown->str, paths->reason);
    } else if (paths->dropped->len > 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE,
                          "host '%s' does not see %s: the drive will be empty", in->dst->name,
                          paths->dropped->str);
    } else if (count == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine has no disk with a path");
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "host '%s' sees the path of every disk (%u)",
                          in->dst->name, count);
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    Paths paths = {0};

    if (in->pair->definition_unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's disks are not known: %s",
                          in->pair->definition_unknown);
        return;
    }
    paths.missing = g_string_new(NULL);
    paths.dropped = g_string_new(NULL);
    paths.unknown = g_string_new(NULL);
    sort_paths(in->pair, &paths);
    judge(in, &paths, ret);
    g_string_free(paths.missing, TRUE);
    g_string_free(paths.dropped, TRUE);
    g_string_free(paths.unknown, TRUE);
}

const FerryCheck ferry_check_disk_path = {
    .id = "disk-path",
    .summary = "the destination sees the file or device behind each disk",
    .impact =
        "QEMU does not start on the destination ('Cannot access storage file'), and the machine stays where it is.",
    .hint =
        "Share the storage between the hosts under the same path, or give the path that the destination has with --xml and --persistent-xml. "
        "Disks are not copied yet. A path outside every storage pool is looked for through a pool that lives for a moment.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .run = run,
};
