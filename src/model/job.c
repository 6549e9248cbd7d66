// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/job.h"

#define FIRST_PASS_SHARE 90.0
#define MEMORY_SHARE_MIN 1.0 // kept free for memory that is still to come, however little it is
#define PERCENT_MAX      99.9

enum {
    MARK_MS = 10 * 1000,
    STUCK_MARKS = 3,
};

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

// Of memory, and whatever else is no disk.
static uint64_t
get_memory_remaining(const FerryJobStats *stats)
{
    return get_remaining(stats) - MIN(get_remaining(stats), stats->disk_remaining);
}

static bool
has_memory(const FerryJobStats *stats)
{
    return stats->memory_total > 0 || get_memory_remaining(stats) > 0;
}

bool
ferry_job_stats_on_disks(const FerryJobStats *stats)
{
    return stats->disk_total > 0 && !has_memory(stats);
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

// Notes how the copies of disks fare. What the guest writes adds to what remains, and so does a disk whose copy begins
// later than the others': one mark alone tells nothing.
static void
mark_disks(FerryProgress *progress, const FerryJobStats *stats)
{
    FerryJobMark *last = &progress->marks[1];
    FerryJobMark now = {stats->elapsed_ms, stats->disk_processed, stats->disk_remaining};

    if (!progress->marked) {
        progress->marked = true;
        *last = (FerryJobMark){progress->idle_ms, 0, stats->disk_total};
        progress->marks[0] = *last;
    }
    if (now.ms < last->ms + MARK_MS)
        return;
    // what does not advance at all is the watchdog's
    if (now.remaining >= last->remaining && now.processed > last->processed)
        progress->stuck++;
    else
        progress->stuck = 0;
    progress->overtaken = progress->overtaken || progress->stuck >= STUCK_MARKS;
    progress->marks[0] = *last;
    *last = now;
}

// A disk whose copy has not begun yet is not among the figures, but was expected.
static uint64_t
get_disk_remaining(const FerryProgress *progress, const FerryJobStats *stats)
{
    uint64_t expected = progress->expected.disk_bytes;

    return MAX(stats->disk_remaining, expected - MIN(expected, stats->disk_processed));
}

// Bytes a second from the older mark on: @to - @from of them; <= 0: none
static double
rate_since(const FerryProgress *progress, const FerryJobStats *stats, uint64_t from, uint64_t to)
{
    double ms = (double)stats->elapsed_ms - (double)progress->marks[0].ms;

    return ms > 0 ? ((double)to - (double)from) * 1000.0 / ms : 0;
}

// Seconds until disks and then memory are over: by what the disks become less in spite of the guest's writes, and
// memory as fast as the disks advance or as its own limit allows.
static double
disks_eta(const FerryProgress *progress, const FerryJobStats *stats)
{
    double shrink =
        rate_since(progress, stats, stats->disk_remaining, progress->marks[0].remaining);
    double memory_bps = progress->expected.memory_bps > 0 ? (double)progress->expected.memory_bps
                                                          : progress->disk_bps;

    if (shrink <= 0 || memory_bps <= 0)
        return -1;
    return (double)get_disk_remaining(progress, stats) / shrink +
           (double)progress->expected.memory_bytes / memory_bps;
}

static double
disks_pass(FerryProgress *progress, const FerryJobStats *stats)
{
    double done = (double)stats->disk_processed;
    double total = done + (double)get_disk_remaining(progress, stats) +
                   (double)progress->expected.memory_bytes;

    mark_disks(progress, stats);
    progress->disk_ms = stats->elapsed_ms;
    progress->disk_bps =
        MAX(rate_since(progress, stats, progress->marks[0].processed, stats->disk_processed), 0);
    progress->eta_s = disks_eta(progress, stats);
    if (done <= 0)
        return 0;
    return MIN(FIRST_PASS_SHARE * done / total, FIRST_PASS_SHARE - MEMORY_SHARE_MIN);
}

// In the first pass 'remaining' counts zero pages too, which cost next to nothing on the wire: what
// went so far against the time it took is the better rate. Disks that went before are over: their bytes count, their
// time does not.
static double
memory_pass(FerryProgress *progress, const FerryJobStats *stats)
{
    uint64_t remaining = get_memory_remaining(stats);
    double ms = (double)stats->elapsed_ms - (double)progress->disk_ms;
    double disks = (double)stats->disk_total;
    double sent;

    progress->start_remaining = MAX(progress->start_remaining, remaining);
    progress->eta_s = -1;
    sent = (double)(progress->start_remaining - remaining);
    if (sent > 0 && ms > 0)
        progress->eta_s = (double)remaining * ms / 1000.0 / sent;
    if (sent + disks <= 0)
        return 0;
    return FIRST_PASS_SHARE * (sent + disks) / ((double)progress->start_remaining + disks);
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

static double
read_pass(FerryProgress *progress, const FerryJobStats *stats)
{
    progress->disk_bps = 0;
    if (ferry_job_stats_on_disks(stats))
        return disks_pass(progress, stats);
    if (!has_memory(stats) && progress->start_remaining == 0) {
        progress->idle_ms = stats->elapsed_ms;
        progress->eta_s = -1;
        return 0;
    }
    if (progress->start_iteration == 0)
        progress->start_iteration = stats->iteration;
    if (stats->iteration > progress->start_iteration || stats->memory_dirty_rate > 0 ||
        stats->postcopy_requests > 0)
        return later_pass(progress, stats);
    return memory_pass(progress, stats);
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
    percent = read_pass(progress, stats);
    progress->percent = CLAMP(MAX(percent, progress->percent), 0, PERCENT_MAX);
    return progress->percent;
}
