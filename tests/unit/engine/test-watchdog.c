// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The watchdog over a move's figures: bytes that stand still are told once after three seconds and acted upon for as
// long as they stand after the operator's limit; every byte, and every page that post-copy asks for, begins anew.

#include "engine/watchdog.h"

#include <glib.h>

#define AT(seconds) ((int64_t)((1000 + (seconds)) * G_USEC_PER_SEC))

static FerryWatchdog
make(unsigned limit_s)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();

    options->stall_timeout_s = limit_s;
    return ferry_watchdog_new(options, false);
}

static FerryStall
feed(FerryWatchdog *watchdog, double seconds, uint64_t bytes)
{
    const FerryJobStats stats = {.kind = FERRY_JOB_ACTIVE,
                                 .data_processed = bytes,
                                 .memory_processed = bytes};

    return ferry_watchdog_feed(watchdog, AT(seconds), &stats);
}

static void
test_moving(void)
{
    FerryWatchdog watchdog = make(5);

    for (unsigned i = 0; i < 100; i++)
        g_assert_cmpint(feed(&watchdog, i, 10 + i), ==, FERRY_STALL_NONE);
}

static void
test_stalled(void)
{
    FerryWatchdog watchdog = make(5);

    g_assert_cmpint(feed(&watchdog, 0, 10), ==, FERRY_STALL_NONE);
    g_assert_cmpint(feed(&watchdog, 2.9, 10), ==, FERRY_STALL_NONE);
    g_assert_cmpint(feed(&watchdog, 3, 10), ==, FERRY_STALL_SAY);
    g_assert_cmpuint(ferry_watchdog_seconds(&watchdog), ==, 3);
    g_assert_cmpint(feed(&watchdog, 4, 10), ==, FERRY_STALL_NONE);
    g_assert_cmpint(feed(&watchdog, 5, 10), ==, FERRY_STALL_ACT);
    g_assert_cmpint(feed(&watchdog, 6, 10), ==, FERRY_STALL_ACT);
    g_assert_cmpint(feed(&watchdog, 7, 11), ==, FERRY_STALL_NONE);
    g_assert_cmpint(feed(&watchdog, 10, 11), ==, FERRY_STALL_SAY);
}

// At the switch over a dead link QEMU answers nobody: no reading is no movement, but only after a first one.
static void
test_readings_that_hang(void)
{
    FerryWatchdog watchdog = make(5);

    g_assert_cmpint(ferry_watchdog_feed(&watchdog, AT(0), NULL), ==, FERRY_STALL_NONE);
    g_assert_cmpint(ferry_watchdog_feed(&watchdog, AT(3), NULL), ==, FERRY_STALL_SAY);
    g_assert_cmpint(ferry_watchdog_feed(&watchdog, AT(5), NULL), ==, FERRY_STALL_ACT);
}

static void
test_postcopy_asks_for_pages(void)
{
    FerryWatchdog watchdog = make(5);
    FerryJobStats stats = {.kind = FERRY_JOB_ACTIVE};

    for (unsigned i = 0; i < 20; i++) {
        stats.postcopy_requests = i;
        g_assert_cmpint(ferry_watchdog_feed(&watchdog, AT(i), &stats), ==, FERRY_STALL_NONE);
    }
}

static void
test_no_limit(void)
{
    FerryWatchdog watchdog = make(0);

    g_assert_cmpint(feed(&watchdog, 0, 10), ==, FERRY_STALL_NONE);
    g_assert_cmpint(feed(&watchdog, 100, 10), ==, FERRY_STALL_SAY);
    g_assert_cmpint(feed(&watchdog, 10000, 10), ==, FERRY_STALL_NONE);
}

static void
test_no_job(void)
{
    FerryWatchdog watchdog = make(5);
    const FerryJobStats none = {.kind = FERRY_JOB_NONE};

    for (unsigned i = 0; i < 20; i++)
        g_assert_cmpint(ferry_watchdog_feed(&watchdog, AT(i), &none), ==, FERRY_STALL_NONE);
}

// Zeroes and holes of a disk: nothing goes over the link, and what is done grows.
static void
test_copy_of_zeroes(void)
{
    FerryWatchdog watchdog = make(5);
    FerryJobStats stats = {.kind = FERRY_JOB_ACTIVE, .disk_total = 1000};

    for (unsigned i = 0; i < 20; i++) {
        stats.disk_processed = i;
        g_assert_cmpint(ferry_watchdog_feed(&watchdog, AT(i), &stats), ==, FERRY_STALL_NONE);
    }
}

// Before its first byte a copy may take ten times as long; after it, it may not.
static void
test_copy_begins(void)
{
    FerryWatchdog watchdog = make(5);

    watchdog.copies = true;
    g_assert_cmpint(feed(&watchdog, 0, 0), ==, FERRY_STALL_NONE);
    g_assert_cmpint(feed(&watchdog, 29.9, 0), ==, FERRY_STALL_NONE);
    g_assert_cmpint(feed(&watchdog, 30, 0), ==, FERRY_STALL_SAY);
    g_assert_cmpint(feed(&watchdog, 50, 0), ==, FERRY_STALL_ACT);
    g_assert_cmpint(feed(&watchdog, 51, 1), ==, FERRY_STALL_NONE);
    g_assert_cmpint(feed(&watchdog, 54, 1), ==, FERRY_STALL_SAY);
    g_assert_cmpint(feed(&watchdog, 56, 1), ==, FERRY_STALL_ACT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/watchdog/moving", test_moving);
    g_test_add_func("/watchdog/stalled", test_stalled);
    g_test_add_func("/watchdog/readings-that-hang", test_readings_that_hang);
    g_test_add_func("/watchdog/postcopy-asks-for-pages", test_postcopy_asks_for_pages);
    g_test_add_func("/watchdog/no-limit", test_no_limit);
    g_test_add_func("/watchdog/no-job", test_no_job);
    g_test_add_func("/watchdog/copy-of-zeroes", test_copy_of_zeroes);
    g_test_add_func("/watchdog/copy-begins", test_copy_begins);
    return g_test_run();
}
