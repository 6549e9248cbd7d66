// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// All SQL, for sqlite.c alone: the steps of the schema, and the statements.

#pragma once

#include <stddef.h>

#define TXN_COLUMNS                                                                                 \
    "id, kind, subject, name, phase, outcome, begun_us, ended_us, owner_pid, owner_start, intent, " \
    "report, claim"

// Step i leads from version i to i + 1. A step that was released is never edited.
static const char *const schema_steps[] = {
    "CREATE TABLE hosts (name TEXT PRIMARY KEY NOT NULL, uri TEXT NOT NULL UNIQUE, address TEXT,"
    " added_us INTEGER NOT NULL);"
    "CREATE TABLE txns (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,"
    " subject TEXT NOT NULL, name TEXT NOT NULL, phase TEXT, outcome TEXT,"
    " begun_us INTEGER NOT NULL, ended_us INTEGER NOT NULL DEFAULT 0, owner_pid INTEGER NOT NULL,"
    " owner_start TEXT, intent TEXT NOT NULL, report TEXT);"
    // Whatever the code above does: one active transaction a subject.
    "CREATE UNIQUE INDEX txns_active ON txns (subject) WHERE outcome IS NULL;"
    "CREATE TABLE entries (txn INTEGER NOT NULL REFERENCES txns (id), at_us INTEGER NOT NULL,"
    " phase TEXT NOT NULL, detail TEXT);"
    "CREATE INDEX entries_txn ON entries (txn)",
    "ALTER TABLE txns ADD COLUMN claim TEXT",
    // names: JSON of model/names.h
    "CREATE TABLE pairs (src TEXT NOT NULL, dst TEXT NOT NULL, names TEXT NOT NULL,"
    " PRIMARY KEY (src, dst)) WITHOUT ROWID",
    NULL,
};

typedef enum Statement {
    ADD_HOST,
    FIND_HOST,
    REMOVE_HOST,
    LIST_HOSTS,
    SET_PAIR,
    REMOVE_PAIR,
    LIST_PAIRS,
    FIND_ACTIVE,
    BEGIN_TXN,
    APPEND_ENTRY,
    SET_PHASE,
    END_TXN,
    TAKE_TXN,
    GET_TXN,
    LIST_TXNS,
    LIST_ENTRIES,
    N_STATEMENTS
} Statement;

static const char *const statements[N_STATEMENTS] = {
    [ADD_HOST] = "INSERT INTO hosts (name, uri, address, added_us) VALUES (?, ?, ?, ?)",
    [FIND_HOST] = "SELECT name FROM hosts WHERE name = ? OR uri = ? ORDER BY name = ?1 DESC",
    [REMOVE_HOST] = "DELETE FROM hosts WHERE name = ?",
    [LIST_HOSTS] = "SELECT name, uri, address, added_us FROM hosts ORDER BY name",
    [SET_PAIR] = "INSERT OR REPLACE INTO pairs (src, dst, names) VALUES (?, ?, ?)",
    [REMOVE_PAIR] = "DELETE FROM pairs WHERE src = ? AND dst = ?",
    [LIST_PAIRS] = "SELECT src, dst, names FROM pairs ORDER BY src, dst",
    [FIND_ACTIVE] = "SELECT id, kind FROM txns WHERE outcome IS NULL"
                    " AND (subject IN (?1, ?2) OR claim IN (?1, ?2))",
    [BEGIN_TXN] = "INSERT INTO txns (kind, subject, name, phase, begun_us, owner_pid, owner_start,"
                  " intent, claim) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [APPEND_ENTRY] = "INSERT INTO entries (txn, at_us, phase, detail) VALUES (?, ?, ?, ?)",
    [SET_PHASE] = "UPDATE txns SET phase = ? WHERE id = ? AND outcome IS NULL",
    [END_TXN] = "UPDATE txns SET outcome = ?, report = ?, ended_us = ? WHERE id = ?"
                " AND outcome IS NULL",
    [TAKE_TXN] = "UPDATE txns SET owner_pid = ?, owner_start = ? WHERE id = ? AND outcome IS NULL"
                 " AND owner_pid = ? AND owner_start IS ?",
    [GET_TXN] = "SELECT " TXN_COLUMNS " FROM txns WHERE id = ?",
    [LIST_TXNS] = "SELECT " TXN_COLUMNS " FROM txns WHERE (?1 IS NULL OR kind = ?1)"
                  " AND (?2 IS NULL OR subject = ?2 OR claim = ?2)"
                  " AND (?3 = 0 OR outcome IS NULL) ORDER BY id DESC LIMIT ?4",
    [LIST_ENTRIES] = "SELECT at_us, phase, detail FROM entries WHERE txn = ? ORDER BY rowid",
};
