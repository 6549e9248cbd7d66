// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Time as a value that is passed in: the real clock for programs, a virtual one for the simulator.
// Code that must wait for a state asks the clock to sleep, so that simulated waits cost nothing.

#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct FerryClock FerryClock;
struct FerryClock {
    int64_t (*monotonic_us)(FerryClock *clock); // never steps back; for durations
    int64_t (*wall_us)(FerryClock *clock);      // since 1970-01-01 UTC; for records
    void (*sleep_us)(FerryClock *clock, int64_t microseconds);
};

// Returns: the machine's own clock. Static; safe in every thread.
FerryClock *ferry_clock_real(void);

static inline int64_t
ferry_clock_now(FerryClock *clock)
{
    return clock->monotonic_us(clock);
}

static inline int64_t
ferry_clock_wall(FerryClock *clock)
{
    return clock->wall_us(clock);
}

// Blocks the calling thread: workers only, never the main loop.
static inline void
ferry_clock_sleep(FerryClock *clock, int64_t microseconds)
{
    clock->sleep_us(clock, microseconds);
}

// Returns: @wall_us as "2026-11-22T19:38:57Z". (transfer full)
char *ferry_clock_format(int64_t wall_us);
