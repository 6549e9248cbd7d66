// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Blocking calls in threads of their own. libvirt calls block and can't be cancelled: a worker that
// hangs is abandoned, never joined. It keeps what it works on alive and frees it when it ever returns.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct FerryWork FerryWork;

// What a worker runs. It owns @data alone until it returns; the starter looks at @data only after
// ferry_work_wait() said true or the done callback came.
typedef void (*FerryWorkFunc)(void *data);

// Starts @func(@data) in a thread. @free_data is called once both the thread has ended and the last
// reference is gone, so an abandoned worker never touches freed memory.
// Returns: (transfer full) a reference; ferry_work_unref() abandons or releases it.
FerryWork *ferry_work_start(FerryWorkFunc func, void *data, GDestroyNotify free_data);

// As ferry_work_start(), and calls @done(@done_data) from the default main context after @func
// returned, unless the work was abandoned before with ferry_work_abandon().
FerryWork *ferry_work_start_then(FerryWorkFunc func,
                                 void *data,
                                 GDestroyNotify free_data,
                                 FerryWorkFunc done,
                                 void *done_data);

// Waits until the work is done, at the longest until @deadline_us of g_get_monotonic_time().
// Returns: true when it is done, false when the time is up.
bool ferry_work_wait(FerryWork *work, int64_t deadline_us);

// Forgets the work: its done callback will not be called. Main thread only. Drops the reference.
void ferry_work_abandon(FerryWork *work);

void ferry_work_unref(FerryWork *work);

// From now on work is done at once, in the thread that starts it: for a simulated world, where the same
// seed must give the same order of events. Done callbacks come from the main context as ever.
void ferry_work_set_inline(bool run_inline);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryWork, ferry_work_unref)
