// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Calls that change a machine on one host. While a job is on it libvirt lets some through and makes the rest
// wait (VIR_JOB_DEFAULT_MASK, qemuMigrationJobStart): DESTROY always goes, SUSPEND on a move's source, too. A QEMU
// that is frozen is waited for where it has to be asked; one that is ended is not (virProcessKillPainfully).

#include "hypervisor/sim/connection.h"

static bool
refuse(FerrySimConnection *connection,
       FerryErrorCode code,
       const FerrySimInstance *instance,
       const char *text,
       GError **error)
{
    ferry_error_set(error, code, "cannot change machine '%s' on host '%s': %s", instance->name,
                    connection->base.name, text);
    ferry_error_keep_library(error, code == FERRY_ERROR_VM_STATE ? 55 : 1, 0);
    return false;
}

static bool
is_outgoing(const FerrySimInstance *instance)
{
    return instance->status != FERRY_SIM_STATUS_NONE &&
           instance->status != FERRY_SIM_STATUS_PREPARE &&
           instance->status != FERRY_SIM_STATUS_FINISH3;
}

// What a call does once it has its machine.
typedef bool (*Change)(FerrySimConnection *connection,
                       FerrySimInstance *instance,
                       int64_t value,
                       GError **error);

static bool
change(FerryHypervisor *hv, const char *uuid, Change func, int64_t value, GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    FerrySimInstance *instance;
    bool done;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    instance = ferry_sim_call_find_free(connection, uuid, error);
    done = instance != NULL && func(connection, instance, value, error);
    return ferry_sim_call_end(connection, done ? error : NULL) && done;
}

// The same without waiting for a job.
static bool
change_now(FerryHypervisor *hv, const char *uuid, Change func, GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    FerrySimInstance *instance;
    bool done;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    instance = ferry_sim_call_find(connection, uuid, error);
    done = instance != NULL && func(connection, instance, 0, error);
    return ferry_sim_call_end(connection, done ? error : NULL) && done;
}

static bool
suspend(FerrySimConnection *connection, FerrySimInstance *instance, int64_t value, GError **error)
{
    const char *uuid = instance->machine->uuid;

    if (!is_outgoing(instance)) {
        instance = ferry_sim_call_find_free(connection, uuid, error);
    } else {
        instance = ferry_sim_call_reach_qemu(connection, uuid, error)
                       ? ferry_sim_call_find(connection, uuid, error)
                       : NULL;
    }
    if (instance == NULL)
        return false;
    if (!instance->active)
        return refuse(connection, FERRY_ERROR_VM_STATE, instance,
                      "Requested operation is not valid: domain is not running", error);
    // qemuDomainSuspend: in a move's job the reason is 'migration', else 'user'.
    if (instance->state == FERRY_VM_STATE_RUNNING)
        ferry_sim_instance_stop(instance, is_outgoing(instance) ? FERRY_VM_REASON_MIGRATION
                                                                : FERRY_VM_REASON_USER);
    return true;
}

static bool
resume(FerrySimConnection *connection, FerrySimInstance *instance, int64_t value, GError **error)
{
    if (!instance->active)
        return refuse(connection, FERRY_ERROR_VM_STATE, instance,
                      "Requested operation is not valid: domain is not running", error);
    if (instance->state == FERRY_VM_STATE_RUNNING)
        return refuse(connection, FERRY_ERROR_VM_STATE, instance,
                      "Requested operation is not valid: domain is already running", error);
    if (ferry_sim_instance_start(instance, FERRY_VM_REASON_UNPAUSED))
        return true;
    return refuse(
        connection, FERRY_ERROR_FAILED, instance,
        "internal error: unable to execute QEMU command 'cont': Failed to get \"write\" lock",
        error);
}

static bool
destroy(FerrySimConnection *connection, FerrySimInstance *instance, int64_t value, GError **error)
{
    if (!instance->active)
        return refuse(connection, FERRY_ERROR_VM_STATE, instance,
                      "Requested operation is not valid: domain is not running", error);
    ferry_sim_qemu_kill(instance, FERRY_VM_REASON_DESTROYED);
    return true;
}

static bool
undefine(FerrySimConnection *connection, FerrySimInstance *instance, int64_t value, GError **error)
{
    if (!instance->persistent)
        return refuse(connection, FERRY_ERROR_VM_STATE, instance,
                      "Requested operation is not valid: cannot undefine transient domain", error);
    ferry_sim_instance_undefine(instance);
    return true;
}

static bool
set_autostart(FerrySimConnection *connection,
              FerrySimInstance *instance,
              int64_t value,
              GError **error)
{
    if (!instance->persistent)
        return refuse(connection, FERRY_ERROR_VM_STATE, instance,
                      "Requested operation is not valid: cannot set autostart for transient domain",
                      error);
    instance->autostart = value != 0;
    connection->world->changed = true;
    return true;
}

static bool
reach_agent(FerrySimConnection *connection, FerrySimInstance *instance, GError **error)
{
    if (!instance->machine->agent) {
        refuse(connection, FERRY_ERROR_UNSUPPORTED, instance,
               "argument unsupported: QEMU guest agent is not configured", error);
        ferry_error_keep_library(error, 74, 0);
        return false;
    }
    if (instance->state == FERRY_VM_STATE_RUNNING)
        return true;
    return refuse(connection, FERRY_ERROR_VM_STATE, instance,
                  "Requested operation is not valid: domain is not running", error);
}

static bool
agent_set_time(FerrySimConnection *connection,
               FerrySimInstance *instance,
               int64_t value,
               GError **error)
{
    if (!reach_agent(connection, instance, error))
        return false;
    instance->machine->clock_base_us = value - ferry_sim_instance_guest_us(instance);
    return true;
}

bool
ferry_sim_suspend(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return change_now(hv, uuid, suspend, error);
}

bool
ferry_sim_resume(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return change(hv, uuid, resume, 0, error);
}

bool
ferry_sim_destroy(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return change_now(hv, uuid, destroy, error);
}

bool
ferry_sim_undefine(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return change_now(hv, uuid, undefine, error);
}

bool
ferry_sim_set_autostart(FerryHypervisor *hv, const char *uuid, bool autostart, GError **error)
{
    return change(hv, uuid, set_autostart, autostart ? 1 : 0, error);
}

bool
ferry_sim_agent_set_time(FerryHypervisor *hv, const char *uuid, int64_t wall_us, GError **error)
{
    return change(hv, uuid, agent_set_time, wall_us, error);
}

bool
ferry_sim_agent_get_time(FerryHypervisor *hv,
                         const char *uuid,
                         int64_t *ret_wall_us,
                         GError **error)
{
    FerrySimConnection *connection = (FerrySimConnection *)hv;
    FerrySimInstance *instance;
    int64_t wall_us = 0;
    bool done;

    if (!ferry_sim_call_begin(connection, error))
        return false;
    instance = ferry_sim_call_find_free(connection, uuid, error);
    done = instance != NULL && reach_agent(connection, instance, error);
    if (done)
        wall_us = instance->machine->clock_base_us + ferry_sim_instance_guest_us(instance);
    if (!ferry_sim_call_end(connection, done ? error : NULL) || !done)
        return false;
    *ret_wall_us = wall_us;
    return true;
}
