// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Work in a process of its own. Runners are forked (docs/decisions/0004), and only from a process that has one thread
// and nothing open: what looks at hosts or shows a move before another one is begun does it apart.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "cli/cli.h"

// Runs @func in a child and waits for it. An error of @func is printed there.
// Returns: whether @func returned true
bool ferry_cli_apart(FerryCli *cli,
                     bool (*func)(FerryCli *cli, void *data, GError **error),
                     void *data) G_GNUC_WARN_UNUSED_RESULT;
