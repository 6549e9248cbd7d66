// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A move through the seam: its call, and what others do to it meanwhile.

#include <string.h>

#include "hypervisor/sim/connection.h"

// Passes after which a move in a world without real time is taken for one that never ends.
#define MAX_PASSES 100000
// How long it takes until a host that nothing leads to is given up (EHOSTUNREACH of a connect()).
#define NO_HOST_US (INT64_C(3) * G_USEC_PER_SEC)
// libvirt: a daemon that takes up a post-copy as destination crashes (facts: 11.2 and 11.3; fixed in 11.4).
#define CRASHES_FROM  11002000
#define CRASHES_UNTIL 11004000

static bool
fail(const FerrySimConnection *connection,
     FerryErrorCode code,
     const char *uuid,
     const char *text,
     GError **error)
{
    const FerrySimInstance *instance = ferry_sim_instance_find(connection->host, uuid);

    ferry_error_set(error, code, "cannot migrate machine '%s' from host '%s': %s",
                    instance != NULL ? instance->name : uuid, connection->base.name, text);
    return false;
}

// The host of a peer-to-peer move's destination, if the source's daemon can reach it.
static FerrySimHost *
peer(FerrySimConnection *connection, const FerryMigrateCall *call, GError **error)
{
    g_autofree char *file = NULL;
    g_autofree char *name = NULL;
    g_autofree char *text = NULL;
    FerrySimHost *host = NULL;

    if (call->dest_uri != NULL && ferry_hypervisor_driver_sim.handles(call->dest_uri)) {
        name = ferry_sim_uri_parse(call->dest_uri, &file);
        host = name == NULL ? NULL : ferry_sim_host_find(connection->world, name);
    }
    if (host != NULL && host == connection->host)
        return host;
    if (host != NULL && host->daemon != FERRY_SIM_DAEMON_KILLED &&
        !ferry_sim_link(connection->world, connection->host, host)->spec.no_route &&
        (ferry_sim_link(connection->world, connection->host, host)->cut &
         FERRY_SIM_CUT_MANAGEMENT) == 0)
        return host;
    text = g_strdup_printf(
        "operation failed: Failed to connect to remote libvirt URI %s: unable to connect to server: Connection refused",
        call->dest_uri);
    fail(connection, FERRY_ERROR_NO_ROUTE, call->uuid, text, error);
    ferry_error_keep_library(error, 9, 0);
    return NULL;
}

// qemuMigrationSrcIsAllowed
static bool
refuses_snapshots(FerrySimConnection *connection, const FerrySimInstance *src, GError **error)
{
    unsigned n = src->snapshots[FERRY_SNAPSHOT]->len;
    g_autofree char *text =
        g_strdup_printf("Requested operation is not valid: cannot migrate domain with %u snapshots",
                        n);

    return n > 0 && !fail(connection, FERRY_ERROR_MOVE_FAILED, src->machine->uuid, text, error);
}

static FerrySimJob *
start(FerrySimConnection *connection,
      FerrySimHost *dst,
      const FerryMigrateCall *call,
      GError **error)
{
    FerrySimWorld *world = connection->world;
    FerrySimInstance *src = ferry_sim_call_find_free(connection, call->uuid, error);
    FerrySimJob *job;

    if (src == NULL || refuses_snapshots(connection, src, error))
        return NULL;
    job = ferry_sim_job_new(world, call);
    job->machine = src->machine;
    job->src = src;
    job->src_host = connection->host;
    job->dst_host = dst;
    job->link = ferry_sim_link(world, connection->host, dst);
    job->dest_name = g_strdup(call->dest_name != NULL ? call->dest_name : src->name);
    ferry_sim_copy_place(job, call->dest_xml);
    job->was_active = src->active;
    job->was_running = src->state == FERRY_VM_STATE_RUNNING;
    // qemuMigrationSrcPerformPeer2Peer3 and virDomainMigrateVersion3Full: a paused guest stays paused.
    if (src->state == FERRY_VM_STATE_PAUSED)
        job->flags |= FERRY_MIGRATE_PAUSED;
    world->last_src = connection->host;
    world->last_dst = dst;
    g_strlcpy(world->last_uuid, call->uuid, sizeof(world->last_uuid));
    g_ptr_array_add(world->jobs, ferry_sim_job_ref(job));
    ferry_sim_job_refresh(job);
    ferry_sim_job_enter(job, FERRY_SIM_BEGIN3);
    return job;
}

