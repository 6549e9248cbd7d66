// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "remote/remote.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

enum { OUTPUT_MAX_MIB = 4 };
#define OUTPUT_MAX ((size_t)OUTPUT_MAX_MIB << 20)
enum { ERRORS_MAX = 16384 };
// A shell that is told to end first takes away what it made.
#define GRACE_US      (10 * G_TIME_SPAN_SECOND)
#define LOOK_AGAIN_US 5000

struct FerryRemote {
    char *name;
    bool over_ssh;
    pid_t pid; // 0: reaped
    int status;
    int input, output, errors; // our ends; -1: closed
    bool complete;             // nothing will be sent any more: its input ends
    GString *unsent;           // what the script is to read yet
    GString *said;             // what it printed and nobody has read yet
    GString *complaint;        // what came on stderr, the last of it
};

static void G_GNUC_PRINTF(4, 5)
    fail(GError **error, FerryErrorCode code, const char *name, const char *format, ...)
{
    g_autofree char *cause = NULL;
    va_list arguments;

    va_start(arguments, format);
    cause = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    ferry_error_set(error, code, "cannot run a script on host '%s': %s", name, cause);
}

static void
close_fd(int *fd)
{
    ferry_fd_clear(fd);
    *fd = -1;
}

FerryRemote *
ferry_remote_start_command(const char *name, GStrv command, const char *script, GError **error)
{
    g_autoptr(GError) cause = NULL;
    FerryRemote *remote;
    GPid pid;
    int fds[3];

    // stdin, stdout and stderr are pipes that no other child inherits.
    if (!g_spawn_async_with_pipes(NULL, command, NULL,
                                  G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                      G_SPAWN_CLOEXEC_PIPES,
                                  NULL, NULL, &pid, &fds[0], &fds[1], &fds[2], &cause)) {
        fail(error, FERRY_ERROR_UNREACHABLE, name, "%s", cause->message);
        return NULL;
    }
    remote = g_new0(FerryRemote, 1);
    remote->name = g_strdup(name);
    remote->over_ssh = g_strv_length(command) > 2; // more than 'sh -s'
    remote->pid = pid;
    remote->input = fds[0];
    remote->output = fds[1];
    remote->errors = fds[2];
    remote->unsent = g_string_new(script);
    remote->said = g_string_new(NULL);
    remote->complaint = g_string_new(NULL);
    g_unix_set_fd_nonblocking(remote->input, TRUE, NULL);
    return remote;
}

FerryRemote *
ferry_remote_start(const char *name, const char *uri, const char *script, GError **error)
{
    g_auto(GStrv) command = ferry_remote_command(name, uri, error);

    return command != NULL ? ferry_remote_start_command(name, command, script, error) : NULL;
}

// write() to a pipe whose reader is gone must not end the program: SIGPIPE is held back, and taken away, in this
// thread alone.
static ssize_t
write_quietly(int fd, const char *data, size_t size)
{
    static const struct timespec now = {0};
    sigset_t broken, before, pending;
    bool was_pending;
    ssize_t written;
    int cause;

    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    sigpending(&pending);
    was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &broken, &before);
    written = write(fd, data, size);
    cause = errno;
    if (written < 0 && cause == EPIPE && !was_pending)
        while (sigtimedwait(&broken, NULL, &now) < 0 && errno == EINTR)
            continue;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = cause;
    return written;
}

// A script that reads no more is no error here: its output and its status say what became of it.
static void
send_some(FerryRemote *remote)
{
    ssize_t written = write_quietly(remote->input, remote->unsent->str, remote->unsent->len);

    if (written >= 0)
        g_string_erase(remote->unsent, 0, written);
    else if (errno != EAGAIN && errno != EINTR)
        close_fd(&remote->input);
}

// Returns: false at the end
static bool
read_some(int fd, GString *into)
{
    char buffer[4096];
    ssize_t size = read(fd, buffer, sizeof buffer);

    if (size < 0)
        return errno == EINTR || errno == EAGAIN;
    // A zero byte would hide what follows it.
    for (ssize_t i = 0; i < size; i++)
        if (buffer[i] == '\0')
            buffer[i] = '?';
    g_string_append_len(into, buffer, size);
    return size > 0;
}

