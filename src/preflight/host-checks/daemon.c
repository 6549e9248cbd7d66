// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

static void
judge_refusal(const FerryHostCheckInput *in, const char *why, FerryVerdict *ret)
{
    ferry_verdict_set(
        ret, FERRY_VERDICT_WARN,
        "host '%s' cannot open '%s' by itself, and this computer has to carry each move: %s",
        in->host->name, in->peer->uri, why);
    ferry_verdict_add_hint(
        ret,
        "As root on host '%s', make 'virsh -c %s uri' work: a key for ssh and the host's key in known_hosts, or certificates for TLS.",
        in->host->name, in->peer->uri);
}

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const FerryProbedPeer *peer = find_peer(in, ret);

    if (peer == NULL)
        return;
    if (peer->connects == FERRY_TRUTH_YES)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "host '%s' can open '%s' by itself",
                          in->host->name, in->peer->uri);
    else if (peer->connects == FERRY_TRUTH_NO)
        judge_refusal(in, peer->connect_error != NULL ? peer->connect_error : "no reason was given",
                      ret);
    else if (peer->daemon == FERRY_REACH_REFUSED)
        judge_refusal(in, "nobody listens there", ret);
    else if (peer->daemon == FERRY_REACH_FILTERED)
        judge_refusal(in, "no answer", ret);
    else
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "whether host '%s' can open '%s' by itself cannot be told: the probe did not find out",
            in->host->name, in->peer->uri);
}

const FerryHostCheck ferry_host_check_daemon = {
    .id = "daemon",
    .summary = "the source's libvirt reaches the destination's by itself",
    .impact =
        "virt-ferry carries each move itself: it ends when this computer does, and the machine stays where it is.",
    .hint =
        "The source's libvirtd connects as its own root, not as you: give that root an ssh key and the destination's host key, or give both hosts certificates.",
    .severity = FERRY_VERDICT_WARN,
    .pair = true,
    .run = run,
};
