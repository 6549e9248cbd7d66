// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The contract of state.h, the same for every driver.

#include "state/state.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "../expect.h"
#include "state/drivers/drivers.h"

#define UUID_1 "8f1b1c52-6c0e-4d3c-9a51-1f5c7a3f0b11"
#define UUID_2 "4dea22b3-1d52-d8f3-2516-782e98ab3fa0"

typedef struct Fixture {
    char *folder;
    FerryState *state;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    fixture->folder = g_dir_make_tmp("ferry-state-XXXXXX", NULL);
    fixture->state = ferry_state_open(data, fixture->folder, &error);
    g_assert_no_error(error);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
    g_autofree char *file = g_build_filename(fixture->folder, "state.db", NULL);

    ferry_state_close(fixture->state);
    (void)g_remove(file);
    g_assert_cmpint(g_rmdir(fixture->folder), ==, 0);
    g_free(fixture->folder);
}

static bool
add_host(Fixture *fixture, const char *name, const char *uri, GError **error)
{
    FerryHost host = {(char *)name, (char *)uri, NULL, 1234567};

    return ferry_state_add_host(fixture->state, &host, error);
}

static void
test_hosts(Fixture *fixture, gconstpointer data)
{
    FerryHost kvm3 = {"kvm3", "qemu:///system", "10.0.0.3", 99};
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) hosts = NULL;
    const FerryHost *host;

    g_assert_true(ferry_state_add_host(fixture->state, &kvm3, &error));
    g_assert_true(add_host(fixture, "größe \"1\"\n", "qemu+ssh://kvm1/system", &error));
    g_assert_true(add_host(fixture, "a'b", "qemu+ssh://kvm2/system", &error));
    hosts = ferry_state_list_hosts(fixture->state, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(hosts->len, ==, 3);
    g_assert_cmpstr(((const FerryHost *)hosts->pdata[0])->name, ==, "a'b");
    g_assert_cmpstr(((const FerryHost *)hosts->pdata[1])->name, ==, "größe \"1\"\n");
    g_assert_null(((const FerryHost *)hosts->pdata[1])->address);
    host = hosts->pdata[2];
    g_assert_cmpstr(host->name, ==, "kvm3");
    g_assert_cmpstr(host->uri, ==, "qemu:///system");
    g_assert_cmpstr(host->address, ==, "10.0.0.3");
    g_assert_cmpint(host->added_us, ==, 99);
}

static void
test_host_twice(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) hosts = NULL;

    g_assert_true(add_host(fixture, "kvm 1", "qemu+ssh://kvm1/system", &error));
    g_assert_true(add_host(fixture, "kvm2", "qemu+ssh://kvm2/system", &error));
    g_assert_false(add_host(fixture, "kvm 1", "qemu+ssh://other/system", &error));
    expect_error(&error, FERRY_ERROR_EXISTS, "cannot add host 'kvm 1': the name is taken",
                 "To replace it, take it away first: virt-ferry host remove 'kvm 1'");
    g_assert_false(add_host(fixture, "kvm3", "qemu+ssh://kvm1/system", &error));
    expect_error(&error, FERRY_ERROR_EXISTS,
                 "cannot add host 'kvm3': 'qemu+ssh://kvm1/system' is host 'kvm 1' already",
                 "To replace it, take it away first: virt-ferry host remove 'kvm 1'");
    g_assert_false(add_host(fixture, "kvm 1", "qemu+ssh://kvm2/system", &error));
    expect_error(&error, FERRY_ERROR_EXISTS, "cannot add host 'kvm 1': the name is taken",
                 "To replace it, take it away first: virt-ferry host remove 'kvm 1'");
    hosts = ferry_state_list_hosts(fixture->state, &error);
    g_assert_cmpuint(hosts->len, ==, 2);
}

static void
test_host_remove(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) hosts = NULL;

    g_assert_true(add_host(fixture, "kvm1", "qemu+ssh://kvm1/system", &error));
    g_assert_true(ferry_state_remove_host(fixture->state, "kvm1", &error));
    g_assert_false(ferry_state_remove_host(fixture->state, "kvm1", &error));
    expect_error(&error, FERRY_ERROR_HOST_NOT_FOUND, "no host 'kvm1' is known",
                 "The known hosts are listed by: virt-ferry host list");
    g_assert_true(add_host(fixture, "kvm1", "qemu+ssh://kvm1/system", &error));
    hosts = ferry_state_list_hosts(fixture->state, &error);
    g_assert_cmpuint(hosts->len, ==, 1);
}

