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

#include "config-gen.h"

enum { FIRST_FD = 3, OUTPUT_MAX_MIB = 4 };
#define GRACE_US   (10 * G_TIME_SPAN_SECOND)
#define OUTPUT_MAX ((size_t)OUTPUT_MAX_MIB << 20)

static const char *const programs[] = {
    [FERRY_DISK_READER] = "virt-ferry-disk-reader",
    [FERRY_DISK_READER_GUESTFS] = "virt-ferry-disk-reader-guestfs",
};

// The program of this build where it is not installed yet.
static char *
find_program(FerryDiskReader reader)
{
    const char *folder = g_getenv("FERRY_LIBEXEC_DIR");

    return g_build_filename(folder != NULL ? folder : FERRY_LIBEXEC_DIR, programs[reader], NULL);
}

char *
ferry_disk_why_no_reader(FerryDiskReader reader)
{
    g_autofree char *program = find_program(reader);

    if (g_file_test(program, G_FILE_TEST_IS_EXECUTABLE))
        return NULL;
    return g_strdup_printf("'%s' is not installed: %s", program,
                           reader == FERRY_DISK_READER_GUESTFS
                               ? "install it, or look with '--via disk' or '--via qga'"
                               : "install virt-ferry anew");
}

// The small one needs nothing; what libguestfs is told by the environment it is told here too.
// Returns: (transfer full)
static GStrv
make_environment(FerryDiskReader reader)
{
    static const char *const passed[] = {"PATH", "HOME", "TMPDIR"};
    g_auto(GStrv) names = g_listenv();
    g_auto(GStrv) environment = g_environ_setenv(NULL, "LC_ALL", "C", TRUE);

    if (reader == FERRY_DISK_READER)
        return g_steal_pointer(&environment);
    for (unsigned i = 0; i < G_N_ELEMENTS(passed); i++)
        if (g_getenv(passed[i]) != NULL)
            environment = g_environ_setenv(environment, passed[i], g_getenv(passed[i]), TRUE);
    for (unsigned i = 0; names[i] != NULL; i++)
        if (g_str_has_prefix(names[i], "LIBGUESTFS_") || g_str_has_prefix(names[i], "SUPERMIN_"))
            environment = g_environ_setenv(environment, names[i], g_getenv(names[i]), TRUE);
    return g_steal_pointer(&environment);
}

static GPtrArray *
make_command(const char *program, const FerryDiskList *disks, const char *const *paths)
{
    GPtrArray *command = g_ptr_array_new();

    g_ptr_array_add(command, (char *)program);
    for (unsigned i = 0; i < disks->n; i++)
        g_ptr_array_add(command, (char *)disks->names[i]);
    g_ptr_array_add(command, (char *)"--");
    for (; *paths != NULL; paths++)
        g_ptr_array_add(command, (char *)*paths);
    g_ptr_array_add(command, NULL);
    return command;
}

typedef struct Child {
    GPid pid;
    int out; // our ends
    int err;
} Child;

static bool
start(GPtrArray *command, GStrv environment, const FerryDiskList *disks, Child *ret, GError **error)
{
    g_autofree int *targets = g_new(int, disks->n);

    for (unsigned i = 0; i < disks->n; i++)
        targets[i] = FIRST_FD + (int)i;
    return g_spawn_async_with_pipes_and_fds(NULL, (const char *const *)command->pdata,
                                            (const char *const *)environment,
                                            G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CLOEXEC_PIPES, NULL,
                                            NULL, -1, -1, -1, disks->fds, targets, disks->n,
                                            &ret->pid, NULL, &ret->out, &ret->err, error);
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

// The small one has nothing to clean up.
static void
end_late(const Child *child, FerryDiskReader reader, GString *output)
{
    int64_t grace_us = g_get_monotonic_time() + GRACE_US;

    if (reader == FERRY_DISK_READER_GUESTFS) {
        kill(child->pid, SIGTERM);
        while (read_some(child->out, output, grace_us))
            continue;
    }
    kill(child->pid, SIGKILL);
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
ferry_disk_run_reader(FerryDiskReader reader,
                      const FerryDiskList *disks,
                      const char *const *paths,
                      int64_t deadline_us,
                      char **ret_why)
{
    g_autofree char *program = find_program(reader);
    g_auto(GStrv) environment = make_environment(reader);
    g_autoptr(GPtrArray) command = make_command(program, disks, paths);
    g_autoptr(GString) output = g_string_new(NULL);
    g_autoptr(GString) complaint = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    Child child;
    bool late;
    int status = 0;

    if (!start(command, environment, disks, &child, &error)) {
        *ret_why = g_strdup(error->message);
        return NULL;
    }
    while (read_some(child.out, output, deadline_us))
        continue;
    late = g_get_monotonic_time() >= deadline_us;
    // It has said all, or too much, or nothing in time.
    if (late || output->len > OUTPUT_MAX)
        end_late(&child, reader, output);
    while (read_some(child.err, complaint, deadline_us))
        continue;
    while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
        continue;
    close(child.out);
    close(child.err);
    if (status == 0 && !late && output->len <= OUTPUT_MAX)
        return g_strndup(output->str, output->len);
    *ret_why = explain(status, complaint, late);
    return NULL;
}
