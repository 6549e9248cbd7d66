// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "state/drivers/drivers.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <string.h>

#include "base/json.h"
#include "state/drivers/sqlite-file.h"
#include "state/drivers/sqlite-sql.h"

typedef struct SqliteState {
    FerryState base;
    FerrySqlite sqlite;
    sqlite3_stmt *prepared[N_STATEMENTS]; // each at its first use
} SqliteState;

static void
reset_statement(sqlite3_stmt **statement)
{
    if (*statement == NULL)
        return;
    (void)sqlite3_reset(*statement);
    (void)sqlite3_clear_bindings(*statement);
}

// A prepared statement in use: ends with its scope, and is prepared still.
#define AUTO_RESET __attribute__((cleanup(reset_statement)))

static FerryState *
sqlite_open(const char *path, GError **error)
{
    SqliteState *state = g_new0(SqliteState, 1);

    if (!ferry_sqlite_open(&state->sqlite, path, schema_steps, error)) {
        g_free(state);
        return NULL;
    }
    state->base.path = g_strdup(path);
    return &state->base;
}

static void
sqlite_close(FerryState *base)
{
    SqliteState *state = (SqliteState *)base;

    for (size_t i = 0; i < N_STATEMENTS; i++)
        (void)sqlite3_finalize(state->prepared[i]);
    ferry_sqlite_close(&state->sqlite);
    g_free(state);
}

// @types: one letter a value: 'i' int64_t, 's' const char * (NULL is SQL's NULL). The strings must live
// until the statement is reset.
// Returns: the statement, ready to be stepped; NULL with an error
static sqlite3_stmt *
start(SqliteState *state, Statement which, GError **error, const char *types, ...)
{
    sqlite3_stmt **statement = &state->prepared[which];
    int code = SQLITE_OK;
    va_list values;

    if (*statement == NULL)
        code = sqlite3_prepare_v3(state->sqlite.db, statements[which], -1,
                                  SQLITE_PREPARE_PERSISTENT, statement, NULL);
    va_start(values, types);
    for (int i = 0; code == SQLITE_OK && types[i] != '\0'; i++) {
        if (types[i] == 'i')
            code = sqlite3_bind_int64(*statement, i + 1, va_arg(values, int64_t));
        else
            code = sqlite3_bind_text(*statement, i + 1, va_arg(values, const char *), -1,
                                     SQLITE_STATIC);
    }
    va_end(values);
    if (code == SQLITE_OK)
        return *statement;
    ferry_sqlite_set_error(error, &state->sqlite, "use");
    return NULL;
}

// Returns: true where there is a row; false at the end, and with @error at a failure
static bool
fetch(SqliteState *state, sqlite3_stmt *statement, GError **error)
{
    int code = sqlite3_step(statement);

    if (code != SQLITE_ROW && code != SQLITE_DONE)
        ferry_sqlite_set_error(error, &state->sqlite, "read");
    return code == SQLITE_ROW;
}

// Returns: false with an error when the statement failed
static bool
finish(SqliteState *state, sqlite3_stmt *statement, GError **error)
{
    if (statement == NULL)
        return false;
    if (sqlite3_step(statement) == SQLITE_DONE)
        return true;
    ferry_sqlite_set_error(error, &state->sqlite, "write");
    return false;
}