static void
set_pair(Fixture *fixture, const char *src, const char *dst, const char *name)
{
    const char *const networks[] = {name, NULL};
    const FerryPair pair = {.src = (char *)src,
                            .dst = (char *)dst,
                            .networks = name != NULL ? (GStrv)networks : NULL,
                            .listen = name != NULL ? (char *)"::" : NULL};
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_state_set_pair(fixture->state, &pair, &error));
}

// One record for two hosts and a direction; without names there is none.
static void
test_pairs(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GString) all = g_string_new(NULL);
    g_autoptr(GPtrArray) pairs = NULL;

    set_pair(fixture, "b", "a", "old=there");
    set_pair(fixture, "a", "c", "x=y");
    set_pair(fixture, "a", "b", "one=two");
    set_pair(fixture, "b", "a", "größe=\"1\"");
    set_pair(fixture, "a", "c", NULL);
    set_pair(fixture, "c", "a", NULL);
    pairs = ferry_state_list_pairs(fixture->state, NULL);
    for (guint i = 0; i < pairs->len; i++) {
        const FerryPair *pair = pairs->pdata[i];

        g_assert_null(pair->disks);
        g_string_append_printf(all, "%s %s %s %s, ", pair->src, pair->dst, pair->networks[0],
                               pair->listen);
    }
    g_assert_cmpstr(all->str, ==, "a b one=two ::, b a größe=\"1\" ::, ");
}

static FerryTxnRecord
make_record(const char *subject, const char *name)
{
    return (FerryTxnRecord){
        .kind = "move",
        .subject = (char *)subject,
        .name = (char *)name,
        .phase = "begin",
        .begun_us = 1795376337000001,
        .owner_pid = 4711,
        .owner_start = "node boot 1",
        .intent = "{\"to\":\"kvm2\"}",
    };
}

static int64_t
begin(Fixture *fixture, const char *subject)
{
    FerryTxnRecord record = make_record(subject, "web1");
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_state_begin_txn(fixture->state, &record, &error));
    g_assert_no_error(error);
    return record.id;
}

static void
test_txn(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryTxnRecord) active = NULL;
    g_autoptr(FerryTxnRecord) ended = NULL;
    g_autoptr(GPtrArray) entries = NULL;
    const FerryTxnEntry *entry;
    int64_t id = begin(fixture, UUID_1);

    g_assert_cmpint(id, ==, 1);
    g_assert_true(
        ferry_state_append_txn(fixture->state, id, 10, "perform", "{\"mode\":\"p2p\"}", &error));
    g_assert_true(ferry_state_append_txn(fixture->state, id, 20, "verify", NULL, &error));
    active = ferry_state_get_txn(fixture->state, id, &error);
    g_assert_no_error(error);
    g_assert_cmpint(active->id, ==, 1);
    g_assert_cmpstr(active->kind, ==, "move");
    g_assert_cmpstr(active->subject, ==, UUID_1);
    g_assert_cmpstr(active->name, ==, "web1");
    g_assert_cmpstr(active->phase, ==, "verify");
    g_assert_null(active->outcome);
    g_assert_cmpint(active->begun_us, ==, 1795376337000001);
    g_assert_cmpint(active->ended_us, ==, 0);
    g_assert_cmpint(active->owner_pid, ==, 4711);
    g_assert_cmpstr(active->owner_start, ==, "node boot 1");
    g_assert_cmpstr(active->intent, ==, "{\"to\":\"kvm2\"}");
    g_assert_null(active->report);
    g_assert_true(ferry_state_end_txn(fixture->state, id, 30, "done", "{\"ok\":true}", &error));
    ended = ferry_state_get_txn(fixture->state, id, &error);
    g_assert_cmpstr(ended->outcome, ==, "done");
    g_assert_cmpstr(ended->report, ==, "{\"ok\":true}");
    g_assert_cmpint(ended->ended_us, ==, 30);
    g_assert_cmpstr(ended->phase, ==, "verify");
    entries = ferry_state_list_entries(fixture->state, id, &error);
    g_assert_cmpuint(entries->len, ==, 2);
    entry = entries->pdata[0];
    g_assert_cmpint(entry->at_us, ==, 10);
    g_assert_cmpstr(entry->phase, ==, "perform");
    g_assert_cmpstr(entry->detail, ==, "{\"mode\":\"p2p\"}");
    entry = entries->pdata[1];
    g_assert_cmpstr(entry->phase, ==, "verify");
    g_assert_null(entry->detail);
}

