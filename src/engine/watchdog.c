// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/watchdog.h"

#include "base/error.h"
#include "engine/abort.h"
#include "engine/sever.h"

enum {
    SAY_US = 3 * G_USEC_PER_SEC,
    // Before the first figure of a copy QEMU reads which parts of the disk are in use and may zero all of the destination's
    // (mirror_dirty_init, 7.2 to 10.0): large disks take their time.
    COPY_PATIENCE = 10,
};

FerryWatchdog
ferry_watchdog_new(const FerryMigrateOptions *options, bool copies)
{
    return (FerryWatchdog){
        .limit_us = (int64_t)options->stall_timeout_s * G_USEC_PER_SEC,
        .copies = copies,
    };
}

static bool
moves_on(FerryWatchdog *watchdog, const FerryJobStats *stats)
{
    uint64_t bytes;
    bool moves;

    if (stats == NULL)
        return watchdog->since_us == 0;
    bytes = ferry_job_stats_bytes(stats);
    moves = stats->kind != FERRY_JOB_ACTIVE || bytes != watchdog->bytes ||
            stats->postcopy_requests != watchdog->requests || watchdog->since_us == 0;
    watchdog->bytes = bytes;
    watchdog->requests = stats->postcopy_requests;
    return moves;
}

static int
patience(const FerryWatchdog *watchdog)
{
    return watchdog->copies && watchdog->bytes == 0 ? COPY_PATIENCE : 1;
}

FerryStall
ferry_watchdog_feed(FerryWatchdog *watchdog, int64_t now_us, const FerryJobStats *stats)
{
    int64_t still_us;

    watchdog->now_us = now_us;
    if (moves_on(watchdog, stats)) {
        watchdog->since_us = now_us;
        watchdog->said = false;
        return FERRY_STALL_NONE;
    }
    still_us = (now_us - watchdog->since_us) / patience(watchdog);
    if (watchdog->limit_us > 0 && still_us >= watchdog->limit_us)
        return FERRY_STALL_ACT;
    if (watchdog->said || still_us < SAY_US)
        return FERRY_STALL_NONE;
    watchdog->said = true;
    return FERRY_STALL_SAY;
}

unsigned
ferry_watchdog_seconds(const FerryWatchdog *watchdog)
{
    return (unsigned)((watchdog->now_us - watchdog->since_us) / G_USEC_PER_SEC);
}

// The destination only reads: it would never notice that the stream is dead.
static bool
stop_postcopy(FerryMove *move, GError **error)
{
    if (!ferry_hypervisor_pause_postcopy(move->src, move->vm->uuid, error))
        return false;
    if (!ferry_sever(move->dst_host, ferry_move_dest_name(move), FERRY_SEVER_DST, NULL))
        g_debug("the stream on '%s' was not broken", move->dst_host->name);
    return true;
}

bool
ferry_watchdog_break(FerryMove *move, GError **error)
{
    bool done;

    if (g_atomic_int_get(&move->postcopy))
        return stop_postcopy(move, error);
    if (move->request.options->on_stall != FERRY_ON_STALL_ABORT) {
        ferry_error_set(error, FERRY_ERROR_TIMEOUT, "it is waited for, as asked");
        return false;
    }
    // libvirt refuses the stop of what is no post-copy: a runner that took over can't know what it is
    if ((move->plan.flags & FERRY_MIGRATE_POSTCOPY) && stop_postcopy(move, NULL))
        return true;
    done = g_atomic_int_get(&move->stood)
               ? ferry_sever(move->src_host, move->vm->name, FERRY_SEVER_SRC, error)
               : ferry_abort_job(move, true, error);
    if (done)
        g_atomic_int_set(&move->stalled, 1);
    return done;
}
