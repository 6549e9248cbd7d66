// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/job.h"

#define FIRST_PASS_SHARE 90.0
#define PERCENT_MAX      99.9

uint64_t
ferry_job_stats_bytes(const FerryJobStats *stats)
{
    // data_* is libvirt's sum of all kinds (with VFIO since 10.6); some readings have the parts alone.
    return MAX(stats->data_processed, stats->memory_processed + stats->disk_processed);
}

static uint64_t
get_remaining(const FerryJobStats *stats)
{
    return MAX(stats->data_remaining, stats->memory_remaining + stats->disk_remaining);
}

// Bytes a second: libvirt's own figure of now, or the mean so far where it gives none yet.
static double
get_rate(const FerryJobStats *stats)
{
    if (stats->memory_bps > 0)
        return (double)stats->memory_bps;
    if (stats->elapsed_ms == 0)
        return 0;
    return (double)ferry_job_stats_bytes(stats) * 1000.0 / (double)stats->elapsed_ms;
}

// Each pass takes as long as its bytes need, and dirties rate x time anew: a geometric series with the
// ratio dirty / rate, which has a sum only below 1. In post-copy the source dirties nothing more.
static double
guess_eta(const FerryJobStats *stats)
{
    double rate = get_rate(stats);
    double dirty = (double)stats->memory_dirty_rate * (double)stats->page_size;

    if (stats->postcopy_requests > 0)
        dirty = 0;
    if (rate <= 0 || dirty >= rate)
        return -1;
    return (double)get_remaining(stats) / (rate - dirty);
}

// In the first pass 'remaining' counts zero pages too, which cost next to nothing on the wire: what
// went so far against the time it took is the better rate.
static double
first_pass(FerryProgress *progress, const FerryJobStats *stats)
{
    uint64_t remaining = get_remaining(stats);
    double sent;

    progress->start_remaining = MAX(progress->start_remaining, remaining);
    progress->eta_s = -1;
    sent = (double)(progress->start_remaining - remaining);
    if (sent <= 0)
        return 0;
    if (stats->elapsed_ms > 0)
        progress->eta_s = (double)remaining * (double)stats->elapsed_ms / 1000.0 / sent;
    return FIRST_PASS_SHARE * sent / (double)progress->start_remaining;
}

static double
later_pass(FerryProgress *progress, const FerryJobStats *stats)
{
    double elapsed = (double)stats->elapsed_ms / 1000.0;

    progress->eta_s = guess_eta(stats);
    if (progress->eta_s < 0 || elapsed <= 0)
        return 0;
    return 100.0 * elapsed / (elapsed + progress->eta_s);
}

double
ferry_progress_update(FerryProgress *progress, const FerryJobStats *stats)
{
    double percent;

    if (stats->kind == FERRY_JOB_COMPLETED) {
        progress->eta_s = 0;
        progress->percent = PERCENT_MAX;
        return progress->percent;
    }
    if (stats->kind != FERRY_JOB_ACTIVE)
        return progress->percent;
    if (progress->start_iteration == 0)
        progress->start_iteration = stats->iteration;
    if (stats->iteration > progress->start_iteration || stats->memory_dirty_rate > 0 ||
        stats->postcopy_requests > 0)
        percent = later_pass(progress, stats);
    else
        percent = first_pass(progress, stats);
    progress->percent = CLAMP(MAX(percent, progress->percent), 0, PERCENT_MAX);
    return progress->percent;
}
