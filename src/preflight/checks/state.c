// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"

static void
judge_running(const FerryCheckInput *in, const char *state, FerryVerdict *ret)
{
    FerryVmReason reason = in->vm->vm.reason;

    if (reason == FERRY_VM_REASON_POSTCOPY || reason == FERRY_VM_REASON_POSTCOPY_FAILED) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_BLOCK,
            "the machine is %s: a move of it has not ended, and its memory is on two hosts", state);
        ferry_verdict_add_hint(
            ret, "Do not end it on either host. Run 'virt-ferry verify %s' to see both.",
            in->vm->vm.name);
        return;
    }
    if (in->options->offline) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "the machine is %s, and --offline moves only a definition", state);
        ferry_verdict_add_hint(
            ret,
            "Leave --offline out to move it live, or shut it down first with 'virsh shutdown %s'.",
            in->vm->vm.name);
        return;
    }
    ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is %s", state);
}

static void
judge_paused(const FerryCheckInput *in, const char *state, FerryVerdict *ret)
{
    const char *name = in->vm->vm.name;
    FerryVmReason reason = in->vm->vm.reason;

    if (reason == FERRY_VM_REASON_IO_ERROR) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "the machine is %s: what it wanted to write is not on its disk", state);
        ferry_verdict_add_hint(
            ret,
            "Mend its storage and resume it with 'virsh resume %s'; 'virsh domblkerror %s' names the disk.",
            name, name);
    } else if (reason == FERRY_VM_REASON_MIGRATION || reason == FERRY_VM_REASON_STARTING_UP) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "the machine is %s: it is being moved or started", state);
        ferry_verdict_add_hint(
            ret,
            "Run 'virt-ferry watch %s' to follow a move; if nobody moves it any more, 'virt-ferry recover --scan' finds what was left.",
            name);
    } else if (reason == FERRY_VM_REASON_API_ERROR) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_WARN,
            "the machine is %s: libvirt could not let it go on after an earlier operation", state);
        ferry_verdict_add_hint(ret,
                               "See whether it goes on with 'virsh resume %s' before it is moved.",
                               name);
    } else if (in->options->postcopy) {
        // libvirt 9.0: "post-copy migration is not supported with non-live or paused migration"
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "the machine is %s, and --postcopy moves only running ones", state);
        ferry_verdict_add_hint(ret, "Leave --postcopy out: a paused machine dirties no memory.");
    } else {
        judge_running(in, state, ret);
    }
}

static void
judge_off(const FerryCheckInput *in, const char *state, FerryVerdict *ret)
{
    if (in->options->offline) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is %s: its definition moves", state);
        return;
    }
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "the machine is %s", state);
    ferry_verdict_add_hint(
        ret, "Move its definition with --offline, or start it first with 'virsh start %s'.",
        in->vm->vm.name);
}

static void
judge_state(const FerryCheckInput *in, const char *state, FerryVerdict *ret)
{
    switch (in->vm->vm.state) {
    case FERRY_VM_STATE_RUNNING:
        judge_running(in, state, ret);
        break;
    case FERRY_VM_STATE_PAUSED:
        judge_paused(in, state, ret);
        break;
    case FERRY_VM_STATE_SHUTOFF:
        judge_off(in, state, ret);
        break;
    case FERRY_VM_STATE_SHUTDOWN:
        ferry_verdict_set(ret, FERRY_VERDICT_WARN, "the machine is being shut down");
        ferry_verdict_add_hint(ret, "Wait for its end, and move its definition with --offline.");
        break;
    case FERRY_VM_STATE_SUSPENDED:
        ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                          "the guest sleeps, and may be awake when it arrives");
        ferry_verdict_add_hint(ret, "Wake it first with 'virsh dompmwakeup %s'.", in->vm->vm.name);
        break;
    case FERRY_VM_STATE_CRASHED:
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "the machine has crashed");
        ferry_verdict_add_hint(
            ret,
            "End it with 'virsh destroy %s', then start it, or move its definition with --offline.",
            in->vm->vm.name);
        break;
    case FERRY_VM_STATE_NONE:
    case FERRY_VM_STATE_LAST:
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "the machine is not on host '%s'",
                          in->src->name);
        break;
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    g_autofree char *state = NULL;

    if (in->vm->vm_unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's state is not known: %s",
                          in->vm->vm_unknown);
        return;
    }
    state = ferry_vm_state_format(in->vm->vm.state, in->vm->vm.reason);
    judge_state(in, state, ret);
}

const FerryCheck ferry_check_state = {
    .id = "state",
    .summary = "the machine is in a state in which it can be moved",
    .impact =
        "A machine that is off has no memory to move; one that stopped at an I/O error would lose what it wanted to write; one that is on the way already "
        "could end up on two hosts.",
    .hint =
        "Move the definition of a machine that is off with --offline. A machine that a user paused moves, and stays paused.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = false,
    .run = run,
};
