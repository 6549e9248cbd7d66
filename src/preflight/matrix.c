// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/matrix.h"

#include "preflight/preflight.h"

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
    const FerryCheckInput input = {
        .src = g_ptr_array_index(survey->hosts, machine->host),
        .dst = dst,
        .vm = machine->facts,
        .options = &options,
        .now_s = asked->now_s,
    };

    options.offline = options.offline || is_off(machine->facts);
    if (options.dest_address == NULL)
        options.dest_address = dst->address;
    cell->here = input.src == dst;
    if (!cell->here)
        cell->summary = ferry_preflight_judge(&input, asked->only, &cell->worst);
}

FerryMatrix *
ferry_matrix_judge(const FerrySurvey *survey, const FerryMatrixOptions *options)
{
    FerryMatrix *matrix = g_new0(FerryMatrix, 1);

    matrix->n_machines = survey->machines->len;
    matrix->n_hosts = survey->hosts->len;
    matrix->cells = g_new0(FerryMatrixCell, (size_t)matrix->n_machines * matrix->n_hosts + 1);
    for (unsigned i = 0; i < matrix->n_machines; i++)
        for (unsigned j = 0; j < matrix->n_hosts; j++)
            judge_cell(survey, g_ptr_array_index(survey->machines, i),
                       g_ptr_array_index(survey->hosts, j), options,
                       &matrix->cells[(size_t)i * matrix->n_hosts + j]);
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
