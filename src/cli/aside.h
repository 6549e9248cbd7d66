// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Blocking work beside the main loop, which keeps libvirt's connections alive: a host that falls silent ends its
// calls. Main thread only.

#pragma once

#include "base/worker.h"
#include "cli/cli.h"

// Runs @func(@data) in a worker and returns when it is done. Where that takes over a second, says on a terminal what
// is being done: "note: @doing", a phrase as "asking 20 hosts".
void ferry_cli_aside(FerryCli *cli, const char *doing, FerryWorkFunc func, void *data);
