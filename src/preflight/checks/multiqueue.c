// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

// One queue is what a card has that names none.
static unsigned
count_queues(const FerryNic *nic)
{
    return MAX(nic->queues, 1);
}

static const FerryNic *
find_before(const FerryDefinition *definition, const FerryNic *arriving)
{
    for (unsigned i = 0; i < definition->nics->len; i++) {
        const FerryNic *nic = g_ptr_array_index(definition->nics, i);

        if (nic->mac != NULL && arriving->mac != NULL &&
            g_ascii_strcasecmp(nic->mac, arriving->mac) == 0)
            return nic;
    }
    return NULL;
}

// libvirt refuses a change since 11.4 only; before, QEMU cannot load the card's state.
static void
judge_nic(const FerryCheckInput *in, const FerryNic *nic, FerryVerdict *ret)
{
    const FerryNic *before = find_before(in->vm->definition, nic);

    if (before == NULL || count_queues(before) == count_queues(nic))
        return;
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                      "--xml gives network card '%s' queues: %u, and the guest knows it with %u",
                      nic->mac, count_queues(nic), count_queues(before));
    ferry_verdict_add_hint(ret,
                           "Give the card the <driver queues> of 'virsh dumpxml --migratable %s'.",
                           in->vm->vm.name);
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryDefinition *arriving;

    if (in->options->xml == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "every network card keeps its queues");
        return;
    }
    if (is_off(in)) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is off: no guest knows its cards");
        return;
    }
    arriving = find_arriving(in, "network cards", ret);
    if (arriving == NULL)
        return;
    if (in->vm->definition == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "the machine's network cards cannot be told: %s",
                          in->vm->definition_unknown);
        return;
    }
    for (unsigned i = 0; i < arriving->nics->len && ret->text == NULL; i++)
        judge_nic(in, g_ptr_array_index(arriving->nics, i), ret);
    if (ret->text == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "every network card keeps its queues");
}

const FerryCheck ferry_check_multiqueue = {
    .id = "multiqueue",
    .summary = "no network card arrives with another number of queues",
    .impact =
        "QEMU on the destination cannot load the card's state: the move fails at its very end, after all memory was sent.",
    .hint = "Leave the <driver queues> of network cards in --xml as they are.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = false,
    .run = run,
};
