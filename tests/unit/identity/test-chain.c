// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Every identity of a machine, out of the journal: by any UUID that it had, with the moves between.

#include "../expect.h"
#include "identity/change-intent.h"
#include "state/drivers/drivers.h"

#define A       "aaaaaaaa-0000-4000-8000-000000000001"
#define B       "bbbbbbbb-0000-4000-8000-000000000002"
#define C       "cccccccc-0000-4000-8000-000000000003"
#define SUBJECT "01a2242d-c9d1-7953-9f98-99f227d9f505"
#define OTHER   "01a2242d-c9d1-7953-9f98-99f227d9f506"

static int64_t clock_us;

static void
record(FerryState *state,
       const char *kind,
       const char *subject,
       const char *claim,
       const char *intent,
       const char *outcome)
{
    FerryTxnRecord what = {.kind = (char *)kind,
                           .subject = (char *)subject,
                           .claim = (char *)claim,
                           .name = (char *)"web1",
                           .phase = (char *)"begin",
                           .begun_us = ++clock_us,
                           .owner_start = (char *)"",
                           .intent = (char *)intent};
    g_autoptr(GError) error = NULL;

    (void)!ferry_state_begin_txn(state, &what, &error);
    g_assert_no_error(error);
    if (outcome != NULL)
        (void)!ferry_state_end_txn(state, what.id, ++clock_us, outcome, NULL, &error);
    g_assert_no_error(error);
}

static void
change(FerryState *state,
       const char *from,
       const char *to,
       const char *subject,
       const char *outcome)
{
    g_autofree char *intent = g_strdup_printf(
        "{\"op\":\"set\",\"subject\":\"%s\",\"host\":{\"name\":\"host-a\",\"uri\":\"u\"},"
        "\"name\":\"web1\",\"old_uuid\":\"%s\",\"new_uuid\":\"%s\"}",
        subject, from, to);

    record(state, "identity", from, g_str_equal(from, to) ? NULL : to, intent, outcome);
}

static void
move(FerryState *state, const char *uuid, const char *outcome)
{
    record(state, "move", uuid, NULL, "{\"dst\":{\"name\":\"host-b\"}}", outcome);
}

static FerryState *
open_memory(void)
{
    return ferry_state_open(&ferry_state_driver_memory, NULL, NULL);
}

static FerryIdentityChain *
chain_of(FerryState *state, const char *uuid)
{
    g_autoptr(GError) error = NULL;
    FerryIdentityChain *chain = ferry_identity_chain(state, uuid, &error);

    g_assert_no_error(error);
    return chain;
}

static void
expect_chain(FerryIdentityChain *chain, const char *uuids)
{
    g_autoptr(GString) got = g_string_new(NULL);

    for (unsigned i = 0; i < chain->revisions->len; i++) {
        const FerryRevision *revision = chain->revisions->pdata[i];

        g_assert_cmpuint(revision->revision, ==, i + 1);
        g_string_append_printf(got, "%.1s%u ", revision->uuid, revision->moves);
    }
    g_assert_cmpstr(got->str, ==, uuids);
    ferry_identity_chain_free(chain);
}

static void
test_unknown(void)
{
    g_autoptr(FerryState) state = open_memory();
    g_autoptr(FerryIdentityChain) chain = chain_of(state, A);

    g_assert_null(chain->subject);
    g_assert_null(chain->host);
    g_assert_cmpstr(ferry_identity_chain_current(chain)->uuid, ==, A);
}

static void
test_moves_alone(void)
{
    g_autoptr(FerryState) state = open_memory();
    g_autoptr(FerryIdentityChain) chain = NULL;

    move(state, A, "done");
    move(state, A, "move-failed");
    move(state, A, "verify-failed");
    move(state, B, "done");
    chain = chain_of(state, A);
    g_assert_cmpuint(ferry_identity_chain_current(chain)->moves, ==, 2);
    g_assert_cmpstr(chain->host, ==, "host-b");
    g_assert_cmpstr(chain->name, ==, "web1");
}

static void
test_changes(void)
{
    g_autoptr(FerryState) state = open_memory();
    g_autoptr(FerryIdentityChain) chain = NULL;

    move(state, A, "done");
    change(state, A, B, SUBJECT, "done");
    change(state, B, C, SUBJECT, "cancelled");
    move(state, B, "done");
    move(state, B, "done");
    change(state, B, B, SUBJECT, "done");
    change(state, B, C, SUBJECT, "done");
    expect_chain(chain_of(state, A), "a1 b2 b0 c0 ");
    expect_chain(chain_of(state, B), "a1 b2 b0 c0 ");
    expect_chain(chain_of(state, C), "a1 b2 b0 c0 ");
    chain = chain_of(state, C);
    g_assert_cmpstr(chain->subject, ==, SUBJECT);
    g_assert_cmpstr(chain->host, ==, "host-a"); // where it was changed last
    g_assert_true(ferry_identity_chain_has(chain, A));
    g_assert_false(ferry_identity_chain_has(chain, SUBJECT));
}

// A UUID that came back, and moves before and after.
static void
test_restored(void)
{
    g_autoptr(FerryState) state = open_memory();
    g_autoptr(FerryIdentityChain) chain = NULL;

    move(state, A, "done");
    change(state, A, B, SUBJECT, "done");
    change(state, B, A, SUBJECT, "done");
    move(state, A, "done");
    move(state, A, "done");
    expect_chain(chain_of(state, B), "a1 b0 a2 ");
    chain = chain_of(state, A);
    g_assert_cmpstr(chain->host, ==, "host-b");
}

// One gave the UUID up, another one has it.
static void
test_two_machines(void)
{
    g_autoptr(FerryState) state = open_memory();

    change(state, A, B, SUBJECT, "done");
    change(state, C, A, OTHER, "done");
    expect_chain(chain_of(state, A), "c0 a0 ");
    expect_chain(chain_of(state, B), "a0 b0 ");
}

static void
test_pending_and_broken(void)
{
    g_autoptr(FerryState) state = open_memory();

    change(state, A, B, SUBJECT, NULL);
    record(state, "identity", C, NULL, "{}", "done");
    expect_chain(chain_of(state, A), "a0 ");
    expect_chain(chain_of(state, C), "c0 ");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/chain/unknown", test_unknown);
    g_test_add_func("/chain/moves-alone", test_moves_alone);
    g_test_add_func("/chain/changes", test_changes);
    g_test_add_func("/chain/restored", test_restored);
    g_test_add_func("/chain/two-machines", test_two_machines);
    g_test_add_func("/chain/pending-and-broken", test_pending_and_broken);
    return g_test_run();
}