static void
read_errors(FerryRemote *remote)
{
    if (!read_some(remote->errors, remote->complaint))
        close_fd(&remote->errors);
    if (remote->complaint->len > ERRORS_MAX)
        g_string_erase(remote->complaint, 0, (gssize)remote->complaint->len - ERRORS_MAX);
}

// Waits for one of the three pipes, and serves it.
// Returns: false when the time is up
static bool
exchange(FerryRemote *remote, int64_t deadline_us)
{
    struct pollfd fds[] = {
        {.fd = remote->output, .events = POLLIN},
        {.fd = remote->errors, .events = POLLIN},
        {.fd = remote->unsent->len > 0 ? remote->input : -1, .events = POLLOUT},
    };
    int64_t left_us = deadline_us - g_get_monotonic_time();
    int ready;

    if (left_us <= 0)
        return false;
    if (remote->complete && remote->unsent->len == 0)
        close_fd(&remote->input);
    ready = poll(fds, G_N_ELEMENTS(fds), (int)MIN(left_us / 1000 + 1, G_MAXINT));
    if (ready <= 0)
        return true;
    if (fds[2].revents != 0)
        send_some(remote);
    if (fds[1].revents != 0)
        read_errors(remote);
    if (fds[0].revents != 0 && !read_some(remote->output, remote->said))
        close_fd(&remote->output);
    return true;
}

// Returns: true when the child is gone, false when the time is up
static bool
reap(FerryRemote *remote, int64_t deadline_us)
{
    while (remote->pid != 0) {
        pid_t pid = waitpid(remote->pid, &remote->status, WNOHANG);

        if (pid == remote->pid || (pid < 0 && errno != EINTR)) {
            remote->pid = 0;
            break;
        }
        if (g_get_monotonic_time() >= deadline_us)
            return false;
        g_usleep(LOOK_AGAIN_US);
    }
    return true;
}

// @from: the begin of the first line that was not looked at yet
// Returns: where @line stands in what was said: its begin; -1: not yet
static gssize
find_line(const FerryRemote *remote, const char *line, size_t *from)
{
    size_t length = strlen(line);

    while (true) {
        const char *at = remote->said->str + *from;
        const char *end = strchr(at, '\n');

        if (end == NULL)
            return -1;
        if ((size_t)(end - at) == length && memcmp(at, line, length) == 0)
            return (gssize)*from;
        *from += (size_t)(end + 1 - at);
    }
}

// Takes the first @length bytes of what was said, and passes over @skip more.
static char *
take(FerryRemote *remote, size_t length, size_t skip)
{
    char *text = g_strndup(remote->said->str, length);

    g_string_erase(remote->said, 0, (gssize)(length + skip));
    return text;
}

// The last line on stderr, fit to be shown. (transfer full) NULL: none
static char *
last_complaint(FerryRemote *remote)
{
    g_autofree char *text = g_utf8_make_valid(remote->complaint->str, -1);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(g_strdelimit(text, "\r", '\n')), "\n", -1);
    unsigned n = g_strv_length(lines);

    if (n == 0)
        return NULL;
    for (char *at = lines[n - 1]; *at != '\0'; at++)
        if (g_ascii_iscntrl(*at))
            *at = '?';
    return g_strdup(g_strstrip(lines[n - 1]));
}

static void
add_ssh_hint(FerryRemote *remote, GError **error)
{
    ferry_error_add_hint(error, "Make 'ssh -o BatchMode=yes' to host '%s' work from here.",
                         remote->name);
}

