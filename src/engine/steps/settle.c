// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steps/steps.h"

#include "base/error.h"

enum {
    SILENCE_LIMIT_US =
        60 * G_USEC_PER_SEC,             // a host that is silent for longer makes the move pending
    DOUBT_LIMIT_US = 5 * G_USEC_PER_SEC, // states that prove nothing may be passing ones
    PAUSE_MIN_US = 20 * 1000,
    PAUSE_MAX_US = G_USEC_PER_SEC,
};

FerrySide
ferry_step_read_side(FerryHypervisor *hv, const char *uuid, bool known_before, FerryVm *ret_vm)
{
    FerryJobStats job = {0};

    if (hv == NULL || !ferry_hypervisor_get_state(hv, uuid, ret_vm, NULL))
        return FERRY_SIDE_UNREACHABLE;
    if (ferry_vm_state_is_active(ret_vm->state)) {
        g_autoptr(GError) error = NULL;

        if (!ferry_hypervisor_get_job(hv, uuid, false, &job, &error) &&
            !ferry_error_is(error, FERRY_ERROR_VM_NOT_FOUND))
            return FERRY_SIDE_UNREACHABLE;
    }
    return ferry_resolver_classify(ret_vm->state, ret_vm->reason, &job, known_before);
}

// Source, destination, source again: two reads of two hosts are not one instant.
static bool
read_both(FerryMove *move)
{
    const char *uuid = move->vm->uuid;
    g_auto(FerryVm) vm = {0};
    g_autoptr(GError) error = NULL;
    FerrySide first;

    // a host that can't be reached is read as such, and the other one all the same
    if (!ferry_move_reconnect(move, &error))
        g_debug("not both hosts answer: %s", error->message);
    first = ferry_step_read_side(move->src, uuid, false, &vm);
    move->dst_side = ferry_step_read_side(move->dst, uuid, move->baseline->dst_known_before, &vm);
    move->src_side = ferry_step_read_side(move->src, uuid, false, &vm);
    return first == move->src_side;
}

// A machine that is off has no state to read: its definitions tell.
static const FerryResolution *
resolve_offline(const FerryMove *move)
{
    static const FerryResolution moved = {FERRY_SIDE_ANY, FERRY_SIDE_OFF, FERRY_RESOLVED_MOVED, 0,
                                          "defined on the destination"};
    static const FerryResolution undone = {FERRY_SIDE_OFF, FERRY_SIDE_OFF, FERRY_RESOLVED_STAYED,
                                           FERRY_RESOLVE_UNDEFINE_DST,
                                           "defined on both, and libvirt says it failed"};
    static const FerryResolution stayed = {FERRY_SIDE_OFF, FERRY_SIDE_NONE, FERRY_RESOLVED_STAYED,
                                           0, "not defined on the destination"};
    static const FerryResolution unclear = {FERRY_SIDE_ANY, FERRY_SIDE_ANY, FERRY_RESOLVED_UNCLEAR,
                                            0, "a host can't be read"};

    if (move->src_side == FERRY_SIDE_UNREACHABLE || move->dst_side == FERRY_SIDE_UNREACHABLE)
        return &unclear;
    if (move->src_side == FERRY_SIDE_NONE)
        return &moved;
    if (move->dst_side == FERRY_SIDE_NONE &&
        !(move->error == NULL && move->baseline->dst_known_before))
        return &stayed;
    return move->error == NULL ? &moved : &undone;
}

// A copy that waits on the destination is the machine only if the source has not run since it was made. The two
// cases in which the source's state alone can't tell that:
static const FerryResolution *
resolve_live(const FerryMove *move)
{
    static const FerryResolution stale = {FERRY_SIDE_ANY, FERRY_SIDE_PAUSED_USER,
                                          FERRY_RESOLVED_ENDED,
                                          FERRY_RESOLVE_DESTROY_DST | FERRY_RESOLVE_UNDEFINE_DST,
                                          "it ended on the source after the move was given up"};
    static const FerryResolution doubtful =
        {FERRY_SIDE_OFF_CRASHED, FERRY_SIDE_PAUSED_USER, FERRY_RESOLVED_UNCLEAR, 0,
         "it crashed on the source, perhaps after it had run on"};
    const FerryResolution *row =
        ferry_resolver_resolve(move->src_side, move->dst_side, move->plan.strict);

    if (row->verdict != FERRY_RESOLVED_MOVED || move->dst_side != FERRY_SIDE_PAUSED_USER)
        return row;
    // the source was read as holding it before
    if (move->undoing && move->src_side != FERRY_SIDE_OFF_MIGRATED)
        return &stale;
    return move->src_side == FERRY_SIDE_OFF_CRASHED && !move->performed ? &doubtful : row;
}

