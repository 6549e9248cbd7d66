// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the database can suffer: damage, other versions, other programs, several processes at once.

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "state/drivers/sqlite-file.h"

static unsigned
get_mode(const char *path)
{
    struct stat info;

    g_assert_cmpint(stat(path, &info), ==, 0);
    return info.st_mode & 0777;
}

// Whatever the umask is; and what was written is there after the next open.
static void
test_files(Fixture *fixture, gconstpointer data)
{
    g_autofree char *folder = g_build_filename(fixture->folder, "a", "b", NULL);
    g_autofree char *file = g_build_filename(folder, "state.db", NULL);
    g_autofree char *wal = g_strconcat(file, "-wal", NULL);
    mode_t old = umask(0);
    FerryState *state = open_state(folder);

    umask(old);
    g_assert_true(add_host(state, "kvm1", NULL));
    g_assert_cmpstr(ferry_state_path(state), ==, folder);
    g_assert_cmpuint(get_mode(folder), ==, 0700);
    g_assert_cmpuint(get_mode(file), ==, 0600);
    if (g_file_test(wal, G_FILE_TEST_EXISTS))
        g_assert_cmpuint(get_mode(wal), ==, 0600);
    ferry_state_close(state);
    g_assert_cmpuint(count_hosts(folder), ==, 1);
}

static void
overwrite(const char *file, long from, long size, const char *bytes)
{
    FILE *stream = g_fopen(file, "r+be");

    g_assert_nonnull(stream);
    g_assert_cmpint(fseek(stream, from, SEEK_SET), ==, 0);
    for (long i = 0; i < size; i++)
        g_assert_cmpint(fputc(bytes[(size_t)i % strlen(bytes)], stream), !=, EOF);
    g_assert_cmpint(fclose(stream), ==, 0);
}

// The next open finds @file damaged for @cause, keeps it as number @n, and the one after starts anew.
static void
assert_kept_aside(Fixture *fixture, const char *cause, unsigned n, const char *hint)
{
    g_autofree char *text =
        g_strdup_printf("the database '%s' is damaged: %s; it is kept as '%s.corrupt-%u'",
                        fixture->file, cause, fixture->file, n);
    g_autofree char *aside = g_strdup_printf("%s.corrupt-%u", fixture->file, n);
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;
    g_autoptr(GError) error = NULL;
    gsize size_before;
    gsize size_after;

    g_assert_true(g_file_get_contents(fixture->file, &before, &size_before, NULL));
    g_assert_null(ferry_state_open(&ferry_state_driver_sqlite, fixture->folder, &error));
    expect_error(&error, FERRY_ERROR_STATE_CORRUPT, text, hint);
    g_assert_true(g_file_get_contents(aside, &after, &size_after, NULL));
    g_assert_cmpmem(before, size_before, after, size_after);
    g_assert_cmpuint(count_hosts(fixture->folder), ==, 0);
}

#define ANY_HOST \
    "The next command starts with empty records. Add each host again: virt-ferry host add NAME URI"

static void
test_no_database(Fixture *fixture, gconstpointer data)
{
    g_autofree char *bytes = g_strnfill((gsize)4 * KIB, 'x');

    for (unsigned n = 1; n <= 3; n++) {
        g_assert_true(g_file_set_contents(fixture->file, bytes, -1, NULL));
        assert_kept_aside(fixture, "file is not a database", n, ANY_HOST);
        g_assert_cmpint(g_remove(fixture->file), ==, 0);
    }
}

// Some 3.6 MiB: more than SQLite keeps in memory.
static void
make_records(const char *folder)
{
    g_autoptr(FerryState) state = open_state(folder);
    g_autoptr(GError) error = NULL;

    g_assert_true(add_host(state, "kvm1", &error));
    g_assert_true(add_host(state, "kvm-2", &error));
    for (int i = 0; i < 12; i++) {
        g_autofree char *subject = g_strdup_printf("uuid-%d", i);

        g_assert_true(begin(state, subject, (size_t)300 * KIB, &error));
    }
}

static void
test_truncated(Fixture *fixture, gconstpointer data)
{
    make_records(fixture->folder);
    g_assert_cmpint(truncate(fixture->file, (off_t)500 * KIB), ==, 0);
    assert_kept_aside(fixture, "database disk image is malformed", 1, ANY_HOST);
}

