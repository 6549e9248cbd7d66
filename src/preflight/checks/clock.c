// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <math.h>

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

enum {
    SKEW_S = 1,        // what guests and their protocols (Kerberos, NFS leases, databases) bear
    LARGE_SKEW_S = 60, // what breaks them
    TSC_PPM = 250, // TSC_TOLERANCE of libvirt's qemuProcessStartValidateTSC (9.0), KVM's own too
};

static bool
is_same_frequency(uint64_t a, uint64_t b)
{
    return fabs((double)a - (double)b) * 1e6 <= (double)TSC_PPM * (double)b;
}

// A guest that was promised a frequency needs it. Where the source itself scales, what the guest has may be
// the destination's own.
static void
judge_tsc(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryHostCaps *here = &in->src->info.caps;
    const FerryHostCaps *there = &in->dst->info.caps;
    const FerryDefinition *arriving = in->vm->arriving;
    bool promised = arriving != NULL && (arriving->tsc_frequency || arriving->invtsc);
    FerryVerdictKind kind = !promised           ? FERRY_VERDICT_NOTE
                            : here->tsc_scaling ? FERRY_VERDICT_WARN
                                                : FERRY_VERDICT_BLOCK;

    if (arriving != NULL && g_strcmp0(arriving->virt_type, "kvm") != 0)
        return;
    if (here->tsc_hz == 0 || there->tsc_hz == 0 || there->tsc_scaling ||
        is_same_frequency(here->tsc_hz, there->tsc_hz))
        return;
    ferry_verdict_set(
        ret, kind,
        "the TSC runs at %.3f MHz on host '%s' and at %.3f MHz on host '%s', which cannot scale it",
        (double)here->tsc_hz / 1e6, in->src->name, (double)there->tsc_hz / 1e6, in->dst->name);
    if (promised)
        ferry_verdict_add_hint(
            ret,
            "The machine asks for a TSC of fixed frequency. Choose a host with the same CPU, or take invtsc and the timer's frequency out with 'virsh edit %s' and start it anew.",
            in->vm->vm.name);
}

static void
judge_skew(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryHostProbe *here = in->src->probe;
    const FerryHostProbe *there = in->dst->probe;
    double skew;
    double error;

    if (!has_probe(in->src, "the clock", ret) || !has_probe(in->dst, "the clock", ret))
        return;
    if (here->clock_error_us == 0 || there->clock_error_us == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "the clock of host '%s' cannot be told: the probe could not measure it",
                          here->clock_error_us == 0 ? in->src->name : in->dst->name);
        return;
    }
    skew = ((double)there->clock_offset_us - (double)here->clock_offset_us) / 1e6;
    error = ((double)there->clock_error_us + (double)here->clock_error_us) / 1e6;
    if (fabs(skew) - error <= SKEW_S)
        return;
    ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                      "the clock of host '%s' is %.1f s %s that of host '%s'%s", in->dst->name,
                      fabs(skew), skew > 0 ? "ahead of" : "behind", in->src->name,
                      fabs(skew) - error > LARGE_SKEW_S ? ", enough to break logins and leases"
                                                        : "");
    ferry_verdict_add_hint(
        ret,
        "The guest's clock would jump when it next follows its host. Set both by the same time servers, with 'chronyc makestep' or 'timedatectl set-ntp true'.");
}

static void
judge_ntp(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryHostFacts *hosts[] = {in->src, in->dst};

    for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
        if (hosts[i]->probe == NULL || hosts[i]->probe->ntp_synchronized != FERRY_TRUTH_NO)
            continue;
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE,
                          "the clock of host '%s' is not synchronized by NTP", hosts[i]->name);
        ferry_verdict_add_hint(
            ret, "Start chrony or systemd-timesyncd there: 'timedatectl set-ntp true'.");
        return;
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    static const Judge judges[] = {judge_tsc, judge_skew, judge_ntp};

    if (is_off(in)) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is off: it has no clock to carry");
        return;
    }
    judge_all(in, judges, G_N_ELEMENTS(judges), ret);
    if (ret->text == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the clocks of both hosts agree within %d s",
                          SKEW_S);
}

const FerryCheck ferry_check_clock = {
    .id = "clock",
    .summary = "the clocks of both hosts agree, and the destination's TSC fits the guest",
    .impact =
        "The guest's clock jumps when it follows that of its new host: logins, leases, builds and databases suffer. "
        "libvirt refuses a machine that asks for a TSC frequency the destination cannot give.",
    .hint =
        "Let chrony or systemd-timesyncd keep both hosts by the same servers. More than one second of difference asks for consent; "
        "a guest agent lets the guest's clock be set after the move.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .by_probe = true,
    .run = run,
};
