// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

enum { FEW_PORTS = 4 };

static void
judge_filtered(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryHostProbe *there = in->dst->probe;
    unsigned from = there != NULL ? there->port_min : 49152;
    unsigned to = there != NULL ? there->port_max : 49215;

    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                      "host '%s' cannot reach the migration ports %u to %u of host '%s': no answer",
                      in->src->name, from, to, in->dst->name);
    ferry_verdict_add_hint(
        ret,
        "Open them on host '%s': 'firewall-cmd --permanent --add-port=%u-%u/tcp' and 'firewall-cmd --reload', or 'nft add rule inet filter input tcp dport %u-%u accept'.",
        in->dst->name, from, to, from, to);
}

static void
judge_reach(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryProbedPeer *peer = find_peer(in, "the way to the migration ports", ret);

    if (peer == NULL)
        return;
    if (peer->address == NULL) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_BLOCK,
            "host '%s' cannot find the address of the name to which memory for host '%s' is sent",
            in->src->name, in->dst->name);
        ferry_verdict_add_hint(
            ret,
            "Give its address with --dest-address, or add the name to /etc/hosts on host '%s'.",
            in->src->name);
    } else if (peer->migration == FERRY_REACH_FILTERED) {
        judge_filtered(in, ret);
    } else if (peer->migration == FERRY_REACH_UNKNOWN) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "the way to the migration ports between host '%s' and host '%s' cannot be told: the probe has no tool to try it with",
            in->src->name, in->dst->name);
    }
}

static unsigned
count_free(const FerryHostProbe *probe)
{
    unsigned ports = probe->port_max >= probe->port_min ? probe->port_max - probe->port_min + 1 : 0;

    return ports > probe->ports_taken->len ? ports - probe->ports_taken->len : 0;
}

// Each machine that arrives takes one.
static void
judge_free(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryHostProbe *there = in->dst->probe;
    unsigned available;

    if (!has_probe(in->dst, "the migration ports", ret))
        return;
    available = count_free(there);
    if (available >= FEW_PORTS)
        return;
    ferry_verdict_set(ret, available == 0 ? FERRY_VERDICT_BLOCK : FERRY_VERDICT_WARN,
                      "host '%s' has %u free migration ports of %u to %u", in->dst->name, available,
                      there->port_min, there->port_max);
    ferry_verdict_add_hint(
        ret,
        "Wait for other moves to it to end, look who listens with 'ss -ltnp', or widen migration_port_min and migration_port_max in its qemu.conf.");
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    static const Judge judges[] = {judge_reach, judge_free};

    if (is_off(in)) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is off: it sends no memory");
        return;
    }
    judge_all(in, judges, G_N_ELEMENTS(judges), ret);
    if (ret->text == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "host '%s' reaches the migration ports of host '%s', and %u are free",
                          in->src->name, in->dst->name, count_free(in->dst->probe));
}

const FerryCheck ferry_check_ports = {
    .id = "ports",
    .summary = "the source reaches the destination's migration ports, and some are free",
    .impact =
        "QEMU cannot connect to the destination: the move fails after the machine was set up there, behind a silent firewall only after minutes.",
    .hint =
        "Open TCP ports 49152 to 49215 (migration_port_min and migration_port_max of qemu.conf) on the destination for the other hosts.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .by_probe = true,
    .run = run,
};
