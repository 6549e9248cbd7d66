// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steps/steps.h"

#include "base/error.h"
#include "engine/abort.h"
#include "engine/watchdog.h"

enum {
    SILENCE_LIMIT_US =
        60 * G_USEC_PER_SEC,             // a host that is silent for longer makes the move pending
    DOUBLE_LIMIT_US = 150 * 1000,        // an alarm pauses the machine: not on a single look
    DOUBT_LIMIT_US = 5 * G_USEC_PER_SEC, // states that prove nothing may be passing ones
    PAUSE_MIN_US = 20 * 1000,
    PAUSE_MAX_US = G_USEC_PER_SEC,
};

// A machine that is off has no state to read: its definitions tell.
static const FerryResolution *
resolve_offline(const FerryMove *move)
{
    static const FerryResolution moved = {.verdict = FERRY_RESOLVED_MOVED,
                                          .comment = "defined on the destination"};
    static const FerryResolution undone = {.verdict = FERRY_RESOLVED_STAYED,
                                           .steps = FERRY_RESOLVE_UNDEFINE_DST,
                                           .comment =
                                               "defined on both, and libvirt says it failed"};
    static const FerryResolution stayed = {.verdict = FERRY_RESOLVED_STAYED,
                                           .comment = "not defined on the destination"};
    static const FerryResolution unclear = {.verdict = FERRY_RESOLVED_UNCLEAR,
                                            .comment = "a host can't be read"};

    if (move->src_side == FERRY_SIDE_UNREACHABLE || move->dst_side == FERRY_SIDE_UNREACHABLE)
        return &unclear;
    if (move->src_side == FERRY_SIDE_NONE || move->src_side == FERRY_SIDE_OFF_MIGRATED)
        return &moved;
    if (move->dst_side == FERRY_SIDE_NONE &&
        !(move->error == NULL && move->baseline->dst_known_before))
        return &stayed;
    return move->error == NULL ? &moved : &undone;
}

// The most that is known. That the source is gone counts as the certificate only with libvirt's own word for it:
// its event, or its call's success with the source read as inactive.
static FerryKnown
known(const FerryMove *move)
{
    bool gone = move->src_side == FERRY_SIDE_NONE || move->src_side == FERRY_SIDE_OFF ||
                move->src_side == FERRY_SIDE_OFF_MIGRATED ||
                move->src_side == FERRY_SIDE_OFF_CRASHED;

    if (move->known != FERRY_KNOWN_BEGUN)
        return move->known;
    if (g_atomic_int_get(&move->left) || (move->performed && gone))
        return FERRY_KNOWN_LEFT;
    return g_atomic_int_get(&move->stood) ? FERRY_KNOWN_STOOD : FERRY_KNOWN_BEGUN;
}

static const FerryResolution *
resolve_live(const FerryMove *move)
{
    return ferry_resolver_resolve(move->src_side, move->dst_side,
                                  move->plan.strict ? FERRY_START_STRICT : FERRY_START_FAST,
                                  known(move));
}

static void
set_unclear(FerryMove *move, const char *said)
{
    ferry_error_set(
        &move->error, FERRY_ERROR_PENDING,
        "it is not clear where '%s' is, nothing was destroyed: it is %s on '%s' and %s on '%s'%s",
        move->vm->name, ferry_side_name(move->src_side), move->src_host->name,
        ferry_side_name(move->dst_side), move->dst_host->name, said);
    if (move->src_side == FERRY_SIDE_UNREACHABLE || move->dst_side == FERRY_SIDE_UNREACHABLE)
        ferry_error_add_hint(
            &move->error,
            "When both hosts answer again, run 'virt-ferry recover %" G_GINT64_FORMAT
            "': it finishes or undoes the move.",
            move->id);
    else
        ferry_error_add_hint(
            &move->error,
            "Look at both copies, then run 'virt-ferry recover %" G_GINT64_FORMAT
            " --keep source' or '--keep destination': the other one is taken away. Where neither can be right, '--give-up' ends both.",
            move->id);
}

