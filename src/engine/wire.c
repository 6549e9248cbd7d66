// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/json.h"

bool
ferry_wire_pair(int ret_fds[2], GError **error)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) == 0)
        return true;
    ferry_error_set(error, FERRY_ERROR_FAILED, "cannot make a socket pair: %s", g_strerror(errno));
    return false;
}

// Opens the folder of sockets below @state_path, making it where it is missing.
static int
open_folder(const char *state_path, GError **error)
{
    g_autofree char *folder = g_build_filename(state_path, "run", NULL);
    int fd;

    if (mkdir(folder, 0700) < 0 && errno != EEXIST) {
        ferry_error_set(error, FERRY_ERROR_STATE, "cannot make folder '%s': %s", folder,
                        g_strerror(errno));
        return -1;
    }
    fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        ferry_error_set(error, FERRY_ERROR_STATE, "cannot open folder '%s': %s", folder,
                        g_strerror(errno));
    return fd;
}

// A socket's path has 107 bytes at most, a state folder may have more: the address goes through the open
// folder's descriptor.
static struct sockaddr_un
address_of(int folder, int64_t id)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    g_snprintf(address.sun_path, sizeof(address.sun_path),
               "/proc/self/fd/%d/move-%" G_GINT64_FORMAT ".sock", folder, id);
    return address;
}

int
ferry_wire_listen(const char *state_path, int64_t id, GError **error)
{
    FERRY_AUTO_FD int folder = open_folder(state_path, error);
    FERRY_AUTO_FD int fd = -1;
    struct sockaddr_un address;

    if (folder < 0)
        return -1;
    address = address_of(folder, id);
    unlink(address.sun_path);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
        listen(fd, 8) == 0)
        return g_steal_fd(&fd);
    ferry_error_set(error, FERRY_ERROR_STATE, "cannot listen for viewers in '%s': %s", state_path,
                    g_strerror(errno));
    return -1;
}

int
ferry_wire_connect(const char *state_path, int64_t id, GError **error)
{
    FERRY_AUTO_FD int folder = open_folder(state_path, error);
    FERRY_AUTO_FD int fd = -1;
    struct sockaddr_un address;

    if (folder < 0)
        return -1;
    address = address_of(folder, id);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return g_steal_fd(&fd);
    ferry_error_set(error, FERRY_ERROR_MOVE_NOT_FOUND,
                    "no runner answers for move %" G_GINT64_FORMAT ": %s", id, g_strerror(errno));
    return -1;
}

void
ferry_wire_unlink(const char *state_path, int64_t id)
{
    FERRY_AUTO_FD int folder = open_folder(state_path, NULL);
    struct sockaddr_un address;

    if (folder < 0)
        return;
    address = address_of(folder, id);
    unlink(address.sun_path);
}

bool
ferry_wire_send(int fd, JsonNode *message)
{
    g_autofree char *text = ferry_json_format(message);
    size_t size = strlen(text);

    return send(fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size;
}

JsonNode *
ferry_wire_receive(int fd, bool *ret_end)
{
    g_autofree char *text = g_malloc(FERRY_WIRE_MAX + 1);
    ssize_t size;

    do
        size = recv(fd, text, FERRY_WIRE_MAX, 0);
    while (size < 0 && errno == EINTR);
    *ret_end = size == 0 || (size < 0 && errno != EAGAIN);
    if (size <= 0)
        return NULL;
    text[size] = '\0';
    return json_from_string(text, NULL);
}
