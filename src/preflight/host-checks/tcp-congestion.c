// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

// What is known to fill a link and share it: Linux' own, and its usual replacement.
static bool
is_usual(const char *name)
{
    static const char *const usual[] = {"cubic", "bbr", NULL};

    return g_strv_contains(usual, name);
}

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const char *name;

    if (!has_probe(in->host, ret))
        return;
    name = in->host->probe->tcp_congestion;
    if (name == NULL) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "the TCP congestion control of host '%s' cannot be told: the probe did not find it",
            in->host->name);
    } else if (is_usual(name)) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "TCP uses '%s'", name);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE, "TCP of host '%s' uses '%s'", in->host->name,
                          name);
        ferry_verdict_add_hint(
            ret,
            "Where moves are slower than the link, try 'sysctl -w net.ipv4.tcp_congestion_control=cubic' on it.");
    }
}

const FerryHostCheck ferry_host_check_tcp_congestion = {
    .id = "tcp-congestion",
    .summary = "TCP of the host uses a congestion control that fills a link",
    .impact =
        "Some leave much of a link unused: a move takes longer, and a busy guest's may never end.",
    .hint =
        "Use cubic, or bbr where packets are lost on the way: 'sysctl -w net.ipv4.tcp_congestion_control=cubic'.",
    .severity = FERRY_VERDICT_NOTE,
    .run = run,
};
