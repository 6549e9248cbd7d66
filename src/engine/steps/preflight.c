// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steps/steps.h"

#include "base/error.h"

static FerryMoveEvent
blocked(FerryMove *move)
{
    unsigned n = 0;
    const char *first = NULL;

    for (size_t i = 0; i < move->preflight->verdicts->len; i++) {
        const FerryVerdict *verdict = move->preflight->verdicts->pdata[i];

        if (verdict->counts_as != FERRY_VERDICT_BLOCK)
            continue;
        first = first != NULL ? first : verdict->text;
        n++;
    }
    ferry_error_set(&move->error, FERRY_ERROR_BLOCKED, "cannot move '%s' to '%s': %s",
                    move->vm->name, move->dst_host->name,
                    n == 1 ? first : "several checks stand against it");
    return FERRY_EVENT_FAIL;
}

// Without a baseline nothing could be verified or undone: no consent of the operator makes up for that.
static bool
is_known(FerryMove *move, const FerryVmFacts *vm)
{
    const char *reason = vm->vm_unknown != NULL ? vm->vm_unknown : vm->definition_unknown;

    if (reason == NULL)
        return true;
    ferry_error_set(&move->error, FERRY_ERROR_UNREACHABLE,
                    "cannot move '%s': what it is on '%s' can't be read: %s", move->vm->name,
                    move->src_host->name, reason);
    return false;
}

FerryMoveEvent
ferry_step_preflight(FerryMove *move)
{
    const FerryMigrateOptions *options = move->request.options;
    g_autoptr(FerryHostFacts) src = ferry_host_facts_collect(move->src);
    g_autoptr(FerryHostFacts) dst = ferry_host_facts_collect(move->dst);
    g_autoptr(FerryVmFacts) vm = ferry_vm_facts_collect(move->src, move->vm->uuid);
    g_autoptr(FerryPairFacts) pair = ferry_pair_facts_collect(move->dst, vm, options);
    const FerryCheckInput input = {src, dst, vm, pair, options};

    move->preflight = ferry_preflight_run(&input);
    if (move->preflight->summary == FERRY_VERDICT_BLOCK)
        return blocked(move);
    if (!is_known(move, vm))
        return FERRY_EVENT_FAIL;
    move->baseline = ferry_baseline_collect(move->src, vm, pair, options);
    ferry_plan_make(options, &vm->vm, move->dst_host, &move->plan);
    if (move->preflight->summary == FERRY_VERDICT_WARN && !move->request.yes)
        return FERRY_EVENT_ASK;
    return FERRY_EVENT_OK;
}