static void
test_one_active(Fixture *fixture, gconstpointer data)
{
    FerryTxnRecord second = make_record(UUID_1, "web1");
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(begin(fixture, UUID_1), ==, 1);
    g_assert_cmpint(begin(fixture, UUID_2), ==, 2);
    second.id = -5;
    g_assert_false(ferry_state_begin_txn(fixture->state, &second, &error));
    expect_error(&error, FERRY_ERROR_BUSY,
                 "cannot begin a move of machine 'web1': move 1 is not over yet",
                 "See how it goes with: virt-ferry watch 1");
    g_assert_cmpint(second.id, ==, -5);
    g_assert_true(ferry_state_end_txn(fixture->state, 1, 30, "cancelled", NULL, &error));
    g_assert_cmpint(begin(fixture, UUID_1), ==, 3);
}

static void
test_over(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) entries = NULL;
    int64_t id = begin(fixture, UUID_1);

    g_assert_true(ferry_state_end_txn(fixture->state, id, 30, "done", NULL, &error));
    g_assert_false(ferry_state_append_txn(fixture->state, id, 40, "late", NULL, &error));
    expect_error(&error, FERRY_ERROR_USAGE, "move 1 is over",
                 "What became of it is told by: virt-ferry history");
    g_assert_false(ferry_state_end_txn(fixture->state, id, 40, "failed", NULL, &error));
    expect_error(&error, FERRY_ERROR_USAGE, "move 1 is over",
                 "What became of it is told by: virt-ferry history");
    entries = ferry_state_list_entries(fixture->state, id, &error);
    g_assert_cmpuint(entries->len, ==, 0);
}

static void
test_unknown(Fixture *fixture, gconstpointer data)
{
    const char *hint = "The recorded moves are listed by: virt-ferry history";
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) entries = NULL;

    g_assert_null(ferry_state_get_txn(fixture->state, 7, &error));
    expect_error(&error, FERRY_ERROR_MOVE_NOT_FOUND, "no move 7 is recorded", hint);
    g_assert_null(ferry_state_get_txn(fixture->state, -1, &error));
    expect_error(&error, FERRY_ERROR_MOVE_NOT_FOUND, "no move -1 is recorded", hint);
    g_assert_false(ferry_state_append_txn(fixture->state, 7, 1, "x", NULL, &error));
    expect_error(&error, FERRY_ERROR_MOVE_NOT_FOUND, "no move 7 is recorded", hint);
    g_assert_false(ferry_state_end_txn(fixture->state, 7, 1, "done", NULL, &error));
    expect_error(&error, FERRY_ERROR_MOVE_NOT_FOUND, "no move 7 is recorded", hint);
    entries = ferry_state_list_entries(fixture->state, 7, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(entries->len, ==, 0);
}

static void
test_take(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryTxnRecord) seen = NULL;
    g_autoptr(FerryTxnRecord) taken = NULL;
    int64_t id = begin(fixture, UUID_1);

    seen = ferry_state_get_txn(fixture->state, id, &error);
    g_assert_true(ferry_state_take_txn(fixture->state, seen, 4712, "node boot 2", &error));
    // The second of two that saw the same dead owner comes too late.
    g_assert_false(ferry_state_take_txn(fixture->state, seen, 4713, "node boot 3", &error));
    expect_error(&error, FERRY_ERROR_BUSY,
                 "cannot take over move 1 of machine 'web1': process 4712 has it",
                 "See how it goes with: virt-ferry watch 1");
    taken = ferry_state_get_txn(fixture->state, id, &error);
    g_assert_cmpint(taken->owner_pid, ==, 4712);
    g_assert_cmpstr(taken->owner_start, ==, "node boot 2");
    g_assert_true(ferry_state_end_txn(fixture->state, id, 1, "done", NULL, &error));
    g_assert_false(ferry_state_take_txn(fixture->state, taken, 4714, "node boot 4", &error));
    expect_error(&error, FERRY_ERROR_USAGE, "move 1 is over",
                 "What became of it is told by: virt-ferry history");
}