static void
set_lost(FerryMove *move)
{
    ferry_error_set(
        &move->error, FERRY_ERROR_PENDING,
        "machine '%s' is lost: its memory was on both hosts, and it is %s on '%s' and %s on '%s' now",
        move->vm->name, ferry_side_name(move->src_side), move->src_host->name,
        ferry_side_name(move->dst_side), move->dst_host->name);
    ferry_error_add_hint(
        &move->error,
        "Its disks are as a power cut leaves them. Run 'virt-ferry recover %" G_GINT64_FORMAT
        " --give-up' to end the half that is left, then start it.",
        move->id);
}

static FerryMoveEvent
unclear(FerryMove *move)
{
    g_autofree char *said =
        move->error != NULL ? g_strdup_printf(": %s", move->error->message) : g_strdup("");

    g_clear_error(&move->error);
    if (move->resolution->verdict == FERRY_RESOLVED_LOST)
        set_lost(move);
    else
        set_unclear(move, said);
    return FERRY_EVENT_UNCLEAR;
}

// How long to go on reading for @resolution before it is final, counted from its first sight.
static int64_t
patience(const FerryMove *move, const FerryResolution *resolution)
{
    if (resolution->verdict == FERRY_RESOLVED_WAIT)
        return G_MAXINT64;
    if (resolution->verdict == FERRY_RESOLVED_DOUBLE)
        return DOUBLE_LIMIT_US;
    if (resolution->verdict != FERRY_RESOLVED_UNCLEAR)
        return 0;
    if (move->src_side == FERRY_SIDE_UNREACHABLE || move->dst_side == FERRY_SIDE_UNREACHABLE)
        return SILENCE_LIMIT_US;
    return DOUBT_LIMIT_US;
}

// A runner that took over has no other eye on the job: what stalls would be waited for for ever.
static void
attend_job(FerryMove *move, FerryWatchdog *watchdog)
{
    FerryJobStats stats = {0};
    const char *uuid = move->vm->uuid;

    if (move->src_side != FERRY_SIDE_BUSY ||
        !ferry_hypervisor_get_job(move->src, uuid, false, &stats, NULL))
        return;
    // the operator's wish holds for a job that outlived our call, too
    if (g_atomic_int_get(&move->cancelled))
        (void)!ferry_abort_job(move, false, NULL);
    if (ferry_watchdog_feed(watchdog, ferry_clock_now(move->clock), &stats) == FERRY_STALL_ACT &&
        ferry_watchdog_break(move, NULL))
        ferry_move_note(move, "nothing went over for %u s: the job was ended",
                        ferry_watchdog_seconds(watchdog));
}

bool
ferry_step_look(FerryMove *move)
{
    bool steady = ferry_step_read_both(move);

    move->resolution =
        move->plan.flags & FERRY_MIGRATE_OFFLINE ? resolve_offline(move) : resolve_live(move);
    return steady;
}

static void
read_until_clear(FerryMove *move)
{
    FerryWatchdog watchdog = ferry_watchdog_new(move->request.options, false);
    int64_t pause = PAUSE_MIN_US;
    FerryResolved last = FERRY_RESOLVED_WAIT;
    int64_t since = ferry_clock_now(move->clock);
    bool steady;

    for (;;) {
        steady = ferry_step_look(move);
        if (move->resolution->verdict != last) {
            last = move->resolution->verdict;
            since = ferry_clock_now(move->clock);
        }
        if (steady && ferry_clock_now(move->clock) - since >= patience(move, move->resolution))
            return;
        attend_job(move, &watchdog);
        ferry_clock_sleep(move->clock, pause);
        pause = MIN(pause * 2, PAUSE_MAX_US);
    }
}

// What only an operator can tell, and has told.
static void
apply_decision(FerryMove *move)
{
    const FerryResolution *decided = ferry_step_decided(move);

    if (decided != NULL && (move->resolution->verdict == FERRY_RESOLVED_UNCLEAR ||
                            move->resolution->verdict == FERRY_RESOLVED_LOST))
        move->resolution = decided;
}

FerryMoveEvent
ferry_step_settle(FerryMove *move)
{
    read_until_clear(move);
    apply_decision(move);
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
        return FERRY_EVENT_DOUBLE;
    case FERRY_RESOLVED_BROKEN:
        return FERRY_EVENT_BROKEN;
    case FERRY_RESOLVED_WAIT:
    case FERRY_RESOLVED_UNCLEAR:
    case FERRY_RESOLVED_LOST:
        break;
    }
    return unclear(move);
}
