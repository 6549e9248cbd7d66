// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/job.h"

#define MIB ((uint64_t)1024 * 1024)

static FerryJobStats
reading(uint64_t iteration, uint64_t elapsed_ms, uint64_t remaining_mib)
{
    return (FerryJobStats){
        .kind = FERRY_JOB_ACTIVE,
        .operation = FERRY_JOB_OP_MIGRATION_OUT,
        .iteration = iteration,
        .elapsed_ms = elapsed_ms,
        .memory_total = 1000 * MIB,
        .memory_remaining = remaining_mib * MIB,
        .data_remaining = remaining_mib * MIB,
        .memory_bps = 100 * MIB,
        .page_size = 4096,
    };
}

// Half of 1000 MiB went in 2 s: half of the first pass's share, and 2 s more.
static void
test_first_pass(void)
{
    FerryProgress progress = {0};
    FerryJobStats stats = reading(1, 0, 1000);

    g_assert_cmpfloat(ferry_progress_update(&progress, &stats), ==, 0);
    g_assert_cmpfloat(progress.eta_s, <, 0);
    stats = reading(1, 2000, 500);
    g_assert_cmpfloat_with_epsilon(ferry_progress_update(&progress, &stats), 45, 1e-9);
    g_assert_cmpfloat_with_epsilon(progress.eta_s, 2, 1e-9);
    stats = reading(1, 4000, 0);
    g_assert_cmpfloat_with_epsilon(ferry_progress_update(&progress, &stats), 90, 1e-9);
}

// 100 MiB left, 100 MiB/s carried, 50 MiB/s dirtied: 1 + 1/2 + 1/4 ... = 2 s.
static void
test_geometric(void)
{
    FerryProgress progress = {0};
    FerryJobStats stats = reading(1, 1000, 1000);

    (void)ferry_progress_update(&progress, &stats);
    stats = reading(2, 98000, 100);
    stats.memory_dirty_rate = 50 * MIB / 4096;
    g_assert_cmpfloat_with_epsilon(ferry_progress_update(&progress, &stats), 98, 1e-9);
    g_assert_cmpfloat_with_epsilon(progress.eta_s, 2, 1e-9);
}

static void
test_never_converging(void)
{
    FerryProgress progress = {0};
    FerryJobStats stats = reading(1, 0, 1000);
    double before;

    (void)ferry_progress_update(&progress, &stats);
    stats = reading(1, 5000, 500);
    before = ferry_progress_update(&progress, &stats);
    for (uint64_t round = 2; round < 50; round++) {
        stats = reading(round, round * 5000, 500);
        stats.memory_dirty_rate = 100 * MIB / 4096;
        g_assert_cmpfloat(ferry_progress_update(&progress, &stats), ==, before);
        g_assert_cmpfloat(progress.eta_s, <, 0);
    }
}

// In post-copy nothing is dirtied on the source any more, whatever the last rate was.
static void
test_postcopy(void)
{
    FerryProgress progress = {0};
    FerryJobStats stats = reading(3, 9000, 100);

    stats.memory_dirty_rate = 500 * MIB / 4096;
    stats.postcopy_requests = 1;
    g_assert_cmpfloat_with_epsilon(ferry_progress_update(&progress, &stats), 90, 1e-9);
    g_assert_cmpfloat_with_epsilon(progress.eta_s, 1, 1e-9);
}

static void
test_end(void)
{
    FerryProgress progress = {0};
    FerryJobStats stats = reading(1, 1000, 1000);
    double before;

    (void)ferry_progress_update(&progress, &stats);
    stats = reading(1, 2000, 300);
    before = ferry_progress_update(&progress, &stats);
    stats.kind = FERRY_JOB_FAILED;
    stats.data_remaining = 0;
    stats.memory_remaining = 0;
    g_assert_cmpfloat(ferry_progress_update(&progress, &stats), ==, before);
    stats.kind = FERRY_JOB_COMPLETED;
    g_assert_cmpfloat(ferry_progress_update(&progress, &stats), ==, 99.9);
    g_assert_cmpfloat(progress.eta_s, ==, 0);
}

