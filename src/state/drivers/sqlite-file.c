// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "state/drivers/sqlite-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

#define FILE_NAME       "state.db"
#define APPLICATION_ID  0x46455259 // "FERY": file(1) and SQLite's own tools show it
#define BUSY_TIMEOUT_MS 5000
#define LOCK_STEP_US    20000
// Above it a whole check would be felt at every start; damage is then found where it is read.
#define CHECK_MAX_BYTES ((off_t)16 * 1024 * 1024)

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3_stmt, sqlite3_finalize)

// What belongs to one database, in the order in which it is put aside: a log that stays behind alone would
// be played into the next database.
static const char *const suffixes[] = {"-wal", "-shm", "-journal", ""};

// statfs(2) and linux/magic.h, and those of file systems that are not in the kernel's tree.
static const long network_magics[] = {
    0x6969,     // NFS
    0x517B,     // SMB
    0xFE534D42, // SMB2
    0xFF534D42, // CIFS
    0x5346414F, // OpenAFS
    0x6B414653, // kAFS
    0x00C36400, // CephFS
    0x01021997, // 9p
    0x65735546, // FUSE: sshfs, GlusterFS
    0x01161970, // GFS2
    0x7461636F, // OCFS2
    0x0BD00BD0, // Lustre
    0x73757245, // Coda
};

const char *
ferry_sqlite_journal_mode(long magic)
{
    for (size_t i = 0; i < G_N_ELEMENTS(network_magics); i++)
        if (network_magics[i] == magic)
            return "delete";
    return "wal";
}

// One process at a time makes, migrates or puts aside the database. Where the file system has no flock,
// SQLite's own locks still hold.
// Returns: false when somebody held the folder for too long; @ret_fd: -1 where there is no lock
static bool
lock_folder(const char *folder, int *ret_fd)
{
    FERRY_AUTO_FD int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    for (int waited = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0; waited += LOCK_STEP_US) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            break;
        if (waited >= BUSY_TIMEOUT_MS * 1000)
            return false;
        g_usleep(LOCK_STEP_US);
    }
    *ret_fd = g_steal_fd(&fd);
    return true;
}

static void
add_permission_hint(GError **error, const char *file)
{
    g_autofree char *folder = g_path_get_dirname(file);

    ferry_error_add_hint(
        error,
        "Run virt-ferry as the user who owns '%s', or set FERRY_STATE_DIR to a folder that can be written.",
        folder);
}

static void
set_system_error(GError **error, const char *verb, const char *file, int cause)
{
    ferry_error_set(error, FERRY_ERROR_STATE, "cannot %s '%s': %s", verb, file, g_strerror(cause));
    if (cause == ENOSPC || cause == EDQUOT)
        ferry_error_add_hint(error, "Free some space there, then run the command again.");
    else
        add_permission_hint(error, file);
}

// Moves the database with its companions to FILE.corrupt-N, the first N that is free.
// Returns: where it is now, (transfer full); NULL with errno when it can't be moved
static char *
put_aside(const char *file)
{
    g_autofree char *target = NULL;

    for (unsigned n = 1; target == NULL || g_file_test(target, G_FILE_TEST_EXISTS); n++) {
        g_free(target);
        target = g_strdup_printf("%s.corrupt-%u", file, n);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *from = g_strconcat(file, suffixes[i], NULL);
        g_autofree char *to = g_strconcat(target, suffixes[i], NULL);

        if (rename(from, to) < 0 && (*suffixes[i] == '\0' || errno != ENOENT))
            return NULL;
    }
    return g_steal_pointer(&target);
}

// What of the hosts can still be read, as commands to add them again. (transfer full)
static char *
salvage_hosts(sqlite3 *db)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    GString *commands = g_string_new(NULL);

    if (sqlite3_prepare_v2(db, "SELECT name, uri FROM hosts LIMIT 20", -1, &statement, NULL) !=
        SQLITE_OK)
        return g_string_free(commands, FALSE);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        const char *uri = (const char *)sqlite3_column_text(statement, 1);

        if (name == NULL || uri == NULL || !g_utf8_validate(name, -1, NULL) ||
            !g_utf8_validate(uri, -1, NULL))
            continue;
        g_autofree char *quoted_name = g_shell_quote(name);
        g_autofree char *quoted_uri = g_shell_quote(uri);

        g_string_append_printf(commands, "%svirt-ferry host add %s %s",
                               commands->len > 0 ? "; " : "", quoted_name, quoted_uri);
    }
    return g_string_free(commands, FALSE);
}