// Some sectors in the middle are gone: what can still be read of the hosts is told.
static void
test_scribbled(Fixture *fixture, gconstpointer data)
{
    g_autofree char *start = g_strdup_printf("the database '%s' is damaged: ", fixture->file);
    g_autoptr(GError) error = NULL;

    make_records(fixture->folder);
    overwrite(fixture->file, (long)400 * KIB, (long)400 * KIB, "\xde\xad");
    g_assert_null(ferry_state_open(&ferry_state_driver_sqlite, fixture->folder, &error));
    g_assert_true(g_str_has_prefix(error->message, start));
    g_assert_true(g_str_has_suffix(error->message, "state.db.corrupt-1'"));
    g_assert_null(strchr(error->message, '\n'));
    g_assert_cmpstr(ferry_error_get_hint(error), ==,
                    "The next command starts with empty records. Add the hosts again: "
                    "virt-ferry host add 'kvm1' 'qemu+ssh://kvm1/system'; "
                    "virt-ferry host add 'kvm-2' 'qemu+ssh://kvm-2/system'");
    g_assert_cmpuint(count_hosts(fixture->folder), ==, 0);
}

// The disk goes bad while it is open: found at the read, kept aside as well.
static void
test_damaged_later(Fixture *fixture, gconstpointer data)
{
    g_autofree char *aside = g_strconcat(fixture->file, ".corrupt-1", NULL);
    g_autoptr(GError) error = NULL;
    FerryState *fresh;
    FerryState *state;
    struct stat info;

    make_records(fixture->folder);
    state = open_state(fixture->folder);
    g_assert_cmpint(stat(fixture->file, &info), ==, 0);
    overwrite(fixture->file, (long)4 * KIB, (long)info.st_size - (long)4 * KIB, "\xff");
    g_assert_null(ferry_state_list_txns(state, &(FerryTxnFilter){0}, &error));
    g_assert_true(ferry_error_is(error, FERRY_ERROR_STATE_CORRUPT));
    g_assert_true(g_file_test(aside, G_FILE_TEST_EXISTS));
    g_assert_cmpuint(count_hosts(fixture->folder), ==, 0);
    // Closing the handle of what was moved away must not touch what is new.
    fresh = open_state(fixture->folder);
    g_assert_true(add_host(fresh, "kvm1", NULL));
    ferry_state_close(state);
    ferry_state_close(fresh);
    g_assert_cmpuint(count_hosts(fixture->folder), ==, 1);
}

