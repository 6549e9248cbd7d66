// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

static double
mibs(uint64_t bytes_per_s)
{
    return (double)bytes_per_s / 1048576;
}

static void
judge_failure(const FerryHostCheckInput *in, const FerryMeasuredLink *link, FerryVerdict *ret)
{
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                      "host '%s' cannot send to port %u of host '%s', where somebody listened: %s",
                      in->host->name, link->port, in->peer->name,
                      link->failure != NULL ? link->failure : "no answer");
    ferry_verdict_add_hint(
        ret, "Run 'virt-ferry host check %s %s' and mend what it says of ports and resolution.",
        in->host->name, in->peer->name);
}

static void
judge(const FerryHostCheckInput *in, const FerryMeasuredLink *link, FerryVerdict *ret)
{
    double rtt_ms = (double)link->rtt_us / 1e3;
    g_autofree char *rtt =
        link->rtt_us > 0 ? g_strdup_printf(", %.2f ms there and back", rtt_ms) : g_strdup("");

    if (link->bytes_per_s == 0) {
        judge_failure(in, link, ret);
    } else if (mibs(link->bytes_per_s) < in->limits->min_link_mibs) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                          "host '%s' sends %.1f MiB/s to host '%s', less than %u MiB/s%s",
                          in->host->name, mibs(link->bytes_per_s), in->peer->name,
                          in->limits->min_link_mibs, rtt);
        ferry_verdict_add_hint(
            ret,
            "A guest that dirties memory faster never gets across. Give moves a network of their own with 'virt-ferry host add --address', or see with 'ethtool' what speed the interfaces agreed on.");
    } else if (in->limits->max_rtt_ms > 0 && rtt_ms > in->limits->max_rtt_ms) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                          "it takes %.1f ms from host '%s' to host '%s' and back, more than %u ms",
                          rtt_ms, in->host->name, in->peer->name, in->limits->max_rtt_ms);
        ferry_verdict_add_hint(ret,
                               "Use several connections for moves between them: --parallel 4.");
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "%.1f MiB/s%s", mibs(link->bytes_per_s), rtt);
    }
}

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const FerryMeasuredLink *link =
        ferry_measured_link(in->measured, in->host->name, in->peer->name);

    if (link != NULL && link->unknown == NULL)
        judge(in, link, ret);
    else
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "the link from host '%s' to host '%s' was not measured: %s",
                          in->host->name, in->peer->name,
                          link != NULL ? link->unknown : "nobody looked at it");
}

const FerryHostCheck ferry_host_check_link = {
    .id = "link",
    .summary = "the link carries memory quickly enough",
    .impact =
        "Moves take long, and one of a guest that dirties memory faster than the link carries it does not end.",
    .hint =
        "Five seconds of zeros, or 512 MiB, are sent over one connection to a port of the migration range. Give moves a network of their own with 'virt-ferry host add --address'.",
    .severity = FERRY_VERDICT_BLOCK,
    .pair = true,
    .measured = true,
    .run = run,
};
