// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What can be asked about a simulated host.

#include "hypervisor/sim/connection.h"
#include "hypervisor/sim/images.h"

#define GIB (UINT64_C(1) << 30)

static void
fill_caps(const FerrySimHost *host, FerryHostCaps *caps)
{
    const unsigned cell = 0;

    g_strlcpy(caps->uuid, host->uuid, sizeof(caps->uuid));
    caps->arch = g_strdup("x86_64");
    caps->cpu_model = g_strdup("EPYC-Rome");
    caps->cpu_signature = g_strdup(host->cpu_signature);
    caps->microcode = g_strdup(host->microcode);
    caps->cells = g_array_new(false, false, sizeof(unsigned));
    g_array_append_val(caps->cells, cell);
    caps->cpus = g_array_new(false, false, sizeof(unsigned));
    for (unsigned i = 0; i < host->cpus; i++)
        g_array_append_val(caps->cpus, i);
}

bool
ferry_sim_get_host(FerryHypervisor *hv, FerryHostInfo *ret_info, GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    FerryHostInfo info = {0};
    const FerrySimHost *host;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    host = connection->host;
    info.hostname = g_strdup(host->hostname);
    info.type = g_strdup("QEMU");
    g_strlcpy(info.uuid, host->uuid, sizeof(info.uuid));
    fill_caps(host, &info.caps);
    info.libvirt_version = host->libvirt_version;
    info.hypervisor_version = host->qemu_version;
    info.memory_total_kib = host->memory_kib;
    info.memory_free_kib = ferry_sim_host_memory_free(host);
    info.cpus = host->cpus;
    if (!ferry_sim_call_end(connection, error)) {
        ferry_host_info_clear(&info);
        return false;
    }
    *ret_info = info;
    return true;
}

char *
ferry_sim_get_machine_caps(FerryHypervisor *hv, const FerryMachineType *type, GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    g_autofree char *xml = NULL;
    bool known;

    if (!ferry_sim_call_begin(connection, error))
        return NULL;
    known = type->machine == NULL ||
            g_strv_contains((const char *const *)connection->host->machine_types, type->machine);
    if (known)
        xml = ferry_sim_xml_caps(connection->host, type);
    if (!ferry_sim_call_end(connection, error))
        return NULL;
    if (!known)
        ferry_error_set(
            error, FERRY_ERROR_UNSUPPORTED,
            "cannot get the capabilities of machine type '%s' on host '%s': the machine '%s' is not supported by emulator",
            type->machine, hv->name, type->machine);
    return g_steal_pointer(&xml);
}

bool
ferry_sim_compare_cpu(FerryHypervisor *hv,
                      const FerryMachineType *type,
                      const char *cpu_xml,
                      bool *ret_fits,
                      char **ret_reason,
                      GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    g_autofree char *refusal = NULL;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    refusal = g_strdup(connection->host->cpu_refusal);
    if (!ferry_sim_call_end(connection, error))
        return false;
    *ret_fits = refusal == NULL;
    *ret_reason = g_steal_pointer(&refusal);
    return true;
}

// A set that is NULL has everything.
static bool
has(GHashTable *set, const char *word)
{
    return set == NULL || g_hash_table_contains(set, word);
}

// When the file at @path was last changed: what all hosts say alike, but for those to whom another file has
// that path.
static char *
time_of_change(const FerrySimHost *host, const char *path, bool own)
{
    unsigned hash = g_str_hash(path) ^ (own ? g_str_hash(host->name) : 0);

    return g_strdup_printf("%u.%09u", 1700000000U + hash / 1000000000U, hash % 1000000000U);
}

static void
look_at_image(const FerrySimHost *host, const FerrySimImage *image, FerryPathInfo *info)
{
    unsigned hash = g_str_hash(image->path) ^ g_str_hash(host->name);

    info->capacity = image->capacity;
    info->allocation = image->allocation;
    info->format = g_strdup(image->format);
    info->mode = image->mode;
    info->owner = image->owner;
    info->group = image->group;
    info->backing = g_strdup(image->backing);
    info->backing_format = g_strdup(image->backing_format);
    info->changed = g_strdup_printf("%u.%09u", 1700000000U + image->changes, hash % 1000000000U);
}

