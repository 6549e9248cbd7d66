// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The resolver's table: total, no row that never matches, nothing destroyed where anything is unknown, and the
// journal's rule: what is known less never leads to the opposite of what is known more. Then the accidents that
// libvirt leaves, by name.

#include "engine/resolver.h"

#include <glib.h>

static const FerryKnown all_known[] = {FERRY_KNOWN_BEGUN, FERRY_KNOWN_STOOD, FERRY_KNOWN_LEFT,
                                       FERRY_KNOWN_HELD};
static const FerryStartMode all_modes[] = {FERRY_START_STRICT, FERRY_START_FAST};

typedef struct Case {
    FerrySide src;
    FerrySide dst;
    FerryStartMode mode;
    FerryKnown known;
} Case;

typedef void (*CaseFunc)(const Case *test, const FerryResolution *row, void *data);

static const FerryResolution *
resolve(const Case *test)
{
    return ferry_resolver_resolve(test->src, test->dst, test->mode, test->known);
}

static void
for_all(CaseFunc func, void *data)
{
    for (int src = 0; src < FERRY_SIDE_ANY; src++)
        for (int dst = 0; dst < FERRY_SIDE_ANY; dst++)
            for (size_t i = 0; i < G_N_ELEMENTS(all_modes) * G_N_ELEMENTS(all_known); i++) {
                const Case test = {(FerrySide)src, (FerrySide)dst,
                                   all_modes[i / G_N_ELEMENTS(all_known)],
                                   all_known[i % G_N_ELEMENTS(all_known)]};

                func(&test, resolve(&test), data);
            }
}

static void
note_match(const Case *test, const FerryResolution *row, void *data)
{
    size_t n;

    (void)test;
    g_assert_nonnull(row);
    ((bool *)data)[row - ferry_resolver_table(&n)] = true;
}

static void
test_total_and_no_dead_row(void)
{
    size_t n;
    const FerryResolution *table = ferry_resolver_table(&n);
    g_autofree bool *matched = g_new0(bool, n);

    for_all(note_match, matched);
    for (size_t i = 0; i < n; i++)
        if (!matched[i])
            g_error("row %zu (%s x %s, %s) never matches", i, ferry_side_name(table[i].src),
                    ferry_side_name(table[i].dst), table[i].comment);
}

static bool
is_unknown(FerrySide side)
{
    return side == FERRY_SIDE_UNREACHABLE || side == FERRY_SIDE_BUSY || side == FERRY_SIDE_POSTCOPY;
}

static void
check_safety(const Case *test, const FerryResolution *row, void *data)
{
    (void)data;
    if (is_unknown(test->src) || is_unknown(test->dst))
        g_assert_cmpuint(row->steps, ==, 0);
    if (row->steps & FERRY_RESOLVE_DESTROY_SRC)
        g_assert_cmpint(row->verdict, ==, FERRY_RESOLVED_MOVED);
    if (row->steps & FERRY_RESOLVE_DESTROY_DST)
        g_assert_true(row->verdict == FERRY_RESOLVED_STAYED ||
                      row->verdict == FERRY_RESOLVED_ENDED);
    // never take the copy that runs
    if (test->src == FERRY_SIDE_RUNNING)
        g_assert_cmpuint(row->steps & FERRY_RESOLVE_DESTROY_SRC, ==, 0);
    if (test->dst == FERRY_SIDE_RUNNING)
        g_assert_cmpuint(row->steps & FERRY_RESOLVE_DESTROY_DST, ==, 0);
    // never two that run
    if (test->src == FERRY_SIDE_RUNNING)
        g_assert_cmpuint(row->steps & FERRY_RESOLVE_RESUME_DST, ==, 0);
    if (test->dst == FERRY_SIDE_RUNNING)
        g_assert_cmpuint(row->steps & FERRY_RESOLVE_RESUME_SRC, ==, 0);
    // a half of a machine is destroyed only where the other one has become whole
    if (test->src == FERRY_SIDE_POSTCOPY_FAILED && test->dst != FERRY_SIDE_RUNNING)
        g_assert_cmpuint(row->steps, ==, 0);
    if (test->dst == FERRY_SIDE_POSTCOPY_FAILED)
        g_assert_cmpuint(row->steps, ==, 0);
    // where libvirt starts the destination, one that somebody paused may have run
    if (test->mode == FERRY_START_FAST && test->dst == FERRY_SIDE_PAUSED_USER &&
        test->src != FERRY_SIDE_PAUSED_BEFORE)
        g_assert_cmpuint(row->steps & FERRY_RESOLVE_DESTROY_DST, ==, 0);
}

