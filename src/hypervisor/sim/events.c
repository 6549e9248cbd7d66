// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What hosts tell by themselves. In real programs an event goes through the default main context and is
// dropped where its watch has ended meanwhile, so nothing is called after unwatch.

#include <string.h>

#include "hypervisor/sim/connection.h"

typedef struct Delivery {
    FerrySimWorld *world;
    int watch;
    FerryVmEvent event;
} Delivery;

static void
delivery_free(void *data)
{
    Delivery *delivery = data;

    ferry_sim_world_unref(delivery->world);
    g_free(delivery);
}

// Returns: a copy of the watch, its function NULL where it has ended.
static FerrySimWatch
find_watch(FerrySimWorld *world, int id)
{
    for (unsigned i = 0; i < world->watches->len; i++) {
        const FerrySimWatch *watch = world->watches->pdata[i];
        if (watch->id == id)
            return *watch;
    }
    return (FerrySimWatch){0};
}

static gboolean
deliver(void *data)
{
    const Delivery *delivery = data;
    FerrySimWatch watch;

    ferry_sim_lock(delivery->world);
    watch = find_watch(delivery->world, delivery->watch);
    ferry_sim_unlock(delivery->world);
    if (watch.func != NULL)
        watch.func(watch.hv, &delivery->event, watch.data);
    return G_SOURCE_REMOVE;
}

static void
tell(FerrySimWorld *world, const FerrySimWatch *watch, const FerryVmEvent *event)
{
    Delivery *delivery;

    if (world->direct_events && !world->client_frozen) {
        watch->func(watch->hv, event, watch->data);
        return;
    }
    delivery = g_new(Delivery, 1);
    *delivery = (Delivery){
        .world = world->client_frozen ? NULL : ferry_sim_world_ref(world),
        .watch = watch->id,
        .event = *event,
    };
    if (world->client_frozen)
        g_ptr_array_add(world->held, delivery);
    else
        g_idle_add_full(G_PRIORITY_DEFAULT, deliver, delivery, delivery_free);
}

// What lies in the sockets of a client that goes on is read first.
void
ferry_sim_deliver_held(FerrySimWorld *world)
{
    g_autoptr(GPtrArray) held = world->held;

    world->held = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < held->len; i++) {
        const Delivery *delivery = held->pdata[i];
        FerrySimWatch watch = find_watch(world, delivery->watch);
        if (watch.func != NULL)
            tell(world, &watch, &delivery->event);
    }
}

// Ids first: a function that is called may watch and unwatch.
static GArray *
watches_of(FerrySimHost *host, const char *uuid, const FerryHypervisor *hv)
{
    FerrySimWorld *world = host->world;
    GArray *ids = g_array_new(false, false, sizeof(int));

    for (unsigned i = 0; i < world->watches->len; i++) {
        const FerrySimWatch *watch = world->watches->pdata[i];
        if (watch->host == host && (uuid == NULL || strcmp(watch->uuid, uuid) == 0) &&
            (hv == NULL || watch->hv == hv))
            g_array_append_val(ids, watch->id);
    }
    return ids;
}

static void
tell_all(FerrySimWorld *world, const GArray *ids, const FerryVmEvent *event)
{
    for (unsigned i = 0; i < ids->len; i++) {
        FerrySimWatch watch = find_watch(world, g_array_index(ids, int, i));
        if (watch.func != NULL)
            tell(world, &watch, event);
    }
}

void
ferry_sim_emit(FerrySimHost *host, const char *uuid, const FerryVmEvent *event)
{
    g_autoptr(GArray) ids = NULL;

    if (host->world->watches->len == 0 || host->daemon != FERRY_SIM_DAEMON_RUNNING)
        return;
    ids = watches_of(host, uuid, NULL);
    for (unsigned i = ids->len; i > 0; i--) {
        FerrySimWatch watch = find_watch(host->world, g_array_index(ids, int, i - 1));
        if (!ferry_sim_connection_is_alive(watch.hv))
            g_array_remove_index(ids, i - 1);
    }
    tell_all(host->world, ids, event);
}

void
ferry_sim_emit_state(FerrySimInstance *instance)
{
    FerryVmEvent event = {
        .kind = FERRY_VM_EVENT_STATE,
        .state = instance->state,
        .reason = instance->reason,
    };

    ferry_sim_emit(instance->host, instance->machine->uuid, &event);
}

void
ferry_sim_emit_disconnected(FerrySimHost *host, FerryHypervisor *hv)
{
    FerryVmEvent event = {.kind = FERRY_VM_EVENT_DISCONNECTED};
    g_autoptr(GArray) ids = watches_of(host, NULL, hv);

    tell_all(host->world, ids, &event);
}

int
ferry_sim_watch(FerryHypervisor *hv,
                const char *uuid,
                FerryVmEventFunc func,
                void *data,
                GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    FerrySimWorld *world = connection->world;
    FerrySimWatch *watch;
    int id = 0;

    if (!ferry_sim_call_begin(connection, error))
        return 0;
    watch = g_new0(FerrySimWatch, 1);
    id = (int)++world->last_watch;
    *watch = (FerrySimWatch){
        .id = id,
        .hv = hv,
        .host = connection->host,
        .func = func,
        .data = data,
    };
    g_strlcpy(watch->uuid, uuid, sizeof(watch->uuid));
    g_ptr_array_add(world->watches, watch);
    return ferry_sim_call_end(connection, error) ? id : 0;
}

void
ferry_sim_unwatch(FerryHypervisor *hv, int id)
{
    FerrySimWorld *world = ((FerrySimConnection *)hv)->world;

    ferry_sim_lock(world);
    for (unsigned i = 0; i < world->watches->len; i++) {
        const FerrySimWatch *watch = world->watches->pdata[i];
        if (watch->id == id) {
            g_ptr_array_remove_index(world->watches, i);
            break;
        }
    }
    ferry_sim_unlock(world);
}

void
ferry_sim_set_direct_events(FerrySimWorld *world, bool direct)
{
    ferry_sim_lock(world);
    world->direct_events = direct;
    ferry_sim_unlock(world);
}
