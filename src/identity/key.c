// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

#define KEY_ID_DIGITS 16

static bool
check_file(const char *path, int fd, GError **error)
{
    struct stat file;

    if (fstat(fd, &file) < 0) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "cannot read key file '%s': %s", path,
                        g_strerror(errno));
        return false;
    }
    if (!S_ISREG(file.st_mode)) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "cannot use key file '%s': it is no plain file",
                        path);
        return false;
    }
    if ((file.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        ferry_error_set(error, FERRY_ERROR_USAGE,
                        "cannot use key file '%s': others than its owner may use it", path);
        ferry_error_add_hint(error, "Run 'chmod 600' on it, and make a new key if others saw it.");
        return false;
    }
    if (file.st_size < FERRY_KEY_MIN || file.st_size > FERRY_KEY_MAX) {
        ferry_error_set(error, FERRY_ERROR_USAGE,
                        "cannot use key file '%s': it has %" G_GINT64_FORMAT " bytes, not %d to %d",
                        path, (gint64)file.st_size, FERRY_KEY_MIN, FERRY_KEY_MAX);
        ferry_error_add_hint(error,
                             "Make a key with 'head -c 32 /dev/urandom' into a file of mode 600.");
        return false;
    }
    return true;
}

GBytes *
ferry_key_load(const char *path, GError **error)
{
    FERRY_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    guint8 key[FERRY_KEY_MAX];
    ssize_t n = 0;

    if (fd >= 0 && !check_file(path, fd, error))
        return NULL;
    if (fd >= 0)
        n = read(fd, key, sizeof key);
    if (fd < 0 || n < FERRY_KEY_MIN) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "cannot read key file '%s': %s", path,
                        fd < 0 || n < 0 ? g_strerror(errno) : "it became shorter");
        return NULL;
    }
    return g_bytes_new(key, (size_t)n);
}

char *
ferry_key_id(GBytes *key)
{
    static const char purpose[] = "virt-ferry/v1\0key-id";
    g_autofree char *digest =
        g_compute_hmac_for_data(G_CHECKSUM_SHA256, g_bytes_get_data(key, NULL),
                                g_bytes_get_size(key), (const guchar *)purpose, sizeof purpose - 1);

    return g_strndup(digest, KEY_ID_DIGITS);
}
