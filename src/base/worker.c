// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/worker.h"

static bool work_inline; // set once, before any work is started

struct FerryWork {
    gatomicrefcount refs; // the starter's, the thread's, and the pending done callback's
    GMutex mutex;
    GCond cond;
    bool finished;  // under mutex
    bool abandoned; // main thread only
    FerryWorkFunc func;
    void *data;
    GDestroyNotify free_data;
    FerryWorkFunc done;
    void *done_data;
};

void
ferry_work_unref(FerryWork *work)
{
    if (work == NULL || !g_atomic_ref_count_dec(&work->refs))
        return;
    if (work->free_data != NULL)
        work->free_data(work->data);
    g_mutex_clear(&work->mutex);
    g_cond_clear(&work->cond);
    g_free(work);
}

static gboolean
deliver(gpointer data)
{
    FerryWork *work = data;

    if (!work->abandoned)
        work->done(work->done_data);
    return G_SOURCE_REMOVE;
}

static void
unref_in_loop(gpointer data)
{
    ferry_work_unref(data);
}

static gpointer
thread_main(gpointer data)
{
    g_autoptr(FerryWork) work = data;

    work->func(work->data);
    g_mutex_lock(&work->mutex);
    work->finished = true;
    g_cond_broadcast(&work->cond);
    g_mutex_unlock(&work->mutex);
    if (work->done != NULL) {
        g_atomic_ref_count_inc(&work->refs);
        // not g_main_context_invoke(): that one runs the callback right here when nobody iterates the loop
        g_idle_add_full(G_PRIORITY_DEFAULT, deliver, work, unref_in_loop);
    }
    return NULL;
}

FerryWork *
ferry_work_start_then(FerryWorkFunc func,
                      void *data,
                      GDestroyNotify free_data,
                      FerryWorkFunc done,
                      void *done_data)
{
    FerryWork *work = g_new0(FerryWork, 1);

    g_atomic_ref_count_init(&work->refs);
    g_atomic_ref_count_inc(&work->refs);
    g_mutex_init(&work->mutex);
    g_cond_init(&work->cond);
    work->func = func;
    work->data = data;
    work->free_data = free_data;
    work->done = done;
    work->done_data = done_data;
    if (work_inline)
        thread_main(work);
    else
        g_thread_unref(g_thread_new("ferry-worker", thread_main, work));
    return work;
}

FerryWork *
ferry_work_start(FerryWorkFunc func, void *data, GDestroyNotify free_data)
{
    return ferry_work_start_then(func, data, free_data, NULL, NULL);
}

bool
ferry_work_wait(FerryWork *work, int64_t deadline_us)
{
    bool finished;

    g_mutex_lock(&work->mutex);
    while (!work->finished)
        if (!g_cond_wait_until(&work->cond, &work->mutex, deadline_us))
            break;
    finished = work->finished;
    g_mutex_unlock(&work->mutex);
    return finished;
}

void
ferry_work_set_inline(bool run_inline)
{
    work_inline = run_inline;
}

void
ferry_work_abandon(FerryWork *work)
{
    work->abandoned = true;
    ferry_work_unref(work);
}
