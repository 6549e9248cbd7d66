// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    if (!has_probe(in->host, ret))
        return;
    if (in->host->probe->userfaultfd == FERRY_TRUTH_YES) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "QEMU may use userfaultfd");
    } else if (in->host->probe->userfaultfd == FERRY_TRUTH_UNKNOWN) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "whether QEMU may use userfaultfd on host '%s' cannot be told: the probe did not find out",
            in->host->name);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE,
                          "QEMU may not use userfaultfd on host '%s': no post-copy move to it",
                          in->host->name);
        ferry_verdict_add_hint(
            ret, "Allow it where you use --postcopy: 'sysctl -w vm.unprivileged_userfaultfd=1'.");
    }
}

const FerryHostCheck ferry_host_check_userfaultfd = {
    .id = "userfaultfd",
    .summary = "the host can receive a post-copy move",
    .impact = "A move with --postcopy to it is refused. Others are not touched by it.",
    .hint =
        "Set vm.unprivileged_userfaultfd to 1 in /etc/sysctl.d, or let QEMU's user open /dev/userfaultfd.",
    .severity = FERRY_VERDICT_NOTE,
    .run = run,
};
