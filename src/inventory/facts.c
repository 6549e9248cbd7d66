// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "inventory/facts.h"

#include <string.h>

// What a host gives where a machine asks for huge pages and tells no size: x86's.
enum { DEFAULT_PAGE_KIB = 2048 };

void
ferry_fact_free(FerryFact *fact)
{
    if (fact == NULL)
        return;
    g_free(fact->unknown);
    g_free(fact->text);
    ferry_machine_caps_free(fact->caps);
    ferry_network_info_clear(&fact->network);
    ferry_path_info_clear(&fact->path);
    ferry_pool_info_free(fact->pool);
    g_free(fact);
}

FerryHostFacts *
ferry_host_facts_new(const char *name, const char *uri, const char *unknown)
{
    FerryHostFacts *facts = g_new0(FerryHostFacts, 1);

    facts->name = g_strdup(name);
    facts->uri = g_strdup(uri);
    facts->info_unknown = g_strdup(unknown);
    facts->machines_unknown = g_strdup(unknown);
    facts->pools_unknown = g_strdup(unknown);
    facts->probe_unknown = g_strdup(unknown);
    facts->unasked = g_new0(FerryFact, 1);
    facts->unasked->unknown = g_strdup(unknown);
    for (unsigned i = 0; i < FERRY_FACT_LAST; i++)
        facts->facts[i] =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)ferry_fact_free);
    facts->by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
    facts->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    return facts;
}

void
ferry_host_facts_free(FerryHostFacts *facts)
{
    if (facts == NULL)
        return;
    g_hash_table_unref(facts->by_uuid);
    g_hash_table_unref(facts->by_name);
    for (unsigned i = 0; i < FERRY_FACT_LAST; i++)
        g_hash_table_unref(facts->facts[i]);
    ferry_fact_free(facts->unasked);
    ferry_host_info_clear(&facts->info);
    g_clear_pointer(&facts->machines, g_ptr_array_unref);
    g_clear_pointer(&facts->pools, g_ptr_array_unref);
    ferry_host_probe_free(facts->probe);
    g_free(facts->info_unknown);
    g_free(facts->machines_unknown);
    g_free(facts->pools_unknown);
    g_free(facts->probe_unknown);
    g_free(facts->name);
    g_free(facts->uri);
    g_free(facts->address);
    g_free(facts);
}

void
ferry_host_facts_set_machines(FerryHostFacts *facts, GPtrArray *machines, const char *unknown)
{
    g_hash_table_remove_all(facts->by_uuid);
    g_hash_table_remove_all(facts->by_name);
    g_clear_pointer(&facts->machines, g_ptr_array_unref);
    g_free(facts->machines_unknown);
    facts->machines_unknown = g_strdup(unknown);
    facts->machines = machines;
    for (unsigned i = 0; machines != NULL && i < machines->len; i++) {
        FerryVm *vm = g_ptr_array_index(machines, i);

        g_hash_table_insert(facts->by_uuid, vm->uuid, vm);
        g_hash_table_insert(facts->by_name, vm->name, vm);
    }
}

const FerryVm *
ferry_host_facts_by_uuid(const FerryHostFacts *facts, const char *uuid)
{
    return g_hash_table_lookup(facts->by_uuid, uuid);
}

const FerryVm *
ferry_host_facts_by_name(const FerryHostFacts *facts, const char *name)
{
    return g_hash_table_lookup(facts->by_name, name);
}

void
ferry_host_facts_tell(FerryHostFacts *facts, FerryFactKind kind, const char *key, FerryFact *fact)
{
    g_hash_table_replace(facts->facts[kind], g_strdup(key), fact);
}

const FerryFact *
ferry_host_facts_get(const FerryHostFacts *facts, FerryFactKind kind, const char *key)
{
    const FerryFact *fact = key != NULL ? g_hash_table_lookup(facts->facts[kind], key) : NULL;

    return fact != NULL ? fact : facts->unasked;
}

char *
ferry_fact_key_type(const FerryDefinition *definition)
{
    const char *parts[] = {definition->emulator, definition->arch, definition->machine,
                           definition->virt_type};

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        parts[i] = parts[i] != NULL ? parts[i] : "";
    return g_strjoin("\n", parts[0], parts[1], parts[2], parts[3], NULL);
}

char *
ferry_fact_key_cpu(const FerryDefinition *definition)
{
    g_autofree char *type = ferry_fact_key_type(definition);

    return g_strjoin("\n", type, definition->cpu_xml != NULL ? definition->cpu_xml : "", NULL);
}

const FerryFact *
ferry_host_facts_machine_type(const FerryHostFacts *facts, const FerryDefinition *definition)
{
    g_autofree char *key = ferry_fact_key_type(definition);

    return ferry_host_facts_get(facts, FERRY_FACT_MACHINE_TYPE, key);
}

const FerryFact *
ferry_host_facts_cpu(const FerryHostFacts *facts, const FerryDefinition *definition)
{
    g_autofree char *key = ferry_fact_key_cpu(definition);

    return ferry_host_facts_get(facts, FERRY_FACT_CPU, key);
}

const FerryFact *
ferry_host_facts_nic(const FerryHostFacts *facts, const FerryNic *nic)
{
    bool network = g_strcmp0(nic->type, "network") == 0;

    return ferry_host_facts_get(facts, network ? FERRY_FACT_NETWORK : FERRY_FACT_INTERFACE,
                                nic->source);
}

bool
ferry_facts_cpu_follows_host(const FerryDefinition *definition)
{
    return g_strcmp0(definition->cpu_mode, "host-passthrough") == 0 ||
           g_strcmp0(definition->cpu_mode, "maximum") == 0;
}

bool
ferry_facts_has_cpu_model(const FerryDefinition *definition)
{
    return definition->cpu_xml != NULL && !ferry_facts_cpu_follows_host(definition) &&
           strstr(definition->cpu_xml, "<model") != NULL;
}

bool
ferry_facts_disk_is_written(const FerryDisk *disk)
{
    return disk->source != NULL && !disk->readonly;
}

bool
ferry_facts_disk_has_lock(const FerryDisk *disk)
{
    return ferry_facts_disk_is_written(disk) && !disk->shareable &&
           g_strcmp0(disk->type, "file") == 0 && *disk->source == '/';
}

const char *
ferry_facts_dest_name(const FerryVmFacts *vm, const FerryMigrateOptions *options)
{
    return options->dest_name != NULL ? options->dest_name : vm->vm.name;
}

uint64_t
ferry_facts_page_kib(const FerryDefinition *definition)
{
    if (!definition->hugepages)
        return 0;
    return definition->hugepage_kib != 0 ? definition->hugepage_kib : DEFAULT_PAGE_KIB;
}
