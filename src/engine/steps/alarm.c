// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steps/steps.h"

#include "base/error.h"

static bool
is_there(FerrySide side)
{
    return side == FERRY_SIDE_RUNNING || side == FERRY_SIDE_PAUSED_BEFORE ||
           side == FERRY_SIDE_PAUSED_USER || side == FERRY_SIDE_PAUSED_MIGRATION ||
           side == FERRY_SIDE_PAUSED_API || side == FERRY_SIDE_PAUSED_OTHER;
}

static bool
is_known(FerrySide side)
{
    return side != FERRY_SIDE_UNREACHABLE && side != FERRY_SIDE_BUSY;
}

const FerryResolution *
ferry_step_decided(const FerryMove *move)
{
    static const FerryResolution keep_src = {.verdict = FERRY_RESOLVED_STAYED,
                                             .steps = FERRY_RESOLVE_DESTROY_DST |
                                                      FERRY_RESOLVE_UNDEFINE_DST |
                                                      FERRY_RESOLVE_RESUME_SRC,
                                             .comment = "an operator keeps the source's copy"};
    static const FerryResolution keep_dst = {.verdict = FERRY_RESOLVED_MOVED,
                                             .steps = FERRY_RESOLVE_DESTROY_SRC |
                                                      FERRY_RESOLVE_RESUME_DST,
                                             .comment = "an operator keeps the destination's copy"};
    static const FerryResolution give_up = {.verdict = FERRY_RESOLVED_ENDED,
                                            .steps = FERRY_RESOLVE_DESTROY_SRC |
                                                     FERRY_RESOLVE_DESTROY_DST |
                                                     FERRY_RESOLVE_UNDEFINE_DST,
                                            .comment = "an operator gives up what is left of it"};
    bool known = is_known(move->src_side) && is_known(move->dst_side);
    bool may_end = move->resolution != NULL && move->src_side != FERRY_SIDE_RUNNING &&
                   move->dst_side != FERRY_SIDE_RUNNING &&
                   (move->resolution->verdict == FERRY_RESOLVED_LOST ||
                    move->resolution->verdict == FERRY_RESOLVED_UNCLEAR);

    switch (move->decision) {
    case FERRY_DECISION_KEEP_SRC:
        return known && is_there(move->src_side) ? &keep_src : NULL;
    case FERRY_DECISION_KEEP_DST:
        return known && is_there(move->dst_side) ? &keep_dst : NULL;
    case FERRY_DECISION_GIVE_UP:
        return known && may_end ? &give_up : NULL;
    case FERRY_DECISION_NONE:
        break;
    }
    return NULL;
}

// Returns: false when it runs there and can't be paused
static bool
stop(FerryHypervisor *hv, const char *uuid, FerrySide side)
{
    return side != FERRY_SIDE_RUNNING || ferry_hypervisor_suspend(hv, uuid, NULL);
}

static void
set_alarm(FerryMove *move, bool stopped)
{
    g_clear_error(&move->error);
    ferry_error_set(&move->error, FERRY_ERROR_PENDING,
                    stopped
                        ? "machine '%s' ran on both '%s' and '%s': both copies are paused"
                        : "machine '%s' runs on both '%s' and '%s', and can't be paused on both",
                    move->vm->name, move->src_host->name, move->dst_host->name);
    ferry_error_add_hint(
        &move->error,
        "Find out which copy is right, then run 'virt-ferry recover %" G_GINT64_FORMAT
        " --keep source' or '--keep destination': the other one is taken away.",
        move->id);
}

FerryMoveEvent
ferry_step_alarm(FerryMove *move)
{
    const char *uuid = move->vm->uuid;
    const FerryResolution *decided;
    bool stopped;

    (void)ferry_step_read_both(move);
    decided = ferry_step_decided(move);
    if (decided != NULL) {
        move->resolution = decided;
        g_clear_error(&move->error);
        // the copy that goes must not run; the one that stays may
        if (move->decision == FERRY_DECISION_KEEP_SRC)
            stopped = stop(move->dst, uuid, move->dst_side);
        else
            stopped = stop(move->src, uuid, move->src_side);
        if (stopped)
            return decided->verdict == FERRY_RESOLVED_MOVED ? FERRY_EVENT_MOVED
                                                            : FERRY_EVENT_STAYED;
    }
    // both, whatever became of the first
    stopped = stop(move->src, uuid, move->src_side);
    stopped &= stop(move->dst, uuid, move->dst_side);
    stopped &= move->src_side != FERRY_SIDE_UNREACHABLE && move->dst_side != FERRY_SIDE_UNREACHABLE;
    set_alarm(move, stopped);
    return stopped ? FERRY_EVENT_OK : FERRY_EVENT_FAIL;
}
