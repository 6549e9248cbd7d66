// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Breaks a migration stream that hangs. On a dead link QEMU waits for TCP, for a quarter of an hour; while the rest goes
// over at the switch it even holds its monitor, so that libvirt can't be asked for anything (measured with libvirt 9.0 and
// 11.3: virDomainAbortJob fails after 30 s). What ends the wait is the end of the connection, which the kernel gives with
// 'ss -K' on the host. It does no harm: libvirt decides as for any stream that breaks.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/host.h"

typedef enum FerrySeverSide {
    FERRY_SEVER_SRC, // the machine's connections to a migration port
    FERRY_SEVER_DST, // those that came in on one
} FerrySeverSide;

// Ends the connections of machine @machine's QEMU on @host that carry a migration: over libvirt's own ports, 49152 to
// 49215 (qemu.conf, migration_port_min and _max). Needs a script on the host, as root, and a kernel with
// CONFIG_INET_DIAG_DESTROY. Blocks: workers only.
// Errors: UNSUPPORTED, UNREACHABLE, TIMEOUT, FAILED where there was none to end
bool ferry_sever(const FerryHost *host, const char *machine, FerrySeverSide side, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
