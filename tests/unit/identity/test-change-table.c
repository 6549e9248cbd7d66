// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What becomes of a change that was left behind: the table is total and has no row that never matches; nothing is
// undefined while it is the only whole definition, runs, or is not provably ours; and a journal that is one phase behind, as a
// loss of power may leave it, never does harm.

#include "identity/change-table.h"

#include <glib.h>

typedef void (*CaseFunc)(FerryChangeOld old,
                         FerryChangeNew new,
                         FerryChangeSince since,
                         const FerryChangeResolution *row);

static const FerryChangeSince all_since[] = {FERRY_CHANGE_BEFORE, FERRY_CHANGE_COMMITTED};

static void
for_all(CaseFunc func)
{
    for (int old = 0; old < FERRY_CHANGE_OLD_ANY; old++)
        for (int new = 0; new < FERRY_CHANGE_NEW_ANY; new ++)
            for (size_t i = 0; i < G_N_ELEMENTS(all_since); i++)
                func((FerryChangeOld)old, (FerryChangeNew) new, all_since[i],
                     ferry_change_resolve((FerryChangeOld)old, (FerryChangeNew) new, all_since[i]));
}

static bool matched[64];

static void
note_match(FerryChangeOld old,
           FerryChangeNew new,
           FerryChangeSince since,
           const FerryChangeResolution *row)
{
    size_t n;
    const FerryChangeResolution *table = ferry_change_table(&n);

    (void)old, (void)new, (void)since;
    g_assert_true(row >= table && row < table + n); // and not the last resort
    matched[row - table] = true;
}

static void
test_total_and_no_dead_row(void)
{
    size_t n;

    ferry_change_table(&n);
    g_assert_cmpuint(n, <=, G_N_ELEMENTS(matched));
    for_all(note_match);
    for (size_t i = 0; i < n; i++)
        g_assert_true(matched[i]);
}

static void
check_safe(FerryChangeOld old,
           FerryChangeNew new,
           FerryChangeSince since,
           const FerryChangeResolution *row)
{
    const bool does_nothing =
        row->verdict == FERRY_CHANGE_WAIT || row->verdict == FERRY_CHANGE_UNCLEAR;

    if (row->acts & FERRY_CHANGE_UNDEFINE_NEW) {
        g_assert_cmpint(old, ==, FERRY_CHANGE_OLD_ASIDE);
        g_assert_cmpint(new, ==, FERRY_CHANGE_NEW_OURS);
        g_assert_cmpint(since, ==, FERRY_CHANGE_BEFORE);
        g_assert_cmpint(row->verdict, ==, FERRY_CHANGE_UNDO);
    }
    if (row->acts & FERRY_CHANGE_UNDEFINE_ASIDE) {
        g_assert_cmpint(old, ==, FERRY_CHANGE_OLD_ASIDE);
        g_assert_true(new == FERRY_CHANGE_NEW_OURS || new == FERRY_CHANGE_NEW_OURS_ACTIVE);
        g_assert_cmpint(since, ==, FERRY_CHANGE_COMMITTED);
        g_assert_cmpint(row->verdict, ==, FERRY_CHANGE_FINISH);
    }
    if (row->acts & FERRY_CHANGE_RENAME_BACK)
        g_assert_cmpint(old, ==, FERRY_CHANGE_OLD_ASIDE);
    // a copy is taken away only where no machine can have it
    if (row->acts & FERRY_CHANGE_FILES_UNDO)
        g_assert_true(new == FERRY_CHANGE_NEW_ABSENT || row->acts &FERRY_CHANGE_UNDEFINE_NEW);
    if (does_nothing)
        g_assert_cmpuint(row->acts, ==, 0);
    g_assert_true((row->hint != NULL) == (row->verdict == FERRY_CHANGE_UNCLEAR));
}

static void
test_safe(void)
{
    for_all(check_safe);
}

