// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

// Major and minor alone: fixes within one release do not change what is sent.
static unsigned long
release_of(unsigned long version)
{
    return version / 1000;
}

static void
warn_older(const FerryHostCheckInput *in,
           const char *what,
           unsigned long here,
           unsigned long there,
           FerryVerdict *ret)
{
    g_autofree char *ours = ferry_version_format(here);
    g_autofree char *theirs = ferry_version_format(there);

    ferry_verdict_set(ret, FERRY_VERDICT_WARN, "host '%s' has %s %s, older than %s of host '%s'",
                      in->peer->name, what, theirs, ours, in->host->name);
    ferry_verdict_add_hint(
        ret,
        "Upgrade host '%s' to the same: moves to an older %s often work and are tested by nobody.",
        in->peer->name, what);
}

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const FerryHostInfo *here = &in->host->info;
    const FerryHostInfo *there = &in->peer->info;

    if (!has_info(in->host, ret) || !has_info(in->peer, ret))
        return;
    if (g_strcmp0(here->type, there->type) != 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "host '%s' runs %s and host '%s' runs %s",
                          in->host->name, here->type, in->peer->name, there->type);
        ferry_verdict_add_hint(ret, "Nothing can move between them.");
    } else if (release_of(there->hypervisor_version) < release_of(here->hypervisor_version)) {
        warn_older(in, "QEMU", here->hypervisor_version, there->hypervisor_version, ret);
    } else if (release_of(there->libvirt_version) < release_of(here->libvirt_version)) {
        warn_older(in, "libvirt", here->libvirt_version, there->libvirt_version, ret);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "host '%s' has no older libvirt or QEMU",
                          in->peer->name);
    }
}

const FerryHostCheck ferry_host_check_versions_match = {
    .id = "versions-match",
    .summary = "the destination's libvirt and QEMU are no older than the source's",
    .impact =
        "An older QEMU does not know what a newer one sends: at best the move fails and the machine stays where it is.",
    .hint = "Keep all hosts at the same versions; while you upgrade, move towards the newer ones.",
    .severity = FERRY_VERDICT_BLOCK,
    .pair = true,
    .run = run,
};
