// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

static const char *
name_nested(FerryTruth nested)
{
    if (nested == FERRY_TRUTH_UNKNOWN)
        return "not known";
    return nested == FERRY_TRUTH_YES ? "on" : "off";
}

static void
judge_lack(const FerryHostFacts *host, FerryVerdict *ret)
{
    bool has_cpu = host->probe->hw_virt != FERRY_TRUTH_NO;

    ferry_verdict_set(ret, FERRY_VERDICT_WARN, "host '%s' has no /dev/kvm%s", host->name,
                      has_cpu ? "" : ", and its CPU offers no VT-x or AMD-V");
    ferry_verdict_add_hint(
        ret, "%s",
        has_cpu
            ? "Load the module on it: 'modprobe kvm_intel' or 'modprobe kvm_amd'. Until then it runs guests of type 'qemu' alone, and slowly."
            : "Switch virtualization on in its firmware; where it is a virtual machine itself, allow it nested virtualization.");
}

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const FerryHostFacts *host = in->host;

    if (!has_probe(host, ret))
        return;
    if (host->probe->kvm == FERRY_TRUTH_NO)
        judge_lack(host, ret);
    else if (host->probe->kvm == FERRY_TRUTH_UNKNOWN)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "whether host '%s' has KVM cannot be told: the probe did not find out",
                          host->name);
    else
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "KVM is there; nested virtualization is %s",
                          name_nested(host->probe->nested));
}

const FerryHostCheck ferry_host_check_virtualization = {
    .id = "virtualization",
    .summary = "the host runs guests in hardware",
    .impact = "Guests of type 'kvm' cannot start or arrive there.",
    .hint =
        "Switch VT-x or AMD-V on in the firmware and load kvm_intel or kvm_amd. Guests that run guests themselves need the module's parameter 'nested' as well.",
    .severity = FERRY_VERDICT_WARN,
    .run = run,
};
