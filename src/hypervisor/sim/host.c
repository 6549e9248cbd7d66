// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Hosts, and what they have.

#include <string.h>

#include "hypervisor/sim/images.h"

static void
instance_free(FerrySimInstance *instance)
{
    g_ptr_array_remove(instance->machine->instances, instance);
    g_free(instance->name);
    for (unsigned kind = 0; kind < G_N_ELEMENTS(instance->snapshots); kind++)
        g_ptr_array_unref(instance->snapshots[kind]);
    g_strfreev(instance->disks);
    g_free(instance);
}

void
ferry_sim_host_free(FerrySimHost *host)
{
    g_free(host->name);
    g_free(host->hostname);
    g_free(host->cpu_refusal);
    g_free(host->cpu_signature);
    g_free(host->microcode);
    g_strfreev(host->machine_types);
    g_strfreev(host->pools);
    g_clear_pointer(&host->networks, g_hash_table_unref);
    g_clear_pointer(&host->paths, g_hash_table_unref);
    g_clear_pointer(&host->own_paths, g_hash_table_unref);
    g_clear_pointer(&host->secrets, g_hash_table_unref);
    g_clear_pointer(&host->nwfilters, g_hash_table_unref);
    g_clear_pointer(&host->folders, g_hash_table_unref);
    g_hash_table_unref(host->images);
    g_ptr_array_unref(host->instances);
    g_free(host);
}

FerrySimHost *
ferry_sim_host_find(FerrySimWorld *world, const char *name)
{
    for (unsigned i = 0; i < world->hosts->len; i++) {
        FerrySimHost *host = world->hosts->pdata[i];
        if (strcmp(host->name, name) == 0)
            return host;
    }
    return NULL;
}

uint64_t
ferry_sim_host_memory_free(const FerrySimHost *host)
{
    uint64_t used = 0;

    for (unsigned i = 0; i < host->instances->len; i++) {
        const FerrySimInstance *instance = host->instances->pdata[i];
        if (instance->active)
            used += instance->machine->memory_kib;
    }
    return used < host->memory_kib ? host->memory_kib - used : 0;
}

static const char *
text_or(const char *text, const char *missing)
{
    return text != NULL ? text : missing;
}

static GHashTable *
set_of(const char *const *words)
{
    GHashTable *set;

    if (words == NULL)
        return NULL;
    set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned i = 0; words[i] != NULL; i++)
        g_hash_table_add(set, g_strdup(words[i]));
    return set;
}

// "default", "default:9000".
static GHashTable *
networks_of(const char *const *words)
{
    GHashTable *networks;

    if (words == NULL)
        return NULL;
    networks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned i = 0; words[i] != NULL; i++) {
        const char *colon = strrchr(words[i], ':');
        guint64 mtu = 0;

        if (colon == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &mtu, NULL))
            colon = words[i] + strlen(words[i]);
        g_hash_table_insert(networks, g_strndup(words[i], (size_t)(colon - words[i])),
                            GUINT_TO_POINTER((unsigned)mtu));
    }
    return networks;
}

static void
add_things(FerrySimHost *host, const FerrySimHostSpec *spec)
{
    static const char *const types[] = {"pc-q35-7.2", "pc-i440fx-7.2", NULL};
    static const char *const pools[] = {"default", NULL};
    static const char *const none[] = {NULL};

    host->machine_types =
        g_strdupv((GStrv)(spec->machine_types != NULL ? spec->machine_types : types));
    host->pools = g_strdupv((GStrv)(spec->pools != NULL ? spec->pools : pools));
    host->networks = networks_of(spec->networks);
    host->paths = set_of(spec->paths);
    host->own_paths = set_of(spec->own_paths != NULL ? spec->own_paths : none);
    host->secrets = set_of(spec->secrets != NULL ? spec->secrets : none);
    host->nwfilters = set_of(spec->nwfilters);
    host->folders = set_of(spec->folders);
    host->images =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)ferry_sim_image_free);
    host->disk_bytes = spec->disk_bytes != 0 ? spec->disk_bytes : UINT64_C(50) << 30;
}

void
ferry_sim_add_host(FerrySimWorld *world, const FerrySimHostSpec *spec)
{
    FerrySimHost *host = g_new0(FerrySimHost, 1);

    g_assert(ferry_sim_host_find(world, spec->name) == NULL);
    host->world = world;
    host->name = g_strdup(spec->name);
    host->hostname = g_strdup(text_or(spec->hostname, spec->name));
    if (spec->uuid != NULL)
        g_strlcpy(host->uuid, spec->uuid, sizeof(host->uuid));
    else
        ferry_sim_make_uuid(spec->name, host->uuid);
    host->libvirt_version = spec->libvirt_version != 0 ? spec->libvirt_version : 9000000;
    host->qemu_version = spec->qemu_version != 0 ? spec->qemu_version : 7002000;
    host->memory_kib = spec->memory_kib != 0 ? spec->memory_kib : UINT64_C(64) << 20;
    host->huge_pages = spec->huge_pages != 0 ? spec->huge_pages : 1024;
    host->cpus = spec->cpus != 0 ? spec->cpus : 8;
    host->cpu_refusal = g_strdup(spec->cpu_refusal);
    host->cpu_signature = g_strdup(text_or(spec->cpu_signature, "23.49.0"));
    host->microcode = g_strdup(text_or(spec->microcode, "137367679"));
    add_things(host, spec);
    host->daemon_due_us = FERRY_SIM_NEVER;
    host->disk_due_us = FERRY_SIM_NEVER;
    host->instances = g_ptr_array_new_with_free_func((GDestroyNotify)instance_free);
    g_ptr_array_add(world->hosts, host);
}
