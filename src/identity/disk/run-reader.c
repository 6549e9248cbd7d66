// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/disk/run-reader.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "config-gen.h"

#define PROGRAM "virt-ferry-disk-reader"
enum { FIRST_FD = 3, OUTPUT_MAX_MIB = 4 };
#define OUTPUT_MAX ((size_t)OUTPUT_MAX_MIB << 20)

// The program of this build where it is not installed yet.
static char *
find_program(void)
{
    const char *folder = g_getenv("FERRY_LIBEXEC_DIR");

    return g_build_filename(folder != NULL ? folder : FERRY_LIBEXEC_DIR, PROGRAM, NULL);
}

static GPtrArray *
make_command(const char *program, const char *const *names, unsigned n, const char *const *paths)
{
    GPtrArray *command = g_ptr_array_new();

    g_ptr_array_add(command, (char *)program);
    for (unsigned i = 0; i < n; i++)
        g_ptr_array_add(command, (char *)names[i]);
    g_ptr_array_add(command, (char *)"--");
    for (; *paths != NULL; paths++)
        g_ptr_array_add(command, (char *)*paths);
    g_ptr_array_add(command, NULL);
    return command;
}

// @ret_out, @ret_err: our ends
static bool
start(GPtrArray *command,
      const int *fds,
      unsigned n,
      GPid *ret_pid,
      int *ret_out,
      int *ret_err,
      GError **error)
{
    static const char *const environment[] = {"LC_ALL=C", NULL};
    g_autofree int *targets = g_new(int, n);

    for (unsigned i = 0; i < n; i++)
        targets[i] = FIRST_FD + (int)i;
    return g_spawn_async_with_pipes_and_fds(NULL, (const char *const *)command->pdata, environment,
                                            G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CLOEXEC_PIPES, NULL,
                                            NULL, -1, -1, -1, fds, targets, n, ret_pid, NULL,
                                            ret_out, ret_err, error);
}

// Returns: false at the end of the output, the time or the patience
static bool
read_some(int fd, GString *output, int64_t deadline_us)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    int64_t left_us = deadline_us - g_get_monotonic_time();
    char buffer[16384];
    ssize_t size;
    int ready;

    if (left_us <= 0 || output->len > OUTPUT_MAX)
        return false;
    ready = poll(&poll_fd, 1, (int)MIN(left_us / 1000 + 1, G_MAXINT));
    if (ready <= 0)
        return ready == 0 || errno == EINTR;
    size = read(fd, buffer, sizeof buffer);
    if (size > 0)
        g_string_append_len(output, buffer, size);
    return size > 0 || (size < 0 && errno == EINTR);
}

static char *
explain(int status, const GString *complaint, bool late)
{
    g_autofree char *line = g_strndup(complaint->str, strcspn(complaint->str, "\n"));

    if (late)
        return g_strdup("it did not come to an end in time");
    if (*line != '\0')
        return g_strdup(line);
    if (WIFSIGNALED(status))
        return g_strdup_printf("the reader was ended by signal %d", WTERMSIG(status));
    return g_strdup_printf("the reader ended with status %d", WEXITSTATUS(status));
}

char *
ferry_disk_run_reader(const char *const *names,
                      const int *fds,
                      unsigned n,
                      const char *const *paths,
                      int64_t deadline_us,
                      char **ret_why)
{
    g_autofree char *program = find_program();
    g_autoptr(GPtrArray) command = make_command(program, names, n, paths);
    g_autoptr(GString) output = g_string_new(NULL);
    g_autoptr(GString) complaint = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    FERRY_AUTO_FD int out = -1;
    FERRY_AUTO_FD int err = -1;
    bool late;
    int status = 0;
    GPid pid;

    if (!start(command, fds, n, &pid, &out, &err, &error)) {
        *ret_why = g_strdup(error->message);
        return NULL;
    }
    while (read_some(out, output, deadline_us))
        continue;
    late = g_get_monotonic_time() >= deadline_us;
    // It has said all, or too much, or nothing in time.
    if (late || output->len > OUTPUT_MAX)
        kill(pid, SIGKILL);
    while (read_some(err, complaint, deadline_us))
        continue;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (status == 0 && !late && output->len <= OUTPUT_MAX)
        return g_strndup(output->str, output->len);
    *ret_why = explain(status, complaint, late);
    return NULL;
}
