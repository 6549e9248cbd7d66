// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fake.h"
#include "inventory/hosts.h"

#define UUID "11111111-1111-4111-8111-111111111111"

// host-a runs web1, host-b is refused, host-c is silent, host-d has other machines, host-e hangs up.
static FakeHost hosts[] = {
    {.name = "host-a",
     .host_uuid = UUID,
     .hostname = "a",
     .vms = {{.name = "web1", .uuid = UUID, .state = FERRY_VM_STATE_RUNNING}}},
    {.name = "host-b", .refuses = "connection refused"},
    {.name = "host-c", .silent = true},
    {.name = "host-d", .vms = {{.name = "db1"}, {.name = "db2"}}},
    {.name = "host-e", .fails = true},
    {.name = "host-f",
     .host_uuid = UUID,
     .hostname = "a",
     .vms = {{.name = "web1", .uuid = UUID, .state = FERRY_VM_STATE_RUNNING}}},
    {0},
};

// @names: one letter for each host
static GPtrArray *
make_hosts(const char *names)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_host_free);

    fake_set_hosts(hosts);
    for (; *names != '\0'; names++) {
        FerryHost *host = g_new0(FerryHost, 1);

        host->name = g_strdup_printf("host-%c", *names);
        host->uri = g_strdup_printf("fake:host-%c", *names);
        g_ptr_array_add(list, host);
    }
    return list;
}

static const FerryHostAnswer *
answer_of(GPtrArray *answers, unsigned at)
{
    return g_ptr_array_index(answers, at);
}

static void
test_find(void)
{
    g_autoptr(GPtrArray) list = make_hosts("abd");
    g_autoptr(GPtrArray) answers = ferry_hosts_find(list, "web1", 5);

    g_assert_cmpuint(answers->len, ==, 3);
    g_assert_cmpstr(answer_of(answers, 0)->vm->name, ==, "web1");
    g_assert_cmpstr(ferry_hypervisor_name(answer_of(answers, 0)->hv), ==, "host-a");
    g_assert_no_error(answer_of(answers, 0)->error);
    g_assert_error(answer_of(answers, 1)->error, FERRY_ERROR, FERRY_ERROR_UNREACHABLE);
    g_assert_cmpstr(answer_of(answers, 1)->error->message, ==,
                    "cannot connect to host 'host-b': connection refused");
    g_assert_null(answer_of(answers, 1)->hv);
    g_assert_null(answer_of(answers, 2)->vm);
    g_assert_nonnull(answer_of(answers, 2)->hv);
    // found: nobody lists all of its machines, or tells who it is
    g_assert_null(answer_of(answers, 2)->machines);
    g_assert_null(answer_of(answers, 0)->identity);
}

// Nobody has it: the same connections are used to ask for all names.
static void
test_find_nothing(void)
{
    g_autoptr(GPtrArray) list = make_hosts("bd");
    g_autoptr(GPtrArray) answers = ferry_hosts_find(list, "db3", 5);

    g_assert_null(answer_of(answers, 0)->machines);
    g_assert_cmpuint(answer_of(answers, 1)->machines->len, ==, 2);
    g_assert_cmpint(fake_opened, ==, 1);
}

static void
test_find_twice(void)
{
    g_autoptr(GPtrArray) list = make_hosts("af");
    g_autoptr(GPtrArray) answers = ferry_hosts_find(list, "web1", 5);
    g_autoptr(GPtrArray) notes = NULL;
    g_autoptr(GError) error = NULL;
    FerryHostAnswer *source = NULL;

    g_assert_cmpstr(answer_of(answers, 0)->identity, ==, UUID " a");
    g_assert_cmpstr(answer_of(answers, 1)->identity, ==, UUID " a");
    g_assert_true(ferry_hosts_judge(answers, "web1", &source, &notes, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(notes->pdata[0], ==, "hosts 'host-a' and 'host-f' are one host");
}

// 0 s: three hosts are asked; 1 s: the silent one is given up, the others were done long before;
// then it wakes, and what it opened is closed by the worker that nobody waits for any more.
static void
test_silent(void)
{
    g_autoptr(GPtrArray) list = make_hosts("cad");
    int64_t begin = g_get_monotonic_time();
    GPtrArray *answers = ferry_hosts_list(list, 1);

    g_assert_cmpint(g_get_monotonic_time() - begin, >=, 1 * G_TIME_SPAN_SECOND);
    g_assert_cmpint(g_get_monotonic_time() - begin, <, 4 * G_TIME_SPAN_SECOND);
    g_assert_error(answer_of(answers, 0)->error, FERRY_ERROR, FERRY_ERROR_UNREACHABLE);
    g_assert_cmpstr(answer_of(answers, 0)->error->message, ==,
                    "host 'host-c' did not answer in 1 s");
    g_assert_cmpstr(ferry_error_get_hint(answer_of(answers, 0)->error), ==,
                    "Look whether it is up with 'virsh -c fake:host-c version'.");
    g_assert_cmpuint(answer_of(answers, 1)->machines->len, ==, 1);
    g_assert_cmpuint(answer_of(answers, 2)->machines->len, ==, 2);
    g_ptr_array_unref(answers);
    fake_release();
    fake_wait_closed();
}

static void
test_hangs_up(void)
{
    g_autoptr(GPtrArray) list = make_hosts("ea");
    g_autoptr(GPtrArray) answers = ferry_hosts_list(list, 5);

    g_assert_error(answer_of(answers, 0)->error, FERRY_ERROR, FERRY_ERROR_UNREACHABLE);
    g_assert_null(answer_of(answers, 0)->machines);
    g_assert_cmpuint(answer_of(answers, 1)->machines->len, ==, 1);
}

static void
test_no_hosts(void)
{
    g_autoptr(GPtrArray) list = make_hosts("");
    g_autoptr(GPtrArray) answers = ferry_hosts_find(list, "web1", 5);

    g_assert_cmpuint(answers->len, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inventory/ask/find", test_find);
    g_test_add_func("/inventory/ask/find-nothing", test_find_nothing);
    g_test_add_func("/inventory/ask/find-twice", test_find_twice);
    g_test_add_func("/inventory/ask/silent", test_silent);
    g_test_add_func("/inventory/ask/hangs-up", test_hangs_up);
    g_test_add_func("/inventory/ask/no-hosts", test_no_hosts);
    return g_test_run();
}
