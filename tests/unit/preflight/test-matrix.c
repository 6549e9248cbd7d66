// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/matrix.h"

#include "checks/fixture.h"

static const char *const only_conflict[] = {"domain-conflict", NULL};
static const char *const only_state[] = {"state", NULL};

// Takes what the fixture has: one machine on host-a, and host-b.
static FerrySurvey *
survey_of(Fixture *fx)
{
    FerrySurvey *survey = g_new0(FerrySurvey, 1);
    FerrySurveyMachine *machine = g_new0(FerrySurveyMachine, 1);

    machine->facts = fx->vm;
    survey->hosts = g_ptr_array_new();
    survey->machines = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(survey->hosts, fx->src);
    g_ptr_array_add(survey->hosts, fx->dst);
    g_ptr_array_add(survey->machines, machine);
    return survey;
}

static FerryMatrix *
judge(const FerrySurvey *survey, const Fixture *fx, const char *const *only)
{
    return ferry_matrix_judge(survey, &(FerryMatrixOptions){.migrate = fx->options, .only = only});
}

static void
test_cells(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerrySurvey) survey = survey_of(fx);
    g_autoptr(FerryMatrix) matrix = judge(survey, fx, only_conflict);

    g_assert_true(ferry_matrix_cell(matrix, 0, 0)->here);
    g_assert_false(ferry_matrix_cell(matrix, 0, 1)->here);
    g_assert_cmpint(ferry_matrix_cell(matrix, 0, 1)->summary, ==, FERRY_VERDICT_OK);
}

static void
test_blocked(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerrySurvey) survey = survey_of(fx);
    g_autoptr(FerryMatrix) matrix = NULL;
    GPtrArray *machines = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_vm_free);

    g_ptr_array_add(machines, ferry_vm_copy(&(FerryVm){.name = (char *)"web1", .uuid = "other"}));
    ferry_host_facts_set_machines(fx->dst, machines, NULL);
    matrix = judge(survey, fx, only_conflict);
    g_assert_cmpint(ferry_matrix_cell(matrix, 0, 1)->summary, ==, FERRY_VERDICT_BLOCK);
    g_assert_cmpstr(ferry_matrix_cell(matrix, 0, 1)->worst.check, ==, "domain-conflict");
    g_assert_cmpstr(ferry_matrix_cell(matrix, 0, 1)->worst.text, ==,
                    "host 'host-b' has another machine named 'web1' (UUID other)");
}

// A machine that is off moves as a definition, which is said by nobody.
static void
test_off(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerrySurvey) survey = survey_of(fx);
    g_autoptr(FerryMatrix) matrix = NULL;

    fixture_turn_off(fx);
    matrix = judge(survey, fx, only_state);
    g_assert_cmpint(ferry_matrix_cell(matrix, 0, 1)->summary, ==, FERRY_VERDICT_OK);
    g_assert_false(fx->options->offline);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/matrix/cells", test_cells);
    g_test_add_func("/preflight/matrix/blocked", test_blocked);
    g_test_add_func("/preflight/matrix/off", test_off);
    return g_test_run();
}
