// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/watchdog.h"

enum { SAY_US = 3 * G_USEC_PER_SEC };

FerryWatchdog
ferry_watchdog_new(const FerryMigrateOptions *options)
{
    return (FerryWatchdog){
        .limit_us = (int64_t)options->stall_timeout_s * G_USEC_PER_SEC,
    };
}

FerryStall
ferry_watchdog_feed(FerryWatchdog *watchdog, int64_t now_us, const FerryJobStats *stats)
{
    uint64_t bytes = ferry_job_stats_bytes(stats);
    bool moves = stats->kind != FERRY_JOB_ACTIVE || bytes != watchdog->bytes ||
                 stats->postcopy_requests != watchdog->requests || watchdog->since_us == 0;

    watchdog->now_us = now_us;
    watchdog->bytes = bytes;
    watchdog->requests = stats->postcopy_requests;
    if (moves) {
        watchdog->since_us = now_us;
        watchdog->said = false;
        return FERRY_STALL_NONE;
    }
    if (watchdog->limit_us > 0 && now_us - watchdog->since_us >= watchdog->limit_us)
        return FERRY_STALL_ACT;
    if (watchdog->said || now_us - watchdog->since_us < SAY_US)
        return FERRY_STALL_NONE;
    watchdog->said = true;
    return FERRY_STALL_SAY;
}

unsigned
ferry_watchdog_seconds(const FerryWatchdog *watchdog)
{
    return (unsigned)((watchdog->now_us - watchdog->since_us) / G_USEC_PER_SEC);
}

// libvirt refuses the abort of a post-copy, and the stop of what is none: asked in this order nothing has to be
// known of the phase.
bool
ferry_watchdog_break(FerryMove *move)
{
    const char *uuid = move->vm->uuid;
    bool may_abort = move->request.options->on_stall == FERRY_ON_STALL_ABORT;

    if ((move->plan.flags & FERRY_MIGRATE_POSTCOPY) &&
        ferry_hypervisor_pause_postcopy(move->src, uuid, NULL))
        return true;
    if (!may_abort || !ferry_hypervisor_abort_job(move->src, uuid, NULL))
        return false;
    g_atomic_int_set(&move->stalled, 1);
    return true;
}
