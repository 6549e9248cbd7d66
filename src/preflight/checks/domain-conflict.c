// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "preflight/checks-gen.h"

static void
judge_active(const FerryCheckInput *in, const FerryVm *there, FerryVerdict *ret)
{
    g_autofree char *state = ferry_vm_state_format(there->state, there->reason);

    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                      "the machine is active on host '%s' too: '%s' is %s", in->dst->name,
                      there->name, state);
    ferry_verdict_add_hint(
        ret,
        "Two running copies ruin a machine's disks. Find out which one is right, and end the other on its host with 'virsh destroy %s'.",
        there->name);
}

// Returns: (element-type utf8) what differs between the machine's definition and that one; NULL where they could
// not be compared. (transfer full)
static GPtrArray *
compare(const FerryCheckInput *in, const FerryVm *there)
{
    const FerryFact *fact = ferry_host_facts_get(in->dst, FERRY_FACT_DEFINITION, there->uuid);
    g_autoptr(GPtrArray) lost = NULL;
    GPtrArray *added = NULL;

    if (fact->text == NULL || in->vm->persistent_xml == NULL ||
        !ferry_definition_compare(in->vm->persistent_xml, fact->text, &lost, &added, NULL))
        return NULL;
    g_ptr_array_extend_and_steal(lost, added);
    return g_steal_pointer(&lost);
}

static void
judge_inactive(const FerryCheckInput *in, const FerryVm *there, FerryVerdict *ret)
{
    g_autoptr(GPtrArray) diff = compare(in, there);
    bool replaced = in->vm->vm.persistent || in->options->persistent;
    const char *fate =
        replaced ? "the move replaces it" : "it stays, and becomes the machine's own";

    if (diff == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE,
                          "host '%s' has an inactive definition of the machine, not compared: %s",
                          in->dst->name, fate);
    else if (diff->len == 0)
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE,
                          "host '%s' has an equal, inactive definition of the machine: %s",
                          in->dst->name, fate);
    else
        ferry_verdict_set(
            ret, FERRY_VERDICT_WARN,
            "host '%s' has an inactive definition of the machine that differs in %u places, first '%s': %s",
            in->dst->name, diff->len, (const char *)g_ptr_array_index(diff, 0), fate);
    if (ret->kind == FERRY_VERDICT_WARN)
        ferry_verdict_add_hint(ret, "Keep a copy of it first: 'virsh -c %s dumpxml --inactive %s'.",
                               in->dst->uri, there->name);
}

static void
judge(const FerryCheckInput *in, FerryVerdict *ret)
{
    const char *name = ferry_facts_dest_name(in->vm, in->options);
    const FerryVm *same_uuid = ferry_host_facts_by_uuid(in->dst, in->vm->vm.uuid);
    const FerryVm *same_name = ferry_host_facts_by_name(in->dst, name);

    if (same_uuid != NULL && ferry_vm_state_is_active(same_uuid->state)) {
        judge_active(in, same_uuid, ret);
    } else if (same_name != NULL && strcmp(same_name->uuid, in->vm->vm.uuid) != 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "host '%s' has another machine named '%s' (UUID %s)", in->dst->name, name,
                          same_name->uuid);
        ferry_verdict_add_hint(ret, "Give this one another name there with --dest-name.");
    } else if (same_uuid != NULL && strcmp(same_uuid->name, name) != 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "host '%s' has the machine under another name: '%s'", in->dst->name,
                          same_uuid->name);
        ferry_verdict_add_hint(
            ret,
            "Take that definition away with 'virsh -c %s undefine %s --keep-nvram', or move with --dest-name %s.",
            in->dst->uri, same_uuid->name, same_uuid->name);
    } else if (same_uuid != NULL) {
        judge_inactive(in, same_uuid, ret);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "host '%s' has no other machine of that name or UUID", in->dst->name);
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    if (in->vm->vm_unknown != NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's name is not known: %s",
                          in->vm->vm_unknown);
    else if (in->dst->machines_unknown != NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machines of host '%s' are not known: %s",
                          in->dst->name, in->dst->machines_unknown);
    else
        judge(in, ret);
}

const FerryCheck ferry_check_domain_conflict = {
    .id = "domain-conflict",
    .summary = "the destination has no other machine of the same name or UUID",
    .impact =
        "libvirt refuses the move when the name or the UUID is taken. A machine that runs on both hosts already ruins its disks with every second.",
    .hint =
        "Rename with --dest-name, or take the stale definition away with 'virsh undefine' on the destination.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = false,
    .run = run,
};
