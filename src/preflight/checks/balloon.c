// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/units.h"
#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

// Guests round to pages and blocks.
enum { TOLERANCE_KIB = 1024 };

static void
judge_balloon(const FerryCheckInput *in, FerryVerdict *ret)
{
    uint64_t told_kib = in->vm->definition->current_kib;
    uint64_t has_kib = in->vm->extras.balloon_kib;
    uint64_t difference_kib = MAX(told_kib, has_kib) - MIN(told_kib, has_kib);
    g_autofree char *told = ferry_format_bytes(told_kib * 1024);
    g_autofree char *has = ferry_format_bytes(has_kib * 1024);

    if (told_kib == 0 || has_kib == 0 || difference_kib <= TOLERANCE_KIB)
        return;
    ferry_verdict_set(ret, FERRY_VERDICT_NOTE, "the guest has %s of memory, and is to have %s", has,
                      told);
    ferry_verdict_add_hint(
        ret,
        "Wait until 'virsh dommemstat %s' shows it, for a shorter move; a guest without a balloon driver stays as it is.",
        in->vm->vm.name);
}

// QEMU carries the state of both devices over: a change goes on after the move, and nothing is lost.
static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryVmFacts *vm = in->vm;

    if (is_off(in)) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is off: it has no memory");
    } else if (vm->definition == NULL || vm->extras_unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "whether the machine's memory is being changed is not known: %s",
                          vm->definition == NULL ? vm->definition_unknown : vm->extras_unknown);
    } else if (vm->definition->memory_changing) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_NOTE,
            "the guest has not yet plugged or given back all memory that was asked of it");
        ferry_verdict_add_hint(
            ret,
            "Wait until <current> of its virtio-mem device in 'virsh dumpxml %s' is what <requested> says.",
            vm->vm.name);
    } else {
        judge_balloon(in, ret);
        if (ret->text == NULL)
            ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine's memory is not being changed");
    }
}

const FerryCheck ferry_check_balloon = {
    .id = "balloon",
    .summary = "the machine's memory is not being changed",
    .impact =
        "Memory that a balloon or a virtio-mem device is just taking or giving is moved, or dirtied, for nothing: the move takes longer than it had to.",
    .hint = "Wait until the guest has the memory that it was told to have.",
    .severity = FERRY_VERDICT_NOTE,
    .overridable = true,
    .run = run,
};
