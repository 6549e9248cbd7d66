// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What every call of the seam begins and ends with: time, accidents, and whether the daemon answers.

#include "hypervisor/sim/connection.h"

// A round trip of a call that finds its daemon well.
#define CALL_US 300
// How long a wait with real time sleeps at a stretch.
#define SLICE_US 2000

bool
ferry_sim_connection_is_alive(FerryHypervisor *hv)
{
    const FerrySimConnection *connection = (const FerrySimConnection *)hv;

    return !connection->dead && connection->generation == connection->host->generation &&
           connection->client_generation == connection->world->client_generation;
}

FerrySimWorld *
ferry_sim_world_of_connection(FerryHypervisor *hv)
{
    g_return_val_if_fail(hv->driver == &ferry_hypervisor_driver_sim, NULL);
    return ((FerrySimConnection *)hv)->world;
}

static bool
lost(FerrySimConnection *connection, const char *why, GError **error)
{
    connection->dead = true;
    ferry_error_set(error, FERRY_ERROR_UNREACHABLE, "cannot talk to host '%s': %s",
                    connection->base.name, why);
    return false;
}

static bool
is_usable(FerrySimConnection *connection, GError **error)
{
    if (connection->world->client_dead) {
        ferry_error_set(error, FERRY_ERROR_INTERNAL, "client killed");
        return false;
    }
    if (!ferry_sim_connection_is_alive(&connection->base))
        return lost(connection, "internal error: client socket is closed", error);
    return true;
}

void
ferry_sim_wait_a_little(FerrySimWorld *world, int64_t deadline_us)
{
    if (world->realtime <= 0) {
        (void)ferry_sim_step(world, deadline_us);
        return;
    }
    ferry_sim_unlock(world);
    g_usleep(SLICE_US);
    ferry_sim_lock(world);
    ferry_sim_catch_up(world);
}

void
ferry_sim_wait_while_frozen(FerrySimWorld *world)
{
    while (world->client_frozen && ferry_sim_next_due(world) != FERRY_SIM_NEVER)
        ferry_sim_wait_a_little(world, FERRY_SIM_NEVER - 1);
}

bool
ferry_sim_call_enter(FerrySimConnection *connection, GError **error)
{
    FerrySimWorld *world = connection->world;

    ferry_sim_lock(world);
    ferry_sim_world_refresh(world);
    ferry_sim_catch_up(world);
    ferry_sim_wait_while_frozen(world);
    if (!world->client_dead)
        ferry_sim_strike_call(world, FERRY_SIM_BEFORE);
    ferry_sim_wait_while_frozen(world);
    if (world->realtime <= 0 && !world->client_dead)
        ferry_sim_run_until(world, world->now_us + CALL_US);
    if (is_usable(connection, error))
        return true;
    ferry_sim_unlock(world);
    return false;
}

bool
ferry_sim_call_reach(FerrySimConnection *connection, GError **error)
{
    FerrySimWorld *world = connection->world;
    int64_t deadline_us = world->now_us + FERRY_SIM_CLIENT_KEEPALIVE_US;

    while (connection->host->daemon == FERRY_SIM_DAEMON_FROZEN && world->now_us < deadline_us)
        ferry_sim_wait_a_little(world, deadline_us);
    if (connection->host->daemon != FERRY_SIM_DAEMON_FROZEN)
        return is_usable(connection, error);
    lost(connection, "internal error: connection closed due to keepalive timeout", error);
    ferry_sim_emit_disconnected(connection->host, &connection->base);
    return false;
}

bool
ferry_sim_call_begin(FerrySimConnection *connection, GError **error)
{
    if (!ferry_sim_call_enter(connection, error))
        return false;
    if (ferry_sim_call_reach(connection, error))
        return true;
    ferry_sim_unlock(connection->world);
    return false;
}

bool
ferry_sim_call_end(FerrySimConnection *connection, GError **error)
{
    FerrySimWorld *world = connection->world;
    bool usable;

    if (!world->client_dead)
        ferry_sim_strike_call(world, FERRY_SIM_AFTER);
    ferry_sim_wait_while_frozen(world);
    usable = is_usable(connection, error);
    ferry_sim_unlock(world);
    return usable;
}

FerrySimInstance *
ferry_sim_call_find(FerrySimConnection *connection, const char *uuid, GError **error)
{
    FerrySimInstance *instance = ferry_sim_instance_find(connection->host, uuid);

    if (instance == NULL)
        ferry_error_set(error, FERRY_ERROR_VM_NOT_FOUND,
                        "cannot find machine '%s' on host '%s': Domain not found", uuid,
                        connection->base.name);
    return instance;
}

bool
ferry_sim_call_reach_qemu(FerrySimConnection *connection, const char *uuid, GError **error)
{
    FerrySimWorld *world = connection->world;
    int64_t deadline_us = world->now_us + FERRY_SIM_JOB_WAIT_US;
    const FerrySimInstance *instance = ferry_sim_call_find(connection, uuid, error);

    while (instance != NULL && ferry_sim_qemu_is_silent(instance)) {
        if (world->now_us >= deadline_us) {
            ferry_error_set(
                error, FERRY_ERROR_TIMEOUT,
                "cannot ask machine '%s' on host '%s': Timed out during operation: cannot acquire state change lock",
                instance->name, connection->base.name);
            return false;
        }
        ferry_sim_wait_a_little(world, deadline_us);
        if (!ferry_sim_call_reach(connection, error))
            return false;
        instance = ferry_sim_call_find(connection, uuid, error);
    }
    return instance != NULL;
}

FerrySimInstance *
ferry_sim_call_find_free(FerrySimConnection *connection, const char *uuid, GError **error)
{
    FerrySimWorld *world = connection->world;
    int64_t deadline_us = world->now_us + FERRY_SIM_JOB_WAIT_US;
    FerrySimInstance *instance = ferry_sim_call_find(connection, uuid, error);

    while (instance != NULL &&
           (instance->status != FERRY_SIM_STATUS_NONE || ferry_sim_qemu_is_silent(instance))) {
        if (world->now_us >= deadline_us) {
            ferry_error_set(
                error, FERRY_ERROR_TIMEOUT,
                "cannot change machine '%s' on host '%s': Timed out during operation: cannot acquire state change lock (held by monitor=remoteDispatchDomainMigratePrepare3Params)",
                instance->name, connection->base.name);
            return NULL;
        }
        ferry_sim_wait_a_little(world, deadline_us);
        if (!ferry_sim_call_reach(connection, error))
            return NULL;
        instance = ferry_sim_call_find(connection, uuid, error);
    }
    return instance;
}