static void
test_nothing_is_destroyed_on_a_guess(void)
{
    for_all(check_safety, NULL);
}

// A copy that waits is let run only with the certificate, with libvirt's 'migrated' and a look at the other hosts, or
// by the runner that saw the source stand.
static void
check_certificate(const Case *test, const FerryResolution *row, void *data)
{
    (void)data;
    if (!(row->steps & FERRY_RESOLVE_RESUME_DST) || test->src == FERRY_SIDE_PAUSED_MIGRATION)
        return;
    g_assert_cmpint(test->known, !=, FERRY_KNOWN_HELD);
    if (test->known != FERRY_KNOWN_LEFT)
        g_assert_true(row->steps & FERRY_RESOLVE_LOOK_ELSEWHERE);
    if (test->known == FERRY_KNOWN_BEGUN)
        g_assert_cmpint(test->src, ==, FERRY_SIDE_OFF_MIGRATED);
}

static void
test_certificate(void)
{
    for_all(check_certificate, NULL);
}

static bool
keeps_src(const FerryResolution *row)
{
    return (row->steps & (FERRY_RESOLVE_RESUME_SRC | FERRY_RESOLVE_DESTROY_DST)) != 0;
}

static bool
keeps_dst(const FerryResolution *row)
{
    return (row->steps & (FERRY_RESOLVE_RESUME_DST | FERRY_RESOLVE_DESTROY_SRC)) != 0;
}

// The journal's rule. With an older phase in it than the true one (its folder was full) less is known: then no row may
// do the opposite of the row that fits what was true. The one exception looks at the other hosts first: a source
// that held the machine after the move had failed, and is gone as if by migration, went by another move.
static void
check_older_phase(const Case *test, const FerryResolution *row, void *data)
{
    (void)data;
    if (test->known != FERRY_KNOWN_BEGUN && test->known != FERRY_KNOWN_STOOD)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(all_known); i++) {
        const Case newer = {test->src, test->dst, test->mode, all_known[i]};
        const FerryResolution *then = resolve(&newer);

        if (newer.known == FERRY_KNOWN_HELD && (row->steps & FERRY_RESOLVE_LOOK_ELSEWHERE))
            continue;
        if ((keeps_src(row) && keeps_dst(then)) || (keeps_dst(row) && keeps_src(then)))
            g_error("%s x %s: with less known '%s' does the opposite of '%s'",
                    ferry_side_name(test->src), ferry_side_name(test->dst), row->comment,
                    then->comment);
    }
}

static void
test_older_phase_is_safe(void)
{
    for_all(check_older_phase, NULL);
}

