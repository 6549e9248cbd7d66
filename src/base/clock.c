// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/clock.h"

static int64_t
real_monotonic(FerryClock *clock)
{
    (void)clock;
    return g_get_monotonic_time();
}

static int64_t
real_wall(FerryClock *clock)
{
    (void)clock;
    return g_get_real_time();
}

static void
real_sleep(FerryClock *clock, int64_t microseconds)
{
    (void)clock;
    g_usleep((gulong)microseconds);
}

FerryClock *
ferry_clock_real(void)
{
    static FerryClock clock = {real_monotonic, real_wall, real_sleep};

    return &clock;
}

char *
ferry_clock_format(int64_t wall_us)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(wall_us / G_USEC_PER_SEC);

    return time != NULL ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : g_strdup("?");
}
