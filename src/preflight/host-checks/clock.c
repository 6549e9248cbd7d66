// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const FerryHostProbe *here = in->host->probe;
    const FerryHostProbe *there = in->peer->probe;
    double skew_ms;
    double error_ms;

    if (!has_probe(in->host, ret) || !has_probe(in->peer, ret))
        return;
    if (here->clock_error_us == 0 || there->clock_error_us == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "the clock of host '%s' cannot be told: the probe could not measure it",
                          here->clock_error_us == 0 ? in->host->name : in->peer->name);
        return;
    }
    skew_ms = ((double)there->clock_offset_us - (double)here->clock_offset_us) / 1e3;
    error_ms = ((double)there->clock_error_us + (double)here->clock_error_us) / 1e3;
    if (in->limits->max_skew_ms == 0 || ABS(skew_ms) - error_ms <= in->limits->max_skew_ms) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the clocks agree within %.0f ms",
                          ABS(skew_ms) + error_ms);
        return;
    }
    ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                      "the clock of host '%s' is %.1f s %s that of host '%s', more than %u ms",
                      in->peer->name, ABS(skew_ms) / 1e3, skew_ms > 0 ? "ahead of" : "behind",
                      in->host->name, in->limits->max_skew_ms);
    ferry_verdict_add_hint(
        ret,
        "Set both by the same time servers, with 'chronyc makestep' or 'timedatectl set-ntp true'.");
}

const FerryHostCheck ferry_host_check_clock = {
    .id = "clock",
    .summary = "the clocks of both hosts agree",
    .impact =
        "A guest's clock jumps when it follows that of its new host: logins, leases, builds and databases suffer.",
    .hint =
        "Let chrony or systemd-timesyncd keep both by the same servers. max-skew-ms in virt-ferry.conf is what may differ.",
    .severity = FERRY_VERDICT_WARN,
    .pair = true,
    .run = run,
};
