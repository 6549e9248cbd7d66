// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

enum {
    OLDEST_LIBVIRT =
        8000000, // of the oldest distributions that are looked after: Ubuntu 22.04, RHEL 8.6
    // A destination of these falls down when a broken post-copy move is taken up again (fixed in 11.4.0).
    RESUME_CRASHES = 11002000,
    RESUME_WORKS = 11004000,
};

static void
judge(const FerryHostFacts *host, FerryVerdict *ret)
{
    const FerryHostInfo *info = &host->info;
    g_autofree char *libvirt = ferry_version_format(info->libvirt_version);
    g_autofree char *qemu = ferry_version_format(info->hypervisor_version);

    if (g_strcmp0(info->type, "QEMU") != 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "host '%s' runs %s, not QEMU", host->name,
                          info->type != NULL ? info->type : "an unknown hypervisor");
        ferry_verdict_add_hint(ret, "Give its URI as 'qemu+ssh://%s/system'.", host->name);
    } else if (info->libvirt_version < OLDEST_LIBVIRT) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_BLOCK,
            "host '%s' has libvirt %s, older than 8.0.0, with which nothing was tried", host->name,
            libvirt);
        ferry_verdict_add_hint(ret, "Upgrade libvirt and QEMU on host '%s'.", host->name);
    } else if (info->libvirt_version >= RESUME_CRASHES && info->libvirt_version < RESUME_WORKS) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_NOTE,
            "libvirt %s and QEMU %s; this libvirt's daemon crashes when a broken post-copy move is taken up again",
            libvirt, qemu);
        ferry_verdict_add_hint(
            ret, "Upgrade libvirt to 11.4.0 or later before you use --postcopy towards it.");
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "libvirt %s and QEMU %s", libvirt, qemu);
    }
}

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    if (has_info(in->host, ret))
        judge(in->host, ret);
}

const FerryHostCheck ferry_host_check_versions = {
    .id = "versions",
    .summary = "the host's libvirt and QEMU are such as virt-ferry knows",
    .impact = "Moves depend on what libvirt does when something breaks; older ones were not tried.",
    .hint = "Run libvirt 8.0.0 or later with its distribution's QEMU.",
    .severity = FERRY_VERDICT_BLOCK,
    .run = run,
};