// Returns: the ids of what is listed: "3 2 1 ". (transfer full)
static char *
list_ids(Fixture *fixture, const char *subject, bool active, unsigned limit)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) records =
        ferry_state_list_txns(fixture->state,
                              &(FerryTxnFilter){.uuid = subject, .active = active, .limit = limit},
                              &error);
    GString *ids = g_string_new(NULL);

    g_assert_no_error(error);
    for (guint i = 0; i < records->len; i++)
        g_string_append_printf(ids, "%d ", (int)((const FerryTxnRecord *)records->pdata[i])->id);
    return g_string_free(ids, FALSE);
}

static void
assert_ids(Fixture *fixture, const char *subject, bool active, unsigned limit, const char *expected)
{
    g_autofree char *ids = list_ids(fixture, subject, active, limit);

    g_assert_cmpstr(ids, ==, expected);
}

static void
test_list(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    assert_ids(fixture, NULL, false, 0, "");
    for (int64_t id = 1; id <= 3; id++) {
        g_assert_cmpint(begin(fixture, UUID_1), ==, id);
        g_assert_true(ferry_state_end_txn(fixture->state, id, id, "done", NULL, &error));
    }
    g_assert_cmpint(begin(fixture, UUID_2), ==, 4);
    g_assert_cmpint(begin(fixture, UUID_1), ==, 5);
    assert_ids(fixture, NULL, false, 0, "5 4 3 2 1 ");
    assert_ids(fixture, NULL, false, 2, "5 4 ");
    assert_ids(fixture, NULL, true, 0, "5 4 ");
    assert_ids(fixture, UUID_1, false, 0, "5 3 2 1 ");
    assert_ids(fixture, UUID_1, false, 3, "5 3 2 ");
    assert_ids(fixture, UUID_2, true, 0, "4 ");
    assert_ids(fixture, "none", false, 0, "");
}

// $FERRY_STATE_DIR, then by who runs it.
static void
test_default_path(void)
{
    g_autofree char *named = NULL;
    g_autofree char *own = NULL;

    g_assert_true(g_setenv("FERRY_STATE_DIR", "/tmp/elsewhere", true));
    named = ferry_state_default_path();
    g_assert_cmpstr(named, ==, "/tmp/elsewhere");
    g_assert_true(g_setenv("FERRY_STATE_DIR", "", true));
    own = ferry_state_default_path();
    g_unsetenv("FERRY_STATE_DIR");
    if (geteuid() == 0)
        g_assert_cmpstr(own, ==, "/var/lib/virt-ferry");
    else
        g_assert_cmpstr(own, ==, "/tmp/xdg-state/virt-ferry");
}

static void
add_contract(const FerryStateDriver *driver)
{
    static const struct {
        const char *name;
        void (*run)(Fixture *fixture, gconstpointer data);
    } tests[] = {
        {"hosts", test_hosts},
        {"host-twice", test_host_twice},
        {"host-remove", test_host_remove},
        {"pairs", test_pairs},
        {"txn", test_txn},
        {"one-active", test_one_active},
        {"over", test_over},
        {"unknown", test_unknown},
        {"take", test_take},
        {"list", test_list},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strdup_printf("/state/%s/%s", driver->name, tests[i].name);

        g_test_add(path, Fixture, driver, set_up, tests[i].run, tear_down);
    }
}

int
main(int argc, char **argv)
{
    // Before GLib reads it, once for all.
    g_setenv("XDG_STATE_HOME", "/tmp/xdg-state", true);
    g_test_init(&argc, &argv, NULL);
    add_contract(&ferry_state_driver_memory);
    add_contract(&ferry_state_driver_sqlite);
    g_test_add_func("/state/default-path", test_default_path);
    return g_test_run();
}
