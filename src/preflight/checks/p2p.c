// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

// Returns: why the source's root could not open the destination's URI; NULL where it could, or where that is
// not known
static const char *
refusal(const FerryProbedPeer *peer)
{
    if (peer->connects == FERRY_TRUTH_NO)
        return peer->connect_error != NULL ? peer->connect_error : "no reason was given";
    if (peer->connects == FERRY_TRUTH_YES)
        return NULL;
    if (peer->daemon == FERRY_REACH_REFUSED)
        return "nobody listens there";
    return peer->daemon == FERRY_REACH_FILTERED ? "no answer" : NULL;
}

// Without being told otherwise, a move turns to the direct way when the daemons cannot reach each other.
static void
judge_refusal(const FerryCheckInput *in, const char *why, FerryVerdict *ret)
{
    bool falls_back = in->options->mode == FERRY_MODE_AUTO;

    ferry_verdict_set(ret, falls_back ? FERRY_VERDICT_NOTE : FERRY_VERDICT_BLOCK,
                      "host '%s' cannot open '%s' by itself%s: %s", in->src->name, in->dst->uri,
                      falls_back ? ", and this computer would have to carry the move" : "", why);
    ferry_verdict_add_hint(
        ret,
        "As root on host '%s', make 'virsh -c %s uri' work: a key for ssh and the host's key in known_hosts, or certificates for TLS.%s",
        in->src->name, in->dst->uri, falls_back ? "" : " Or leave --mode p2p out.");
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryProbedPeer *peer;
    const char *why;

    if (in->options->mode == FERRY_MODE_DIRECT) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "this computer carries the move");
        return;
    }
    peer = find_peer(in, "the connection", ret);
    if (peer == NULL)
        return;
    why = refusal(peer);
    if (why != NULL)
        judge_refusal(in, why, ret);
    else if (peer->connects == FERRY_TRUTH_UNKNOWN)
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "whether host '%s' can open '%s' by itself cannot be told: the probe did not find out",
            in->src->name, in->dst->uri);
    else
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "host '%s' can open '%s' by itself", in->src->name,
                          in->dst->uri);
}

const FerryCheck ferry_check_p2p = {
    .id = "p2p",
    .summary = "the source's libvirt reaches the destination's by itself",
    .impact =
        "A move from daemon to daemon fails at its start. Carried by this computer instead, it ends when this computer does, and the machine stays where it is.",
    .hint =
        "The source's libvirtd connects as its own root, not as you: give that root an ssh key and the destination's host key, or give both hosts certificates.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .by_probe = true,
    .run = run,
};
