// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Asks hosts what libvirt cannot tell: probe.sh, run on each of them at once over remote/. All write their
// marks (an empty file '.virt-ferry-TOKEN' beside each path), meet, then look whose marks they see, and each
// takes its own away, whatever becomes of us. Blocks, at most for the time given.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/host-probe.h"

// A host to be looked at from another one.
typedef struct FerryProbePeer {
    char *name;     // as in FerryProbedPeer
    char *uri;      // libvirt URI by which this host's root would reach it
    char *hostname; // or address of the migration network: what QEMU will connect to
    bool chosen; // by the operator; else migration_host in the peer's own qemu.conf goes before it
} FerryProbePeer;

void ferry_probe_peer_free(FerryProbePeer *peer);

typedef struct FerryProbeRequest {
    const char *name; // of the host
    const char *uri;
    const char *const *paths; // absolute; ends with NULL; NULL: none
    const char *const *locks; // images that machines of other hosts have open; as paths
    GPtrArray *peers;         // FerryProbePeer; NULL: none
    FerryHostProbe *answer;   // (transfer full) set by ferry_probes_run(); NULL where there is none
    char *unknown;            // and why: "host 'a' has no probe: ...". (transfer full)
} FerryProbeRequest;

// Fills answer or unknown of each of the @n @requests. A host that has not come to the meeting point after half
// of @timeout_s is left out, and the others go on.
void ferry_probes_run(FerryProbeRequest *requests, unsigned n, unsigned timeout_s);