static bool
is_broken(const FerrySimInstance *instance, FerryVmState state)
{
    return instance != NULL && instance->active && instance->state == state &&
           instance->reason == FERRY_VM_REASON_POSTCOPY_FAILED;
}

static bool
reach_peer(FerrySimConnection *connection, FerrySimHost *dst, const char *uuid, GError **error)
{
    FerrySimWorld *world = connection->world;
    int64_t deadline_us = world->now_us + FERRY_SIM_DAEMON_KEEPALIVE_US;

    while (dst->daemon == FERRY_SIM_DAEMON_FROZEN && world->now_us < deadline_us)
        ferry_sim_wait_a_little(world, deadline_us);
    if (dst->daemon == FERRY_SIM_DAEMON_RUNNING &&
        (ferry_sim_link(world, connection->host, dst)->cut & FERRY_SIM_CUT_MANAGEMENT) == 0)
        return ferry_sim_call_reach(connection, error);
    return fail(connection, FERRY_ERROR_MOVE_FAILED, uuid,
                "internal error: client socket is closed", error);
}

// VIR_MIGRATE_POSTCOPY_RESUME: Begin, Prepare and Perform once more, of which only the new connection is left.
static FerrySimJob *
take_up(FerrySimConnection *connection,
        FerrySimHost *dst_host,
        const FerryMigrateCall *call,
        GError **error)
{
    FerrySimWorld *world = connection->world;
    FerrySimInstance *src;
    FerrySimInstance *dst;
    FerrySimJob *job;

    if (!ferry_sim_call_reach_qemu(connection, call->uuid, error) ||
        !reach_peer(connection, dst_host, call->uuid, error))
        return NULL;
    src = ferry_sim_instance_find(connection->host, call->uuid);
    dst = ferry_sim_instance_find(dst_host, call->uuid);
    if (!is_broken(src, FERRY_VM_STATE_PAUSED)) {
        fail(connection, FERRY_ERROR_MOVE_FAILED, call->uuid,
             "Requested operation is not valid: domain is not in post-copy failed state", error);
        return NULL;
    }
    job = ferry_sim_job_find(src);
    if (job != NULL && !job->conductor_gone) {
        fail(
            connection, FERRY_ERROR_MOVE_FAILED, call->uuid,
            "Requested operation is not valid: migration of domain is being actively monitored by another thread",
            error);
        return NULL;
    }
    if (!is_broken(dst, FERRY_VM_STATE_RUNNING) || dst->orphaned || job == NULL ||
        job->dst != dst) {
        fail(connection, FERRY_ERROR_MOVE_FAILED, call->uuid,
             "operation failed: domain is not processing incoming migration", error);
        return NULL;
    }
    if (dst_host->libvirt_version >= CRASHES_FROM && dst_host->libvirt_version < CRASHES_UNTIL) {
        dst->orphaned = true;
        ferry_sim_host_kill(dst_host, 0);
        fail(connection, FERRY_ERROR_MOVE_FAILED, call->uuid,
             "internal error: client socket is closed", error);
        return NULL;
    }
    if (!job->broken || dst->frozen || (job->link->cut & FERRY_SIM_CUT_MIGRATION) != 0) {
        ferry_sim_run_until(world, world->now_us + NO_HOST_US);
        fail(connection, FERRY_ERROR_MOVE_FAILED, call->uuid,
             "operation failed: unable to connect to the destination: No route to host", error);
        return NULL;
    }
    ferry_sim_job_take_up(job, call);
    return ferry_sim_job_ref(job);
}