static bool
execute(SqliteState *state, const char *sql, GError **error)
{
    if (sqlite3_exec(state->sqlite.db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    ferry_sqlite_set_error(error, &state->sqlite, "write");
    return false;
}

// Writes are IMMEDIATE: a transaction that read first and is then refused the write lock could not wait.
// @synced: a phase need not be. Others see it at once and a killed process loses none; a loss of power can take the newest
// away, and with an older one recovery is as safe (engine/resolver.h). Without WAL the database would be at stake.
static bool
begin(SqliteState *state, bool synced, GError **error)
{
    return execute(state,
                   synced || !state->sqlite.wal ? "PRAGMA synchronous = FULL; BEGIN IMMEDIATE"
                                                : "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
                   error);
}

// Ends what begin() began: commits when all went well (@fine), else rolls back and leaves the first error.
static bool
end(SqliteState *state, bool fine, GError **error)
{
    if (fine && execute(state, "COMMIT", error))
        return true;
    // SQLite itself rolls back after a full disk and the like; then there is nothing left to do.
    (void)sqlite3_exec(state->sqlite.db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

static char *
column(sqlite3_stmt *statement, int i)
{
    return g_strdup((const char *)sqlite3_column_text(statement, i));
}

static bool
insert_host(SqliteState *state, const FerryHost *host, GError **error)
{
    AUTO_RESET sqlite3_stmt *found = NULL;
    AUTO_RESET sqlite3_stmt *insert = NULL;
    GError *cause = NULL;

    found = start(state, FIND_HOST, error, "ss", host->name, host->uri);
    if (found == NULL)
        return false;
    if (fetch(state, found, &cause)) {
        const char *other = (const char *)sqlite3_column_text(found, 0);

        ferry_state_set_host_exists(error, host, strcmp(other, host->name) != 0 ? other : NULL);
        return false;
    }
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return false;
    }
    insert =
        start(state, ADD_HOST, error, "sssi", host->name, host->uri, host->address, host->added_us);
    return finish(state, insert, error);
}

static bool
sqlite_add_host(FerryState *base, const FerryHost *host, GError **error)
{
    SqliteState *state = (SqliteState *)base;

    return begin(state, true, error) && end(state, insert_host(state, host, error), error);
}

static bool
sqlite_remove_host(FerryState *base, const char *name, GError **error)
{
    SqliteState *state = (SqliteState *)base;
    AUTO_RESET sqlite3_stmt *statement = start(state, REMOVE_HOST, error, "s", name);

    if (!finish(state, statement, error))
        return false;
    if (sqlite3_changes(state->sqlite.db) > 0)
        return true;
    ferry_state_set_host_not_found(error, name);
    return false;
}

// What list() makes of a row. (transfer full)
typedef gpointer (*ReadRow)(sqlite3_stmt *statement);

// Returns: all rows of @statement; NULL with an error, also where @statement is NULL. (transfer full)
static GPtrArray *
list(SqliteState *state,
     sqlite3_stmt *statement,
     ReadRow read_row,
     GDestroyNotify free_row,
     GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(free_row);
    GError *cause = NULL;

    if (statement == NULL)
        return NULL;
    while (fetch(state, statement, &cause))
        g_ptr_array_add(rows, read_row(statement));
    if (cause == NULL)
        return g_steal_pointer(&rows);
    g_propagate_error(error, cause);
    return NULL;
}

static gpointer
read_host(sqlite3_stmt *statement)
{
    FerryHost *host = g_new(FerryHost, 1);

    *host = (FerryHost){column(statement, 0), column(statement, 1), column(statement, 2),
                        sqlite3_column_int64(statement, 3)};
    return host;
}

static GPtrArray *
sqlite_list_hosts(FerryState *base, GError **error)
{
    SqliteState *state = (SqliteState *)base;
    AUTO_RESET sqlite3_stmt *statement = start(state, LIST_HOSTS, error, "");

    return list(state, statement, read_host, (GDestroyNotify)ferry_host_free, error);
}

static bool
sqlite_set_pair(FerryState *base, const FerryPair *pair, GError **error)
{
    SqliteState *state = (SqliteState *)base;
    AUTO_RESET sqlite3_stmt *statement = NULL;
    g_autofree char *names = NULL;

    if (ferry_pair_is_empty(pair)) {
        statement = start(state, REMOVE_PAIR, error, "ss", pair->src, pair->dst);
    } else {
        names = ferry_json_format_object(ferry_pair_to_json(pair));
        statement = start(state, SET_PAIR, error, "sss", pair->src, pair->dst, names);
    }
    return finish(state, statement, error);
}

static gpointer
read_pair(sqlite3_stmt *statement)
{
    const char *src = (const char *)sqlite3_column_text(statement, 0);
    const char *dst = (const char *)sqlite3_column_text(statement, 1);
    g_autoptr(JsonNode) names =
        json_from_string((const char *)sqlite3_column_text(statement, 2), NULL);

    if (names == NULL || !JSON_NODE_HOLDS_OBJECT(names))
        return ferry_pair_new(src, dst);
    return ferry_pair_from_json(src, dst, json_node_get_object(names));
}

static GPtrArray *
sqlite_list_pairs(FerryState *base, GError **error)
{
    SqliteState *state = (SqliteState *)base;
    AUTO_RESET sqlite3_stmt *statement = start(state, LIST_PAIRS, error, "");

    return list(state, statement, read_pair, (GDestroyNotify)ferry_pair_free, error);
}

static bool
insert_txn(SqliteState *state, FerryTxnRecord *record, GError **error)
{
    AUTO_RESET sqlite3_stmt *active = NULL;
    AUTO_RESET sqlite3_stmt *insert = NULL;
    GError *cause = NULL;

    active = start(state, FIND_ACTIVE, error, "ss", record->subject, record->claim);
    if (active == NULL)
        return false;
    if (fetch(state, active, &cause)) {
        ferry_state_set_busy(error, record, sqlite3_column_int64(active, 0),
                             (const char *)sqlite3_column_text(active, 1));
        return false;
    }
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return false;
    }
    insert = start(state, BEGIN_TXN, error, "ssssiisss", record->kind, record->subject,
                   record->name, record->phase, record->begun_us, record->owner_pid,
                   record->owner_start, record->intent, record->claim);
    return finish(state, insert, error);
}

static bool
sqlite_begin_txn(FerryState *base, FerryTxnRecord *record, GError **error)
{
    SqliteState *state = (SqliteState *)base;
    int64_t id;

    if (!begin(state, true, error))
        return false;
    if (!insert_txn(state, record, error))
        return end(state, false, error);
    id = sqlite3_last_insert_rowid(state->sqlite.db);
    if (!end(state, true, error))
        return false;
    record->id = id;
    return true;
}

static gpointer
read_txn(sqlite3_stmt *statement)
{
    FerryTxnRecord *record = g_new(FerryTxnRecord, 1);

    *record = (FerryTxnRecord){
        .id = sqlite3_column_int64(statement, 0),
        .kind = column(statement, 1),
        .subject = column(statement, 2),
        .name = column(statement, 3),
        .phase = column(statement, 4),
        .outcome = column(statement, 5),
        .begun_us = sqlite3_column_int64(statement, 6),
        .ended_us = sqlite3_column_int64(statement, 7),
        .owner_pid = sqlite3_column_int64(statement, 8),
        .owner_start = column(statement, 9),
        .intent = column(statement, 10),
        .report = column(statement, 11),
        .claim = column(statement, 12),
    };
    return record;
}

static FerryTxnRecord *
sqlite_get_txn(FerryState *base, int64_t id, GError **error)
{
    SqliteState *state = (SqliteState *)base;
    AUTO_RESET sqlite3_stmt *statement = start(state, GET_TXN, error, "i", id);
    GError *cause = NULL;

    if (statement == NULL)
        return NULL;
    if (fetch(state, statement, &cause))
        return read_txn(statement);
    if (cause != NULL)
        g_propagate_error(error, cause);
    else
        ferry_state_set_txn_not_found(error, id);
    return NULL;
}

// An update of an active transaction changed nothing: tells why. Returns: false
static bool
explain_no_change(SqliteState *state, int64_t id, GError **error)
{
    g_autoptr(FerryTxnRecord) now = sqlite_get_txn(&state->base, id, error);

    if (now == NULL)
        return false;
    if (now->outcome != NULL)
        ferry_state_set_txn_ended(error, id);
    else
        ferry_state_set_taken(error, now);
    return false;
}

// Runs @statement, which updates transaction @id where it is active.
static bool
update_txn(SqliteState *state, sqlite3_stmt *statement, int64_t id, GError **error)
{
    if (!finish(state, statement, error))
        return false;
    return sqlite3_changes(state->sqlite.db) > 0 || explain_no_change(state, id, error);
}

static bool
sqlite_append_txn(FerryState *base,
                  int64_t id,
                  int64_t at_us,
                  const char *phase,
                  const char *detail,
                  GError **error)
{
    SqliteState *state = (SqliteState *)base;
    AUTO_RESET sqlite3_stmt *set = NULL;
    AUTO_RESET sqlite3_stmt *append = NULL;
    bool fine;

    if (!begin(state, false, error))
        return false;
    set = start(state, SET_PHASE, error, "si", phase, id);
    fine = update_txn(state, set, id, error);
    if (fine) {
        append = start(state, APPEND_ENTRY, error, "iiss", id, at_us, phase, detail);
        fine = finish(state, append, error);
    }
    return end(state, fine, error);
}

static bool
sqlite_end_txn(FerryState *base,
               int64_t id,
               int64_t at_us,
               const char *outcome,
               const char *report,
               GError **error)
{
    SqliteState *state = (SqliteState *)base;
    AUTO_RESET sqlite3_stmt *statement =
        start(state, END_TXN, error, "ssii", outcome, report, at_us, id);

    return update_txn(state, statement, id, error);
}

static bool
sqlite_take_txn(FerryState *base,
                const FerryTxnRecord *expected,
                int64_t owner_pid,
                const char *owner_start,
                GError **error)
{
    SqliteState *state = (SqliteState *)base;
    AUTO_RESET sqlite3_stmt *statement =
        start(state, TAKE_TXN, error, "isiis", owner_pid, owner_start, expected->id,
              expected->owner_pid, expected->owner_start);

    return update_txn(state, statement, expected->id, error);
}

static GPtrArray *
sqlite_list_txns(FerryState *base, const FerryTxnFilter *filter, GError **error)
{
    SqliteState *state = (SqliteState *)base;
    AUTO_RESET sqlite3_stmt *statement =
        start(state, LIST_TXNS, error, "ssii", filter->kind, filter->uuid, (int64_t)filter->active,
              filter->limit > 0 ? (int64_t)filter->limit : (int64_t)-1);

    return list(state, statement, read_txn, (GDestroyNotify)ferry_txn_record_free, error);
}

static gpointer
read_entry(sqlite3_stmt *statement)
{
    FerryTxnEntry *entry = g_new(FerryTxnEntry, 1);

    *entry = (FerryTxnEntry){sqlite3_column_int64(statement, 0), column(statement, 1),
                             column(statement, 2)};
    return entry;
}

static GPtrArray *
sqlite_list_entries(FerryState *base, int64_t id, GError **error)
{
    SqliteState *state = (SqliteState *)base;
    AUTO_RESET sqlite3_stmt *statement = start(state, LIST_ENTRIES, error, "i", id);

    return list(state, statement, read_entry, (GDestroyNotify)ferry_txn_entry_free, error);
}

const FerryStateDriver ferry_state_driver_sqlite = {
    .name = "sqlite",
    .open = sqlite_open,
    .close = sqlite_close,
    .add_host = sqlite_add_host,
    .remove_host = sqlite_remove_host,
    .list_hosts = sqlite_list_hosts,
    .set_pair = sqlite_set_pair,
    .list_pairs = sqlite_list_pairs,
    .begin_txn = sqlite_begin_txn,
    .append_txn = sqlite_append_txn,
    .end_txn = sqlite_end_txn,
    .take_txn = sqlite_take_txn,
    .get_txn = sqlite_get_txn,
    .list_txns = sqlite_list_txns,
    .list_entries = sqlite_list_entries,
};