static void
suspend_both(FerryMove *move)
{
    ferry_hypervisor_suspend(move->src, move->vm->uuid, NULL);
    ferry_hypervisor_suspend(move->dst, move->vm->uuid, NULL);
    g_clear_error(&move->error);
    ferry_error_set(&move->error, FERRY_ERROR_PENDING,
                    "machine '%s' runs on both '%s' and '%s': both copies were paused",
                    move->vm->name, move->src_host->name, move->dst_host->name);
    ferry_error_add_hint(
        &move->error,
        "Find out which copy is right, destroy the other with virsh, then resume the right one.");
}

static FerryMoveEvent
unclear(FerryMove *move)
{
    g_autofree char *said =
        move->error != NULL ? g_strdup_printf(": %s", move->error->message) : g_strdup("");

    g_clear_error(&move->error);
    ferry_error_set(
        &move->error, FERRY_ERROR_PENDING,
        "it is not clear where '%s' is, nothing was destroyed: it is %s on '%s' and %s on '%s'%s",
        move->vm->name, ferry_side_name(move->src_side), move->src_host->name,
        ferry_side_name(move->dst_side), move->dst_host->name, said);
    ferry_error_add_hint(
        &move->error,
        "When both hosts answer again, run 'virt-ferry watch %s': it finishes or undoes the move.",
        move->vm->uuid);
    return FERRY_EVENT_UNCLEAR;
}

// How long to go on reading for @resolution before it is final, counted from its first sight.
static int64_t
patience(const FerryMove *move, const FerryResolution *resolution)
{
    if (resolution->verdict == FERRY_RESOLVED_WAIT)
        return G_MAXINT64;
    if (resolution->verdict != FERRY_RESOLVED_UNCLEAR)
        return 0;
    if (move->src_side == FERRY_SIDE_UNREACHABLE || move->dst_side == FERRY_SIDE_UNREACHABLE)
        return SILENCE_LIMIT_US;
    return DOUBT_LIMIT_US;
}

static void
read_until_clear(FerryMove *move)
{
    bool offline = (move->plan.flags & FERRY_MIGRATE_OFFLINE) != 0;
    int64_t pause = PAUSE_MIN_US;
    FerryResolved last = FERRY_RESOLVED_WAIT;
    int64_t since = ferry_clock_now(move->clock);
    bool steady;

    for (;;) {
        steady = read_both(move);
        move->resolution = offline ? resolve_offline(move) : resolve_live(move);
        if (move->resolution->verdict != last) {
            last = move->resolution->verdict;
            since = ferry_clock_now(move->clock);
        }
        if (steady && ferry_clock_now(move->clock) - since >= patience(move, move->resolution))
            return;
        // the operator's wish holds for a job that outlived our call, too
        if (g_atomic_int_get(&move->cancelled) && move->src_side == FERRY_SIDE_BUSY)
            ferry_hypervisor_abort_job(move->src, move->vm->uuid, NULL);
        ferry_clock_sleep(move->clock, pause);
        pause = MIN(pause * 2, PAUSE_MAX_US);
    }
}

FerryMoveEvent
ferry_step_settle(FerryMove *move)
{
    read_until_clear(move);
    switch (move->resolution->verdict) {
    case FERRY_RESOLVED_MOVED:
        if (move->error != NULL)
            ferry_move_note(move, "libvirt reported '%s', but the machine has moved",
                            move->error->message);
        g_clear_error(&move->error);
        return FERRY_EVENT_MOVED;
    case FERRY_RESOLVED_STAYED:
    case FERRY_RESOLVED_ENDED:
        return FERRY_EVENT_STAYED;
    case FERRY_RESOLVED_DOUBLE:
        suspend_both(move);
        return FERRY_EVENT_UNCLEAR;
    case FERRY_RESOLVED_WAIT:
    case FERRY_RESOLVED_UNCLEAR:
        break;
    }
    return unclear(move);
}