// The call blocks until its answer comes; virtual time passes here.
static bool
wait_for(FerrySimConnection *connection, FerrySimJob *job, GError **error)
{
    FerrySimWorld *world = job->world;

    while (!job->replied || world->client_frozen) {
        if (world->realtime <= 0 &&
            (ferry_sim_next_due(world) == FERRY_SIM_NEVER || job->iteration > MAX_PASSES))
            return fail(connection, FERRY_ERROR_TIMEOUT, job->machine->uuid,
                        "the simulated call would never return", error);
        ferry_sim_wait_a_little(world, FERRY_SIM_NEVER - 1);
        if (world->realtime <= 0) {
            // Others may want to act on the move.
            ferry_sim_unlock(world);
            ferry_sim_lock(world);
        }
    }
    if (job->error == NULL)
        return true;
    g_propagate_error(error, g_error_copy(job->error));
    return false;
}

bool
ferry_sim_migrate(FerryHypervisor *src,
                  FerryHypervisor *dst,
                  const FerryMigrateCall *call,
                  GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)src;
    g_autoptr(FerrySimJob) job = NULL;
    FerrySimHost *host = NULL;
    bool done = false;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    if ((call->flags & FERRY_MIGRATE_PEER2PEER) != 0)
        host = peer(connection, call, error);
    else if (dst == NULL || dst->driver != &ferry_hypervisor_driver_sim ||
             !ferry_sim_connection_is_alive(dst))
        fail(connection, FERRY_ERROR_MOVE_FAILED, call->uuid,
             "internal error: client socket is closed", error);
    else
        host = ((FerrySimConnection *)dst)->host;
    if (host != NULL)
        job = (call->flags & FERRY_MIGRATE_POSTCOPY_RESUME) != 0
                  ? take_up(connection, host, call, error)
                  : start(connection, host, call, error);
    if (job != NULL)
        done = wait_for(connection, job, error);
    // The answer is with the client already: what strikes now strikes after the call.
    ferry_sim_strike_call(connection->world, FERRY_SIM_AFTER);
    ferry_sim_unlock(connection->world);
    return done;
}

static bool
is_outgoing(const FerrySimInstance *instance)
{
    return instance->status != FERRY_SIM_STATUS_NONE &&
           instance->status != FERRY_SIM_STATUS_PREPARE &&
           instance->status != FERRY_SIM_STATUS_FINISH3;
}

bool
ferry_sim_get_job(FerryHypervisor *hv,
                  const char *uuid,
                  bool completed,
                  FerryJobStats *ret_stats,
                  GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    FerryJobStats stats = {0};
    const FerrySimInstance *instance;
    const FerrySimJob *job;
    bool found;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    instance = ferry_sim_call_find(connection, uuid, error);
    // an outgoing job's figures are QEMU's
    if (instance != NULL && !completed && ferry_sim_qemu_is_silent(instance) &&
        is_outgoing(instance))
        instance = ferry_sim_call_reach_qemu(connection, uuid, error)
                       ? ferry_sim_call_find(connection, uuid, error)
                       : NULL;
    found = instance != NULL;
    if (found && completed) {
        stats = instance->completed;
    } else if (found && !is_outgoing(instance)) {
        stats.kind = instance->status == FERRY_SIM_STATUS_NONE ? FERRY_JOB_NONE : FERRY_JOB_ACTIVE;
        stats.operation =
            instance->status == FERRY_SIM_STATUS_NONE ? stats.operation : FERRY_JOB_OP_MIGRATION_IN;
    } else if (found) {
        job = ferry_sim_job_find(instance);
        stats.kind = FERRY_JOB_ACTIVE;
        stats.operation = FERRY_JOB_OP_MIGRATION_OUT;
        if (job != NULL)
            ferry_sim_job_stats(job, FERRY_JOB_ACTIVE, &stats);
    }
    if (!ferry_sim_call_end(connection, found ? error : NULL) || !found)
        return false;
    *ret_stats = stats;
    return true;
}

