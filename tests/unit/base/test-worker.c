// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/worker.h"

typedef struct Job {
    GMutex gate; // held by the test: the worker hangs
    int ran;
    int freed; // counted outside, as the job itself is the test's
} Job;

static void
run(void *data)
{
    Job *job = data;

    g_mutex_lock(&job->gate);
    g_atomic_int_inc(&job->ran);
    g_mutex_unlock(&job->gate);
}

static void
count_free(void *data)
{
    g_atomic_int_inc(&((Job *)data)->freed);
}

static void
wait_until(int *counter, int value)
{
    for (int i = 0; i < 500 && g_atomic_int_get(counter) != value; i++)
        g_usleep(10000);
    g_assert_cmpint(g_atomic_int_get(counter), ==, value);
}

static int64_t
in_ms(int64_t milliseconds)
{
    return g_get_monotonic_time() + milliseconds * 1000;
}

static void
test_wait(void)
{
    Job job = {0};
    FerryWork *work = ferry_work_start(run, &job, count_free);

    g_assert_true(ferry_work_wait(work, in_ms(5000)));
    g_assert_cmpint(job.ran, ==, 1);
    ferry_work_unref(work);
    wait_until(&job.freed, 1);
}

// A worker that hangs is left alone, and what it works on lives until it returns.
static void
test_hang(void)
{
    Job job = {0};
    FerryWork *work;

    g_mutex_lock(&job.gate);
    work = ferry_work_start(run, &job, count_free);
    g_assert_false(ferry_work_wait(work, in_ms(30)));
    ferry_work_abandon(work);
    g_usleep(20000);
    g_assert_cmpint(g_atomic_int_get(&job.freed), ==, 0);
    g_mutex_unlock(&job.gate);
    wait_until(&job.freed, 1);
    g_assert_cmpint(job.ran, ==, 1);
}

static void
count_done(void *data)
{
    (*(int *)data)++;
}

static void
test_done(void)
{
    Job job = {0};
    int done = 0;
    FerryWork *work = ferry_work_start_then(run, &job, count_free, count_done, &done);

    for (int i = 0; i < 500 && done == 0; i++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    g_assert_cmpint(done, ==, 1);
    ferry_work_unref(work);
    wait_until(&job.freed, 1);
}

static void
test_abandoned(void)
{
    Job job = {0};
    int done = 0;
    FerryWork *work = ferry_work_start_then(run, &job, count_free, count_done, &done);

    g_assert_true(ferry_work_wait(work, in_ms(5000)));
    ferry_work_abandon(work);
    for (int i = 0; i < 500 && g_atomic_int_get(&job.freed) == 0; i++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    wait_until(&job.freed, 1);
    g_assert_cmpint(done, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/worker/wait", test_wait);
    g_test_add_func("/worker/hang", test_hang);
    g_test_add_func("/worker/done", test_done);
    g_test_add_func("/worker/abandoned", test_abandoned);
    return g_test_run();
}
