// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "state/state.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/error.h"
#include "config-gen.h"
#include "state/state-driver.h"

void
ferry_txn_record_free(FerryTxnRecord *record)
{
    if (record == NULL)
        return;
    g_free(record->kind);
    g_free(record->subject);
    g_free(record->claim);
    g_free(record->name);
    g_free(record->phase);
    g_free(record->outcome);
    g_free(record->owner_start);
    g_free(record->intent);
    g_free(record->report);
    g_free(record);
}

FerryTxnRecord *
ferry_txn_record_copy(const FerryTxnRecord *record)
{
    FerryTxnRecord *copy = g_new(FerryTxnRecord, 1);

    *copy = *record;
    copy->kind = g_strdup(record->kind);
    copy->subject = g_strdup(record->subject);
    copy->claim = g_strdup(record->claim);
    copy->name = g_strdup(record->name);
    copy->phase = g_strdup(record->phase);
    copy->outcome = g_strdup(record->outcome);
    copy->owner_start = g_strdup(record->owner_start);
    copy->intent = g_strdup(record->intent);
    copy->report = g_strdup(record->report);
    return copy;
}

void
ferry_txn_entry_free(FerryTxnEntry *entry)
{
    if (entry == NULL)
        return;
    g_free(entry->phase);
    g_free(entry->detail);
    g_free(entry);
}

char *
ferry_state_default_path(void)
{
    const char *folder = g_getenv("FERRY_STATE_DIR");

    if (folder != NULL && *folder != '\0')
        return g_strdup(folder);
    if (geteuid() == 0)
        return g_strdup(FERRY_LOCAL_STATE_DIR "/lib/virt-ferry");
    return g_build_filename(g_get_user_state_dir(), "virt-ferry", NULL);
}

FerryState *
ferry_state_open(const FerryStateDriver *driver, const char *path, GError **error)
{
    FerryState *state = driver->open(path, error);

    if (state != NULL)
        state->driver = driver;
    return state;
}

void
ferry_state_close(FerryState *state)
{
    if (state == NULL)
        return;
    g_clear_pointer(&state->path, g_free);
    state->driver->close(state);
}

const char *
ferry_state_path(const FerryState *state)
{
    return state->path;
}

bool
ferry_state_add_host(FerryState *state, const FerryHost *host, GError **error)
{
    return state->driver->add_host(state, host, error);
}

bool
ferry_state_remove_host(FerryState *state, const char *name, GError **error)
{
    return state->driver->remove_host(state, name, error);
}

GPtrArray *
ferry_state_list_hosts(FerryState *state, GError **error)
{
    return state->driver->list_hosts(state, error);
}

bool
ferry_state_set_pair(FerryState *state, const FerryPair *pair, GError **error)
{
    return state->driver->set_pair(state, pair, error);
}

GPtrArray *
ferry_state_list_pairs(FerryState *state, GError **error)
{
    return state->driver->list_pairs(state, error);
}

bool
ferry_state_begin_txn(FerryState *state, FerryTxnRecord *record, GError **error)
{
    return state->driver->begin_txn(state, record, error);
}

bool
ferry_state_append_txn(FerryState *state,
                       int64_t id,
                       int64_t at_us,
                       const char *phase,
                       const char *detail,
                       GError **error)
{
    return state->driver->append_txn(state, id, at_us, phase, detail, error);
}

bool
ferry_state_end_txn(FerryState *state,
                    int64_t id,
                    int64_t at_us,
                    const char *outcome,
                    const char *report,
                    GError **error)
{
    return state->driver->end_txn(state, id, at_us, outcome, report, error);
}

bool
ferry_state_take_txn(FerryState *state,
                     const FerryTxnRecord *expected,
                     int64_t owner_pid,
                     const char *owner_start,
                     GError **error)
{
    return state->driver->take_txn(state, expected, owner_pid, owner_start, error);
}

FerryTxnRecord *
ferry_state_get_txn(FerryState *state, int64_t id, GError **error)
{
    return state->driver->get_txn(state, id, error);
}

GPtrArray *
ferry_state_list_txns(FerryState *state, const FerryTxnFilter *filter, GError **error)
{
    return state->driver->list_txns(state, filter, error);
}

GPtrArray *
ferry_state_list_entries(FerryState *state, int64_t id, GError **error)
{
    return state->driver->list_entries(state, id, error);
}

void
ferry_state_set_host_exists(GError **error, const FerryHost *host, const char *other)
{
    g_autofree char *quoted = g_shell_quote(other != NULL ? other : host->name);

    if (other == NULL)
        ferry_error_set(error, FERRY_ERROR_EXISTS, "cannot add host '%s': the name is taken",
                        host->name);
    else
        ferry_error_set(error, FERRY_ERROR_EXISTS,
                        "cannot add host '%s': '%s' is host '%s' already", host->name, host->uri,
                        other);
    ferry_error_add_hint(error, "To replace it, take it away first: virt-ferry host remove %s",
                         quoted);
}

void
ferry_state_set_host_not_found(GError **error, const char *name)
{
    ferry_error_set(error, FERRY_ERROR_HOST_NOT_FOUND, "no host '%s' is known", name);
    ferry_error_add_hint(error, "The known hosts are listed by: virt-ferry host list");
}

const char *
ferry_txn_kind_word(const char *kind)
{
    return g_str_equal(kind, "identity") ? "change of identity" : kind;
}

void
ferry_state_set_busy(GError **error,
                     const FerryTxnRecord *record,
                     int64_t active_id,
                     const char *active_kind)
{
    ferry_error_set(error, FERRY_ERROR_BUSY,
                    "cannot begin a %s of machine '%s': %s %" PRId64 " is not over yet",
                    ferry_txn_kind_word(record->kind), record->name,
                    ferry_txn_kind_word(active_kind), active_id);
    if (g_str_equal(active_kind, "move"))
        ferry_error_add_hint(error, "See how it goes with: virt-ferry watch %" PRId64, active_id);
    else
        ferry_error_add_hint(
            error, "Where its command is gone, finish or undo it with: virt-ferry recover %" PRId64,
            active_id);
}

void
ferry_state_set_taken(GError **error, const FerryTxnRecord *now)
{
    ferry_error_set(error, FERRY_ERROR_BUSY,
                    "cannot take over %s %" PRId64 " of machine '%s': process %" PRId64 " has it",
                    now->kind, now->id, now->name, now->owner_pid);
    ferry_error_add_hint(error, "See how it goes with: virt-ferry watch %" PRId64, now->id);
}

void
ferry_state_set_txn_not_found(GError **error, int64_t id)
{
    ferry_error_set(error, FERRY_ERROR_MOVE_NOT_FOUND, "no move %" PRId64 " is recorded", id);
    ferry_error_add_hint(error, "The recorded moves are listed by: virt-ferry history");
}

void
ferry_state_set_txn_ended(GError **error, int64_t id)
{
    ferry_error_set(error, FERRY_ERROR_USAGE, "move %" PRId64 " is over", id);
    ferry_error_add_hint(error, "What became of it is told by: virt-ferry history");
}
