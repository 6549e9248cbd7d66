// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Figures for people: bytes and times as short words. Always with '.' as the decimal point. Pure.

#pragma once

#include <glib.h>
#include <stdint.h>

// 0 -> "0 B", 1536 -> "1.5 KiB", 118489088 -> "113 MiB"; at most four digits. (transfer full)
char *ferry_format_bytes(uint64_t bytes);

// 0.0004 -> "<1ms", 0.12 -> "120ms", 4.25 -> "4.2s", 42 -> "42s", 75 -> "1m15s", 7380 -> "2h03m",
// 273600 -> "3d04h"; negative: "-", for what is not known. (transfer full)
char *ferry_format_duration(double seconds);
