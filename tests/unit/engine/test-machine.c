// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The table of a move is held to what the engine promises: total, reachable, undoable before the commit
// point and forward only after it.

#include "engine/machine.h"

#include <glib.h>

static void
test_each_row_once(void)
{
    size_t n;
    const FerryTransition *table = ferry_machine_table(&n);

    for (size_t i = 0; i < n; i++)
        g_assert_true(ferry_machine_find(table[i].phase, table[i].event) == &table[i]);
}

static void
test_every_phase_is_reachable(void)
{
    bool reached[FERRY_PHASE_LAST] = {[FERRY_PHASE_RESOLVE] = true};
    size_t n;
    const FerryTransition *table = ferry_machine_table(&n);

    for (size_t round = 0; round < FERRY_PHASE_LAST; round++)
        for (size_t i = 0; i < n; i++)
            if (reached[table[i].phase])
                reached[table[i].next] = true;
    for (size_t i = 0; i < FERRY_PHASE_LAST; i++)
        g_assert_true(reached[i]);
}

static void
assert_knows(FerryMovePhase phase, FerryMoveEvent event)
{
    if (ferry_machine_find(phase, event) == NULL)
        g_error("phase %s has no row for %s", ferry_phase_name(phase), ferry_event_name(event));
}

// Each phase that is not final knows success, failure, the operator's wish and a runner's death.
static void
test_total(void)
{
    for (int i = 0; i < FERRY_PHASE_LAST; i++) {
        FerryMovePhase phase = (FerryMovePhase)i;

        if (ferry_phase_is_final(phase))
            continue;
        assert_knows(phase, FERRY_EVENT_CANCEL);
        if (phase != FERRY_PHASE_SETTLE) {
            assert_knows(phase, FERRY_EVENT_OK);
            assert_knows(phase, FERRY_EVENT_FAIL);
        }
        if (ferry_phase_is_journalled(phase))
            assert_knows(phase, FERRY_EVENT_RESUME);
    }
    assert_knows(FERRY_PHASE_SETTLE, FERRY_EVENT_MOVED);
    assert_knows(FERRY_PHASE_SETTLE, FERRY_EVENT_STAYED);
    assert_knows(FERRY_PHASE_SETTLE, FERRY_EVENT_UNCLEAR);
    assert_knows(FERRY_PHASE_SETTLE, FERRY_EVENT_BROKEN);
    assert_knows(FERRY_PHASE_SETTLE, FERRY_EVENT_DOUBLE);
    assert_knows(FERRY_PHASE_ALARM, FERRY_EVENT_MOVED);
    assert_knows(FERRY_PHASE_ALARM, FERRY_EVENT_STAYED);
    assert_knows(FERRY_PHASE_PENDING, FERRY_EVENT_RESUME);
}

static void
test_final_phases_stay(void)
{
    for (int event = 0; event < FERRY_EVENT_LAST; event++) {
        g_assert_null(ferry_machine_find(FERRY_PHASE_DONE, (FerryMoveEvent)event));
        g_assert_null(ferry_machine_find(FERRY_PHASE_FAILED, (FerryMoveEvent)event));
        g_assert_null(ferry_machine_find(FERRY_PHASE_CANCELLED, (FerryMoveEvent)event));
    }
}

// Before the commit point every row that may have touched something has an undo; after it none leads back.
static void
test_undo_before_and_forward_after(void)
{
    size_t n;
    const FerryTransition *table = ferry_machine_table(&n);

    for (size_t i = 0; i < n; i++) {
        const FerryTransition *row = &table[i];
        bool touched = ferry_phase_is_journalled(row->phase) && !ferry_phase_is_final(row->next);

        if (row->committed) {
            g_assert_cmpint(row->undo, ==, FERRY_STEP_NONE);
            g_assert_cmpint(row->next, !=, FERRY_PHASE_UNDO);
            g_assert_cmpint(row->next, !=, FERRY_PHASE_FAILED);
            g_assert_cmpint(row->next, !=, FERRY_PHASE_CANCELLED);
        } else if (touched) {
            g_assert_cmpint(row->undo, ==, FERRY_STEP_UNDO);
        }
    }
}

// Nothing but settle decides, or an operator after an alarm; libvirt's word alone never does.
static void
test_only_settle_commits(void)
{
    size_t n;
    const FerryTransition *table = ferry_machine_table(&n);

    for (size_t i = 0; i < n; i++)
        if (table[i].next == FERRY_PHASE_COMMIT && table[i].phase != FERRY_PHASE_COMMIT)
            g_assert_true(table[i].phase == FERRY_PHASE_SETTLE ||
                          table[i].phase == FERRY_PHASE_ALARM);
    // what ran twice is settled by nobody but an operator
    g_assert_cmpint(ferry_machine_find(FERRY_PHASE_ALARM, FERRY_EVENT_RESUME)->next, ==,
                    FERRY_PHASE_ALARM);
    g_assert_cmpint(ferry_machine_find(FERRY_PHASE_PERFORM, FERRY_EVENT_OK)->next, ==,
                    FERRY_PHASE_SETTLE);
    g_assert_cmpint(ferry_machine_find(FERRY_PHASE_PERFORM, FERRY_EVENT_FAIL)->next, ==,
                    FERRY_PHASE_SETTLE);
}

static void
test_names(void)
{
    for (int phase = 0; phase < FERRY_PHASE_LAST; phase++) {
        FerryMovePhase parsed = FERRY_PHASE_LAST;

        g_assert_true(ferry_phase_parse(ferry_phase_name((FerryMovePhase)phase), &parsed));
        g_assert_cmpint((int)parsed, ==, phase);
    }
    for (int event = 0; event < FERRY_EVENT_LAST; event++)
        g_assert_nonnull(ferry_event_name((FerryMoveEvent)event));
    for (int step = 0; step < FERRY_STEP_LAST; step++)
        g_assert_nonnull(ferry_step_name((FerryMoveStep)step));
    {
        FerryMovePhase parsed = FERRY_PHASE_LAST;

        g_assert_false(ferry_phase_parse("sleeping", &parsed));
        g_assert_cmpint((int)parsed, ==, FERRY_PHASE_LAST);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/machine/each-row-once", test_each_row_once);
    g_test_add_func("/machine/every-phase-is-reachable", test_every_phase_is_reachable);
    g_test_add_func("/machine/total", test_total);
    g_test_add_func("/machine/final-phases-stay", test_final_phases_stay);
    g_test_add_func("/machine/undo-before-forward-after", test_undo_before_and_forward_after);
    g_test_add_func("/machine/only-settle-commits", test_only_settle_commits);
    g_test_add_func("/machine/names", test_names);
    return g_test_run();
}
