// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    if (in->vm->vm_unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "whether the machine is persistent is not known: %s", in->vm->vm_unknown);
    } else if (in->vm->vm.persistent) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is persistent");
    } else if (in->options->persistent) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "the machine is transient, and will be defined on host '%s'",
                          in->dst->name);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE,
                          "the machine is transient: when it ends, its definition is gone");
        ferry_verdict_add_hint(ret, "Give --persistent to have it defined on host '%s'.",
                               in->dst->name);
    }
}

const FerryCheck ferry_check_transient = {
    .id = "transient",
    .summary = "the machine's definition outlives it",
    .impact =
        "A transient machine moves and stays transient: once it is shut down, no host knows it any more, and it cannot start with its host.",
    .hint = "Give --persistent to have it defined on the destination when it arrives.",
    .severity = FERRY_VERDICT_NOTE,
    .overridable = true,
    .run = run,
};
