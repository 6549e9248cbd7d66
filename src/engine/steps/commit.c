// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steps/steps.h"

#include "base/error.h"
#include "engine/snapshots.h"

enum {
    RESUME_LIMIT_US =
        10 * G_USEC_PER_SEC, // a dying source QEMU may hold the image locks a moment longer
    RESUME_PAUSE_US = 100 * 1000,
};

static bool
take_source_away(FerryMove *move, GError **error)
{
    return !(move->resolution->steps & FERRY_RESOLVE_DESTROY_SRC) ||
           ferry_step_destroy(move, true, error);
}

// The source may have left for another host after this move had failed, and nobody may have written that down: what
// waits here would be a second one. A host that is silent is told of, and stops nothing.
static bool
runs_nowhere_else(FerryMove *move, GError **error)
{
    if (!(move->resolution->steps & FERRY_RESOLVE_LOOK_ELSEWHERE) || move->known_hosts == NULL)
        return true;
    for (size_t i = 0; i < move->known_hosts->len; i++) {
        const FerryHost *host = move->known_hosts->pdata[i];
        g_autoptr(FerryHypervisor) hv = NULL;
        g_auto(FerryVm) vm = {0};

        if (g_str_equal(host->uri, move->src_host->uri) ||
            g_str_equal(host->uri, move->dst_host->uri))
            continue;
        hv = ferry_hypervisor_open(host->name, host->uri, NULL);
        if (hv == NULL || !ferry_hypervisor_get_state(hv, move->vm->uuid, &vm, NULL)) {
            ferry_move_note(move, "host '%s' could not be asked whether '%s' runs there",
                            host->name, move->vm->name);
        } else if (ferry_vm_state_is_active(vm.state)) {
            ferry_error_set(
                error, FERRY_ERROR_PENDING,
                "machine '%s' is %s on '%s' too: the copy that waits on '%s' is not let run",
                move->vm->name, ferry_vm_state_name(vm.state), host->name, move->dst_host->name);
            ferry_error_add_hint(
                error,
                "If the one on '%s' is right, run 'virsh -c %s destroy %s' to end the other.",
                host->name, move->dst_host->uri, move->vm->uuid);
            return false;
        }
    }
    return true;
}

// Whoever was quicker (the certificate's worker, another virt-ferry, a hand): what counts is that it runs. One that has
// ended there meanwhile can't be let run, and verification tells.
static bool
resume_destination(FerryMove *move, GError **error)
{
    g_auto(FerryVm) vm = {0};

    if (ferry_hypervisor_resume(move->dst, move->vm->uuid, error))
        return true;
    if (!ferry_hypervisor_get_state(move->dst, move->vm->uuid, &vm, NULL) ||
        vm.state == FERRY_VM_STATE_PAUSED)
        return false;
    g_clear_error(error);
    return true;
}

static bool
let_destination_run(FerryMove *move, GError **error)
{
    int64_t deadline = ferry_clock_now(move->clock) + RESUME_LIMIT_US;
    g_autoptr(GError) cause = NULL;

    if (!move->plan.resume || !(move->resolution->steps & FERRY_RESOLVE_RESUME_DST))
        return true;
    while (!resume_destination(move, &cause)) {
        if (ferry_clock_now(move->clock) < deadline && ferry_hypervisor_is_alive(move->dst)) {
            g_clear_error(&cause);
            ferry_clock_sleep(move->clock, RESUME_PAUSE_US);
            continue;
        }
        ferry_error_set(error, FERRY_ERROR_PENDING,
                        "machine '%s' has arrived on '%s' and can't be let run: %s", move->vm->name,
                        move->dst_host->name, cause->message);
        ferry_error_add_hint(
            error,
            "The source is gone, this is the only copy. Run 'virt-ferry recover %" G_GINT64_FORMAT
            "' to try again.",
            move->id);
        return false;
    }
    if (!g_atomic_int_get(&move->resumed_early))
        move->resumed_us = ferry_clock_now(move->clock);
    return true;
}

// UNDEFINE_SOURCE is lost whenever the controller of a migration dies; a source that could be started a
// second time is no end of a move. Only where the destination has its definition for sure.
static bool
undefine_source(FerryMove *move, GError **error)
{
    g_auto(FerryVm) src = {0};
    g_autoptr(FerryVm) dst = NULL;

    if (move->baseline->keep_source || !move->baseline->persistent)
        return true;
    if (!ferry_hypervisor_get_state(move->src, move->vm->uuid, &src, error))
        return false;
    if (src.state == FERRY_VM_STATE_NONE || ferry_vm_state_is_active(src.state))
        return true;
    dst = ferry_hypervisor_find(move->dst, move->vm->uuid, error);
    if (dst == NULL)
        return false;
    return !dst->persistent || ferry_hypervisor_undefine(move->src, move->vm->uuid, error);
}

// libvirt does not carry the autostart mark, and a kept definition must not start with its host. A host that refuses is
// told of; a connection that broke meanwhile is another matter.
static bool
set_autostart(FerryMove *move, FerryHypervisor *hv, bool autostart, GError **error)
{
    g_autoptr(GError) cause = NULL;

    if (ferry_hypervisor_set_autostart(hv, move->vm->uuid, autostart, &cause))
        return true;
    if (!ferry_hypervisor_is_alive(hv)) {
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
    if (autostart)
        ferry_move_note(move, "autostart was not carried over: %s", cause->message);
    else
        ferry_move_note(move, "the kept definition would start with its host: %s", cause->message);
    return true;
}

static bool
carry_autostart(FerryMove *move, GError **error)
{
    if (!move->baseline->autostart)
        return true;
    return set_autostart(move, move->dst, true, error) &&
           (!move->baseline->keep_source || set_autostart(move, move->src, false, error));
}

static bool
commit(FerryMove *move, GError **error)
{
    return ferry_move_reconnect_patiently(move, error) && take_source_away(move, error) &&
           runs_nowhere_else(move, error) && let_destination_run(move, error) &&
           ferry_snapshots_attach_dst(move, error) && undefine_source(move, error) &&
           carry_autostart(move, error);
}

FerryMoveEvent
ferry_step_commit(FerryMove *move)
{
    if (commit(move, &move->error))
        return FERRY_EVENT_OK;
    // a daemon that died meanwhile is started again, and every step can be done twice
    if (ferry_hypervisor_is_alive(move->src) && ferry_hypervisor_is_alive(move->dst))
        return FERRY_EVENT_FAIL;
    g_clear_error(&move->error);
    return commit(move, &move->error) ? FERRY_EVENT_OK : FERRY_EVENT_FAIL;
}
