// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steps/steps.h"

#include "base/error.h"
#include "engine/arriving.h"

// What would let the source's daemon reach the destination's by itself, for the note that goes with the
// fall-back to managed-direct.
static void
note_no_route(FerryMove *move, const GError *error)
{
    g_autofree char *scheme = g_uri_parse_scheme(move->dst_host->uri);

    ferry_move_note(move, "%s", error->message);
    ferry_move_note(
        move,
        "going managed-direct instead: if this process dies before the end, the move is undone");
    if (scheme != NULL && g_str_has_suffix(scheme, "+ssh"))
        ferry_move_note(
            move,
            "to mend it, let root on '%s' log in there: run 'virsh -c %s list' on '%s' as root until it works",
            move->src_host->name, move->dst_host->uri, move->src_host->name);
    else
        ferry_move_note(move, "to mend it, run 'virsh -c %s list' on '%s' as root until it works",
                        move->dst_host->uri, move->src_host->name);
}

// The source's events carry the figures and tell when the guest stood still. Without them the move works all
// the same, so a host that refuses them is no reason to stop.
static void
watch_source(FerryMove *move)
{
    g_autoptr(GError) error = NULL;

    if (move->on_event == NULL || move->watch != 0)
        return;
    move->watch = ferry_hypervisor_watch(move->src, move->vm->uuid, move->on_event,
                                         move->on_event_data, &error);
    if (move->watch == 0)
        g_debug("no events of '%s': %s", move->vm->uuid, error->message);
}

FerryMoveEvent
ferry_step_perform(FerryMove *move)
{
    g_autofree const char **copied = ferry_disk_plans_copied(move->disks);
    FerryMigrateCall call =
        ferry_plan_call(&move->plan, move->request.options, move->vm->uuid, move->dst_host, copied);
    bool may_go_direct =
        move->request.options->mode == FERRY_MODE_AUTO && move->plan.mode == FERRY_MODE_P2P;
    g_auto(FerryArriving) arriving = {0};
    g_autoptr(GError) error = NULL;
    bool ok;

    if (!ferry_arriving_make(move, &call, &arriving, &move->error))
        return FERRY_EVENT_FAIL;
    watch_source(move);
    g_atomic_int_set(&move->performing, 1);
    ok = ferry_hypervisor_migrate(move->src, move->dst, &call, &error);
    g_atomic_int_set(&move->performing, 0);
    move->performed = ok;
    if (ok)
        return FERRY_EVENT_OK;
    if (may_go_direct && ferry_error_is(error, FERRY_ERROR_NO_ROUTE) &&
        !g_atomic_int_get(&move->cancelled)) {
        note_no_route(move, error);
        move->plan.mode = FERRY_MODE_DIRECT;
        move->plan.mode_reason = "the source's daemon can't reach the destination's by itself";
        return FERRY_EVENT_NO_ROUTE;
    }
    move->error = g_steal_pointer(&error);
    return FERRY_EVENT_FAIL;
}
