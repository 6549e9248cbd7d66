// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/error.h"
#include "inventory/hosts.h"

#define UUID_1 "11111111-1111-4111-8111-111111111111"
#define UUID_2 "22222222-2222-4222-8222-222222222222"

// One answer: @state NONE is 'has no such machine'.
static FerryHostAnswer *
add_answer(GPtrArray *answers, const char *host, FerryVmState state, FerryVmReason reason)
{
    FerryHostAnswer *answer = g_new0(FerryHostAnswer, 1);

    answer->host = g_new0(FerryHost, 1);
    answer->host->name = g_strdup(host);
    g_ptr_array_add(answers, answer);
    if (state == FERRY_VM_STATE_NONE)
        return answer;
    answer->vm = g_new0(FerryVm, 1);
    answer->vm->name = g_strdup("web1");
    g_strlcpy(answer->vm->uuid, UUID_1, sizeof answer->vm->uuid);
    answer->vm->state = state;
    answer->vm->reason = reason;
    return answer;
}

static void
add_running(GPtrArray *answers, const char *host)
{
    add_answer(answers, host, FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_BOOTED);
}

static void
add_off(GPtrArray *answers, const char *host)
{
    add_answer(answers, host, FERRY_VM_STATE_SHUTOFF, FERRY_VM_REASON_OTHER);
}

static void
add_without(GPtrArray *answers, const char *host)
{
    add_answer(answers, host, FERRY_VM_STATE_NONE, FERRY_VM_REASON_OTHER);
}

static void
add_silent(GPtrArray *answers, const char *host)
{
    FerryHostAnswer *answer = add_answer(answers, host, FERRY_VM_STATE_NONE, FERRY_VM_REASON_OTHER);

    ferry_error_set(&answer->error, FERRY_ERROR_UNREACHABLE, "host '%s' did not answer in 5 s",
                    host);
}

static GPtrArray *
make_answers(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)ferry_host_answer_free);
}

// @note: the only one; NULL: there is none
static void
expect_source(GPtrArray *answers, const char *host, const char *note)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) notes = NULL;
    FerryHostAnswer *source = NULL;
    bool found = ferry_hosts_judge(answers, "web1", &source, &notes, &error);

    g_assert_no_error(error);
    g_assert_true(found);
    g_assert_cmpstr(source->host->name, ==, host);
    g_assert_cmpuint(notes->len, ==, note == NULL ? 0 : 1);
    if (note != NULL)
        g_assert_cmpstr(notes->pdata[0], ==, note);
}

static void
expect_error(GPtrArray *answers, FerryErrorCode code, const char *text, const char *hint)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) notes = NULL;
    FerryHostAnswer *source = NULL;

    g_assert_false(ferry_hosts_judge(answers, "web1", &source, &notes, &error));
    g_assert_cmpstr(error->message, ==, text);
    g_assert_cmpstr(ferry_error_get_hint(error), ==, hint);
    g_assert_error(error, FERRY_ERROR, (int)code);
    g_assert_null(source);
    g_assert_null(notes);
}

static void
test_one(void)
{
    g_autoptr(GPtrArray) answers = make_answers();

    add_without(answers, "host-a");
    add_running(answers, "host-b");
    expect_source(answers, "host-b", NULL);
}

static void
test_off(void)
{
    g_autoptr(GPtrArray) answers = make_answers();

    add_off(answers, "host-a");
    add_without(answers, "host-b");
    expect_source(answers, "host-a", NULL);
}

static void
test_second_definition(void)
{
    g_autoptr(GPtrArray) answers = make_answers();

    add_off(answers, "host-a");
    add_answer(answers, "host-b", FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_USER);
    expect_source(answers, "host-b", "host 'host-a' has an inactive definition of machine 'web1'");
}

static void
test_silent_host(void)
{
    g_autoptr(GPtrArray) answers = make_answers();

    add_running(answers, "host-a");
    add_silent(answers, "host-b");
    expect_source(
        answers, "host-a",
        "host 'host-b' did not answer in 5 s, so whether it has the machine too is not known");
}

static void
test_active_twice(void)
{
    g_autoptr(GPtrArray) answers = make_answers();

    add_running(answers, "host-a");
    add_answer(answers, "host-b", FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_USER);
    expect_error(
        answers, FERRY_ERROR_VM_AMBIGUOUS,
        "machine 'web1' is active on hosts 'host-a' (running (booted)) and 'host-b' (paused (user))",
        "Two running copies ruin a machine's disks. Find out which one is right, and end the other on its host with 'virsh destroy web1'.");
}

// One host under two names is one place.
static void
test_one_host_twice(void)
{
    g_autoptr(GPtrArray) answers = make_answers();

    add_running(answers, "host-a");
    add_running(answers, "qemu:///system");
    for (unsigned i = 0; i < 2; i++)
        ((FerryHostAnswer *)answers->pdata[i])->identity = g_strdup(UUID_2 " a.example.org");
    expect_source(answers, "host-a", "hosts 'host-a' and 'qemu:///system' are one host");
}

