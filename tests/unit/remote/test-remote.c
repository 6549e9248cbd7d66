// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "../expect.h"
#include "remote/remote.h"

#define HERE        "qemu:///system"
#define PATIENCE_US (20 * G_TIME_SPAN_SECOND)

static int64_t
soon(void)
{
    return g_get_monotonic_time() + PATIENCE_US;
}

// Returns: the URI of a host behind an ssh of ours: the shell script @body
static char *
fake_ssh(const char *folder, const char *body)
{
    g_autofree char *path = g_build_filename(folder, "ssh", NULL);
    g_autofree char *text = g_strconcat("#!/bin/sh\n", body, NULL);
    g_autoptr(GError) error = NULL;

    g_file_set_contents(path, text, -1, &error);
    g_assert_no_error(error);
    g_assert_cmpint(g_chmod(path, 0700), ==, 0);
    return g_strdup_printf("qemu+ssh://host-a/system?command=%s", path);
}

static void
remove_folder(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "ssh", NULL);

    g_unlink(path);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static void
expect_output(const char *uri, const char *script, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *output = ferry_remote_run("host-a", uri, script, soon(), &error);

    g_assert_no_error(error);
    g_assert_cmpstr(output, ==, expected);
}

static void
expect_failure(const char *uri,
               const char *script,
               FerryErrorCode code,
               const char *cause,
               const char *hint)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strdup_printf("cannot run a script on host 'host-a': %s", cause);

    g_assert_null(ferry_remote_run("host-a", uri, script, soon(), &error));
    expect_error(&error, code, text, hint);
}

static void
test_run(void)
{
    expect_output(HERE, "echo one; echo two", "one\ntwo\n");
    expect_output(HERE, "", "");
    expect_output(HERE, "echo noise >&2; printf 'a\\000b'", "a?b");
}

static void
test_failure(void)
{
    expect_failure(HERE, "echo lost; exit 3", FERRY_ERROR_FAILED, "it ended with status 3", NULL);
    expect_failure(HERE, "echo first >&2; printf 'it is \\033 broken\\r\\n\\n' >&2; exit 1",
                   FERRY_ERROR_FAILED, "it ended with status 1: it is ? broken", NULL);
    expect_failure(HERE, "kill -KILL $$", FERRY_ERROR_FAILED, "it was ended by signal 9", NULL);
    expect_failure(HERE, "exit 255", FERRY_ERROR_FAILED, "it ended with status 255", NULL);
}

static void
test_too_much(void)
{
    expect_failure(HERE, "while :; do echo 0123456789012345678901234567890123456789; done",
                   FERRY_ERROR_FAILED, "it says more than 4 MiB", NULL);
}

// More than any pipe holds, in both directions at once.
static void
test_long_script(void)
{
    GString *script = g_string_new(NULL);
    g_autofree char *text = NULL;
    g_autofree char *line = g_strnfill(1000, 'x');

    for (unsigned i = 0; i < 600; i++)
        g_string_append_printf(script, "echo %s\n", line);
    g_string_append(script, "echo end\n");
    text = g_string_free(script, FALSE);
    g_autoptr(GError) error = NULL;
    g_autofree char *output = ferry_remote_run("host-a", HERE, text, soon(), &error);

    g_assert_no_error(error);
    g_assert_cmpuint(strlen(output), ==, 600 * 1001 + 4);
}

static void
test_conversation(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryRemote) remote = ferry_remote_start(
        "host-a", HERE,
        "main() { echo ready; while read -r a; do echo \"[$a]\"; echo; done; }; main; exit\n",
        &error);
    g_autofree char *nothing = NULL;
    g_autofree char *answer = NULL;
    g_autofree char *rest = NULL;

    g_assert_no_error(error);
    nothing = ferry_remote_read(remote, "ready", soon(), &error);
    g_assert_no_error(error);
    g_assert_cmpstr(nothing, ==, "");
    ferry_remote_send(remote, "one\ntwo\n");
    answer = ferry_remote_read(remote, "", soon(), &error);
    g_assert_no_error(error);
    g_assert_cmpstr(answer, ==, "[one]\n");
    g_clear_pointer(&answer, g_free);
    answer = ferry_remote_read(remote, "", soon(), &error);
    g_assert_no_error(error);
    g_assert_cmpstr(answer, ==, "[two]\n");
    rest = ferry_remote_take(remote);
    g_assert_cmpstr(rest, ==, "");
}

