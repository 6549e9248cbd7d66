// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/matrix.h"

#include "base/worker.h"
#include "preflight/preflight.h"
#include "storage/storage.h"

const FerryMatrixCell *
ferry_matrix_cell(const FerryMatrix *matrix, unsigned machine, unsigned host)
{
    return &matrix->cells[(size_t)machine * matrix->n_hosts + host];
}

static bool
is_off(const FerryVmFacts *vm)
{
    return vm->vm_unknown == NULL && !ferry_vm_state_is_active(vm->vm.state);
}

static void
judge_cell(const FerrySurvey *survey,
           const FerrySurveyMachine *machine,
           const FerryHostFacts *dst,
           const FerryMatrixOptions *asked,
           FerryMatrixCell *cell)
{
    // A view: what it points to is @asked's and @dst's.
    FerryMigrateOptions options = *asked->migrate;
    const FerryHostFacts *src = g_ptr_array_index(survey->hosts, machine->host);
    const FerryStorageInput storage = {src, dst, machine->facts, &options, NULL, NULL};
    g_autoptr(GPtrArray) disks = ferry_storage_plan(&storage);
    const FerryCheckInput input = {
        .src = src,
        .dst = dst,
        .vm = machine->facts,
        .options = &options,
        .disks = disks,
        .now_s = asked->now_s,
    };

    options.offline = options.offline || is_off(machine->facts);
    if (options.dest_address == NULL)
        options.dest_address = dst->address;
    cell->here = input.src == dst;
    if (!cell->here)
        cell->summary = ferry_preflight_judge(&input, asked->only, &cell->worst);
}

// Some of the machines, for one worker. All that it has is the caller's, who waits.
typedef struct Share {
    const FerrySurvey *survey;
    const FerryMatrixOptions *options;
    FerryMatrix *matrix;
    unsigned first, end;
} Share;

static void
judge_share(void *data)
{
    const Share *share = data;

    for (unsigned i = share->first; i < share->end; i++)
        for (unsigned j = 0; j < share->matrix->n_hosts; j++)
            judge_cell(share->survey, g_ptr_array_index(share->survey->machines, i),
                       g_ptr_array_index(share->survey->hosts, j), share->options,
                       &share->matrix->cells[(size_t)i * share->matrix->n_hosts + j]);
}

static void
judge_all(const FerrySurvey *survey, const FerryMatrixOptions *options, FerryMatrix *matrix)
{
    unsigned n = CLAMP(g_get_num_processors(), 1, MAX(matrix->n_machines, 1));
    g_autofree Share *shares = g_new0(Share, n);
    g_autofree FerryWork **works = g_new0(FerryWork *, n);

    for (unsigned i = 0; i < n; i++) {
        shares[i] =
            (Share){survey, options, matrix, (unsigned)((uint64_t)matrix->n_machines * i / n),
                    (unsigned)((uint64_t)matrix->n_machines * (i + 1) / n)};
        works[i] = ferry_work_start(judge_share, &shares[i], NULL);
    }
    for (unsigned i = 0; i < n; i++) {
        ferry_work_wait(works[i], INT64_MAX);
        ferry_work_unref(works[i]);
    }
}

FerryMatrix *
ferry_matrix_judge(const FerrySurvey *survey, const FerryMatrixOptions *options)
{
    FerryMatrix *matrix = g_new0(FerryMatrix, 1);

    matrix->n_machines = survey->machines->len;
    matrix->n_hosts = survey->hosts->len;
    matrix->cells = g_new0(FerryMatrixCell, (size_t)matrix->n_machines * matrix->n_hosts + 1);
    judge_all(survey, options, matrix);
    return matrix;
}

void
ferry_matrix_free(FerryMatrix *matrix)
{
    if (matrix == NULL)
        return;
    for (size_t i = 0; i < (size_t)matrix->n_machines * matrix->n_hosts; i++)
        ferry_verdict_clear(&matrix->cells[i].worst);
    g_free(matrix->cells);
    g_free(matrix);
}
