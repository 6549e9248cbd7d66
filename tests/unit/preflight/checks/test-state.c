// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_running(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_state, FERRY_VERDICT_OK, "the machine is running (booted)",
                   NULL);
}

static void
test_paused_by_a_user(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->vm.state = FERRY_VM_STATE_PAUSED;
    fx->vm->vm.reason = FERRY_VM_REASON_USER;
    fixture_expect(fx, &ferry_check_state, FERRY_VERDICT_OK, "the machine is paused (user)", NULL);
    fx->options->postcopy = true;
    fixture_expect(fx, &ferry_check_state, FERRY_VERDICT_BLOCK,
                   "the machine is paused (user), and --postcopy moves only running ones",
                   "Leave --postcopy out: a paused machine dirties no memory.");
}

static void
test_paused_by_io_error(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->vm.state = FERRY_VM_STATE_PAUSED;
    fx->vm->vm.reason = FERRY_VM_REASON_IO_ERROR;
    fixture_expect(
        fx, &ferry_check_state, FERRY_VERDICT_BLOCK,
        "the machine is paused (I/O error): what it wanted to write is not on its disk",
        "Mend its storage and resume it with 'virsh resume web1'; 'virsh domblkerror web1' names the disk.");
}

static void
test_paused_by_api_error(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->vm.state = FERRY_VM_STATE_PAUSED;
    fx->vm->vm.reason = FERRY_VM_REASON_API_ERROR;
    fixture_expect(
        fx, &ferry_check_state, FERRY_VERDICT_WARN,
        "the machine is paused (API error): libvirt could not let it go on after an earlier operation",
        "See whether it goes on with 'virsh resume web1' before it is moved.");
}

static void
test_migrating(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->vm.state = FERRY_VM_STATE_PAUSED;
    fx->vm->vm.reason = FERRY_VM_REASON_MIGRATION;
    fixture_expect(
        fx, &ferry_check_state, FERRY_VERDICT_BLOCK,
        "the machine is paused (migrating): it is being moved or started",
        "Run 'virt-ferry watch web1' to follow a move; if nobody moves it any more, 'virt-ferry recover --scan' finds what was left.");
}

static void
test_in_post_copy(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->vm.state = FERRY_VM_STATE_RUNNING;
    fx->vm->vm.reason = FERRY_VM_REASON_POSTCOPY;
    fixture_expect(
        fx, &ferry_check_state, FERRY_VERDICT_BLOCK,
        "the machine is running (post-copy): a move of it has not ended, and its memory is on two hosts",
        "Do not end it on either host. Run 'virt-ferry verify web1' to see both.");
    fx->vm->vm.state = FERRY_VM_STATE_PAUSED;
    fx->vm->vm.reason = FERRY_VM_REASON_POSTCOPY_FAILED;
    fixture_expect(
        fx, &ferry_check_state, FERRY_VERDICT_BLOCK,
        "the machine is paused (post-copy failed): a move of it has not ended, and its memory is on two hosts",
        "Do not end it on either host. Run 'virt-ferry verify web1' to see both.");
}

static void
test_off(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_turn_off(fx);
    fixture_expect(
        fx, &ferry_check_state, FERRY_VERDICT_BLOCK, "the machine is shut off (destroyed)",
        "Move its definition with --offline, or start it first with 'virsh start web1'.");
    fx->options->offline = true;
    fixture_expect(fx, &ferry_check_state, FERRY_VERDICT_OK,
                   "the machine is shut off (destroyed): its definition moves", NULL);
}

static void
test_offline_of_a_running_one(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->options->offline = true;
    fixture_expect(
        fx, &ferry_check_state, FERRY_VERDICT_BLOCK,
        "the machine is running (booted), and --offline moves only a definition",
        "Leave --offline out to move it live, or shut it down first with 'virsh shutdown web1'.");
}

static void
test_crashed(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->vm.state = FERRY_VM_STATE_CRASHED;
    fx->vm->vm.reason = FERRY_VM_REASON_CRASHED;
    fixture_expect(
        fx, &ferry_check_state, FERRY_VERDICT_BLOCK, "the machine has crashed",
        "End it with 'virsh destroy web1', then start it, or move its definition with --offline.");
}

static void
test_shutting_down(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->vm.state = FERRY_VM_STATE_SHUTDOWN;
    fx->vm->vm.reason = FERRY_VM_REASON_OTHER;
    fixture_expect(fx, &ferry_check_state, FERRY_VERDICT_WARN, "the machine is being shut down",
                   "Wait for its end, and move its definition with --offline.");
}

static void
test_asleep(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->vm.state = FERRY_VM_STATE_SUSPENDED;
    fx->vm->vm.reason = FERRY_VM_REASON_OTHER;
    fixture_expect(fx, &ferry_check_state, FERRY_VERDICT_WARN,
                   "the guest sleeps, and may be awake when it arrives",
                   "Wake it first with 'virsh dompmwakeup web1'.");
}

static void
test_absent(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->vm.state = FERRY_VM_STATE_NONE;
    fx->vm->vm.reason = FERRY_VM_REASON_OTHER;
    fixture_expect(fx, &ferry_check_state, FERRY_VERDICT_BLOCK,
                   "the machine is not on host 'host-a'", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose(&fx->vm->vm_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_state, FERRY_VERDICT_UNKNOWN,
                   "the machine's state is not known: connection reset", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/state/running", test_running);
    g_test_add_func("/preflight/state/paused-by-a-user", test_paused_by_a_user);
    g_test_add_func("/preflight/state/paused-by-io-error", test_paused_by_io_error);
    g_test_add_func("/preflight/state/paused-by-api-error", test_paused_by_api_error);
    g_test_add_func("/preflight/state/migrating", test_migrating);
    g_test_add_func("/preflight/state/in-post-copy", test_in_post_copy);
    g_test_add_func("/preflight/state/off", test_off);
    g_test_add_func("/preflight/state/offline-of-a-running-one", test_offline_of_a_running_one);
    g_test_add_func("/preflight/state/crashed", test_crashed);
    g_test_add_func("/preflight/state/shutting-down", test_shutting_down);
    g_test_add_func("/preflight/state/asleep", test_asleep);
    g_test_add_func("/preflight/state/absent", test_absent);
    g_test_add_func("/preflight/state/unknown", test_unknown);
    return g_test_run();
}
