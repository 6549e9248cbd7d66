// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The resolver's tables: total, no row that never matches, and nothing destroyed where anything is
// unknown. Then the accidents that libvirt leaves, by name.

#include "engine/resolver.h"

#include <glib.h>

static const FerryResolution *
resolve(FerrySide src, FerrySide dst, bool strict)
{
    return ferry_resolver_resolve(src, dst, strict);
}

static void
check_table(bool strict)
{
    size_t n;
    const FerryResolution *table = ferry_resolver_table(strict, &n);
    g_autofree bool *matched = g_new0(bool, n);

    for (int src = 0; src < FERRY_SIDE_ANY; src++)
        for (int dst = 0; dst < FERRY_SIDE_ANY; dst++) {
            const FerryResolution *row = resolve((FerrySide)src, (FerrySide)dst, strict);

            g_assert_nonnull(row);
            matched[row - table] = true;
        }
    for (size_t i = 0; i < n; i++)
        if (!matched[i])
            g_error("row %zu (%s) of the %s table never matches", i, table[i].comment,
                    strict ? "strict" : "fast");
}

static void
test_total_and_no_dead_row(void)
{
    check_table(true);
    check_table(false);
}

static void
check_safety(const FerryResolution *row, FerrySide src, FerrySide dst)
{
    bool unknown = src == FERRY_SIDE_UNREACHABLE || dst == FERRY_SIDE_UNREACHABLE ||
                   src == FERRY_SIDE_POSTCOPY_FAILED || dst == FERRY_SIDE_POSTCOPY_FAILED ||
                   src == FERRY_SIDE_BUSY || dst == FERRY_SIDE_BUSY;

    if (unknown)
        g_assert_cmpuint(row->steps, ==, 0);
    if (row->steps & FERRY_RESOLVE_DESTROY_SRC)
        g_assert_cmpint(row->verdict, ==, FERRY_RESOLVED_MOVED);
    if (row->steps & FERRY_RESOLVE_DESTROY_DST)
        g_assert_cmpint(row->verdict, ==, FERRY_RESOLVED_STAYED);
    // never take the copy that runs
    if (src == FERRY_SIDE_RUNNING)
        g_assert_cmpuint(row->steps & FERRY_RESOLVE_DESTROY_SRC, ==, 0);
    if (dst == FERRY_SIDE_RUNNING)
        g_assert_cmpuint(row->steps & FERRY_RESOLVE_DESTROY_DST, ==, 0);
    // never two that run
    if (src == FERRY_SIDE_RUNNING)
        g_assert_cmpuint(row->steps & FERRY_RESOLVE_RESUME_DST, ==, 0);
    if (dst == FERRY_SIDE_RUNNING)
        g_assert_cmpuint(row->steps & FERRY_RESOLVE_RESUME_SRC, ==, 0);
}

static void
test_nothing_is_destroyed_on_a_guess(void)
{
    for (int src = 0; src < FERRY_SIDE_ANY; src++)
        for (int dst = 0; dst < FERRY_SIDE_ANY; dst++) {
            check_safety(resolve((FerrySide)src, (FerrySide)dst, true), (FerrySide)src,
                         (FerrySide)dst);
            check_safety(resolve((FerrySide)src, (FerrySide)dst, false), (FerrySide)src,
                         (FerrySide)dst);
        }
}