// What the host shows after each step, in their order, with the phase that the journal has then; and with that of any step
// before, as a loss of power may leave it.
static void
test_killed_between_any_two_steps(void)
{
    static const struct {
        const char *phase;
        FerryChangeOld old;
        FerryChangeNew new;
        FerryChangeVerdict verdict;
    } steps[] = {
        {"begin", FERRY_CHANGE_OLD_OWN, FERRY_CHANGE_NEW_ABSENT, FERRY_CHANGE_STAYED},
        {"tpm", FERRY_CHANGE_OLD_OWN, FERRY_CHANGE_NEW_ABSENT, FERRY_CHANGE_STAYED},
        {"autostart", FERRY_CHANGE_OLD_OWN, FERRY_CHANGE_NEW_ABSENT, FERRY_CHANGE_STAYED},
        {"aside", FERRY_CHANGE_OLD_ASIDE, FERRY_CHANGE_NEW_ABSENT, FERRY_CHANGE_UNDO},
        {"define", FERRY_CHANGE_OLD_ASIDE, FERRY_CHANGE_NEW_OURS, FERRY_CHANGE_UNDO},
        {"snapshots", FERRY_CHANGE_OLD_ASIDE, FERRY_CHANGE_NEW_OURS, FERRY_CHANGE_UNDO},
        {"verify", FERRY_CHANGE_OLD_ASIDE, FERRY_CHANGE_NEW_OURS, FERRY_CHANGE_UNDO},
        {"commit", FERRY_CHANGE_OLD_ASIDE, FERRY_CHANGE_NEW_OURS, FERRY_CHANGE_FINISH},
        {"clean", FERRY_CHANGE_OLD_ABSENT, FERRY_CHANGE_NEW_OURS, FERRY_CHANGE_FINISH},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        const FerryChangeResolution *row =
            ferry_change_resolve(steps[i].old, steps[i].new, ferry_change_since(steps[i].phase));

        g_assert_cmpint(row->verdict, ==, steps[i].verdict);
        for (size_t older = 0; older < i; older++) {
            const FerryChangeResolution *then =
                ferry_change_resolve(steps[i].old, steps[i].new,
                                     ferry_change_since(steps[older].phase));

            // back to the old one as long as it is whole, on to the new one when it is not
            g_assert_cmpint(then->verdict, ==,
                            steps[i].old == FERRY_CHANGE_OLD_ASIDE && older < 7 ? FERRY_CHANGE_UNDO
                                                                                : row->verdict);
        }
    }
}

// Undoing and finishing may be killed, too: what is left then leads to the same end.
static void
test_recovery_killed(void)
{
    static const FerryChangeNew active[] = {FERRY_CHANGE_NEW_OURS, FERRY_CHANGE_NEW_OURS_ACTIVE};

    // the new one undefined; then the old one renamed back
    g_assert_cmpint(ferry_change_resolve(FERRY_CHANGE_OLD_ASIDE, FERRY_CHANGE_NEW_ABSENT,
                                         FERRY_CHANGE_BEFORE)
                        ->verdict,
                    ==, FERRY_CHANGE_UNDO);
    g_assert_cmpint(ferry_change_resolve(FERRY_CHANGE_OLD_OWN, FERRY_CHANGE_NEW_ABSENT,
                                         FERRY_CHANGE_BEFORE)
                        ->acts,
                    ==,
                    FERRY_CHANGE_CHECKPOINTS | FERRY_CHANGE_AUTOSTART_OLD |
                        FERRY_CHANGE_FILES_UNDO);
    // the old one undefined, and perhaps the new one started since
    for (size_t i = 0; i < G_N_ELEMENTS(active); i++)
        g_assert_cmpint(ferry_change_resolve(FERRY_CHANGE_OLD_ABSENT, active[i],
                                             FERRY_CHANGE_COMMITTED)
                            ->acts,
                        ==, FERRY_CHANGE_AUTOSTART_NEW | FERRY_CHANGE_FILES_END);
}

static void
test_words(void)
{
    g_autofree char *none = ferry_change_acts_format(0);
    g_autofree char *some =
        ferry_change_acts_format(FERRY_CHANGE_UNDEFINE_NEW | FERRY_CHANGE_RENAME_BACK);

    g_assert_cmpstr(none, ==, "");
    g_assert_cmpstr(some, ==, "undefine the new one, rename the old one back");
    g_assert_cmpstr(ferry_change_verdict_name(FERRY_CHANGE_UNCLEAR), ==, "unclear");
    g_assert_cmpstr(ferry_change_old_name(FERRY_CHANGE_OLD_ASIDE), ==, "aside");
    g_assert_cmpstr(ferry_change_new_name(FERRY_CHANGE_NEW_OURS), ==, "there");
}

static void
test_genid(void)
{
    g_assert_cmpint(ferry_change_resolve_genid(false, false)->verdict, ==, FERRY_CHANGE_WAIT);
    g_assert_cmpint(ferry_change_resolve_genid(true, false)->verdict, ==, FERRY_CHANGE_STAYED);
    g_assert_cmpint(ferry_change_resolve_genid(true, true)->verdict, ==, FERRY_CHANGE_FINISH);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/change-table/total", test_total_and_no_dead_row);
    g_test_add_func("/change-table/safe", test_safe);
    g_test_add_func("/change-table/killed", test_killed_between_any_two_steps);
    g_test_add_func("/change-table/recovery-killed", test_recovery_killed);
    g_test_add_func("/change-table/words", test_words);
    g_test_add_func("/change-table/genid", test_genid);
    return g_test_run();
}
