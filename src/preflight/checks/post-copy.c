// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

// QEMU cannot fetch later what a device of the host writes to by itself. What is the transient part of a
// failover pair, libvirt unplugs before.
static void
judge_devices(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryDefinition *arriving = find_arriving(in, "host devices", ret);

    for (unsigned i = 0; arriving != NULL && i < arriving->hostdevs->len; i++) {
        const FerryHostdev *device = g_ptr_array_index(arriving->hostdevs, i);

        if (device->teaming ||
            (g_strcmp0(device->type, "pci") != 0 && g_strcmp0(device->type, "mdev") != 0))
            continue;
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "post-copy cannot go with host device '%s'",
                          device->what);
        ferry_verdict_add_hint(ret, "Leave post-copy out, or unplug the device first.");
        return;
    }
}

// Only the destination faults pages in (QEMU's migrate_caps_check).
static void
judge_userfaultfd(const FerryCheckInput *in, FerryVerdict *ret)
{
    if (!has_probe(in->dst, "the userfaultfd", ret))
        return;
    switch (in->dst->probe->userfaultfd) {
    case FERRY_TRUTH_YES:
        return;
    case FERRY_TRUTH_NO:
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "QEMU on host '%s' may not use userfaultfd, which post-copy needs",
                          in->dst->name);
        ferry_verdict_add_hint(ret, "Allow it there with 'sysctl vm.unprivileged_userfaultfd=1'.");
        return;
    case FERRY_TRUTH_UNKNOWN:
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "whether QEMU on host '%s' may use userfaultfd cannot be told: the probe did not find out",
            in->dst->name);
        return;
    }
}

// VIR_MIGRATE_POSTCOPY_RESUME takes up a post-copy that broke off, with libvirt 8.5 on both hosts.
static void
judge_resume(const FerryHostFacts *host, FerryVerdict *ret)
{
    g_autofree char *version = ferry_version_format(host->info.libvirt_version);

    if (host->info_unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "the libvirt version of host '%s' cannot be told: %s", host->name,
                          host->info_unknown);
    } else if (host->info.libvirt_version < 8005000) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "libvirt %s of host '%s' cannot take up a post-copy that broke off",
                          version, host->name);
        ferry_verdict_add_hint(
            ret, "A broken link would cost the machine. Upgrade libvirt there to 8.5 or later, or "
                 "leave post-copy out.");
    }
}

// libvirtd 11.2 to 11.3 dies when a broken post-copy is resumed towards it; mended in 11.4.
static void
judge_crash(const FerryHostFacts *dst, FerryVerdict *ret)
{
    unsigned long version = dst->info.libvirt_version;
    g_autofree char *text = ferry_version_format(version);

    if (dst->info_unknown != NULL || version < 11002000 || version >= 11004000)
        return;
    ferry_verdict_set(
        ret, FERRY_VERDICT_BLOCK,
        "libvirt %s of host '%s' crashes when a post-copy that broke off is taken up again", text,
        dst->name);
    ferry_verdict_add_hint(ret, "A broken link would cost the machine. Upgrade libvirt there to "
                                "11.4 or later, or leave post-copy out.");
}

static void
judge_versions(const FerryCheckInput *in, FerryVerdict *ret)
{
    FerryVerdict there = {0};
    FerryVerdict crash = {0};

    judge_resume(in->src, ret);
    judge_resume(in->dst, &there);
    take_worse(ret, &there);
    judge_crash(in->dst, &crash);
    take_worse(ret, &crash);
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    static const Judge judges[] = {judge_devices, judge_userfaultfd, judge_versions};

    if (!ferry_migrate_options_want_postcopy(in->options)) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the move is not asked to use post-copy");
        return;
    }
    if (is_off(in)) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is off: it sends no memory");
        return;
    }
    judge_all(in, judges, G_N_ELEMENTS(judges), ret);
    if (ret->text == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "host '%s' can take post-copy", in->dst->name);
}

const FerryCheck ferry_check_post_copy = {
    .id = "post-copy",
    .summary =
        "the destination can fetch the machine's memory after the switch, after a broken link too",
    .impact =
        "QEMU refuses post-copy when the move begins. Where libvirt cannot take up a post-copy whose link broke, the machine is lost.",
    .hint =
        "Set 'vm.unprivileged_userfaultfd=1' with sysctl on the destination, upgrade libvirt, or leave post-copy out.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .by_probe = true,
    .run = run,
};