// The script ended, well or not, without the line that was waited for.
static void
set_end_error(FerryRemote *remote, const char *line, GError **error)
{
    g_autofree char *complaint = last_complaint(remote);
    int status = WIFEXITED(remote->status) ? WEXITSTATUS(remote->status) : -1;

    // ssh's own failures (ssh(1)): a script of ours never ends so.
    if (remote->over_ssh && status == 255) {
        fail(error, FERRY_ERROR_UNREACHABLE, remote->name, "%s",
             complaint != NULL ? complaint : "ssh failed");
        add_ssh_hint(remote, error);
    } else if (status == 0) {
        fail(error, FERRY_ERROR_FAILED, remote->name, "it ended before it said '%s'", line);
    } else if (status > 0) {
        fail(error, FERRY_ERROR_FAILED, remote->name, "it ended with status %d%s%s", status,
             complaint != NULL ? ": " : "", complaint != NULL ? complaint : "");
    } else {
        fail(error, FERRY_ERROR_FAILED, remote->name, "it was ended by signal %d",
             WTERMSIG(remote->status));
    }
}

static void
set_timeout_error(FerryRemote *remote, GError **error)
{
    fail(error, FERRY_ERROR_TIMEOUT, remote->name, "it did not answer in time");
}

// What still stands in the pipe of stderr when the script has ended; nobody is waited for: ssh may have left a
// master process behind that keeps it open.
static void
drain_errors(FerryRemote *remote)
{
    if (remote->errors < 0)
        return;
    g_unix_set_fd_nonblocking(remote->errors, TRUE, NULL);
    while (remote->errors >= 0) {
        size_t before = remote->complaint->len;

        read_errors(remote);
        if (remote->complaint->len == before)
            break;
    }
}

char *
ferry_remote_read(FerryRemote *remote, const char *line, int64_t deadline_us, GError **error)
{
    size_t from = 0;

    if (line == NULL)
        remote->complete = true;
    while (true) {
        gssize at = line != NULL ? find_line(remote, line, &from) : -1;

        if (at >= 0)
            return take(remote, (size_t)at, strlen(line) + 1);
        if (remote->said->len > OUTPUT_MAX) {
            fail(error, FERRY_ERROR_FAILED, remote->name, "it says more than %d MiB",
                 OUTPUT_MAX_MIB);
            return NULL;
        }
        if (remote->output < 0)
            break;
        if (!exchange(remote, deadline_us)) {
            set_timeout_error(remote, error);
            return NULL;
        }
    }
    if (!reap(remote, deadline_us)) {
        set_timeout_error(remote, error);
        return NULL;
    }
    drain_errors(remote);
    if (line != NULL || !WIFEXITED(remote->status) || WEXITSTATUS(remote->status) != 0) {
        set_end_error(remote, line, error);
        return NULL;
    }
    return take(remote, remote->said->len, 0);
}

char *
ferry_remote_take(FerryRemote *remote)
{
    const char *end = strrchr(remote->said->str, '\n');

    return take(remote, end != NULL ? (size_t)(end + 1 - remote->said->str) : 0, 0);
}

void
ferry_remote_send(FerryRemote *remote, const char *text)
{
    g_string_append(remote->unsent, text);
    if (remote->input >= 0)
        send_some(remote);
}

// Ends in a thread of its own what does not end at once, so that nobody waits for it.
static gpointer
reap_later(gpointer data)
{
    g_autoptr(FerryRemote) remote = data;

    if (!reap(remote, g_get_monotonic_time() + GRACE_US)) {
        kill(remote->pid, SIGKILL);
        reap(remote, G_MAXINT64);
    }
    return NULL;
}

void
ferry_remote_free(FerryRemote *remote)
{
    if (remote == NULL)
        return;
    close_fd(&remote->input);
    close_fd(&remote->output);
    close_fd(&remote->errors);
    if (!reap(remote, 0)) {
        kill(remote->pid, SIGTERM);
        g_thread_unref(g_thread_new("ferry-reaper", reap_later, remote));
        return;
    }
    g_string_free(remote->unsent, TRUE);
    g_string_free(remote->said, TRUE);
    g_string_free(remote->complaint, TRUE);
    g_free(remote->name);
    g_free(remote);
}

char *
ferry_remote_run(const char *name,
                 const char *uri,
                 const char *script,
                 int64_t deadline_us,
                 GError **error)
{
    g_autoptr(FerryRemote) remote = ferry_remote_start(name, uri, script, error);

    return remote != NULL ? ferry_remote_read(remote, NULL, deadline_us, error) : NULL;
}
