// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/clock.h"

static void
test_real(void)
{
    FerryClock *clock = ferry_clock_real();
    int64_t begin = ferry_clock_now(clock);

    ferry_clock_sleep(clock, 2000);
    g_assert_cmpint(ferry_clock_now(clock) - begin, >=, 2000);
    g_assert_cmpint(ABS(ferry_clock_wall(clock) - g_get_real_time()), <, INT64_C(60000000));
}

static void
test_format(void)
{
    g_autofree char *epoch = ferry_clock_format(0);
    g_autofree char *later = ferry_clock_format(INT64_C(1795376337999999));

    g_assert_cmpstr(epoch, ==, "1970-01-01T00:00:00Z");
    g_assert_cmpstr(later, ==, "2026-11-22T19:38:57Z");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/clock/real", test_real);
    g_test_add_func("/clock/format", test_format);
    return g_test_run();
}
