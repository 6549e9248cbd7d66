// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steps/steps.h"

#include "base/error.h"
#include "engine/arriving.h"
#include "inventory/survey.h"

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

static FerrySurvey *
survey_hosts(const FerryMove *move)
{
    const FerryMigrateOptions *options = move->request.options;
    const char *const machines[] = {move->vm->uuid, NULL};
    const FerrySurveyHost hosts[] = {
        {.host = move->src_host, .hv = move->src, .machines = machines},
        {.host = move->dst_host, .hv = move->dst, .destination = true},
    };

    return ferry_survey_collect(hosts, G_N_ELEMENTS(hosts),
                                &(FerrySurveyOptions){
                                    .migrate = options,
                                    .timeout_s = move->request.host_timeout_s,
                                    .probe = !options->no_probe,
                                    .locks = true,
                                });
}

// Its session takes as long to begin as the others of the survey, and has to be there at the switch.
static FerryCertificate *
begin_certificate(const FerryMove *move)
{
    if (move->request.dry_run || move->request.options->no_probe ||
        !ferry_vm_state_is_active(move->vm->state))
        return NULL;
    return ferry_certificate_new(move->src_host, move->vm->name);
}

static bool
wants_certificate(const FerryMove *move, FerryCertificate *certificate, const FerryHostFacts *src)
{
    return certificate != NULL && move->plan.strict && src->info_unknown == NULL &&
           ferry_certificate_is_known(src->info.libvirt_version) &&
           ferry_certificate_is_ready(certificate);
}

// What is below copied disks is looked at only where there is something: that may take minutes.
static GPtrArray *
plan_disks(FerryMove *move, FerryStorageInput *in)
{
    const FerryStorageHost src = {move->src_host, move->src};
    const FerryStorageHost dst = {move->dst_host, move->dst};
    g_autoptr(GPtrArray) disks = ferry_storage_plan(in);
    g_autoptr(GPtrArray) bases = NULL;

    if (disks == NULL)
        return NULL;
    bases = ferry_storage_look_below(disks, &src, &dst, move->notes);
    if (bases->len == 0)
        return g_steal_pointer(&disks);
    in->bases = bases;
    return ferry_storage_plan(in);
}

FerryMoveEvent
ferry_step_preflight(FerryMove *move)
{
    const FerryMigrateOptions *options = move->request.options;
    g_autoptr(FerryCertificate) certificate = begin_certificate(move);
    g_autoptr(FerrySurvey) survey = survey_hosts(move);
    const FerryHostFacts *src = g_ptr_array_index(survey->hosts, 0);
    const FerryHostFacts *dst = g_ptr_array_index(survey->hosts, 1);
    const FerrySurveyMachine *machine = g_ptr_array_index(survey->machines, 0);
    const FerryVmFacts *vm = machine->facts;
    g_auto(FerryImageLocks) locks = {0};
    FerryStorageInput storage = {src, dst, vm, options, NULL, move->earlier};
    FerryCheckInput input = {
        .src = src,
        .dst = dst,
        .vm = vm,
        .options = options,
        .now_s = ferry_clock_wall(move->clock) / G_USEC_PER_SEC,
    };

    move->disks = plan_disks(move, &storage);
    input.disks = move->disks;

    move->preflight = ferry_preflight_run(&input, (const char *const *)move->request.only);
    if (move->preflight->summary == FERRY_VERDICT_BLOCK)
        return blocked(move);
    if (!is_known(move, vm))
        return FERRY_EVENT_FAIL;
    move->baseline = ferry_baseline_collect(move->src, vm, dst, options);
    move->diff = ferry_arriving_diff(move, vm);
    if (!ferry_arriving_expect(move, move->baseline, &move->error))
        return FERRY_EVENT_FAIL;
    ferry_image_locks_judge(&input, &locks);
    ferry_plan_make(options, &vm->vm, move->dst_host, &locks, &move->plan);
    ferry_plan_add_copies(move->disks, options, &src->info, &dst->info, &move->plan);
    if (wants_certificate(move, certificate, src))
        move->certificate = g_steal_pointer(&certificate);
    if (move->preflight->summary == FERRY_VERDICT_WARN && !move->request.yes)
        return FERRY_EVENT_ASK;
    return FERRY_EVENT_OK;
}
