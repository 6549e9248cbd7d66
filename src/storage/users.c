// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/error.h"
#include "storage/storage.h"

void
ferry_users_free(FerryUsers *users)
{
    if (users == NULL)
        return;
    g_hash_table_unref(users->machines);
    g_hash_table_unref(users->images);
    g_free(users);
}

// Returns: whether @path is a new one
static bool
add_image(FerryUsers *users, const char *path, const char *machine)
{
    return path != NULL && !g_hash_table_contains(users->images, path) &&
           g_hash_table_insert(users->images, g_strdup(path), g_strdup(machine));
}

static bool
add_disks(FerryUsers *users,
          FerryHypervisor *hv,
          const FerryVm *vm,
          FerryXmlKind kind,
          GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autofree char *xml = ferry_hypervisor_get_xml(hv, vm->uuid, kind, &cause);
    g_autoptr(FerryDefinition) definition =
        xml != NULL ? ferry_definition_parse(xml, &cause) : NULL;

    for (unsigned i = 0; definition != NULL && i < definition->disks->len; i++)
        add_image(users, ((FerryDisk *)g_ptr_array_index(definition->disks, i))->source, vm->name);
    // it may have gone since the list was made
    if (cause == NULL || ferry_error_is(cause, FERRY_ERROR_VM_NOT_FOUND))
        return true;
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
}

static bool
add_machines(FerryUsers *users, FerryHypervisor *hv, const char *except, GError **error)
{
    g_autoptr(GPtrArray) machines = ferry_hypervisor_list(hv, error);

    for (unsigned i = 0; machines != NULL && i < machines->len; i++) {
        const FerryVm *vm = machines->pdata[i];
        bool active = ferry_vm_state_is_active(vm->state);

        g_hash_table_add(users->machines, g_strdup(vm->uuid));
        if (!active && g_strcmp0(vm->uuid, except) == 0)
            continue;
        if ((vm->persistent && !add_disks(users, hv, vm, FERRY_XML_PERSISTENT, error)) ||
            (active && !add_disks(users, hv, vm, FERRY_XML_LIVE, error)))
            return false;
    }
    return machines != NULL;
}

// Adds what is right below those of @paths (ends with NULL) that are files.
// Returns: (element-type utf8) what is new, ends with NULL; NULL with an error. (transfer full)
static GPtrArray *
add_below(FerryUsers *users, FerryHypervisor *hv, const char *const *paths, GError **error)
{
    g_autoptr(GPtrArray) below = g_ptr_array_new_with_free_func(g_free);
    unsigned n = g_strv_length((GStrv)paths);
    g_autofree FerryPathInfo *infos = g_new0(FerryPathInfo, n + 1);
    const char *failed = NULL;

    ferry_hypervisor_look_at_paths(hv, paths, infos);
    for (unsigned i = 0; i < n; i++) {
        if (infos[i].unknown != NULL && failed == NULL) {
            failed = paths[i];
            ferry_error_set(error, FERRY_ERROR_FAILED, "cannot tell what '%s' stands on: %s",
                            failed, infos[i].unknown);
        }
        if (add_image(users, infos[i].backing, g_hash_table_lookup(users->images, paths[i])))
            g_ptr_array_add(below, g_strdup(infos[i].backing));
        ferry_path_info_clear(&infos[i]);
    }
    g_ptr_array_add(below, NULL);
    return failed == NULL ? g_steal_pointer(&below) : NULL;
}

// One level of all chains after the other: a circle ends where nothing is new.
static bool
add_chains(FerryUsers *users, FerryHypervisor *hv, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer path;

    g_hash_table_iter_init(&iter, users->images);
    while (g_hash_table_iter_next(&iter, &path, NULL))
        if (*(const char *)path == '/')
            g_ptr_array_add(paths, g_strdup(path));
    g_ptr_array_add(paths, NULL);
    while (paths->len > 1) {
        GPtrArray *below = add_below(users, hv, (const char *const *)paths->pdata, error);

        if (below == NULL)
            return false;
        g_ptr_array_unref(paths);
        paths = below;
    }
    return true;
}

FerryUsers *
ferry_storage_users(FerryHypervisor *hv, const char *except, GError **error)
{
    g_autoptr(FerryUsers) users = g_new(FerryUsers, 1);

    users->machines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    users->images = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!add_machines(users, hv, except, error) || !add_chains(users, hv, error))
        return NULL;
    return g_steal_pointer(&users);
}
