// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

enum {
    FEW_PORTS = 4,
    // libvirt's own range (QEMU_MIGRATION_PORT_MIN, _MAX, 9.0), where qemu.conf could not be read
    PORT_MIN = 49152,
    PORT_MAX = 49215,
};

static void
judge_filtered(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const FerryHostProbe *there = in->peer->probe;
    unsigned from = there != NULL && there->port_min != 0 ? there->port_min : PORT_MIN;
    unsigned to = there != NULL && there->port_max != 0 ? there->port_max : PORT_MAX;

    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                      "host '%s' cannot reach the migration ports %u to %u of host '%s': no answer",
                      in->host->name, from, to, in->peer->name);
    ferry_verdict_add_hint(
        ret,
        "Open them on host '%s': 'firewall-cmd --permanent --add-port=%u-%u/tcp' and 'firewall-cmd --reload', or 'nft add rule inet filter input tcp dport %u-%u accept'.",
        in->peer->name, from, to, from, to);
}

// How many of the destination's are left is its own affair, and told where it is short of them.
static void
judge_free(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const FerryHostProbe *there = in->peer->probe;
    unsigned all;
    unsigned taken;

    if (there == NULL || there->port_min == 0)
        return;
    all = there->port_max >= there->port_min ? there->port_max - there->port_min + 1 : 0;
    taken = MIN(there->ports_taken->len, all);
    if (all - taken >= FEW_PORTS)
        return;
    ferry_verdict_set(ret, FERRY_VERDICT_WARN, "host '%s' has %u free migration ports of %u to %u",
                      in->peer->name, all - taken, there->port_min, there->port_max);
    ferry_verdict_add_hint(
        ret,
        "Look who listens with 'ss -ltnp' on it, or widen migration_port_min and migration_port_max in its qemu.conf: each machine that arrives takes one.");
}

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const FerryProbedPeer *peer = find_peer(in, ret);

    if (peer == NULL)
        return;
    if (peer->migration == FERRY_REACH_FILTERED)
        judge_filtered(in, ret);
    else
        judge_free(in, ret);
    if (ret->text != NULL)
        return;
    if (peer->migration == FERRY_REACH_UNKNOWN)
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "the way to the migration ports from host '%s' to host '%s' cannot be told: the probe could not try it",
            in->host->name, in->peer->name);
    else
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "host '%s' reaches the migration ports of host '%s'", in->host->name,
                          in->peer->name);
}

const FerryHostCheck ferry_host_check_ports = {
    .id = "ports",
    .summary = "the source reaches the destination's migration ports, and some are free",
    .impact =
        "QEMU cannot connect to the destination: a move fails after the machine was set up there, behind a silent firewall only after minutes.",
    .hint =
        "Open TCP ports 49152 to 49215 (migration_port_min and migration_port_max of qemu.conf) on every host for the others.",
    .severity = FERRY_VERDICT_BLOCK,
    .pair = true,
    .run = run,
};
