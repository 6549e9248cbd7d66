// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const FerryProbedPeer *peer = find_peer(in, ret);

    if (peer == NULL)
        return;
    if (peer->path_mtu == 0 || peer->link_mtu == 0) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "the largest packet from host '%s' to host '%s' cannot be told: the probe could not measure it",
            in->host->name, in->peer->name);
    } else if (peer->path_mtu < peer->link_mtu) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_WARN,
            "host '%s' sends packets of up to %u bytes, and those over %u do not arrive at host '%s'",
            in->host->name, peer->link_mtu, peer->path_mtu, in->peer->name);
        ferry_verdict_add_hint(
            ret,
            "Moves could stand still for ever. Give every switch and interface on the way an MTU of %u, or host '%s' one of %u.",
            peer->link_mtu, in->host->name, peer->path_mtu);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "packets of %u bytes arrive whole",
                          peer->path_mtu);
    }
}

const FerryHostCheck ferry_host_check_mtu = {
    .id = "mtu",
    .summary = "the largest packets that the source sends arrive at the destination",
    .impact = "Connections open, and then hang once much is sent: a move stands still for ever.",
    .hint = "Give the interfaces of both hosts, and every switch between them, the same MTU.",
    .severity = FERRY_VERDICT_WARN,
    .pair = true,
    .run = run,
};
