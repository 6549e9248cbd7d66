// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What checks found, for people. Everything that came from outside is escaped. Pure.

#pragma once

#include <glib.h>

// @verdicts: (element-type FerryVerdict), in the order in which they are shown: kind, check, what was found, and
// below it the hint; at the end, in one, those that only a probe could have told. @columns: the terminal's width; 0: no limit.
// Returns: lines, each with its line feed. (transfer full)
char *ferry_verdicts_format(const GPtrArray *verdicts, size_t columns);

// Returns: @text escaped, as lines of at most @columns (0: any), each with its line feed. (transfer full)
char *ferry_verdicts_wrap(const char *text, size_t columns);
