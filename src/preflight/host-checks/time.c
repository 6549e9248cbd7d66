// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const FerryHostProbe *probe = in->host->probe;

    if (!has_probe(in->host, ret))
        return;
    if (probe->ntp_synchronized == FERRY_TRUTH_NO) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN, "the clock of host '%s' is not synchronized%s%s",
                          in->host->name, probe->ntp_by != NULL ? ", though it runs " : "",
                          probe->ntp_by != NULL ? probe->ntp_by : "");
        ferry_verdict_add_hint(
            ret,
            probe->ntp_by != NULL
                ? "See whether it reaches its time servers: 'chronyc sources' or 'timedatectl timesync-status'."
                : "Start chrony or systemd-timesyncd there: 'timedatectl set-ntp true'.");
    } else if (probe->ntp_synchronized == FERRY_TRUTH_UNKNOWN) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "whether the clock of host '%s' is synchronized cannot be told: it has no tool that says so",
            in->host->name);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the clock is synchronized%s%s",
                          probe->ntp_by != NULL ? " by " : "",
                          probe->ntp_by != NULL ? probe->ntp_by : "");
    }
}

const FerryHostCheck ferry_host_check_time = {
    .id = "time",
    .summary = "the host's clock is kept by time servers",
    .impact =
        "Clocks drift apart by seconds a day, and a guest's jumps when it moves: logins, leases and builds suffer.",
    .hint = "Let chrony or systemd-timesyncd keep it, by the same servers as the other hosts.",
    .severity = FERRY_VERDICT_WARN,
    .run = run,
};
