// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

static void
judge_cpus(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryHostFacts *hosts[] = {in->src, in->dst};

    for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
        const FerryHostFacts *host = hosts[i];
        FerryVerdict one = {0};

        if (host->info_unknown != NULL || host->info.cpus == 0) {
            ferry_verdict_set(&one, FERRY_VERDICT_UNKNOWN,
                              "the CPUs of host '%s' cannot be told: %s", host->name,
                              host->info_unknown != NULL ? host->info_unknown
                                                         : "it does not tell their number");
        } else if (in->options->parallel > host->info.cpus) {
            ferry_verdict_set(&one, FERRY_VERDICT_WARN, "host '%s' has %u CPUs for %u connections",
                              host->name, host->info.cpus, in->options->parallel);
            ferry_verdict_add_hint(
                &one,
                "Each connection keeps a CPU busy on both hosts, beside the guests. Ask for fewer: '--parallel %u'.",
                MAX(host->info.cpus / 2, 1));
        }
        take_worse(ret, &one);
    }
}

// QEMU's threads that send run where its emulator threads are bound to.
static void
judge_pinning(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryDefinition *arriving = find_arriving(in, "CPU pinning", ret);

    if (arriving != NULL && arriving->cpusets->len > 0)
        ferry_verdict_set(
            ret, FERRY_VERDICT_NOTE,
            "the machine is bound to CPUs, and the %u connections have to share them with it",
            in->options->parallel);
}

static void
judge_tls(const FerryCheckInput *in, FerryVerdict *ret)
{
    if (in->options->tls)
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE,
                          "with --tls each of the %u connections takes a whole CPU on both hosts",
                          in->options->parallel);
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    static const Judge judges[] = {judge_cpus, judge_pinning, judge_tls};

    if (in->options->parallel == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the move is not asked for several connections");
        return;
    }
    if (is_off(in)) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is off: it sends no memory");
        return;
    }
    judge_all(in, judges, G_N_ELEMENTS(judges), ret);
    if (ret->text == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "both hosts have CPUs for %u connections",
                          in->options->parallel);
}

const FerryCheck ferry_check_parallel = {
    .id = "parallel",
    .summary = "both hosts have CPUs to spare for the connections of --parallel",
    .impact =
        "Each connection is a thread that copies as fast as it can. Too many slow the guests and the move itself.",
    .hint =
        "Ask for no more connections than half the CPUs of the smaller host; two to four fill most links.",
    .severity = FERRY_VERDICT_WARN,
    .overridable = true,
    .run = run,
};
