// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry's own records at rest: the hosts we know, and transactions (a move, a change of
// identity) with their journal. Behind it stand drivers (sqlite for real, memory for the simulator).
//
// Threading: main thread only, the calls are short (SQLite in WAL with synchronous=FULL: some 0.2 ms).
// Records never hold secrets: whoever writes XML here redacts it first.
// Errors: STATE with the file and the system's reason (full, read-only, locked), STATE_CORRUPT,
// STATE_NEWER; each has a hint.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/host.h"
#include "model/names.h"

typedef struct FerryState FerryState;
typedef struct FerryStateDriver FerryStateDriver;

// @path: the folder of the records; made (0700, with parents) where it does not exist yet. Ignored by
// the memory driver.
// A damaged database is renamed aside, never overwritten: STATE_CORRUPT names where it is kept.
FerryState *ferry_state_open(const FerryStateDriver *driver, const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void ferry_state_close(FerryState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryState, ferry_state_close)

// The folder for records: $FERRY_STATE_DIR where set, /var/lib/virt-ferry as root, else
// $XDG_STATE_HOME/virt-ferry (~/.local/state/virt-ferry). (transfer full)
char *ferry_state_default_path(void);
const char *ferry_state_path(const FerryState *state); // as opened; NULL for the memory driver

// Hosts. Names are unique, and so are URIs: EXISTS tells which host has it already.
bool ferry_state_add_host(FerryState *state, const FerryHost *host, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
bool ferry_state_remove_host(FerryState *state, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT; // HOST_NOT_FOUND
// Returns: (element-type FerryHost) all, ordered by name. (transfer full)
GPtrArray *ferry_state_list_hosts(FerryState *state, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// What has other names from one host to another (model/names.h), by both URIs. Takes the place of an earlier record;
// a pair without names has none.
bool ferry_state_set_pair(FerryState *state, const FerryPair *pair, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
// Returns: (element-type FerryPair) all, ordered by source and destination. (transfer full)
GPtrArray *ferry_state_list_pairs(FerryState *state, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// A transaction. Exactly one may be active for a UUID, be it subject or claim.
typedef struct FerryTxnRecord {
    int64_t id;        // given by begin, ascending from 1
    char *kind;        // "move", "identity"
    char *subject;     // the machine's UUID
    char *claim;       // the UUID that it is to have; NULL where that does not change
    char *name;        // the machine's name, for people
    char *phase;       // the last journalled phase
    char *outcome;     // NULL while active; then "done" or an error's stable id
    int64_t begun_us;  // wall clock
    int64_t ended_us;  // 0 while active
    int64_t owner_pid; // the runner that carries it
    char *owner_start; // its start time, so that a reused pid is not mistaken for it
    char *intent;      // JSON, written once, whole, before the first step
    char *report;      // JSON, NULL until the end
} FerryTxnRecord;

void ferry_txn_record_free(FerryTxnRecord *record);
FerryTxnRecord *ferry_txn_record_copy(const FerryTxnRecord *record); // deep; (transfer full)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryTxnRecord, ferry_txn_record_free)

// Returns: what people call a transaction of @kind: "move", "change of identity"; static or @kind itself
const char *ferry_txn_kind_word(const char *kind);

// One line of a transaction's journal.
typedef struct FerryTxnEntry {
    int64_t at_us; // wall clock
    char *phase;
    char *detail; // JSON or NULL
} FerryTxnEntry;

void ferry_txn_entry_free(FerryTxnEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryTxnEntry, ferry_txn_entry_free)

// Records a new transaction, durable when it returns; fills record->id.
// Errors: BUSY where an active one has its subject or claim as either (its id in the text).
bool ferry_state_begin_txn(FerryState *state, FerryTxnRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Appends to the journal of @id and makes @phase its current one, in one write. Durable against the end of this process;
// against that of the machine from the next begin or end of a transaction on.
// Errors: MOVE_NOT_FOUND; USAGE when it has ended
bool ferry_state_append_txn(FerryState *state,
                            int64_t id,
                            int64_t at_us,
                            const char *phase,
                            const char *detail,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Ends transaction @id: no longer active. @report: JSON or NULL.
// Errors: MOVE_NOT_FOUND; USAGE when it has ended
bool ferry_state_end_txn(FerryState *state,
                         int64_t id,
                         int64_t at_us,
                         const char *outcome,
                         const char *report,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Makes a new process the owner of @id, if its owner is still the one in @expected (pid and start).
// Errors: BUSY when somebody else was quicker; MOVE_NOT_FOUND; USAGE when it has ended
bool ferry_state_take_txn(FerryState *state,
                          const FerryTxnRecord *expected,
                          int64_t owner_pid,
                          const char *owner_start,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Returns: (transfer full); NULL with MOVE_NOT_FOUND
FerryTxnRecord *ferry_state_get_txn(FerryState *state, int64_t id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef struct FerryTxnFilter {
    const char *kind; // NULL: every kind
    const char *uuid; // only those whose subject or claim it is; NULL: of every machine
    bool active;      // only those that have not ended
    unsigned limit;   // at most so many, the newest; 0: all
} FerryTxnFilter;

// Returns: (element-type FerryTxnRecord) newest first. (transfer full)
GPtrArray *ferry_state_list_txns(FerryState *state, const FerryTxnFilter *filter, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Returns: (element-type FerryTxnEntry) oldest first; empty where there is no such @id. (transfer full)
GPtrArray *ferry_state_list_entries(FerryState *state, int64_t id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