static void
execute(const char *file, const char *sql)
{
    sqlite3 *db = NULL;

    g_assert_cmpint(sqlite3_open(file, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
}

static void
test_newer(Fixture *fixture, gconstpointer data)
{
    g_autofree char *text = g_strdup_printf(
        "cannot read '%s': its schema has version 4, and this virt-ferry knows them up to 3",
        fixture->file);
    g_autoptr(GError) error = NULL;

    g_assert_cmpuint(count_hosts(fixture->folder), ==, 0);
    execute(fixture->file, "PRAGMA user_version = 4");
    g_assert_null(ferry_state_open(&ferry_state_driver_sqlite, fixture->folder, &error));
    expect_error(
        &error, FERRY_ERROR_STATE_NEWER, text,
        "Use the newer virt-ferry that wrote it, or set FERRY_STATE_DIR to another folder.");
    // It was refused, not changed.
    execute(fixture->file, "PRAGMA user_version = 3");
    g_assert_cmpuint(count_hosts(fixture->folder), ==, 0);
}

// A database of version 2, as it was before the names of two hosts were kept: they can be kept in it, and nothing is lost.
static void
test_version_2(Fixture *fixture, gconstpointer data)
{
    static const char *const networks[] = {"a=b", NULL};
    const FerryPair pair = {.src = "x", .dst = "y", .networks = (GStrv)networks};
    FerryState *state = open_state(fixture->folder);
    g_autoptr(GPtrArray) pairs = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(add_host(state, "kvm1", &error));
    ferry_state_close(state);
    execute(fixture->file, "DROP TABLE pairs; PRAGMA user_version = 2");
    state = open_state(fixture->folder);
    g_assert_true(ferry_state_set_pair(state, &pair, &error));
    pairs = ferry_state_list_pairs(state, &error);
    g_assert_cmpuint(pairs->len, ==, 1);
    ferry_state_close(state);
    g_assert_cmpuint(count_hosts(fixture->folder), ==, 1);
}

static void
test_foreign(Fixture *fixture, gconstpointer data)
{
    g_autofree char *text =
        g_strdup_printf("cannot use '%s': it is the database of another program", fixture->file);
    g_autoptr(GError) error = NULL;

    execute(fixture->file, "CREATE TABLE songs (title TEXT)");
    g_assert_null(ferry_state_open(&ferry_state_driver_sqlite, fixture->folder, &error));
    expect_error(&error, FERRY_ERROR_STATE, text,
                 "Move it away, or set FERRY_STATE_DIR to another folder.");
    execute(fixture->file, "INSERT INTO songs VALUES ('still here')");
}

static const char *const version_1[] = {"CREATE TABLE a (x); INSERT INTO a VALUES (1)", NULL};
static const char *const version_3[] = {
    "CREATE TABLE a (x); INSERT INTO a VALUES (1)",
    "ALTER TABLE a ADD COLUMN y",
    "UPDATE a SET y = x + 41",
    NULL,
};
static const char *const version_3_broken[] = {
    "CREATE TABLE a (x); INSERT INTO a VALUES (1)",
    "ALTER TABLE a ADD COLUMN y",
    "UPDATE no_such_table SET y = 1",
    NULL,
};

static int
read_int(const FerrySqlite *sqlite, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int number;

    g_assert_cmpint(sqlite3_prepare_v2(sqlite->db, sql, -1, &statement, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
    number = sqlite3_column_int(statement, 0);
    (void)sqlite3_finalize(statement);
    return number;
}

// 1 -> 3 in one go; a step that fails leaves version 1 as it was.
static void
test_migration(Fixture *fixture, gconstpointer data)
{
    g_autofree char *text =
        g_strdup_printf("cannot write '%s': no such table: no_such_table", fixture->file);
    g_autoptr(GError) error = NULL;
    FerrySqlite sqlite;

    g_assert_true(ferry_sqlite_open(&sqlite, fixture->folder, version_1, &error));
    g_assert_cmpint(read_int(&sqlite, "PRAGMA user_version"), ==, 1);
    ferry_sqlite_close(&sqlite);
    g_assert_false(ferry_sqlite_open(&sqlite, fixture->folder, version_3_broken, &error));
    g_assert_cmpstr(error->message, ==, text);
    g_clear_error(&error);
    g_assert_true(ferry_sqlite_open(&sqlite, fixture->folder, version_1, &error));
    g_assert_cmpint(read_int(&sqlite, "SELECT count(*) FROM pragma_table_info('a')"), ==, 1);
    ferry_sqlite_close(&sqlite);
    g_assert_true(ferry_sqlite_open(&sqlite, fixture->folder, version_3, &error));
    g_assert_cmpint(read_int(&sqlite, "PRAGMA user_version"), ==, 3);
    g_assert_cmpint(read_int(&sqlite, "SELECT y FROM a"), ==, 42);
    ferry_sqlite_close(&sqlite);
}

// Runs in a child: tries to begin a move of each machine; exit status: how many it got.
static int
race(const char *folder, const char *who)
{
    g_autoptr(FerryState) state = open_state(folder);
    int won = 0;

    for (int i = 0; i < 40; i++) {
        g_autofree char *subject = g_strdup_printf("uuid-%d", i);
        g_autofree char *host = g_strdup_printf("%s-%d", who, i);
        g_autoptr(GError) error = NULL;

        if (begin(state, subject, 10, &error))
            won++;
        else
            g_assert_true(ferry_error_is(error, FERRY_ERROR_BUSY));
        g_clear_error(&error);
        g_assert_true(add_host(state, host, &error));
    }
    return won;
}

// Processes that begin at once on a folder that is not there: each move has one winner, no write is lost.
static void
test_two_writers(Fixture *fixture, gconstpointer data)
{
    static const char *const names[] = {"a", "b", "c"};
    g_autofree char *folder = g_build_filename(fixture->folder, "new", NULL);
    pid_t children[G_N_ELEMENTS(names)];
    int won = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(race(folder, names[i]));
        g_assert_cmpint(children[i], >, 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        int status;

        g_assert_cmpint(waitpid(children[i], &status, 0), ==, children[i]);
        g_assert_true(WIFEXITED(status));
        won += WEXITSTATUS(status);
    }
    g_assert_cmpint(won, ==, 40);
    g_assert_cmpuint(count_hosts(folder), ==, 40 * G_N_ELEMENTS(names));
}

static void
test_locked(Fixture *fixture, gconstpointer data)
{
    g_autofree char *text = g_strdup_printf("cannot write '%s': database is locked", fixture->file);
    g_autofree char *hint =
        g_strdup_printf("Another process has held it for 5 seconds. Who it is tells: fuser -v '%s'",
                        fixture->file);
    g_autoptr(FerryState) state = open_state(fixture->folder);
    g_autoptr(GError) error = NULL;
    sqlite3 *other = NULL;

    g_assert_cmpint(sqlite3_open(fixture->file, &other), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
    g_assert_false(add_host(state, "kvm1", &error));
    expect_error(&error, FERRY_ERROR_STATE, text, hint);
    g_assert_cmpint(sqlite3_close(other), ==, SQLITE_OK);
    g_assert_true(add_host(state, "kvm1", &error));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("files", test_files);
    ADD("no-database", test_no_database);
    ADD("truncated", test_truncated);
    ADD("scribbled", test_scribbled);
    ADD("damaged-later", test_damaged_later);
    ADD("newer", test_newer);
    ADD("version-2", test_version_2);
    ADD("foreign", test_foreign);
    ADD("migration", test_migration);
    ADD("two-writers", test_two_writers);
    ADD("locked", test_locked);
    return g_test_run();
}