// What libvirt tells while disks go over: data_* are the disks', memory has no figure yet.
static FerryJobStats
disks_reading(uint64_t elapsed_ms, uint64_t total_mib, uint64_t processed_mib)
{
    return (FerryJobStats){
        .kind = FERRY_JOB_ACTIVE,
        .operation = FERRY_JOB_OP_MIGRATION_OUT,
        .elapsed_ms = elapsed_ms,
        .disk_total = total_mib * MIB,
        .disk_processed = processed_mib * MIB,
        .disk_remaining = (total_mib - processed_mib) * MIB,
        .data_total = total_mib * MIB,
        .data_processed = processed_mib * MIB,
        .data_remaining = (total_mib - processed_mib) * MIB,
    };
}

// Memory follows disks of 3000 MiB.
static FerryJobStats
after_disks(uint64_t elapsed_ms, uint64_t remaining_mib)
{
    FerryJobStats stats = reading(1, elapsed_ms, remaining_mib);

    stats.disk_total = stats.disk_processed = 3000 * MIB;
    stats.memory_processed = stats.memory_total - stats.memory_remaining;
    stats.data_total = stats.memory_total + stats.disk_total;
    stats.data_processed = stats.memory_processed + stats.disk_processed;
    return stats;
}

static FerryProgress
copying(uint64_t disk_mib, uint64_t memory_mib)
{
    return (FerryProgress){
        .expected = {.disk_bytes = disk_mib * MIB, .memory_bytes = memory_mib * MIB}};
}

// 3000 MiB of disks and 1000 MiB of memory: the disks are three quarters of 90 %. Half of them went in 15 s: 15 s more,
// and 10 s for the memory.
static void
test_disks(void)
{
    FerryProgress progress = copying(3000, 1000);
    FerryJobStats stats = {.kind = FERRY_JOB_ACTIVE, .elapsed_ms = 100};

    g_assert_cmpfloat(ferry_progress_update(&progress, &stats), ==, 0);
    g_assert_cmpfloat(progress.eta_s, <, 0);
    stats = disks_reading(5100, 3000, 500);
    g_assert_cmpfloat_with_epsilon(ferry_progress_update(&progress, &stats), 11.25, 1e-9);
    g_assert_cmpfloat_with_epsilon(progress.disk_bps, 100.0 * MIB, 1);
    stats = disks_reading(15100, 3000, 1500);
    g_assert_cmpfloat_with_epsilon(ferry_progress_update(&progress, &stats), 33.75, 1e-9);
    g_assert_cmpfloat_with_epsilon(progress.eta_s, 25, 1e-6);
    stats = disks_reading(30100, 3000, 3000);
    g_assert_cmpfloat_with_epsilon(ferry_progress_update(&progress, &stats), 67.5, 1e-9);
    g_assert_cmpfloat_with_epsilon(progress.eta_s, 10, 1e-6);
    // half of the memory in 4 s, whatever the disks took
    stats = after_disks(34100, 1000);
    (void)ferry_progress_update(&progress, &stats);
    g_assert_cmpfloat(progress.disk_bps, ==, 0);
    stats = after_disks(34100, 500);
    g_assert_cmpfloat_with_epsilon(ferry_progress_update(&progress, &stats), 78.75, 1e-9);
    g_assert_cmpfloat_with_epsilon(progress.eta_s, 4, 1e-6);
    g_assert_false(progress.overtaken);
}

// --bandwidth 20: memory takes 50 s, however fast the disks were.
static void
test_disks_before_limited_memory(void)
{
    FerryProgress progress = copying(3000, 1000);
    FerryJobStats stats = disks_reading(10000, 3000, 2000);

    progress.expected.memory_bps = 20 * MIB;
    (void)ferry_progress_update(&progress, &stats);
    g_assert_cmpfloat_with_epsilon(progress.eta_s, 55, 1e-6);
}

