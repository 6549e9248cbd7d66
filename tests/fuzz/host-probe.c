// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a probe printed on a host that may be anybody's: parsed, and looked up as checks do.

#include "fuzz.h"

#include <string.h>

#include "model/host-probe.h"

static void
look_up(const FerryHostProbe *probe)
{
    for (unsigned i = 0; i < probe->paths->len; i++) {
        const FerryProbedPath *path = g_ptr_array_index(probe->paths, i);

        g_assert_nonnull(path->marks);
        g_assert_nonnull(ferry_host_probe_path(probe, path->path));
        if (i >= 100)
            break;
    }
    for (unsigned i = 0; i < probe->tls->len; i++) {
        const FerryProbedTls *tls = g_ptr_array_index(probe->tls, i);

        g_assert_nonnull(tls->names);
        g_assert_nonnull(ferry_host_probe_tls(probe, tls->folder));
        if (i >= 100)
            break;
    }
    for (unsigned i = 0; i < probe->peers->len; i++) {
        const FerryProbedPeer *peer = g_ptr_array_index(probe->peers, i);

        g_assert_cmpint(peer->daemon, <, FERRY_REACH_LAST);
        g_assert_nonnull(ferry_host_probe_peer(probe, peer->name));
        if (i >= 100)
            break;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = fuzz_text(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryHostProbe) probe = ferry_host_probe_parse(text, &error);

    g_assert_true((probe == NULL) == (error != NULL));
    if (probe == NULL) {
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
        return 0;
    }
    g_assert_cmpuint(probe->port_min, <=, probe->port_max);
    g_assert_true(probe->os == NULL || g_utf8_validate(probe->os, -1, NULL));
    look_up(probe);
    return 0;
}
