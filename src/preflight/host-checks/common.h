// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What several host checks ask of their input. Private to host-checks/.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "preflight/host-check.h"

// What is not known for want of a probe is told in the same words by all checks, so that it can be shown once.
// Returns: whether @host was probed; if not, @ret is UNKNOWN
static inline bool
has_probe(const FerryHostFacts *host, FerryVerdict *ret)
{
    if (host->probe == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "%s", host->probe_unknown);
    return host->probe != NULL;
}

// Returns: whether @host told libvirt's own figures; if not, @ret is UNKNOWN
static inline bool
has_info(const FerryHostFacts *host, FerryVerdict *ret)
{
    if (host->info_unknown != NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "%s", host->info_unknown);
    return host->info_unknown == NULL;
}

// Returns: what the host's probe saw of the peer; NULL with UNKNOWN where it did not look
static inline const FerryProbedPeer *
find_peer(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const FerryProbedPeer *peer;

    if (!has_probe(in->host, ret))
        return NULL;
    peer = ferry_host_probe_peer(in->host->probe, in->peer->name);
    if (peer == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "the probe of host '%s' did not look at host '%s'", in->host->name,
                          in->peer->name);
    return peer;
}

// Moves @other to @ret where it is worse, or the first; else frees it. One without a text says nothing.
static inline void
take_worse(FerryVerdict *ret, FerryVerdict *other)
{
    if (other->text != NULL && (ret->text == NULL || other->kind > ret->kind)) {
        ferry_verdict_clear(ret);
        *ret = *other;
    } else {
        ferry_verdict_clear(other);
    }
}