// What came so far is not lost, but for a line that is not whole.
static void
test_timeout(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryRemote) remote =
        ferry_remote_start("host-a", HERE, "echo one; printf half; sleep 60\n", &error);
    g_autofree char *told = NULL;
    int64_t begin_us = g_get_monotonic_time();

    g_assert_no_error(error);
    g_assert_null(
        ferry_remote_read(remote, "never", begin_us + 200 * G_TIME_SPAN_MILLISECOND, &error));
    expect_error(&error, FERRY_ERROR_TIMEOUT,
                 "cannot run a script on host 'host-a': it did not answer in time", NULL);
    g_assert_cmpint(g_get_monotonic_time() - begin_us, <, PATIENCE_US);
    told = ferry_remote_take(remote);
    g_assert_cmpstr(told, ==, "one\n");
}

static void
test_ends_too_early(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryRemote) remote = ferry_remote_start("host-a", HERE, "echo one; exit\n", &error);

    g_assert_no_error(error);
    g_assert_null(ferry_remote_read(remote, "two", soon(), &error));
    expect_error(&error, FERRY_ERROR_FAILED,
                 "cannot run a script on host 'host-a': it ended before it said 'two'", NULL);
}

// The reader is gone: no SIGPIPE ends the program, and reading tells what became of it.
static void
test_listens_no_more(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryRemote) remote =
        ferry_remote_start("host-a", HERE, "exec <&-; echo bye; sleep 0.2; exit 3\n", &error);
    g_autofree char *told = NULL;
    sigset_t pending;

    g_assert_no_error(error);
    signal(SIGPIPE, SIG_DFL);
    told = ferry_remote_read(remote, "bye", soon(), &error);
    g_assert_no_error(error);
    ferry_remote_send(remote, "hello\n");
    ferry_remote_send(remote, "are you there\n");
    sigpending(&pending);
    g_assert_cmpint(sigismember(&pending, SIGPIPE), ==, 0);
    g_assert_null(ferry_remote_read(remote, "yes", soon(), &error));
    expect_error(&error, FERRY_ERROR_FAILED,
                 "cannot run a script on host 'host-a': it ended with status 3", NULL);
}

static void
test_ssh(void)
{
    g_autofree char *folder = g_dir_make_tmp("virt-ferry-XXXXXX", NULL);
    g_autofree char *good = fake_ssh(folder, "echo \"$*\"; exec sh -s\n");

    expect_output(
        good, "echo there; exit 0",
        "-T -o BatchMode=\"yes\" -o ConnectTimeout=\"5\" -o ClearAllForwardings=\"yes\" -- "
        "host-a sh -s\nthere\n");
    g_autofree char *refused =
        fake_ssh(folder, "echo 'Permission denied (publickey).' >&2; exit 255\n");

    expect_failure(refused, "echo there", FERRY_ERROR_UNREACHABLE, "Permission denied (publickey).",
                   "Make 'ssh -o BatchMode=yes' to host 'host-a' work from here.");
    g_autofree char *mute = fake_ssh(folder, "exit 255\n");

    expect_failure(mute, "echo there", FERRY_ERROR_UNREACHABLE, "ssh failed",
                   "Make 'ssh -o BatchMode=yes' to host 'host-a' work from here.");
    remove_folder(folder);
}