// Large disks, little memory: what is kept free for memory is never used up by disks.
static void
test_memory_to_come(void)
{
    FerryProgress known = copying(1000000, 1);
    FerryProgress unknown = {0};
    FerryJobStats stats = disks_reading(1000000, 1000000, 1000000);

    g_assert_cmpfloat(ferry_progress_update(&known, &stats), ==, 89);
    g_assert_cmpfloat(ferry_progress_update(&unknown, &stats), ==, 89);
}

// The copy of a second disk of 3000 MiB begins later: it was expected.
static void
test_late_disk(void)
{
    FerryProgress progress = copying(4000, 0);
    FerryJobStats stats = disks_reading(10000, 1000, 1000);

    g_assert_cmpfloat_with_epsilon(ferry_progress_update(&progress, &stats), 22.5, 1e-9);
    stats = disks_reading(11000, 4000, 1100);
    g_assert_cmpfloat_with_epsilon(ferry_progress_update(&progress, &stats), 24.75, 1e-9);
}

// Each second 100 MiB are copied while the guest writes @written_mib.
static bool
is_overtaken(unsigned seconds, uint64_t written_mib)
{
    FerryProgress progress = copying(8000, 1000);
    double last = 0;

    for (unsigned i = 1; i <= seconds; i++) {
        FerryJobStats stats = disks_reading(i * 1000UL, 8000 + i * written_mib, i * 100UL);
        double percent = ferry_progress_update(&progress, &stats);

        g_assert_cmpfloat(percent, >=, last);
        g_assert_cmpfloat(percent, <, 90);
        // what was written before the first reading is part of the total then
        g_assert_true(i <= 20 || (progress.eta_s < 0) == (written_mib >= 100));
        last = percent;
    }
    return progress.overtaken;
}

// The guest writes: the total grows, and what it grows by is in the ETA. Where it writes faster than is copied there is
// none, and after 30 s that is told.
static void
test_guest_writes(void)
{
    FerryProgress progress = copying(8000, 0);
    FerryJobStats stats = disks_reading(1000, 8050, 100);

    // 50 MiB a second less: the mean since the first reading
    (void)ferry_progress_update(&progress, &stats);
    stats = disks_reading(21000, 8000 + 1050, 2100);
    (void)ferry_progress_update(&progress, &stats);
    g_assert_cmpfloat_with_epsilon(progress.eta_s, 6950 * 21.0 / (8050 - 6950), 1e-6);
    g_assert_false(is_overtaken(60, 50));
    g_assert_false(is_overtaken(60, 99));
    g_assert_false(is_overtaken(29, 100));
    g_assert_true(is_overtaken(50, 100));
    g_assert_true(is_overtaken(50, 200));
}

// A copy that stands still is not overtaken: nothing goes over, which is the watchdog's to tell.
static void
test_disks_stand(void)
{
    FerryProgress progress = copying(8000, 1000);

    for (unsigned i = 1; i < 100; i++) {
        FerryJobStats stats = disks_reading(i * 1000UL, 8000, 100);

        (void)ferry_progress_update(&progress, &stats);
    }
    g_assert_false(progress.overtaken);
    g_assert_cmpfloat(progress.disk_bps, ==, 0);
    g_assert_cmpfloat(progress.eta_s, <, 0);
}

static FerryJobStats
random_reading(void)
{
    FerryJobStats stats =
        reading((uint64_t)g_test_rand_int_range(0, 9), (uint64_t)g_test_rand_int_range(0, 100000),
                (uint64_t)g_test_rand_int_range(0, 4000));

    stats.memory_bps = (uint64_t)g_test_rand_int_range(0, 3) * 50 * MIB;
    stats.memory_dirty_rate = (uint64_t)g_test_rand_int_range(0, 30000);
    stats.memory_processed = (uint64_t)g_test_rand_int_range(0, 1000) * MIB;
    stats.kind = (FerryJobKind)g_test_rand_int_range(0, FERRY_JOB_CANCELLED + 1);
    if (g_test_rand_bit())
        stats.memory_total = stats.memory_remaining = stats.data_remaining = 0;
    if (g_test_rand_bit()) {
        stats.disk_processed = (uint64_t)g_test_rand_int_range(0, 9000) * MIB;
        stats.disk_remaining = (uint64_t)g_test_rand_int_range(0, 9000) * MIB;
        stats.disk_total = (uint64_t)g_test_rand_int_range(0, 9000) * MIB;
    }
    return stats;
}

