// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "preflight/checks-gen.h"
#include "preflight/checks/disks.h"

typedef struct Paths {
    GString *missing;
    GString *dropped; // missing, and libvirt leaves the drive empty
    GString *unknown;
    const char *reason; // of the first unknown
    unsigned count;
    unsigned missing_count;
} Paths;

// Of a hard disk that arrives startupPolicy 'optional' drops nothing (qemuDomainCheckDiskStartupPolicy, 9.0 and 11.3).
static bool
is_dropped(const FerryDisk *disk)
{
    return g_strcmp0(disk->startup_policy, "requisite") == 0;
}

// Media of CD-ROM and floppy drives are another check's.
static bool
has_path(const FerryDisk *disk)
{
    return disk->source != NULL && g_strcmp0(disk->type, "network") != 0 &&
           g_strcmp0(disk->device, "cdrom") != 0 && g_strcmp0(disk->device, "floppy") != 0;
}

static void
add_path(GString *list, const FerryDisk *disk)
{
    g_string_append_printf(list, "%s%s '%s'", list->len == 0 ? "" : ", ", disk->target,
                           disk->source);
}

static void
sort_paths(const FerryCheckInput *in, Paths *paths)
{
    for (unsigned i = 0; i < in->vm->arriving->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(in->vm->arriving->disks, i);
        const FerryFact *fact;

        if (!has_path(disk) || is_copied(in, disk))
            continue;
        fact = ferry_host_facts_get(in->dst, FERRY_FACT_PATH, disk->source);
        paths->count++;
        if (fact->unknown != NULL) {
            add_path(paths->unknown, disk);
            paths->reason = paths->reason != NULL ? paths->reason : fact->unknown;
        } else if (fact->path.seen) {
            continue;
        } else if (is_dropped(disk)) {
            add_path(paths->dropped, disk);
        } else {
            add_path(paths->missing, disk);
            paths->missing_count++;
        }
    }
}

static void
judge(const FerryCheckInput *in, const Paths *paths, FerryVerdict *ret)
{
    if (paths->missing->len > 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "host '%s' does not see %u of %u disks: %s",
                          in->dst->name, paths->missing_count, paths->count, paths->missing->str);
        ferry_verdict_add_hint(
            ret,
            "Make the storage available on host '%s' under the same path, give the path that it has there with --map-disk OLD=NEW, or let it be copied with --copy-disks DISK.",
            in->dst->name);
    } else if (paths->unknown->len > 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "whether host '%s' sees %s is not known: %s",
                          in->dst->name, paths->unknown->str, paths->reason);
    } else if (paths->dropped->len > 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE,
                          "host '%s' does not see %s: the drive will be empty", in->dst->name,
                          paths->dropped->str);
    } else if (paths->count == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "%s", tell_no_path(in));
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "host '%s' sees the path of every disk (%u)",
                          in->dst->name, paths->count);
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    Paths paths = {0};

    if (in->vm->arriving == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's disks are not known: %s",
                          in->vm->arriving_unknown);
        return;
    }
    paths.missing = g_string_new(NULL);
    paths.dropped = g_string_new(NULL);
    paths.unknown = g_string_new(NULL);
    sort_paths(in, &paths);
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
        "Share the storage between the hosts under the same path, give the path that the destination has with --map-disk, or let the disk be copied (check disk-copy). "
        "Paths are looked for through storage pools that live for a moment.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .run = run,
};
