// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/units.h"

#include <math.h>

static void
assert_bytes(uint64_t bytes, const char *expected)
{
    g_autofree char *text = ferry_format_bytes(bytes);

    g_assert_cmpstr(text, ==, expected);
}

static void
assert_duration(double seconds, const char *expected)
{
    g_autofree char *text = ferry_format_duration(seconds);

    g_assert_cmpstr(text, ==, expected);
}

static void
test_bytes(void)
{
    assert_bytes(0, "0 B");
    assert_bytes(1023, "1023 B");
    assert_bytes(1024, "1.0 KiB");
    assert_bytes(1536, "1.5 KiB");
    assert_bytes(10188, "9.9 KiB");
    assert_bytes(10189, "10 KiB");
    assert_bytes(118489088, "113 MiB");
    assert_bytes(1048575, "1.0 MiB");
    assert_bytes(UINT64_C(1) << 40, "1.0 TiB");
    assert_bytes(UINT64_MAX, "16 EiB");
}

static void
test_duration(void)
{
    assert_duration(-1, "-");
    assert_duration((double)NAN, "-");
    assert_duration((double)INFINITY, "-");
    assert_duration(1e300, "-");
    assert_duration(0, "0s");
    assert_duration(0.0004, "<1ms");
    assert_duration(0.12, "120ms");
    assert_duration(0.9996, "1.0s");
    assert_duration(4.25, "4.2s");
    assert_duration(9.96, "10s");
    assert_duration(59.4, "59s");
    assert_duration(59.6, "1m00s");
    assert_duration(75, "1m15s");
    assert_duration(3599.7, "1h00m");
    assert_duration(7380, "2h03m");
    assert_duration(273600, "3d04h");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/units/bytes", test_bytes);
    g_test_add_func("/units/duration", test_duration);
    return g_test_run();
}
