// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Pools that an operator names, as the paths that they stand for.

#include <string.h>

#include "base/error.h"
#include "model/names.h"
#include "storage/storage.h"

typedef struct Pools {
    const FerryHost *dst;
    GPtrArray *here, *there; // FerryPoolInfo
    const FerryDefinition *definition;
    GPtrArray *paths; // "OLD=NEW", ends with NULL
} Pools;

static const FerryPoolInfo *
find_pool(const GPtrArray *pools, const char *name)
{
    for (unsigned i = 0; i < pools->len; i++) {
        const FerryPoolInfo *pool = pools->pdata[i];

        if (g_str_equal(pool->name, name))
            return pool;
    }
    return NULL;
}

static const FerryPoolInfo *
find_pool_of_folder(const GPtrArray *pools, const char *folder)
{
    for (unsigned i = 0; i < pools->len; i++) {
        const FerryPoolInfo *pool = pools->pdata[i];

        if (g_strcmp0(pool->target, folder) == 0)
            return pool;
    }
    return NULL;
}

// Can an image be made in it as a file?
static bool
judge_pool(const FerryPoolInfo *pool, const char *name, const FerryHost *host, GError **error)
{
    static const char *const kinds[] = {"dir", "fs", "netfs", NULL};

    if (pool == NULL) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "host '%s' has no storage pool '%s'", host->name,
                        name);
        ferry_error_add_hint(error, "Run 'virsh -c %s pool-list --all' for those it has.",
                             host->uri);
        return false;
    }
    if (!pool->active) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "storage pool '%s' of host '%s' is not active",
                        name, host->name);
        ferry_error_add_hint(error, "Run 'virsh -c %s pool-start %s'.", host->uri, name);
        return false;
    }
    if (pool->target != NULL && g_strv_contains(kinds, pool->type))
        return true;
    ferry_error_set(error, FERRY_ERROR_USAGE,
                    "cannot copy a disk to storage pool '%s' of host '%s': its type is '%s'", name,
                    host->name, pool->type);
    ferry_error_add_hint(error, "Disks are copied to pools of type dir, fs and netfs.");
    return false;
}

// Returns: the pool of the destination that disk @target at @folder comes to; NULL where nothing says one, or with @error
static const FerryPoolInfo *
pick_pool(const Pools *pools,
          const FerryMigrateOptions *options,
          const char *target,
          const char *folder,
          GError **error)
{
    const FerryPoolInfo *own = find_pool_of_folder(pools->here, folder);
    const char *name = ferry_names_look_up(options->dest_pools, target);
    const FerryPoolInfo *pool;

    if (name == NULL && own != NULL)
        name = ferry_names_look_up(options->map_pools, own->name);
    if (name == NULL)
        return NULL;
    pool = find_pool(pools->there, name);
    return judge_pool(pool, name, pools->dst, error) ? pool : NULL;
}

static bool
add_paths(const Pools *pools, const FerryMigrateOptions *options, GError **error)
{
    for (unsigned i = 0; i < pools->definition->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(pools->definition->disks, i);
        g_autofree char *folder = NULL;
        g_autofree char *base = NULL;
        g_autoptr(GError) cause = NULL;
        const FerryPoolInfo *pool;

        if (disk->target == NULL || disk->source == NULL || *disk->source != '/')
            continue;
        folder = g_path_get_dirname(disk->source);
        base = g_path_get_basename(disk->source);
        pool = pick_pool(pools, options, disk->target, folder, &cause);
        if (cause != NULL) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
        if (pool != NULL && strchr(disk->source, '=') != NULL) {
            ferry_error_set(
                error, FERRY_ERROR_USAGE,
                "cannot let disk '%s' come to another storage pool: its path '%s' has a '='",
                disk->target, disk->source);
            return false;
        }
        if (pool != NULL && !g_str_equal(pool->target, folder))
            g_ptr_array_add(pools->paths,
                            g_strdup_printf("%s=%s/%s", disk->source, pool->target, base));
    }
    return true;
}

bool
ferry_storage_map_pools(FerryMigrateOptions *options,
                        const char *uuid,
                        const FerryStorageHost *src,
                        const FerryStorageHost *dst,
                        GError **error)
{
    g_autofree char *xml = NULL;
    g_autoptr(FerryDefinition) definition = NULL;
    g_autoptr(GPtrArray) here = NULL;
    g_autoptr(GPtrArray) there = NULL;
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    Pools pools;

    if (options->dest_pools == NULL && options->map_pools == NULL)
        return true;
    xml = ferry_hypervisor_get_xml(src->hv, uuid, FERRY_XML_LIVE, error);
    definition = xml != NULL ? ferry_definition_parse(xml, error) : NULL;
    here = definition != NULL ? ferry_hypervisor_list_pools(src->hv, error) : NULL;
    there = here != NULL ? ferry_hypervisor_list_pools(dst->hv, error) : NULL;
    if (there == NULL)
        return false;
    // what an operator says of a path goes before what follows from a pool
    for (unsigned i = 0; options->map_disks != NULL && options->map_disks[i] != NULL; i++)
        g_ptr_array_add(paths, g_strdup(options->map_disks[i]));
    pools = (Pools){dst->host, here, there, definition, paths};
    if (!add_paths(&pools, options, error))
        return false;
    g_ptr_array_add(paths, NULL);
    g_strfreev(options->map_disks);
    options->map_disks = (GStrv)g_ptr_array_steal(paths, NULL);
    return true;
}
