// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the file system below can be: full, read-only, remote, no folder at all.

#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "fixture.h"
#include "state/drivers/sqlite-file.h"

static void
test_journal_mode(Fixture *fixture, gconstpointer data)
{
    g_assert_cmpstr(ferry_sqlite_journal_mode(0xEF53), ==, "wal");        // ext4
    g_assert_cmpstr(ferry_sqlite_journal_mode(0x01021994), ==, "wal");    // tmpfs
    g_assert_cmpstr(ferry_sqlite_journal_mode(0x6969), ==, "delete");     // NFS
    g_assert_cmpstr(ferry_sqlite_journal_mode(0xFF534D42), ==, "delete"); // CIFS
    g_assert_cmpstr(ferry_sqlite_journal_mode(0xFE534D42), ==, "delete"); // SMB2
    g_assert_cmpstr(ferry_sqlite_journal_mode(0x65735546), ==, "delete"); // sshfs
}

// Mounts of the test's own, which end with it.
// Returns: false where this user may not do that
static bool
can_mount(void)
{
    static bool done;

    if (done)
        return true;
    done = unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    return done;
}

#define FULL_HINT "Free some space there, then run the command again."

// A disk of 256 KiB fills up: the write is refused as a whole, and goes through when there is room.
static void
test_full(Fixture *fixture, gconstpointer data)
{
    g_autofree char *text =
        g_strdup_printf("cannot write '%s': database or disk is full", fixture->file);
    g_autofree char *ballast = g_build_filename(fixture->folder, "ballast", NULL);
    g_autofree char *bytes = g_strnfill((gsize)100 * KIB, 'x');
    g_autoptr(GError) error = NULL;
    FerryState *state;

    if (!can_mount()) {
        g_test_skip("a file system of its own needs root");
        return;
    }
    g_assert_cmpint(mount("none", fixture->folder, "tmpfs", 0, "size=256k"), ==, 0);
    state = open_state(fixture->folder);
    g_assert_true(g_file_set_contents(ballast, bytes, -1, NULL));
    g_assert_true(add_host(state, "kvm1", &error));
    g_assert_false(begin(state, "uuid-1", (size_t)300 * KIB, &error));
    expect_error(&error, FERRY_ERROR_STATE, text, FULL_HINT);
    g_assert_cmpint(g_remove(ballast), ==, 0);
    g_assert_true(begin(state, "uuid-1", (size_t)10 * KIB, &error));
    ferry_state_close(state);
    g_assert_cmpuint(count_hosts(fixture->folder), ==, 1);
    g_assert_cmpint(umount(fixture->folder), ==, 0);
}

// No room for even an empty database.
static void
test_full_at_start(Fixture *fixture, gconstpointer data)
{
    g_autofree char *ballast = g_build_filename(fixture->folder, "ballast", NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = g_strnfill((gsize)60 * KIB, 'x');

    if (!can_mount()) {
        g_test_skip("a file system of its own needs root");
        return;
    }
    g_assert_cmpint(mount("none", fixture->folder, "tmpfs", 0, "size=64k"), ==, 0);
    g_assert_true(g_file_set_contents(ballast, bytes, -1, NULL));
    g_assert_null(ferry_state_open(&ferry_state_driver_sqlite, fixture->folder, &error));
    g_assert_true(ferry_error_is(error, FERRY_ERROR_STATE));
    g_assert_cmpstr(ferry_error_get_hint(error), ==, FULL_HINT);
    g_assert_cmpint(g_remove(ballast), ==, 0);
    g_assert_cmpint(umount(fixture->folder), ==, 0);
}

static void
assert_read_only(Fixture *fixture, const char *verb, const char *folder)
{
    g_autofree char *text =
        g_strdup_printf("cannot %s '%s': Read-only file system", verb,
                        strcmp(verb, "make the folder") == 0 ? folder : fixture->file);
    g_autofree char *hint = g_strdup_printf(
        "Run virt-ferry as the user who owns '%s', or set FERRY_STATE_DIR to a folder that can be written.",
        fixture->folder);
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_state_open(&ferry_state_driver_sqlite, folder, &error));
    expect_error(&error, FERRY_ERROR_STATE, text, hint);
}

static void
set_read_only(const char *folder, bool read_only)
{
    g_assert_cmpint(mount(NULL, folder, NULL, MS_REMOUNT | (read_only ? MS_RDONLY : 0), NULL), ==,
                    0);
}

static void
test_read_only(Fixture *fixture, gconstpointer data)
{
    g_autofree char *below = g_build_filename(fixture->folder, "below", NULL);

    if (!can_mount()) {
        g_test_skip("a file system of its own needs root");
        return;
    }
    g_assert_cmpint(mount("none", fixture->folder, "tmpfs", 0, "size=1m"), ==, 0);
    set_read_only(fixture->folder, true);
    assert_read_only(fixture, "make", fixture->folder);
    assert_read_only(fixture, "make the folder", below);
    set_read_only(fixture->folder, false);
    g_assert_cmpuint(count_hosts(fixture->folder), ==, 0);
    set_read_only(fixture->folder, true);
    assert_read_only(fixture, "write", fixture->folder);
    set_read_only(fixture->folder, false);
    g_assert_cmpint(umount(fixture->folder), ==, 0);
}

static void
test_no_folder(Fixture *fixture, gconstpointer data)
{
    g_autofree char *text =
        g_strdup_printf("cannot make the folder '%s/x': Not a directory", fixture->file);
    g_autofree char *folder = g_build_filename(fixture->file, "x", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(g_file_set_contents(fixture->file, "", -1, NULL));
    g_assert_null(ferry_state_open(&ferry_state_driver_sqlite, folder, &error));
    g_assert_true(ferry_error_is(error, FERRY_ERROR_STATE));
    g_assert_cmpstr(error->message, ==, text);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("journal-mode", test_journal_mode);
    ADD("no-folder", test_no_folder);
    ADD("full", test_full);
    ADD("full-at-start", test_full_at_start);
    ADD("read-only", test_read_only);
    return g_test_run();
}
