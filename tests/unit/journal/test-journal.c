// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "journal/journal.h"

#include <glib/gstdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../expect.h"
#include "state/drivers/drivers.h"

#define UUID "8f1b1c52-6c0e-4d3c-9a51-1f5c7a3f0b11"

// A clock that moves by one second at each look.
static int64_t now_us;

static int64_t
tick(FerryClock *clock)
{
    now_us += G_USEC_PER_SEC;
    return now_us;
}

static FerryClock ticking = {tick, tick, NULL};

static FerryTxn *
begin(FerryState *state, GError **error)
{
    FerryTxnRecord what = {.kind = "move", .subject = UUID, .name = "web1", .intent = "{\"to\":1}"};

    return ferry_txn_begin(state, &ticking, &what, error);
}

static FerryState *
open_memory(void)
{
    return ferry_state_open(&ferry_state_driver_memory, NULL, NULL);
}

static void
test_whole(void)
{
    g_autoptr(FerryState) state = open_memory();
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryTxn) txn = NULL;
    g_autoptr(FerryTxnRecord) stored = NULL;
    g_autoptr(GPtrArray) entries = NULL;
    const FerryTxnEntry *entry;

    now_us = 0;
    txn = begin(state, &error);
    g_assert_no_error(error);
    g_assert_cmpint(ferry_txn_id(txn), ==, 1);
    g_assert_cmpstr(ferry_txn_record(txn)->phase, ==, "begin");
    g_assert_true(ferry_txn_owner_is_alive(ferry_txn_record(txn)));
    g_assert_true(ferry_txn_enter(txn, "perform", "{\"mode\":\"p2p\"}", &error));
    g_assert_cmpstr(ferry_txn_record(txn)->phase, ==, "perform");
    g_assert_true(ferry_txn_end(txn, "done", "{\"ok\":true}", &error));
    g_assert_cmpstr(ferry_txn_record(txn)->outcome, ==, "done");
    g_assert_false(ferry_txn_enter(txn, "late", NULL, &error));
    expect_error(&error, FERRY_ERROR_USAGE, "move 1 is over",
                 "What became of it is told by: virt-ferry history");
    g_assert_cmpstr(ferry_txn_record(txn)->phase, ==, "perform");
    stored = ferry_state_get_txn(state, 1, &error);
    g_assert_cmpint(stored->begun_us, ==, INT64_C(1000000));
    g_assert_cmpint(stored->ended_us, ==, INT64_C(3000000));
    g_assert_cmpint(stored->owner_pid, ==, getpid());
    g_assert_cmpstr(stored->intent, ==, "{\"to\":1}");
    g_assert_cmpstr(stored->report, ==, "{\"ok\":true}");
    entries = ferry_state_list_entries(state, 1, &error);
    g_assert_cmpuint(entries->len, ==, 1);
    entry = entries->pdata[0];
    g_assert_cmpint(entry->at_us, ==, INT64_C(2000000));
    g_assert_cmpstr(entry->detail, ==, "{\"mode\":\"p2p\"}");
}

// A handle that goes away ends nothing; while its process lives, nobody else may go on.
static void
test_pending(void)
{
    g_autoptr(FerryState) state = open_memory();
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    ferry_txn_free(begin(state, &error));
    g_assert_null(begin(state, &error));
    expect_error(&error, FERRY_ERROR_BUSY,
                 "cannot begin a move of machine 'web1': move 1 is not over yet",
                 "See how it goes with: virt-ferry watch 1");
    g_assert_null(ferry_txn_adopt(state, &ticking, 1, &error));
    text =
        g_strdup_printf("cannot take over move 1 of machine 'web1': process %d on '%s' carries it",
                        (int)getpid(), g_get_host_name());
    expect_error(&error, FERRY_ERROR_BUSY, text, "See how it goes with: virt-ferry watch 1");
}