#define ASSERT_ROW(src, dst, mode, known, want_verdict, want_steps)                        \
    do {                                                                                   \
        const FerryResolution *row =                                                       \
            ferry_resolver_resolve(FERRY_SIDE_##src, FERRY_SIDE_##dst, FERRY_START_##mode, \
                                   FERRY_KNOWN_##known);                                   \
        g_assert_cmpstr(ferry_resolved_name(row->verdict), ==,                             \
                        ferry_resolved_name(FERRY_RESOLVED_##want_verdict));               \
        g_assert_cmpuint(row->steps, ==, (want_steps));                                    \
    } while (0)

#define CLEAN_DST (FERRY_RESOLVE_DESTROY_DST | FERRY_RESOLVE_UNDEFINE_DST)

static void
test_success(void)
{
    ASSERT_ROW(OFF_MIGRATED, PAUSED_USER, STRICT, LEFT, MOVED, FERRY_RESOLVE_RESUME_DST);
    ASSERT_ROW(OFF_MIGRATED, PAUSED_USER, STRICT, BEGUN, MOVED,
               FERRY_RESOLVE_RESUME_DST | FERRY_RESOLVE_LOOK_ELSEWHERE);
    ASSERT_ROW(OFF_MIGRATED, RUNNING, FAST, BEGUN, MOVED, 0);
}

// Finding 1 of the facts: the destination's daemon freezes at Finish, the source gives up and runs on.
static void
test_lost_finish_reply(void)
{
    ASSERT_ROW(RUNNING, PAUSED_USER, STRICT, BEGUN, STAYED, CLEAN_DST);
    ASSERT_ROW(RUNNING, RUNNING, FAST, BEGUN, DOUBLE, FERRY_RESOLVE_SUSPEND_BOTH);
    // QEMU's locks kept the source from going on
    ASSERT_ROW(PAUSED_API, RUNNING, FAST, BEGUN, MOVED, FERRY_RESOLVE_DESTROY_SRC);
    // ... and it ended by itself before anybody looked: the copy is from before
    ASSERT_ROW(OFF, PAUSED_USER, STRICT, BEGUN, UNCLEAR, 0);
    ASSERT_ROW(OFF, PAUSED_USER, STRICT, HELD, ENDED, CLEAN_DST);
}

// Finding 2: the source's daemon dies while it waits for Finish, and leaves the guest paused for ever.
static void
test_source_daemon_died_at_finish(void)
{
    ASSERT_ROW(PAUSED_MIGRATION, RUNNING, FAST, BEGUN, MOVED, FERRY_RESOLVE_DESTROY_SRC);
    ASSERT_ROW(PAUSED_MIGRATION, PAUSED_USER, STRICT, BEGUN, MOVED,
               FERRY_RESOLVE_DESTROY_SRC | FERRY_RESOLVE_RESUME_DST);
    ASSERT_ROW(PAUSED_MIGRATION, NONE, STRICT, BEGUN, STAYED, FERRY_RESOLVE_RESUME_SRC);
    // it may have run there and ended
    ASSERT_ROW(PAUSED_MIGRATION, OFF, FAST, BEGUN, UNCLEAR, 0);
    ASSERT_ROW(PAUSED_MIGRATION, OFF, FAST, LEFT, MOVED, FERRY_RESOLVE_DESTROY_SRC);
}

static void
test_postcopy(void)
{
    ASSERT_ROW(POSTCOPY_FAILED, POSTCOPY_FAILED, FAST, BEGUN, BROKEN, 0);
    ASSERT_ROW(POSTCOPY_FAILED, OFF_CRASHED, FAST, BEGUN, LOST, 0);
    ASSERT_ROW(OFF_CRASHED, POSTCOPY_FAILED, FAST, BEGUN, LOST, 0);
    ASSERT_ROW(POSTCOPY_FAILED, UNREACHABLE, FAST, BEGUN, UNCLEAR, 0);
    ASSERT_ROW(POSTCOPY_FAILED, RUNNING, FAST, BEGUN, MOVED, FERRY_RESOLVE_DESTROY_SRC);
}

// Two that were paused by hand may both have run; a machine that was paused before the move has not.
static void
test_both_paused(void)
{
    ASSERT_ROW(PAUSED_USER, PAUSED_USER, STRICT, BEGUN, UNCLEAR, 0);
    ASSERT_ROW(PAUSED_BEFORE, PAUSED_USER, STRICT, BEGUN, STAYED, CLEAN_DST);
    ASSERT_ROW(PAUSED_BEFORE, PAUSED_USER, FAST, BEGUN, STAYED, CLEAN_DST);
}

#define CLASSIFY(state, reason, job, hints) \
    ferry_resolver_classify(FERRY_VM_STATE_##state, FERRY_VM_REASON_##reason, job, hints)

static void
test_job_decides_before_state(void)
{
    FerryJobStats job = {.kind = FERRY_JOB_ACTIVE, .operation = FERRY_JOB_OP_MIGRATION_IN};
    FerryJobStats backup = {.kind = FERRY_JOB_ACTIVE, .operation = FERRY_JOB_OP_OTHER};

    g_assert_cmpint(CLASSIFY(PAUSED, USER, &job, 0), ==, FERRY_SIDE_BUSY);
    g_assert_cmpint(CLASSIFY(PAUSED, USER, NULL, 0), ==, FERRY_SIDE_PAUSED_USER);
    g_assert_cmpint(CLASSIFY(PAUSED, USER, NULL, FERRY_CLASSIFY_PAUSED_BEFORE), ==,
                    FERRY_SIDE_PAUSED_BEFORE);
    g_assert_cmpint(CLASSIFY(RUNNING, BOOTED, &backup, 0), ==, FERRY_SIDE_RUNNING);
    // ends in a moment, and runs no more
    g_assert_cmpint(CLASSIFY(SHUTDOWN, OTHER, NULL, 0), ==, FERRY_SIDE_BUSY);
    g_assert_cmpint(CLASSIFY(PAUSED, POSTCOPY_FAILED, &job, 0), ==, FERRY_SIDE_POSTCOPY_FAILED);
    g_assert_cmpint(CLASSIFY(RUNNING, POSTCOPY_FAILED, &job, 0), ==, FERRY_SIDE_POSTCOPY_FAILED);
}

static void
test_what_an_absence_proves(void)
{
    g_assert_cmpint(CLASSIFY(SHUTOFF, OTHER, NULL, FERRY_CLASSIFY_KNOWN_BEFORE), ==,
                    FERRY_SIDE_NONE);
    g_assert_cmpint(CLASSIFY(SHUTOFF, OTHER, NULL, 0), ==, FERRY_SIDE_OFF);
    g_assert_cmpint(CLASSIFY(SHUTOFF, FAILED, NULL, 0), ==, FERRY_SIDE_OFF_FAILED);
    g_assert_cmpint(CLASSIFY(SHUTOFF, MIGRATED, NULL, FERRY_CLASSIFY_KNOWN_BEFORE), ==,
                    FERRY_SIDE_OFF_MIGRATED);
    g_assert_cmpint(CLASSIFY(SHUTOFF, CRASHED, NULL, 0), ==, FERRY_SIDE_OFF_CRASHED);
    g_assert_cmpint(CLASSIFY(NONE, OTHER, NULL, 0), ==, FERRY_SIDE_NONE);
    g_assert_cmpint(CLASSIFY(NONE, OTHER, NULL, FERRY_CLASSIFY_GONE_BY_MIGRATION), ==,
                    FERRY_SIDE_OFF_MIGRATED);
    g_assert_cmpint(CLASSIFY(NONE, OTHER, NULL, FERRY_CLASSIFY_GONE_PROVES_NOTHING), ==,
                    FERRY_SIDE_OFF);
}

static void
test_steps_in_words(void)
{
    g_autofree char *none = ferry_resolve_steps_format(0);
    g_autofree char *some =
        ferry_resolve_steps_format(FERRY_RESOLVE_RESUME_DST | FERRY_RESOLVE_DESTROY_SRC);

    g_assert_cmpstr(none, ==, "-");
    g_assert_cmpstr(some, ==, "destroy source, resume destination");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/resolver/total-and-no-dead-row", test_total_and_no_dead_row);
    g_test_add_func("/resolver/nothing-is-destroyed-on-a-guess",
                    test_nothing_is_destroyed_on_a_guess);
    g_test_add_func("/resolver/certificate", test_certificate);
    g_test_add_func("/resolver/older-phase-is-safe", test_older_phase_is_safe);
    g_test_add_func("/resolver/success", test_success);
    g_test_add_func("/resolver/lost-finish-reply", test_lost_finish_reply);
    g_test_add_func("/resolver/source-daemon-died-at-finish", test_source_daemon_died_at_finish);
    g_test_add_func("/resolver/postcopy", test_postcopy);
    g_test_add_func("/resolver/both-paused", test_both_paused);
    g_test_add_func("/resolver/job-decides-before-state", test_job_decides_before_state);
    g_test_add_func("/resolver/what-an-absence-proves", test_what_an_absence_proves);
    g_test_add_func("/resolver/steps-in-words", test_steps_in_words);
    return g_test_run();
}
