// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For those who write a state driver: one const FerryStateDriver, exported as ferry_state_driver_NAME
// and named in virt-ferry.c. Contracts are those of state.h; every function is required.

#pragma once

#include "state/state.h"

// The base of every driver's handle: its first member. state.c sets driver after open(); a driver that
// keeps files sets path in open(). state.c frees path.
struct FerryState {
    const FerryStateDriver *driver;
    char *path;
};

struct FerryStateDriver {
    const char *name;
    FerryState *(*open)(const char *path, GError **error);
    void (*close)(FerryState *state); // frees the driver's struct
    bool (*add_host)(FerryState *state, const FerryHost *host, GError **error);
    bool (*remove_host)(FerryState *state, const char *name, GError **error);
    GPtrArray *(*list_hosts)(FerryState *state, GError **error);
    bool (*set_pair)(FerryState *state, const FerryPair *pair, GError **error);
    GPtrArray *(*list_pairs)(FerryState *state, GError **error);
    bool (*begin_txn)(FerryState *state, FerryTxnRecord *record, GError **error);
    bool (*append_txn)(FerryState *state,
                       int64_t id,
                       int64_t at_us,
                       const char *phase,
                       const char *detail,
                       GError **error);
    bool (*end_txn)(FerryState *state,
                    int64_t id,
                    int64_t at_us,
                    const char *outcome,
                    const char *report,
                    GError **error);
    bool (*take_txn)(FerryState *state,
                     const FerryTxnRecord *expected,
                     int64_t owner_pid,
                     const char *owner_start,
                     GError **error);
    FerryTxnRecord *(*get_txn)(FerryState *state, int64_t id, GError **error);
    GPtrArray *(*list_txns)(FerryState *state, const FerryTxnFilter *filter, GError **error);
    GPtrArray *(*list_entries)(FerryState *state, int64_t id, GError **error);
};

// Errors that are the same in every driver.

// EXISTS: the name of @host is taken (@other NULL), or its URI is: by the host named @other.
void ferry_state_set_host_exists(GError **error, const FerryHost *host, const char *other);
// HOST_NOT_FOUND
void ferry_state_set_host_not_found(GError **error, const char *name);
// BUSY: the subject or claim of @record has the active transaction @active_id, which is a @active_kind.
void ferry_state_set_busy(GError **error,
                          const FerryTxnRecord *record,
                          int64_t active_id,
                          const char *active_kind);
// BUSY: @now, the record as it is, is not owned by whom the caller expected any more.
void ferry_state_set_taken(GError **error, const FerryTxnRecord *now);
// MOVE_NOT_FOUND
void ferry_state_set_txn_not_found(GError **error, int64_t id);
// USAGE: the transaction has ended.
void ferry_state_set_txn_ended(GError **error, int64_t id);
