// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/units.h"

#include <math.h>

char *
ferry_format_bytes(uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;

    // 1023.5 would be printed as 1024.
    while (value >= 1023.5 && unit + 1 < G_N_ELEMENTS(units)) {
        value /= 1024;
        unit++;
    }
    if (unit > 0 && value < 9.95)
        return g_strdup_printf("%.1f %s", value, units[unit]);
    return g_strdup_printf("%.0f %s", value, units[unit]);
}

char *
ferry_format_duration(double seconds)
{
    int64_t whole;

    if (!isfinite(seconds) || seconds < 0)
        return g_strdup("-");
    if (seconds < 0.0005)
        return g_strdup(seconds > 0 ? "<1ms" : "0s");
    if (seconds < 0.9995)
        return g_strdup_printf("%.0fms", seconds * 1000);
    if (seconds < 9.95)
        return g_strdup_printf("%.1fs", seconds);
    // Beyond some thousand years a double holds no minutes any more.
    if (seconds > 1e11)
        return g_strdup("-");
    whole = (int64_t)(seconds + 0.5);
    if (whole < 60)
        return g_strdup_printf("%ds", (int)whole);
    if (whole < 3600)
        return g_strdup_printf("%dm%02ds", (int)(whole / 60), (int)(whole % 60));
    if (whole < 86400)
        return g_strdup_printf("%dh%02dm", (int)(whole / 3600), (int)(whole / 60 % 60));
    return g_strdup_printf("%" G_GINT64_FORMAT "d%02dh", whole / 86400, (int)(whole / 3600 % 24));
}
