// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steps/steps.h"

#include "base/error.h"
#include "engine/snapshots.h"

// Takes away a copy that waits on the destination. One that runs meanwhile is nobody's to end.
static bool
destroy_waiting(FerryMove *move, GError **error)
{
    g_auto(FerryVm) vm = {0};

    if (!ferry_hypervisor_get_state(move->dst, move->vm->uuid, &vm, error))
        return false;
    if (!ferry_vm_state_is_active(vm.state))
        return true;
    if (vm.state == FERRY_VM_STATE_PAUSED || vm.reason == FERRY_VM_REASON_POSTCOPY_FAILED)
        return ferry_step_destroy(move, false, error);
    ferry_error_set(error, FERRY_ERROR_PENDING, "machine '%s' is %s there", move->vm->name,
                    ferry_vm_state_name(vm.state));
    return false;
}

// What an operator gave up on the source: the half that a post-copy left, or a copy that stands and can't be right. One
// that runs is never ended on the way back.
static bool
destroy_given_up(FerryMove *move, GError **error)
{
    g_auto(FerryVm) vm = {0};

    if (!ferry_hypervisor_get_state(move->src, move->vm->uuid, &vm, error))
        return false;
    return !ferry_vm_state_is_active(vm.state) || ferry_step_destroy(move, true, error);
}

// Nothing on the destination is touched before the source was read once more. Where it has ended since it was seen
// to hold the machine, what waits on the destination is from before that, and goes all the same.
static bool
clean_destination(FerryMove *move, GError **error)
{
    unsigned steps = move->resolution->steps;
    const char *uuid = move->vm->uuid;
    g_auto(FerryVm) vm = {0};

    if ((steps & FERRY_RESOLVE_DESTROY_SRC) && !destroy_given_up(move, error))
        return false;
    move->src_side = ferry_step_read_src(move, &vm);
    if (move->src_side == FERRY_SIDE_UNREACHABLE || move->src_side == FERRY_SIDE_BUSY)
        return false;
    move->ended = !ferry_vm_state_is_active(vm.state) && ferry_vm_state_is_active(move->vm->state);
    if ((steps & FERRY_RESOLVE_DESTROY_DST) && !destroy_waiting(move, error))
        return false;
    if (!(steps & FERRY_RESOLVE_UNDEFINE_DST) || move->baseline->dst_known_before)
        return true;
    // where the source has none any more, the destination's is the only definition that is left
    if (vm.state == FERRY_VM_STATE_NONE)
        return true;
    if (!ferry_hypervisor_get_state(move->dst, uuid, &vm, error))
        return false;
    return vm.state != FERRY_VM_STATE_SHUTOFF || ferry_hypervisor_undefine(move->dst, uuid, error);
}

static bool
let_source_run(FerryMove *move, GError **error)
{
    const FerryMigrateOptions *options = move->request.options;
    // a runner that took over can't know whether the one before had paused it: the intent tells if it could
    bool paused_by_us = g_atomic_int_get(&move->suspended) ||
                        (options->timeout_s > 0 && options->on_timeout == FERRY_ON_TIMEOUT_PAUSE);
    g_auto(FerryVm) vm = {0};

    if (!ferry_hypervisor_get_state(move->src, move->vm->uuid, &vm, error))
        return false;
    if (!move->plan.resume || vm.state != FERRY_VM_STATE_PAUSED)
        return true;
    if (!(move->resolution->steps & FERRY_RESOLVE_RESUME_SRC) && !paused_by_us)
        return true;
    return ferry_hypervisor_resume(move->src, move->vm->uuid, error);
}

// Why the copies on the destination may be worth more than those on the source; NULL: they are not.
// @ret_reason: static
static bool
find_worth(FerryMove *move, const char **ret_reason, GError **error)
{
    g_auto(FerryVm) vm = {0};

    *ret_reason = NULL;
    // In post-copy what the guest wrote last is on the destination alone, and so it may be where an operator had to decide.
    if (move->decision != FERRY_DECISION_NONE) {
        *ret_reason = "an operator decided, and the machine may have written to them";
        return true;
    }
    if (!ferry_hypervisor_get_state(move->src, move->vm->uuid, &vm, error))
        return false;
    if (vm.state == FERRY_VM_STATE_NONE) {
        *ret_reason = "the source does not know the machine any more";
        return true;
    }
    if (move->baseline->dst_known_before)
        return true;
    if (!ferry_hypervisor_get_state(move->dst, move->vm->uuid, &vm, error))
        return false;
    if (vm.state != FERRY_VM_STATE_NONE)
        *ret_reason = "the destination knows the machine";
    return true;
}