// @sqlite stays open: SQLite sees at close that its file has moved, and leaves the new one alone
// (databaseIsUnmoved() of SQLite 3.8.3 and later).
static void
set_corrupt(GError **error, const FerrySqlite *sqlite, const char *cause)
{
    g_autofree char *reason = g_strdelimit(g_strdup(cause), "\n", ' ');
    g_autofree char *hosts = salvage_hosts(sqlite->db);
    g_autofree char *aside = NULL;
    struct stat now;

    if (stat(sqlite->file, &now) < 0 || now.st_ino != sqlite->inode ||
        now.st_dev != sqlite->device) {
        ferry_error_set(error, FERRY_ERROR_STATE_CORRUPT,
                        "the database '%s' is damaged: %s; another virt-ferry has kept it aside",
                        sqlite->file, reason);
        ferry_error_add_hint(error, "Run the command again.");
        return;
    }
    aside = put_aside(sqlite->file);
    if (aside == NULL) {
        ferry_error_set(error, FERRY_ERROR_STATE_CORRUPT,
                        "the database '%s' is damaged: %s; it can't be kept aside: %s",
                        sqlite->file, reason, g_strerror(errno));
        add_permission_hint(error, sqlite->file);
        return;
    }
    ferry_error_set(error, FERRY_ERROR_STATE_CORRUPT,
                    "the database '%s' is damaged: %s; it is kept as '%s'", sqlite->file, reason,
                    aside);
    if (*hosts != '\0')
        ferry_error_add_hint(error,
                             "The next command starts with empty records. Add the hosts again: %s",
                             hosts);
    else
        ferry_error_add_hint(
            error,
            "The next command starts with empty records. Add each host again: virt-ferry host add NAME URI");
}

void
ferry_sqlite_set_error(GError **error, const FerrySqlite *sqlite, const char *verb)
{
    int code = sqlite3_extended_errcode(sqlite->db);
    int system = sqlite3_system_errno(sqlite->db);
    const char *message = sqlite3_errmsg(sqlite->db);

    code &= 0xff;
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) {
        set_corrupt(error, sqlite, message);
        return;
    }
    if ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && system != 0)
        ferry_error_set(error, FERRY_ERROR_STATE, "cannot %s '%s': %s: %s", verb, sqlite->file,
                        message, g_strerror(system));
    else
        ferry_error_set(error, FERRY_ERROR_STATE, "cannot %s '%s': %s", verb, sqlite->file,
                        message);
    ferry_error_keep_library(error, code, 0);
    if (code == SQLITE_FULL || system == ENOSPC || system == EDQUOT)
        ferry_error_add_hint(error, "Free some space there, then run the command again.");
    else if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        ferry_error_add_hint(
            error, "Another process has held it for 5 seconds. Who it is tells: fuser -v '%s'",
            sqlite->file);
    else
        add_permission_hint(error, sqlite->file);
}

