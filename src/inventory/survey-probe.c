// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "inventory/place.h"

#include "inventory/probe.h"

static void
add_definition_paths(GHashTable *paths, const FerryDefinition *definition)
{
    for (unsigned i = 0; definition != NULL && i < definition->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(definition->disks, i);

        if (disk->source != NULL && *disk->source == '/')
            g_hash_table_add(paths, g_strdup(disk->source));
    }
}

static void
add_snapshot_paths(GHashTable *paths, const FerryVmFacts *vm)
{
    for (unsigned i = 0; vm->snapshots != NULL && i < vm->snapshots->len; i++) {
        const FerrySnapshotRecord *record = vm->snapshots->pdata[i];

        for (unsigned j = 0; j < record->files->len; j++)
            g_hash_table_add(paths, g_strdup(record->files->pdata[j]));
    }
}

// Every host is asked about every path: what one has and another has not is what is looked for.
static GStrv
list_probe_paths(const FerryPlace *places, unsigned n)
{
    g_autoptr(GHashTable) paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char **keys = NULL;

    for (unsigned i = 0; i < n; i++) {
        for (unsigned j = 0; j < places[i].vms->len; j++) {
            const FerryVmFacts *vm = g_ptr_array_index(places[i].vms, j);

            add_definition_paths(paths, vm->definition);
            add_definition_paths(paths, vm->arriving);
            add_snapshot_paths(paths, vm);
        }
        for (unsigned j = 0; places[i].facts->pools != NULL && j < places[i].facts->pools->len;
             j++) {
            const FerryPoolInfo *pool = g_ptr_array_index(places[i].facts->pools, j);

            if (pool->active && pool->target != NULL && !g_str_has_prefix(pool->target, "/dev"))
                g_hash_table_add(paths, g_strdup_printf("%s/.", pool->target));
        }
    }
    keys = (char **)g_hash_table_get_keys_as_array(paths, NULL);
    return g_strdupv(keys);
}

static void
add_locks(GStrvBuilder *paths, const FerryVmFacts *vm)
{
    if (vm->vm_unknown != NULL || !ferry_vm_state_is_active(vm->vm.state) || vm->arriving == NULL)
        return;
    for (unsigned i = 0; i < vm->arriving->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(vm->arriving->disks, i);

        if (ferry_facts_disk_has_lock(disk))
            g_strv_builder_add(paths, disk->source);
    }
}

// What machines that run elsewhere have open, by the paths that it will have here.
static GStrv
list_locks(const FerryPlace *places, unsigned n, unsigned destination)
{
    g_autoptr(GStrvBuilder) paths = g_strv_builder_new();

    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; i != destination && j < places[i].vms->len; j++)
            add_locks(paths, g_ptr_array_index(places[i].vms, j));
    return g_strv_builder_end(paths);
}

static GPtrArray *
list_peers(const FerryPlace *places, unsigned n, unsigned source, const FerrySurveyOptions *options)
{
    GPtrArray *peers = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_probe_peer_free);

    for (unsigned i = 0; i < n; i++) {
        const FerryHost *host = places[i].asked->host;
        const char *hostname = places[i].facts->info.hostname;
        FerryProbePeer *peer;

        if (i == source || !places[i].asked->destination || hostname == NULL)
            continue;
        peer = g_new0(FerryProbePeer, 1);
        peer->name = g_strdup(host->name);
        peer->uri = g_strdup(host->uri);
        peer->chosen = options->migrate->dest_address != NULL || host->address != NULL;
        peer->hostname =
            g_strdup(options->migrate->dest_address != NULL ? options->migrate->dest_address
                     : host->address != NULL                ? host->address
                                                            : hostname);
        g_ptr_array_add(peers, peer);
    }
    return peers;
}

static void
take_probe(FerryHostFacts *facts, FerryProbeRequest *request)
{
    g_free(facts->probe_unknown);
    facts->probe_unknown = g_steal_pointer(&request->unknown);
    facts->probe = g_steal_pointer(&request->answer);
}

static void
set_unprobed(FerryPlace *places, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (!ferry_place_can_be_asked(&places[i]))
            continue;
        g_free(places[i].facts->probe_unknown);
        places[i].facts->probe_unknown =
            g_strdup_printf("host '%s' was not probed: it was asked for with --no-probe",
                            places[i].asked->host->name);
    }
}

void
ferry_places_probe(FerryPlace *places, unsigned n, const FerrySurveyOptions *options)
{
    g_auto(GStrv) paths = list_probe_paths(places, n);
    g_autofree FerryProbeRequest *requests = g_new0(FerryProbeRequest, n + 1);
    g_autofree unsigned *indices = g_new0(unsigned, n + 1);
    unsigned count = 0;

    if (!options->probe) {
        set_unprobed(places, n);
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        const FerryHost *host = places[i].asked->host;
        bool looks_at_others = places[i].vms->len > 0 || options->pools;

        if (!ferry_place_can_be_asked(&places[i]) ||
            !(looks_at_others || places[i].asked->destination))
            continue;
        indices[count] = i;
        requests[count++] = (FerryProbeRequest){
            .name = host->name,
            .uri = host->uri,
            .paths = (const char *const *)paths,
            .peers = looks_at_others ? list_peers(places, n, i, options) : NULL,
        };
        if (options->locks && places[i].asked->destination)
            requests[count - 1].locks = (const char *const *)list_locks(places, n, i);
    }
    ferry_probes_run(requests, count, options->timeout_s);
    for (unsigned i = 0; i < count; i++) {
        take_probe(places[indices[i]].facts, &requests[i]);
        g_clear_pointer(&requests[i].peers, g_ptr_array_unref);
        g_strfreev((GStrv)requests[i].locks);
    }
}
