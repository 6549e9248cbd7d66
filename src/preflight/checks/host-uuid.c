// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "preflight/checks-gen.h"

static void
judge_same(const FerryCheckInput *in, FerryVerdict *ret)
{
    if (g_strcmp0(in->src->info.hostname, in->dst->info.hostname) == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "hosts '%s' and '%s' are the same host",
                          in->src->name, in->dst->name);
        ferry_verdict_add_hint(ret, "Choose another destination.");
        return;
    }
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "hosts '%s' and '%s' have the same host UUID %s",
                      in->src->name, in->dst->name, in->dst->info.uuid);
    ferry_verdict_add_hint(
        ret,
        "Give one of them a UUID of its own: put 'host_uuid = \"...\"' with what 'uuidgen' prints into /etc/libvirt/libvirtd.conf (or virtqemud.conf), and restart its daemon.");
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryHostFacts *silent = in->src->info_unknown != NULL ? in->src : in->dst;

    if (strcmp(in->src->uri, in->dst->uri) == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "hosts '%s' and '%s' are the same host",
                          in->src->name, in->dst->name);
        ferry_verdict_add_hint(ret, "Choose another destination.");
    } else if (silent->info_unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the UUID of host '%s' is not known: %s",
                          silent->name, silent->info_unknown);
    } else if (in->src->info.uuid[0] == '\0' || in->dst->info.uuid[0] == '\0') {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "host '%s' tells no UUID of its own",
                          in->src->info.uuid[0] == '\0' ? in->src->name : in->dst->name);
    } else if (strcmp(in->src->info.uuid, in->dst->info.uuid) == 0) {
        judge_same(in, ret);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the hosts have UUIDs of their own");
    }
}

const FerryCheck ferry_check_host_uuid = {
    .id = "host-uuid",
    .summary = "source and destination are two hosts, and libvirt can tell them apart",
    .impact =
        "libvirt refuses the move ('Attempt to migrate guest to the same host'). Hosts made from one image, or with a firmware that gives every "
        "mainboard the same UUID, are taken for one.",
    .hint =
        "Put a host_uuid of its own into libvirtd.conf or virtqemud.conf of one host, and restart its daemon.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = false,
    .run = run,
};