static bool
execute(const FerrySqlite *sqlite, const char *sql, const char *verb, GError **error)
{
    if (sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    ferry_sqlite_set_error(error, sqlite, verb);
    return false;
}

static bool
read_number(const FerrySqlite *sqlite, const char *sql, int *ret_number, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = NULL;

    if (sqlite3_prepare_v2(sqlite->db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        ferry_sqlite_set_error(error, sqlite, "read");
        return false;
    }
    *ret_number = sqlite3_column_int(statement, 0);
    return true;
}

// Is it ours, and of a version we know? Asked before anything is written.
static bool
check_version(const FerrySqlite *sqlite, int newest, int *ret_version, GError **error)
{
    int application;
    int version;
    int tables;

    if (!read_number(sqlite, "PRAGMA application_id", &application, error) ||
        !read_number(sqlite, "PRAGMA user_version", &version, error) ||
        !read_number(sqlite, "SELECT count(*) FROM sqlite_schema", &tables, error))
        return false;
    if (application != APPLICATION_ID && (application != 0 || version != 0 || tables != 0)) {
        ferry_error_set(error, FERRY_ERROR_STATE,
                        "cannot use '%s': it is the database of another program", sqlite->file);
        ferry_error_add_hint(error, "Move it away, or set FERRY_STATE_DIR to another folder.");
        return false;
    }
    if (version > newest) {
        ferry_error_set(
            error, FERRY_ERROR_STATE_NEWER,
            "cannot read '%s': its schema has version %d, and this virt-ferry knows them up to %d",
            sqlite->file, version, newest);
        ferry_error_add_hint(
            error,
            "Use the newer virt-ferry that wrote it, or set FERRY_STATE_DIR to another folder.");
        return false;
    }
    *ret_version = version;
    return true;
}

static bool
check_whole(const FerrySqlite *sqlite, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    struct stat now;
    const char *verdict;

    if (stat(sqlite->file, &now) == 0 && now.st_size > CHECK_MAX_BYTES)
        return true;
    if (sqlite3_prepare_v2(sqlite->db, "PRAGMA quick_check(1)", -1, &statement, NULL) !=
            SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        ferry_sqlite_set_error(error, sqlite, "read");
        return false;
    }
    verdict = (const char *)sqlite3_column_text(statement, 0);
    if (g_strcmp0(verdict, "ok") == 0)
        return true;
    set_corrupt(error, sqlite, verdict);
    return false;
}

static bool
set_modes(FerrySqlite *sqlite, GError **error)
{
    g_autofree char *sql = NULL;
    const char *mode;
    struct statfs fs;

    if (statfs(sqlite->file, &fs) < 0) {
        set_system_error(error, "read", sqlite->file, errno);
        return false;
    }
    mode = ferry_sqlite_journal_mode((long)fs.f_type);
    sqlite->wal = g_str_equal(mode, "wal");
    sql = g_strdup_printf(
        "PRAGMA journal_mode = %s; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", mode);
    return execute(sqlite, sql, "write", error);
}

// All steps are one transaction: a failure in any of them leaves the version that was.
static bool
migrate(const FerrySqlite *sqlite, int version, const char *const *steps, GError **error)
{
    g_autoptr(GString) sql = g_string_new("BEGIN IMMEDIATE;\n");
    int newest = version;

    for (; steps[newest] != NULL; newest++)
        g_string_append_printf(sql, "%s;\n", steps[newest]);
    if (newest == version)
        return true;
    g_string_append_printf(sql, "PRAGMA user_version = %d;\nPRAGMA application_id = %d;\nCOMMIT",
                           newest, APPLICATION_ID);
    if (execute(sqlite, sql->str, "write", error))
        return true;
    // The first error is told; when there is no transaction to roll back, nothing was begun.
    (void)sqlite3_exec(sqlite->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

// SQLite would make the file with the umask's mode. Only a file that is new is opened here: closing any
// descriptor of a database drops the POSIX locks this process has on it.
static bool
make_file(const char *file, GError **error)
{
    FERRY_AUTO_FD int fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd >= 0 || errno == EEXIST)
        return true;
    set_system_error(error, "make", file, errno);
    return false;
}

static bool
open_file(FerrySqlite *sqlite, GError **error)
{
    struct stat opened;
    int code;

    if (!make_file(sqlite->file, error))
        return false;
    code = sqlite3_open_v2(sqlite->file, &sqlite->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                           NULL);
    if (code != SQLITE_OK) {
        ferry_sqlite_set_error(error, sqlite, "open");
        return false;
    }
    if (stat(sqlite->file, &opened) < 0) {
        set_system_error(error, "open", sqlite->file, errno);
        return false;
    }
    sqlite->device = opened.st_dev;
    sqlite->inode = opened.st_ino;
    // SQLite falls back to reading alone without a word.
    if (sqlite3_db_readonly(sqlite->db, "main") == 1) {
        int cause = access(sqlite->file, W_OK) < 0 ? errno : EACCES;

        set_system_error(error, "write", sqlite->file, cause);
        return false;
    }
    (void)sqlite3_busy_timeout(sqlite->db, BUSY_TIMEOUT_MS);
    return true;
}

bool
ferry_sqlite_open(FerrySqlite *sqlite, const char *folder, const char *const *steps, GError **error)
{
    FERRY_AUTO_FD int lock = -1;
    int version = 0;
    int newest = 0;

    *sqlite = (FerrySqlite){0};
    while (steps[newest] != NULL)
        newest++;
    if (g_mkdir_with_parents(folder, 0700) < 0) {
        set_system_error(error, "make the folder", folder, errno);
        return false;
    }
    sqlite->file = g_build_filename(folder, FILE_NAME, NULL);
    if (!lock_folder(folder, &lock)) {
        ferry_error_set(error, FERRY_ERROR_STATE,
                        "cannot open '%s': another virt-ferry has been opening it for 5 seconds",
                        sqlite->file);
        ferry_error_add_hint(error, "Who it is tells: fuser -v '%s'", folder);
    } else if (open_file(sqlite, error) && check_version(sqlite, newest, &version, error) &&
               set_modes(sqlite, error) && check_whole(sqlite, error) &&
               migrate(sqlite, version, steps, error)) {
        return true;
    }
    ferry_sqlite_close(sqlite);
    return false;
}

void
ferry_sqlite_close(FerrySqlite *sqlite)
{
    (void)sqlite3_close(sqlite->db);
    g_free(sqlite->file);
    *sqlite = (FerrySqlite){0};
}
