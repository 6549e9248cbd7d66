// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What hosts tell about themselves, all asked at once.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/host.h"

typedef struct FerryProbe {
    const FerryHost *host; // owned by the caller of ferry_probe_hosts()
    FerryHostInfo info;    // where there is no error
    unsigned n_machines;   // all that the host knows
    unsigned n_active;
    GError *error; // the host could not be asked
} FerryProbe;

void ferry_probe_free(FerryProbe *probe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryProbe, ferry_probe_free)

// Asks @hosts (element-type FerryHost), each at most @timeout_s seconds long.
// Returns: (element-type FerryProbe) one for each host, in their order. (transfer full)
GPtrArray *ferry_probe_hosts(GPtrArray *hosts, unsigned timeout_s);

// Are these two one host under two URIs? UUID and hostname together: cheap boards share UUIDs.
bool ferry_probe_is_same(const FerryProbe *a, const FerryProbe *b);
