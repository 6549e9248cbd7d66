// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

static void
judge_refused(const FerryCheckInput *in, const FerryFact *fact, FerryVerdict *ret)
{
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "%s", fact->text);
    ferry_verdict_add_hint(
        ret,
        "'virsh -c %s capabilities' lists what host '%s' has. Give the machine a type that both hosts have with 'virsh edit %s', and start it anew.",
        in->dst->uri, in->dst->name, in->vm->vm.name);
}

// An alias such as 'q35' is a different machine on each version of QEMU.
static void
judge_alias(const FerryCheckInput *in, const FerryMachineCaps *caps, FerryVerdict *ret)
{
    ferry_verdict_set(ret, is_off(in) ? FERRY_VERDICT_NOTE : FERRY_VERDICT_WARN,
                      "machine type '%s' is '%s' on host '%s'", in->vm->arriving->machine,
                      caps->machine, in->dst->name);
}

static void
judge_caps(const FerryCheckInput *in, const FerryMachineCaps *caps, FerryVerdict *ret)
{
    const FerryDefinition *definition = in->vm->arriving;

    if (caps->max_vcpus != 0 && definition->vcpus > caps->max_vcpus) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_BLOCK,
            "host '%s' gives machine type '%s' at most %u vCPUs, and the machine has %u",
            in->dst->name, definition->machine, caps->max_vcpus, definition->vcpus);
        ferry_verdict_add_hint(
            ret,
            "Give the machine fewer vCPUs with 'virsh setvcpus %s N --maximum --config', and start it anew.",
            in->vm->vm.name);
    } else if (caps->machine != NULL && definition->machine != NULL &&
               strcmp(caps->machine, definition->machine) != 0) {
        judge_alias(in, caps, ret);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "host '%s' has machine type '%s'", in->dst->name,
                          definition->machine != NULL ? definition->machine : "-");
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryDefinition *definition = find_arriving(in, "machine type", ret);
    const FerryFact *fact;

    if (definition == NULL)
        return;
    fact = ferry_host_facts_machine_type(in->dst, definition);
    if (fact->unknown != NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "the destination's machine types are not known: %s", fact->unknown);
    else if (fact->caps == NULL)
        judge_refused(in, fact, ret);
    else
        judge_caps(in, fact->caps, ret);
}

const FerryCheck ferry_check_machine_type = {
    .id = "machine-type",
    .summary = "the destination's QEMU has the machine's type and emulator",
    .impact =
        "QEMU does not start on the destination. Distributions have types of their own (pc-q35-rhel9.2.0), and an older QEMU lacks the newer ones.",
    .hint =
        "Give the machine a type that both hosts have, such as pc-q35-7.2, with 'virsh edit'; it holds from the machine's next start. "
        "Where only the emulator's path differs, --xml can name the destination's.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .run = run,
};