static void
test_adopt_errors(void)
{
    g_autoptr(FerryState) state = open_memory();
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryTxn) txn = begin(state, &error);

    g_assert_true(ferry_txn_end(txn, "cancelled", NULL, &error));
    g_assert_null(ferry_txn_adopt(state, &ticking, 1, &error));
    expect_error(&error, FERRY_ERROR_USAGE,
                 "cannot take over move 1 of machine 'web1': it is over: cancelled", NULL);
    g_assert_null(ferry_txn_adopt(state, &ticking, 9, &error));
    expect_error(&error, FERRY_ERROR_MOVE_NOT_FOUND, "no move 9 is recorded",
                 "The recorded moves are listed by: virt-ferry history");
}

// Runs in a child: begins a move and dies in the middle of it.
static void
die_in_the_middle(const char *folder)
{
    FerryState *state = ferry_state_open(&ferry_state_driver_sqlite, folder, NULL);
    FerryTxn *txn = begin(state, NULL);

    _exit(txn != NULL && ferry_txn_enter(txn, "perform", NULL, NULL) ? 0 : 1);
}

// The child ended, first as a zombie, then wholly: both times its move is free to be taken, once.
static void
test_dead_owner(void)
{
    g_autofree char *folder = g_dir_make_tmp("ferry-journal-XXXXXX", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryTxn) txn = NULL;
    g_autoptr(FerryTxnRecord) record = NULL;
    FerryState *state;
    siginfo_t info;
    pid_t child = fork();

    if (child == 0)
        die_in_the_middle(folder);
    g_assert_cmpint(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), ==, 0);
    g_assert_cmpint(info.si_status, ==, 0);
    state = ferry_state_open(&ferry_state_driver_sqlite, folder, &error);
    g_assert_no_error(error);
    record = ferry_state_get_txn(state, 1, &error);
    g_assert_cmpint(record->owner_pid, ==, child);
    g_assert_false(ferry_txn_owner_is_alive(record));
    g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
    g_assert_false(ferry_txn_owner_is_alive(record));
    txn = ferry_txn_adopt(state, &ticking, 1, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(ferry_txn_record(txn)->phase, ==, "perform");
    g_assert_cmpint(ferry_txn_record(txn)->owner_pid, ==, getpid());
    g_assert_true(ferry_txn_owner_is_alive(ferry_txn_record(txn)));
    g_assert_null(ferry_txn_adopt(state, &ticking, 1, &error));
    g_assert_true(ferry_error_is(error, FERRY_ERROR_BUSY));
    ferry_state_close(state);
    {
        g_autofree char *file = g_build_filename(folder, "state.db", NULL);

        g_assert_cmpint(g_remove(file), ==, 0);
        g_assert_cmpint(g_rmdir(folder), ==, 0);
    }
}

// The same pid is not the same process: its start time, its boot, or its machine is another.
static void
test_identity(void)
{
    g_autoptr(FerryState) state = open_memory();
    g_autoptr(FerryTxn) txn = begin(state, NULL);
    FerryTxnRecord record = *ferry_txn_record(txn);
    g_auto(GStrv) own = g_strsplit(record.owner_start, " ", -1);
    g_autofree char *reused = g_strdup_printf("%s %s 1", own[0], own[1]);
    g_autofree char *rebooted = g_strdup_printf("%s another-boot %s", own[0], own[2]);
    g_autofree char *elsewhere = g_strdup_printf("another-node %s %s", own[1], own[2]);

    g_assert_cmpuint(g_strv_length(own), ==, 3);
    g_assert_true(ferry_txn_owner_is_alive(&record));
    record.owner_start = reused;
    g_assert_false(ferry_txn_owner_is_alive(&record));
    record.owner_start = rebooted;
    g_assert_false(ferry_txn_owner_is_alive(&record));
    // What runs on another machine can't be seen from here: it is not taken for dead.
    record.owner_start = elsewhere;
    g_assert_true(ferry_txn_owner_is_alive(&record));
    record.owner_start = "";
    g_assert_false(ferry_txn_owner_is_alive(&record));
    record.owner_start = NULL;
    g_assert_false(ferry_txn_owner_is_alive(&record));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/journal/whole", test_whole);
    g_test_add_func("/journal/pending", test_pending);
    g_test_add_func("/journal/adopt-errors", test_adopt_errors);
    g_test_add_func("/journal/dead-owner", test_dead_owner);
    g_test_add_func("/journal/identity", test_identity);
    return g_test_run();
}
