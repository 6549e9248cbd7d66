// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../expect.h"

#define BIG ((size_t)1024 * 1024)

static void
test_auto(void)
{
    int number;

    {
        FERRY_AUTO_FD int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

        g_assert_cmpint(fd, >=, 0);
        number = fd;
    }
    g_assert_cmpint(fcntl(number, F_GETFD), ==, -1);
    {
        FERRY_AUTO_FD int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

        number = g_steal_fd(&fd);
    }
    g_assert_cmpint(fcntl(number, F_GETFD), !=, -1);
    close(number);
}

static gpointer
read_all(gpointer data)
{
    int fd = GPOINTER_TO_INT(data);
    size_t total = 0;
    char chunk[333];
    ssize_t got = read(fd, chunk, sizeof chunk);

    for (; got > 0; got = read(fd, chunk, sizeof chunk))
        total += (size_t)got;
    return GSIZE_TO_POINTER(total);
}

// A pipe takes 64 KiB: the rest is written as the reader makes room.
static void
test_whole(void)
{
    g_autofree char *data = g_malloc0(BIG);
    g_autoptr(GError) error = NULL;
    GThread *reader;
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    reader = g_thread_new("reader", read_all, GINT_TO_POINTER(ends[0]));
    g_assert_true(ferry_fd_write_all(ends[1], data, BIG, "the report", &error));
    g_assert_no_error(error);
    close(ends[1]);
    g_assert_cmpuint(GPOINTER_TO_SIZE(g_thread_join(reader)), ==, BIG);
    close(ends[0]);
}

static void
test_no_reader(void)
{
    g_autoptr(GError) error = NULL;
    int ends[2];

    (void)signal(SIGPIPE, SIG_IGN);
    g_assert_cmpint(pipe(ends), ==, 0);
    close(ends[0]);
    g_assert_false(ferry_fd_write_all(ends[1], "x", 1, "the report", &error));
    g_assert_cmpint(ferry_error_get_library_number(error), ==, EPIPE);
    expect_error(&error, FERRY_ERROR_OUTPUT, "cannot write the report: Broken pipe", NULL);
    close(ends[1]);
}

static void
test_full(void)
{
    FERRY_AUTO_FD int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    g_autoptr(GError) error = NULL;

    g_assert_false(ferry_fd_write_all(fd, "x", 1, "standard output", &error));
    expect_error(&error, FERRY_ERROR_OUTPUT,
                 "cannot write standard output: No space left on device", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fd/auto", test_auto);
    g_test_add_func("/fd/whole", test_whole);
    g_test_add_func("/fd/no-reader", test_no_reader);
    g_test_add_func("/fd/full", test_full);
    return g_test_run();
}
