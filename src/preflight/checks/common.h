// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What several checks ask of their input. Private to checks/.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "preflight/check.h"

// Only its definition moves.
static inline bool
is_off(const FerryCheckInput *in)
{
    return in->vm->vm_unknown == NULL && !ferry_vm_state_is_active(in->vm->vm.state);
}

// Of what QEMU needs to start: without it a running machine cannot arrive, and one that is off arrives and
// cannot be started there.
static inline FerryVerdictKind
kind_of_lack(const FerryCheckInput *in)
{
    return is_off(in) ? FERRY_VERDICT_WARN : FERRY_VERDICT_BLOCK;
}

// @what: "the clock", "the TLS certificates"
// Returns: whether @host was probed; if not, @ret is UNKNOWN
static inline bool
has_probe(const FerryHostFacts *host, const char *what, FerryVerdict *ret)
{
    if (host->probe != NULL)
        return true;
    ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "%s of host '%s' cannot be told: %s", what,
                      host->name, host->probe_unknown);
    return false;
}

// Returns: what the source's probe saw of the destination; NULL with UNKNOWN where it did not look
static inline const FerryProbedPeer *
find_peer(const FerryCheckInput *in, const char *what, FerryVerdict *ret)
{
    const FerryProbedPeer *peer =
        in->src->probe != NULL ? ferry_host_probe_peer(in->src->probe, in->dst->name) : NULL;

    if (peer == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "%s between host '%s' and host '%s' cannot be told: %s", what,
                          in->src->name, in->dst->name,
                          in->src->probe_unknown != NULL ? in->src->probe_unknown
                                                         : "the source did not look at it");
    return peer;
}

// @what: "network cards", "TPM"
// Returns: what will arrive; NULL with UNKNOWN
static inline const FerryDefinition *
find_arriving(const FerryCheckInput *in, const char *what, FerryVerdict *ret)
{
    if (in->vm->arriving == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's %s cannot be told: %s", what,
                          in->vm->arriving_unknown);
    return in->vm->arriving;
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

typedef void (*Judge)(const FerryCheckInput *in, FerryVerdict *ret);

// The worst of what the @n @judges say.
static inline void
judge_all(const FerryCheckInput *in, const Judge *judges, size_t n, FerryVerdict *ret)
{
    for (size_t i = 0; i < n; i++) {
        FerryVerdict one = {0};

        judges[i](in, &one);
        take_worse(ret, &one);
    }
}