static void
test_on_the_way(void)
{
    g_autoptr(GPtrArray) answers = make_answers();

    add_running(answers, "host-a");
    add_answer(answers, "host-b", FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_MIGRATION);
    expect_error(
        answers, FERRY_ERROR_BUSY,
        "machine 'web1' is being moved already: it is on hosts 'host-a' (running (booted)) and 'host-b' (paused (migrating))",
        "Run 'virt-ferry watch web1' to follow it; if nobody moves it any more, 'virt-ferry recover --scan' finds what was left.");
}

static void
test_in_post_copy(void)
{
    g_autoptr(GPtrArray) answers = make_answers();

    add_answer(answers, "host-a", FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_POSTCOPY);
    add_answer(answers, "host-b", FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_POSTCOPY);
    expect_error(
        answers, FERRY_ERROR_BUSY,
        "machine 'web1' is being moved already: it is on hosts 'host-a' (paused (post-copy)) and 'host-b' (running (post-copy))",
        "Run 'virt-ferry watch web1' to follow it; if nobody moves it any more, 'virt-ferry recover --scan' finds what was left.");
}

static void
test_off_twice(void)
{
    g_autoptr(GPtrArray) answers = make_answers();

    add_off(answers, "host-a");
    add_off(answers, "host-b");
    expect_error(
        answers, FERRY_ERROR_VM_AMBIGUOUS,
        "machine 'web1' is off and defined on hosts 'host-a' (shut off) and 'host-b' (shut off)",
        "Say which definition is meant with --connect.");
}

static void
test_two_machines(void)
{
    g_autoptr(GPtrArray) answers = make_answers();

    add_running(answers, "host-a");
    add_off(answers, "host-b");
    g_strlcpy(((FerryHostAnswer *)answers->pdata[1])->vm->uuid, UUID_2, sizeof UUID_2);
    expect_error(answers, FERRY_ERROR_VM_AMBIGUOUS,
                 "'web1' fits several machines: " UUID_1 " on host 'host-a', " UUID_2
                 " on host 'host-b'",
                 "Give the UUID instead of the name, or the source host with --connect.");
}

static void
test_not_found(void)
{
    g_autoptr(GPtrArray) answers = make_answers();
    FerryVm *vm = g_new0(FerryVm, 1);

    add_without(answers, "host-a");
    expect_error(answers, FERRY_ERROR_VM_NOT_FOUND, "host 'host-a' has no machine 'web1'",
                 "Run 'virt-ferry list' to see all machines.");
    add_without(answers, "host-b");
    vm->name = g_strdup("wbe1");
    ((FerryHostAnswer *)answers->pdata[1])->machines =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_vm_free);
    g_ptr_array_add(((FerryHostAnswer *)answers->pdata[1])->machines, vm);
    expect_error(answers, FERRY_ERROR_VM_NOT_FOUND, "none of the 2 hosts has a machine 'web1'",
                 "Did you mean 'wbe1'? Run 'virt-ferry list' to see all machines.");
    add_silent(answers, "host-c");
    expect_error(answers, FERRY_ERROR_VM_NOT_FOUND,
                 "no host that answered has a machine 'web1': host 'host-c' did not answer in 5 s",
                 "Did you mean 'wbe1'? Run 'virt-ferry list' to see all machines.");
}

static void
test_nobody_answered(void)
{
    g_autoptr(GPtrArray) answers = make_answers();

    add_silent(answers, "host-a");
    expect_error(answers, FERRY_ERROR_UNREACHABLE, "host 'host-a' did not answer in 5 s", NULL);
    add_silent(answers, "host-b");
    expect_error(
        answers, FERRY_ERROR_UNREACHABLE,
        "cannot look for machine 'web1': host 'host-a' did not answer in 5 s; host 'host-b' did not answer in 5 s",
        NULL);
}

static void
test_no_hosts(void)
{
    g_autoptr(GPtrArray) answers = make_answers();

    expect_error(answers, FERRY_ERROR_HOST_NOT_FOUND,
                 "cannot look for machine 'web1': no host is known",
                 "Run 'virt-ferry host add NAME URI', or say where the machine is with --connect.");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inventory/judge/one", test_one);
    g_test_add_func("/inventory/judge/off", test_off);
    g_test_add_func("/inventory/judge/second-definition", test_second_definition);
    g_test_add_func("/inventory/judge/silent-host", test_silent_host);
    g_test_add_func("/inventory/judge/active-twice", test_active_twice);
    g_test_add_func("/inventory/judge/one-host-twice", test_one_host_twice);
    g_test_add_func("/inventory/judge/on-the-way", test_on_the_way);
    g_test_add_func("/inventory/judge/in-post-copy", test_in_post_copy);
    g_test_add_func("/inventory/judge/off-twice", test_off_twice);
    g_test_add_func("/inventory/judge/two-machines", test_two_machines);
    g_test_add_func("/inventory/judge/not-found", test_not_found);
    g_test_add_func("/inventory/judge/nobody-answered", test_nobody_answered);
    g_test_add_func("/inventory/judge/no-hosts", test_no_hosts);
    return g_test_run();
}