// A master connection that ssh leaves behind keeps stderr open; nobody waits for it.
static void
test_ssh_master(void)
{
    g_autofree char *folder = g_dir_make_tmp("virt-ferry-XXXXXX", NULL);
    g_autofree char *uri = fake_ssh(folder, "sleep 60 </dev/null >/dev/null & exec sh -s\n");
    int64_t begin_us = g_get_monotonic_time();

    expect_output(uri, "echo there; exit", "there\n");
    g_assert_cmpint(g_get_monotonic_time() - begin_us, <, PATIENCE_US);
    remove_folder(folder);
}

static void
test_no_ssh(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_remote_start("host-a", "qemu+ssh://host-a/system?command=/nonexistent/ssh",
                                     "", &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_UNREACHABLE);
    g_clear_error(&error);
    g_assert_null(ferry_remote_start("host-a", "qemu+tcp://host-a/system", "", &error));
    expect_error(
        &error, FERRY_ERROR_UNSUPPORTED,
        "cannot run a script on host 'host-a': its URI uses 'tcp', which runs no scripts as ssh does",
        NULL);
}

// Freed in the middle, a script gets the time to take away what it made.
static void
test_end_in_the_middle(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("virt-ferry-XXXXXX", NULL);
    g_autofree char *mark = g_build_filename(folder, "mark", NULL);
    g_autofree char *script =
        // the end of its input and a signal may both come: the second must not end the first one's work
        g_strdup_printf("main() { trap 'trap \"\" HUP INT TERM PIPE; sleep 2; rm -f %s' EXIT\n"
                        "trap 'exit 1' HUP INT TERM PIPE\n"
                        ": >%s; echo made; read -r never; exit 1; }\nmain; exit\n",
                        mark, mark);
    FerryRemote *remote = ferry_remote_start("host-a", HERE, script, &error);
    G_GNUC_UNUSED g_autofree char *told = ferry_remote_read(remote, "made", soon(), &error);
    int64_t begin_us = g_get_monotonic_time();

    g_assert_no_error(error);
    g_assert_true(g_file_test(mark, G_FILE_TEST_EXISTS));
    ferry_remote_free(remote);
    g_assert_cmpint(g_get_monotonic_time() - begin_us, <, G_TIME_SPAN_SECOND);
    while (g_file_test(mark, G_FILE_TEST_EXISTS) && g_get_monotonic_time() < begin_us + PATIENCE_US)
        g_usleep(20000);
    remove_folder(folder);
}

static unsigned
count_open_files(void)
{
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    unsigned n = 0;

    while (g_dir_read_name(dir) != NULL)
        n++;
    return n;
}

static bool
has_children(void)
{
    siginfo_t info;

    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static void
test_nothing_is_left(void)
{
    unsigned before = count_open_files();
    int64_t end_us = soon();

    for (unsigned i = 0; i < 20; i++) {
        g_autoptr(FerryRemote) remote = ferry_remote_start("host-a", HERE, "sleep 0.2\n", NULL);

        g_assert_nonnull(remote);
        expect_output(HERE, "echo one", "one\n");
    }
    g_assert_cmpuint(count_open_files(), ==, before);
    // Not even a zombie, once the reapers are through.
    while (has_children() && g_get_monotonic_time() < end_us)
        g_usleep(20000);
    g_assert_false(has_children());
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/remote/run", test_run);
    g_test_add_func("/remote/failure", test_failure);
    g_test_add_func("/remote/too-much", test_too_much);
    g_test_add_func("/remote/long-script", test_long_script);
    g_test_add_func("/remote/conversation", test_conversation);
    g_test_add_func("/remote/timeout", test_timeout);
    g_test_add_func("/remote/ends-too-early", test_ends_too_early);
    g_test_add_func("/remote/listens-no-more", test_listens_no_more);
    g_test_add_func("/remote/ssh", test_ssh);
    g_test_add_func("/remote/ssh-master", test_ssh_master);
    g_test_add_func("/remote/no-ssh", test_no_ssh);
    g_test_add_func("/remote/end-in-the-middle", test_end_in_the_middle);
    g_test_add_func("/remote/nothing-is-left", test_nothing_is_left);
    return g_test_run();
}