static void
note_kept(FerryMove *move, const char *reason)
{
    for (unsigned i = 0; i < move->disks->len; i++) {
        const FerryDiskPlan *plan = move->disks->pdata[i];

        if (plan->copied)
            ferry_move_note(move, "'%s' on '%s' is kept: %s", plan->volume.path,
                            move->dst_host->name, reason);
    }
}

static FerryMade
find_made(const FerryMove *move)
{
    if (move->prepared)
        return FERRY_MADE_ALL;
    return move->taken_over ? FERRY_MADE_PERHAPS : FERRY_MADE_MARKED;
}

// Only copies that are worth nothing: the source holds the machine, and nothing on the destination does.
static bool
take_images_away(FerryMove *move, GError **error)
{
    const char *reason;

    if (!ferry_disk_plans_any_copied(move->disks))
        return true;
    if (!ferry_move_reconnect(move, error) || !find_worth(move, &reason, error))
        return false;
    if (reason == NULL)
        return ferry_storage_unmake(move->disks, move->dst, find_made(move), move->notes, error);
    note_kept(move, reason);
    return true;
}

static FerryMoveEvent
undone(FerryMove *move)
{
    bool cancelled = g_atomic_int_get(&move->cancelled);
    g_autoptr(GError) cause = g_steal_pointer(&move->error);
    bool ended = move->ended;

    if (ended)
        ferry_error_set(&move->error, FERRY_ERROR_MOVE_FAILED,
                        "machine '%s' ended on '%s' during the move: it is %s there now",
                        move->vm->name, move->src_host->name, ferry_side_name(move->src_side));
    else if (cancelled)
        ferry_error_set(&move->error, FERRY_ERROR_CANCELLED,
                        "the move of '%s' was cancelled: it is on '%s' as before", move->vm->name,
                        move->src_host->name);
    else if (g_atomic_int_get(&move->stalled))
        ferry_error_set(
            &move->error, FERRY_ERROR_MOVE_FAILED,
            "the move of '%s' was given up: nothing went over from '%s' to '%s' any more: it is on '%s' as before",
            move->vm->name, move->src_host->name, move->dst_host->name, move->src_host->name);
    else if (g_atomic_int_get(&move->timed_out))
        ferry_error_set(
            &move->error, FERRY_ERROR_TIMEOUT,
            "the move of '%s' did not end within %u s and was given up: it is on '%s' as before",
            move->vm->name, move->request.options->timeout_s, move->src_host->name);
    else
        ferry_error_set(&move->error, FERRY_ERROR_MOVE_FAILED,
                        "cannot move '%s' to '%s', it is on '%s' as before: %s", move->vm->name,
                        move->dst_host->name, move->src_host->name,
                        cause != NULL ? cause->message : "it was not brought to its end");
    if (ferry_error_get_hint(cause) != NULL)
        ferry_error_add_hint(&move->error, "%s", ferry_error_get_hint(cause));
    return cancelled && !ended ? FERRY_EVENT_OK : FERRY_EVENT_STAYED;
}

// The source gets back what it had of its snapshots where the destination can't be cleaned, too; not under libvirt's hands.
static bool
give_snapshots_back(FerryMove *move, bool cleaned, GError **error)
{
    bool steady = cleaned || move->resolution == NULL ||
                  (move->src_side != FERRY_SIDE_UNREACHABLE && move->src_side != FERRY_SIDE_BUSY);

    return steady && ferry_snapshots_attach_src(move, error);
}

static bool
undo(FerryMove *move, GError **error)
{
    // without a resolution libvirt was not asked
    bool cleaned = (move->resolution == NULL ||
                    (ferry_move_reconnect(move, error) && clean_destination(move, error) &&
                     let_source_run(move, error))) &&
                   take_images_away(move, error);

    return give_snapshots_back(move, cleaned, cleaned ? error : NULL) && cleaned;
}

FerryMoveEvent
ferry_step_undo(FerryMove *move)
{
    g_autoptr(GError) error = NULL;

    if (!undo(move, &error)) {
        g_clear_error(&move->error);
        ferry_error_set(&move->error, FERRY_ERROR_PENDING,
                        "machine '%s' is on '%s', and '%s' is not cleaned yet: %s", move->vm->name,
                        move->src_host->name, move->dst_host->name,
                        error != NULL ? error->message : "the source is busy");
        ferry_error_add_hint(
            &move->error,
            "When both hosts answer again, run 'virt-ferry recover %" G_GINT64_FORMAT "'.",
            move->id);
        return FERRY_EVENT_FAIL;
    }
    return undone(move);
}
