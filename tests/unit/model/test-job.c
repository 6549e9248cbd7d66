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
        FerryProgress progress = {0};
        double last = 0;

        for (int i = 0; i < 200; i++)
            g_assert_true(goes_on(&progress, &last));
    }
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
    return g_test_run();
}
