// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/abilities.h"
#include "preflight/checks-gen.h"

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryHostInfo *src = in->src->info_unknown == NULL ? &in->src->info : NULL;
    const FerryHostInfo *dst = in->dst->info_unknown == NULL ? &in->dst->info : NULL;
    bool undecided = false;
    g_autoptr(GPtrArray) refusals = ferry_abilities_refuse(in->options, src, dst, &undecided);
    g_autofree char *text = NULL;

    if (refusals->len == 0 && !undecided) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "both hosts can do what was asked");
        return;
    }
    if (refusals->len == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the hosts' versions are not known: %s",
                          src == NULL   ? in->src->info_unknown
                          : dst == NULL ? in->dst->info_unknown
                                        : "a host does not tell its version");
        return;
    }
    g_ptr_array_add(refusals, NULL);
    text = g_strjoinv("; ", (char **)refusals->pdata);
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "%s", text);
    ferry_verdict_add_hint(ret, "Leave the option out, or bring the host to a version that can.");
}

const FerryCheck ferry_check_abilities = {
    .id = "abilities",
    .summary = "both hosts' libvirt and QEMU can do what the options ask for",
    .impact =
        "libvirt refuses an option that a version does not know, some of them only after the move has begun. "
        "Post-copy over several connections is accepted by old versions and can lose the machine.",
    .hint = "Leave the option out, or bring the host to the version that the text names.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = false,
    .run = run,
};