static void
look_at_path(const FerrySimHost *host, const char *path, FerryPathInfo *info)
{
    const FerrySimImage *image = ferry_sim_image_find(host, path);
    bool own = has(host->own_paths, path);

    info->seen = ferry_sim_host_sees(host, path);
    info->owner = info->group = -1;
    if (!info->seen)
        return;
    if (image != NULL) {
        look_at_image(host, image, info);
        return;
    }
    info->capacity = GIB;
    info->format = g_strdup(ferry_sim_path_format(path));
    info->changed = time_of_change(host, path, own);
}

void
ferry_sim_look_at_paths(FerryHypervisor *hv, const char *const *paths, FerryPathInfo *ret_infos)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    g_autoptr(GError) error = NULL;

    if (ferry_sim_call_begin(connection, &error)) {
        ferry_sim_copy_note(connection->world);
        for (unsigned i = 0; paths[i] != NULL; i++)
            look_at_path(connection->host, paths[i], &ret_infos[i]);
        (void)ferry_sim_call_end(connection, &error);
    }
    for (unsigned i = 0; error != NULL && paths[i] != NULL; i++) {
        ferry_path_info_clear(&ret_infos[i]);
        ret_infos[i].unknown = g_strdup(error->message);
    }
}

bool
ferry_sim_get_free_pages(FerryHypervisor *hv,
                         uint64_t size_kib,
                         uint64_t *ret_pages,
                         GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    uint64_t pages = 0;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    if (size_kib == 2048)
        pages = connection->host->huge_pages;
    else if (size_kib == 4)
        pages = ferry_sim_host_memory_free(connection->host) / 4;
    if (!ferry_sim_call_end(connection, error))
        return false;
    *ret_pages = pages;
    return true;
}

bool
ferry_sim_get_network(FerryHypervisor *hv,
                      const char *type,
                      const char *name,
                      FerryNetworkInfo *ret_info,
                      GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    GHashTable *networks = connection->host->networks;
    bool exists;
    unsigned mtu = 0;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    exists = has(networks, name);
    if (networks != NULL)
        mtu = GPOINTER_TO_UINT(g_hash_table_lookup(networks, name));
    if (!ferry_sim_call_end(connection, error))
        return false;
    *ret_info = (FerryNetworkInfo){.exists = exists, .active = exists, .mtu = mtu};
    return true;
}

static bool
has_thing(FerryHypervisor *hv, GHashTable *set, const char *word, bool *ret_has, GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;

    if (!ferry_sim_call_begin(connection, error) || !ferry_sim_call_end(connection, error))
        return false;
    *ret_has = has(set, word); // what a host has does not change
    return true;
}

bool
ferry_sim_has_secret(FerryHypervisor *hv, const char *uuid, bool *ret_has, GError **error)
{
    const FerrySimConnection *connection = (const FerrySimConnection *)hv;

    return has_thing(hv, connection->host->secrets, uuid, ret_has, error);
}

bool
ferry_sim_has_nwfilter(FerryHypervisor *hv, const char *name, bool *ret_has, GError **error)
{
    const FerrySimConnection *connection = (const FerrySimConnection *)hv;

    return has_thing(hv, connection->host->nwfilters, name, ret_has, error);
}

static FerryPoolInfo *
pool_of(const FerrySimHost *host, const char *name)
{
    FerryPoolInfo *pool = g_new0(FerryPoolInfo, 1);

    ferry_sim_fill_pool(host, pool);
    pool->name = g_strdup(name);
    pool->target = ferry_sim_pool_folder(name);
    return pool;
}

GPtrArray *
ferry_sim_list_pools(FerryHypervisor *hv, GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    g_autoptr(GPtrArray) pools =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_pool_info_free);

    if (!ferry_sim_call_begin(connection, error))
        return NULL;
    for (unsigned i = 0; connection->host->pools[i] != NULL; i++)
        g_ptr_array_add(pools, pool_of(connection->host, connection->host->pools[i]));
    return ferry_sim_call_end(connection, error) ? g_steal_pointer(&pools) : NULL;
}