static bool
goes_on(FerryProgress *progress, double *last)
{
    FerryJobStats stats = random_reading();
    double percent = ferry_progress_update(progress, &stats);
    bool fine = percent >= *last && percent <= 99.9 && progress->eta_s == progress->eta_s;

    *last = percent;
    return fine;
}

// Whatever libvirt reports, in whatever order: never back, never 100, never NaN.
static void
test_monotone(void)
{
    for (int run = 0; run < 200; run++) {
        FerryProgress progress = copying((uint64_t)g_test_rand_int_range(0, 2) * 5000,
                                         (uint64_t)g_test_rand_int_range(0, 2) * 1000);
        double last = 0;

        for (int i = 0; i < 200; i++)
            g_assert_true(goes_on(&progress, &last));
    }
}

// A whole move of random sizes and rates whose guest writes: never back, below 90 % until memory goes over, at 90 when its
// first pass is done, and an ETA (once there is one) that is over when the disks are.
static void
move_disks(void)
{
    uint64_t disks = (uint64_t)g_test_rand_int_range(1, 5000);
    uint64_t rate = (uint64_t)g_test_rand_int_range(10, 500);
    uint64_t written = (uint64_t)g_test_rand_int_range(0, (gint32)rate);
    FerryProgress progress = copying(disks, 1000);
    FerryJobStats stats;
    uint64_t ms = 500;
    double last = 0;

    for (uint64_t done = 0; done < disks; ms += 500) {
        double percent;

        done = MIN(done + rate, disks);
        stats = disks_reading(ms, disks, done);
        percent = ferry_progress_update(&progress, &stats);
        g_assert_cmpfloat(percent, >=, last);
        g_assert_cmpfloat(percent, <, 90);
        g_assert_true(progress.eta_s == progress.eta_s);
        last = percent;
        disks += done < disks ? MIN(written, disks - done) : 0;
    }
    stats = after_disks(ms, 1000);
    g_assert_cmpfloat(ferry_progress_update(&progress, &stats), <, 90);
    stats = after_disks(ms + 1000, 0);
    g_assert_cmpfloat_with_epsilon(ferry_progress_update(&progress, &stats), 90, 1e-9);
}

static void
test_monotone_disks(void)
{
    for (int run = 0; run < 500; run++)
        move_disks();
}

static void
test_bytes(void)
{
    FerryJobStats parts = {.memory_processed = 5, .disk_processed = 3};
    FerryJobStats sum = {.memory_processed = 5, .disk_processed = 3, .data_processed = 12};

    g_assert_cmpuint(ferry_job_stats_bytes(&parts), ==, 8);
    g_assert_cmpuint(ferry_job_stats_bytes(&sum), ==, 12);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/job/first-pass", test_first_pass);
    g_test_add_func("/job/geometric", test_geometric);
    g_test_add_func("/job/never-converging", test_never_converging);
    g_test_add_func("/job/postcopy", test_postcopy);
    g_test_add_func("/job/end", test_end);
    g_test_add_func("/job/monotone", test_monotone);
    g_test_add_func("/job/bytes", test_bytes);
    g_test_add_func("/job/disks", test_disks);
    g_test_add_func("/job/disks-before-limited-memory", test_disks_before_limited_memory);
    g_test_add_func("/job/memory-to-come", test_memory_to_come);
    g_test_add_func("/job/late-disk", test_late_disk);
    g_test_add_func("/job/guest-writes", test_guest_writes);
    g_test_add_func("/job/disks-stand", test_disks_stand);
    g_test_add_func("/job/monotone-disks", test_monotone_disks);
    return g_test_run();
}
