// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

#define KEY_FILE "identity.key"

static void
fail(GError **error, const char *path, const char *doing)
{
    int cause = errno;

    ferry_error_set(error, FERRY_ERROR_STATE, "cannot %s the key '%s': %s", doing, path,
                    g_strerror(cause));
}

// A file without a name gets one when it is whole: nobody finds half a key, and the second of two finds it taken.
static bool
make_key(const char *folder, const char *path, GError **error)
{
    FERRY_AUTO_FD int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    g_autofree char *self = g_strdup_printf("/proc/self/fd/%d", fd);
    FerryIdentityKey key;
    bool done;

    if (fd < 0 || getrandom(key.bytes, sizeof key.bytes, 0) != (ssize_t)sizeof key.bytes) {
        fail(error, path, "make");
        return false;
    }
    done = write(fd, key.bytes, sizeof key.bytes) == (ssize_t)sizeof key.bytes && fsync(fd) == 0 &&
           (linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 || errno == EEXIST);
    if (!done)
        fail(error, path, "write");
    explicit_bzero(&key, sizeof key);
    return done;
}

FerryIdentityKey *
ferry_identity_key_load(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, KEY_FILE, NULL);
    g_autofree FerryIdentityKey *key = g_new0(FerryIdentityKey, 1);
    FERRY_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t more;

    if (fd < 0 && errno == ENOENT) {
        if (!make_key(folder, path, error))
            return NULL;
        fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    if (fd < 0) {
        fail(error, path, "open");
        return NULL;
    }
    if (read(fd, key->bytes, sizeof key->bytes) != (ssize_t)sizeof key->bytes ||
        read(fd, &more, 1) != 0) {
        ferry_error_set(error, FERRY_ERROR_STATE_CORRUPT,
                        "cannot use the key '%s': it is not of %d bytes", path,
                        FERRY_IDENTITY_KEY_SIZE);
        ferry_error_add_hint(
            error,
            "Bring it back from a backup, or remove it: then digests made so far compare with none made later.");
        return NULL;
    }
    return g_steal_pointer(&key);
}

char *
ferry_identity_digest(const FerryIdentityKey *key, const char *what, const char *value)
{
    GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, key->bytes, sizeof key->bytes);
    char *digest;

    // The zero keeps the two apart.
    g_hmac_update(hmac, (const unsigned char *)what, (gssize)strlen(what) + 1);
    g_hmac_update(hmac, (const unsigned char *)value, (gssize)strlen(value));
    digest = g_strconcat("hmac:", g_hmac_get_string(hmac), NULL);
    g_hmac_unref(hmac);
    return digest;
}
