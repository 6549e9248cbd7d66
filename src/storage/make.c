// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What copies come to: made, and taken away again.

#include "base/error.h"
#include "model/definition.h"
#include "storage/storage.h"

// What an image takes up that nobody has written to: qcow2 has its header, tables for some MiB of them, and no more
// (virStorageBackendCreateQemuImg, qemu-img 7.2: 200 KiB).
#define EMPTY_MAX (UINT64_C(1) << 20)

static void G_GNUC_PRINTF(2, 3) note(GPtrArray *notes, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(notes, g_strdup_vprintf(format, args));
    va_end(args);
}

static bool
is_disk_as_planned(const FerryDiskPlan *plan, const FerryDisk *disk, FerryHypervisor *src)
{
    g_auto(FerryPathInfo) info = {0};

    if (disk == NULL || g_strcmp0(disk->source, plan->src_path) != 0)
        return false;
    ferry_hypervisor_look_at_path(src, plan->src_path, &info);
    if (info.unknown != NULL || info.capacity != plan->volume.capacity)
        return false;
    if (plan->flatten)
        return true;
    return g_strcmp0(info.backing, plan->volume.backing) == 0;
}

bool
ferry_storage_is_as_planned(const GPtrArray *plans,
                            FerryHypervisor *src,
                            const char *uuid,
                            GError **error)
{
    g_autofree char *xml = ferry_hypervisor_get_xml(src, uuid, FERRY_XML_LIVE, error);
    g_autoptr(FerryDefinition) definition = xml != NULL ? ferry_definition_parse(xml, error) : NULL;

    for (unsigned i = 0; definition != NULL && i < plans->len; i++) {
        const FerryDiskPlan *plan = plans->pdata[i];

        if (!plan->copied ||
            is_disk_as_planned(plan, ferry_definition_find_disk(definition, plan->target), src))
            continue;
        ferry_error_set(error, FERRY_ERROR_FAILED,
                        "disk '%s' is another one since it was looked at", plan->target);
        ferry_error_add_hint(error,
                             "Repeat the move when no snapshot, resize or block job goes on.");
        return false;
    }
    return definition != NULL;
}

const char *
ferry_storage_find_missing(const GPtrArray *plans, FerryHypervisor *dst)
{
    for (unsigned i = 0; plans != NULL && i < plans->len; i++) {
        const FerryDiskPlan *plan = plans->pdata[i];
        g_auto(FerryPathInfo) info = {0};

        if (!plan->copied)
            continue;
        ferry_hypervisor_look_at_path(dst, plan->volume.path, &info);
        if (!info.seen)
            return plan->volume.path;
    }
    return NULL;
}

static bool
make_one(FerryDiskPlan *plan, FerryHypervisor *dst, GPtrArray *notes, GError **error)
{
    const char *host = ferry_hypervisor_name(dst);

    if (plan->replaces) {
        note(notes, "'%s' of host '%s' is an earlier copy of disk '%s': it is replaced",
             plan->volume.path, host, plan->target);
        if (!ferry_hypervisor_delete_volume(dst, plan->volume.path, error))
            return false;
    }
    plan->made = ferry_hypervisor_create_volume(dst, &plan->volume, error);
    return plan->made;
}

bool
ferry_storage_make(GPtrArray *plans, FerryHypervisor *dst, GPtrArray *notes, GError **error)
{
    for (unsigned i = 0; plans != NULL && i < plans->len; i++) {
        FerryDiskPlan *plan = plans->pdata[i];

        if (plan->copied && !make_one(plan, dst, notes, error))
            return false;
    }
    return true;
}

// Between the intent and the image another may have made one of that name. Ours has the size that the intent says, and
// nothing in it: where that holds nothing is lost with it.
static bool
is_as_made(const FerryDiskPlan *plan, const FerryPathInfo *info)
{
    return info->capacity == plan->volume.capacity && info->allocation <= EMPTY_MAX;
}

static bool
unmake_one(const FerryDiskPlan *plan,
           FerryHypervisor *dst,
           FerryMade made,
           GPtrArray *notes,
           GError **error)
{
    g_auto(FerryPathInfo) info = {0};

    if (made == FERRY_MADE_MARKED && !plan->made)
        return true;
    if (made != FERRY_MADE_PERHAPS)
        return ferry_hypervisor_delete_volume(dst, plan->volume.path, error);
    ferry_hypervisor_look_at_path(dst, plan->volume.path, &info);
    if (info.unknown != NULL) {
        ferry_error_set(error, FERRY_ERROR_FAILED, "cannot look at image '%s': %s",
                        plan->volume.path, info.unknown);
        return false;
    }
    if (!info.seen)
        return true;
    if (is_as_made(plan, &info))
        return ferry_hypervisor_delete_volume(dst, plan->volume.path, error);
    note(notes, "'%s' of host '%s' was not made by this move, and stays", plan->volume.path,
         ferry_hypervisor_name(dst));
    return true;
}

bool
ferry_storage_unmake(const GPtrArray *plans,
                     FerryHypervisor *dst,
                     FerryMade made,
                     GPtrArray *notes,
                     GError **error)
{
    for (unsigned i = 0; plans != NULL && i < plans->len; i++) {
        const FerryDiskPlan *plan = plans->pdata[i];

        if (plan->copied && !unmake_one(plan, dst, made, notes, error))
            return false;
    }
    return true;
}