#define ASSERT_ROW(src, dst, strict, want_verdict, want_steps)                            \
    do {                                                                                  \
        const FerryResolution *row = resolve(FERRY_SIDE_##src, FERRY_SIDE_##dst, strict); \
        g_assert_cmpint(row->verdict, ==, FERRY_RESOLVED_##want_verdict);                 \
        g_assert_cmpuint(row->steps, ==, (want_steps));                                   \
    } while (0)

static void
test_success(void)
{
    ASSERT_ROW(NONE, PAUSED_USER, true, MOVED, FERRY_RESOLVE_RESUME_DST);
    ASSERT_ROW(OFF_MIGRATED, PAUSED_USER, true, MOVED, FERRY_RESOLVE_RESUME_DST);
    ASSERT_ROW(NONE, RUNNING, false, MOVED, 0);
}

// Finding 1 of the facts: the destination's daemon freezes at Finish, the source gives up and runs on.
static void
test_lost_finish_reply(void)
{
    ASSERT_ROW(RUNNING, PAUSED_USER, true, STAYED,
               FERRY_RESOLVE_DESTROY_DST | FERRY_RESOLVE_UNDEFINE_DST);
    ASSERT_ROW(RUNNING, RUNNING, false, DOUBLE, FERRY_RESOLVE_SUSPEND_BOTH);
}

// Finding 2: the source's daemon dies while it waits for Finish, and leaves the guest paused for ever.
static void
test_source_daemon_died_at_finish(void)
{
    ASSERT_ROW(PAUSED_MIGRATION, RUNNING, false, MOVED, FERRY_RESOLVE_DESTROY_SRC);
    ASSERT_ROW(PAUSED_MIGRATION, PAUSED_USER, true, MOVED,
               FERRY_RESOLVE_DESTROY_SRC | FERRY_RESOLVE_RESUME_DST);
    ASSERT_ROW(PAUSED_MIGRATION, NONE, true, STAYED, FERRY_RESOLVE_RESUME_SRC);
}

static void
test_job_decides_before_state(void)
{
    FerryJobStats job = {.kind = FERRY_JOB_ACTIVE, .operation = FERRY_JOB_OP_MIGRATION_IN};
    FerryJobStats backup = {.kind = FERRY_JOB_ACTIVE, .operation = FERRY_JOB_OP_OTHER};

    g_assert_cmpint(ferry_resolver_classify(FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_USER, &job,
                                            false),
                    ==, FERRY_SIDE_BUSY);
    g_assert_cmpint(ferry_resolver_classify(FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_USER, NULL,
                                            false),
                    ==, FERRY_SIDE_PAUSED_USER);
    g_assert_cmpint(ferry_resolver_classify(FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_BOOTED, &backup,
                                            false),
                    ==, FERRY_SIDE_RUNNING);
    g_assert_cmpint(ferry_resolver_classify(FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_POSTCOPY_FAILED,
                                            &job, false),
                    ==, FERRY_SIDE_POSTCOPY_FAILED);
}

static void
test_known_definition_proves_nothing(void)
{
    g_assert_cmpint(ferry_resolver_classify(FERRY_VM_STATE_SHUTOFF, FERRY_VM_REASON_OTHER, NULL,
                                            true),
                    ==, FERRY_SIDE_NONE);
    g_assert_cmpint(ferry_resolver_classify(FERRY_VM_STATE_SHUTOFF, FERRY_VM_REASON_OTHER, NULL,
                                            false),
                    ==, FERRY_SIDE_OFF);
    g_assert_cmpint(ferry_resolver_classify(FERRY_VM_STATE_SHUTOFF, FERRY_VM_REASON_MIGRATED, NULL,
                                            true),
                    ==, FERRY_SIDE_OFF_MIGRATED);
    g_assert_cmpint(ferry_resolver_classify(FERRY_VM_STATE_SHUTOFF, FERRY_VM_REASON_CRASHED, NULL,
                                            false),
                    ==, FERRY_SIDE_OFF_CRASHED);
    g_assert_cmpint(ferry_resolver_classify(FERRY_VM_STATE_NONE, FERRY_VM_REASON_OTHER, NULL,
                                            false),
                    ==, FERRY_SIDE_NONE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/resolver/total-and-no-dead-row", test_total_and_no_dead_row);
    g_test_add_func("/resolver/nothing-is-destroyed-on-a-guess",
                    test_nothing_is_destroyed_on_a_guess);
    g_test_add_func("/resolver/success", test_success);
    g_test_add_func("/resolver/lost-finish-reply", test_lost_finish_reply);
    g_test_add_func("/resolver/source-daemon-died-at-finish", test_source_daemon_died_at_finish);
    g_test_add_func("/resolver/job-decides-before-state", test_job_decides_before_state);
    g_test_add_func("/resolver/known-definition-proves-nothing",
                    test_known_definition_proves_nothing);
    return g_test_run();
}