// Does something to the move that goes out of this host.
static bool
steer(FerryHypervisor *hv,
      const char *uuid,
      const char *what,
      const char *(*func)(FerrySimJob *job, unsigned value), // NULL: done; else libvirt's refusal
      unsigned value,
      GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    FerrySimInstance *instance;
    FerrySimJob *job = NULL;
    const char *refusal = NULL;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    instance = ferry_sim_call_reach_qemu(connection, uuid, error)
                   ? ferry_sim_call_find(connection, uuid, error)
                   : NULL;
    if (instance == NULL) {
        (void)ferry_sim_call_end(connection, NULL);
        return false;
    }
    job = ferry_sim_job_find(instance);
    if (job != NULL && job->dst == instance && instance->status != FERRY_SIM_STATUS_NONE)
        refusal = "cannot abort incoming migration; use virDomainDestroy instead";
    else if (job == NULL || instance->status == FERRY_SIM_STATUS_NONE)
        refusal = "no job is active on the domain";
    else
        refusal = func(job, value);
    if (!ferry_sim_call_end(connection, error))
        return false;
    if (refusal == NULL)
        return true;
    ferry_error_set(error, FERRY_ERROR_VM_STATE,
                    "cannot %s machine '%s' on host '%s': Requested operation is not valid: %s",
                    what, uuid, hv->name, refusal);
    ferry_error_keep_library(error, 55, 0);
    return false;
}

static const char *
abort_it(FerrySimJob *job, unsigned value)
{
    return ferry_sim_job_abort(job) ? NULL : "cannot abort migration in post-copy mode";
}

static const char *
start_postcopy_of(FerrySimJob *job, unsigned value)
{
    if ((job->flags & FERRY_MIGRATE_POSTCOPY) == 0)
        return "switching to post-copy is only allowed if the migration was started with the post-copy flag";
    if (job->phase != FERRY_SIM_PERFORM3 || job->point != FERRY_SIM_IN)
        return "post-copy can only be started while outgoing migration is in progress";
    job->postcopy_asked = true;
    job->due_us = job->world->now_us;
    return NULL;
}

static const char *
set_max_downtime_of(FerrySimJob *job, unsigned value)
{
    job->max_downtime_ms = value;
    return NULL;
}

bool
ferry_sim_abort_job(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return steer(hv, uuid, "abort the job of", abort_it, 0, error);
}

bool
ferry_sim_start_postcopy(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return steer(hv, uuid, "start post-copy of", start_postcopy_of, 0, error);
}

static const char *
pause_postcopy_of(FerrySimJob *job, unsigned value)
{
    return ferry_sim_job_break_postcopy(job)
               ? NULL
               : "current job is not outgoing migration in post-copy mode";
}

bool
ferry_sim_pause_postcopy(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return steer(hv, uuid, "stop the post-copy of", pause_postcopy_of, 0, error);
}

bool
ferry_sim_set_max_downtime(FerryHypervisor *hv,
                           const char *uuid,
                           unsigned milliseconds,
                           GError **error)
{
    return steer(hv, uuid, "set the downtime of", set_max_downtime_of, milliseconds, error);
}

// As QEMU's block jobs, the copies keep the limit they began with. Memory has the new one from its next pass on.
static const char *
set_memory_speed_of(FerrySimJob *job, unsigned value)
{
    if (job->copying && !job->copy_speed_set) {
        job->copy_bps = job->bandwidth_bps;
        job->copy_speed_set = true;
    }
    job->bandwidth_bps = (uint64_t)value << 20;
    return NULL;
}

bool
ferry_sim_set_memory_speed(FerryHypervisor *hv, const char *uuid, unsigned mibs, GError **error)
{
    return steer(hv, uuid, "limit the memory's speed of", set_memory_speed_of, mibs, error);
}
