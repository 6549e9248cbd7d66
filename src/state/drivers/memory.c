// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "state/drivers/drivers.h"

#include <string.h>

typedef struct Txn {
    FerryTxnRecord *record;
    GPtrArray *entries; // FerryTxnEntry
} Txn;

typedef struct MemoryState {
    FerryState base;
    GHashTable *hosts;  // name -> FerryHost
    GPtrArray *pairs;   // FerryPair, in order
    GPtrArray *txns;    // Txn; that of id N is at N - 1
    GHashTable *active; // subject or claim -> Txn, both owned by txns
} MemoryState;

static void
txn_free(gpointer data)
{
    Txn *txn = data;

    ferry_txn_record_free(txn->record);
    g_ptr_array_unref(txn->entries);
    g_free(txn);
}

static FerryState *
memory_open(const char *path, GError **error)
{
    MemoryState *memory = g_new0(MemoryState, 1);

    memory->hosts =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)ferry_host_free);
    memory->pairs = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_pair_free);
    memory->txns = g_ptr_array_new_with_free_func(txn_free);
    memory->active = g_hash_table_new(g_str_hash, g_str_equal);
    return &memory->base;
}

static void
memory_close(FerryState *state)
{
    MemoryState *memory = (MemoryState *)state;

    g_hash_table_unref(memory->active);
    g_hash_table_unref(memory->hosts);
    g_ptr_array_unref(memory->pairs);
    g_ptr_array_unref(memory->txns);
    g_free(memory);
}

static bool
memory_add_host(FerryState *state, const FerryHost *host, GError **error)
{
    MemoryState *memory = (MemoryState *)state;
    GHashTableIter iter;
    gpointer value;

    if (g_hash_table_contains(memory->hosts, host->name)) {
        ferry_state_set_host_exists(error, host, NULL);
        return false;
    }
    g_hash_table_iter_init(&iter, memory->hosts);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const FerryHost *other = value;

        if (strcmp(other->uri, host->uri) == 0) {
            ferry_state_set_host_exists(error, host, other->name);
            return false;
        }
    }
    g_hash_table_insert(memory->hosts, g_strdup(host->name), ferry_host_copy(host));
    return true;
}

static bool
memory_remove_host(FerryState *state, const char *name, GError **error)
{
    MemoryState *memory = (MemoryState *)state;

    if (g_hash_table_remove(memory->hosts, name))
        return true;
    ferry_state_set_host_not_found(error, name);
    return false;
}

static gint
compare_hosts(gconstpointer a, gconstpointer b)
{
    return strcmp((*(FerryHost *const *)a)->name, (*(FerryHost *const *)b)->name);
}

static GPtrArray *
memory_list_hosts(FerryState *state, GError **error)
{
    MemoryState *memory = (MemoryState *)state;
    GPtrArray *hosts = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_host_free);
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, memory->hosts);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        g_ptr_array_add(hosts, ferry_host_copy(value));
    g_ptr_array_sort(hosts, compare_hosts);
    return hosts;
}

static gint
compare_pairs(gconstpointer a, gconstpointer b)
{
    const FerryPair *left = *(FerryPair *const *)a;
    const FerryPair *right = *(FerryPair *const *)b;
    int by_src = strcmp(left->src, right->src);

    return by_src != 0 ? by_src : strcmp(left->dst, right->dst);
}

static bool
memory_set_pair(FerryState *state, const FerryPair *pair, GError **error)
{
    MemoryState *memory = (MemoryState *)state;

    for (guint i = 0; i < memory->pairs->len; i++) {
        if (compare_pairs(&memory->pairs->pdata[i], &pair) != 0)
            continue;
        g_ptr_array_remove_index(memory->pairs, i);
        break;
    }
    if (!ferry_pair_is_empty(pair))
        g_ptr_array_add(memory->pairs, ferry_pair_copy(pair));
    g_ptr_array_sort(memory->pairs, compare_pairs);
    return true;
}

static gpointer
copy_pair(gconstpointer pair, gpointer data)
{
    return ferry_pair_copy(pair);
}

static GPtrArray *
memory_list_pairs(FerryState *state, GError **error)
{
    const MemoryState *memory = (const MemoryState *)state;

    return g_ptr_array_copy(memory->pairs, copy_pair, NULL);
}

// Returns: transaction @id, or NULL with MOVE_NOT_FOUND
static Txn *
find_txn(MemoryState *memory, int64_t id, GError **error)
{
    if (id >= 1 && id <= memory->txns->len)
        return memory->txns->pdata[id - 1];
    ferry_state_set_txn_not_found(error, id);
    return NULL;
}

// As find_txn(), and NULL with USAGE for one that has ended
static Txn *
find_active(MemoryState *memory, int64_t id, GError **error)
{
    Txn *txn = find_txn(memory, id, error);

    if (txn == NULL || txn->record->outcome == NULL)
        return txn;
    ferry_state_set_txn_ended(error, id);
    return NULL;
}

static bool
memory_begin_txn(FerryState *state, FerryTxnRecord *record, GError **error)
{
    MemoryState *memory = (MemoryState *)state;
    const Txn *active = g_hash_table_lookup(memory->active, record->subject);
    Txn *txn;

    if (active == NULL && record->claim != NULL)
        active = g_hash_table_lookup(memory->active, record->claim);
    if (active != NULL) {
        ferry_state_set_busy(error, record, active->record->id, active->record->kind);
        return false;
    }
    txn = g_new(Txn, 1);
    *txn = (Txn){ferry_txn_record_copy(record),
                 g_ptr_array_new_with_free_func((GDestroyNotify)ferry_txn_entry_free)};
    txn->record->id = memory->txns->len + 1;
    g_ptr_array_add(memory->txns, txn);
    g_hash_table_insert(memory->active, txn->record->subject, txn);
    if (txn->record->claim != NULL)
        g_hash_table_insert(memory->active, txn->record->claim, txn);
    record->id = txn->record->id;
    return true;
}

static bool
memory_append_txn(FerryState *state,
                  int64_t id,
                  int64_t at_us,
                  const char *phase,
                  const char *detail,
                  GError **error)
{
    Txn *txn = find_active((MemoryState *)state, id, error);
    FerryTxnEntry *entry;

    if (txn == NULL)
        return false;
    entry = g_new(FerryTxnEntry, 1);
    *entry = (FerryTxnEntry){at_us, g_strdup(phase), g_strdup(detail)};
    g_ptr_array_add(txn->entries, entry);
    g_free(txn->record->phase);
    txn->record->phase = g_strdup(phase);
    return true;
}

static bool
memory_end_txn(FerryState *state,
               int64_t id,
               int64_t at_us,
               const char *outcome,
               const char *report,
               GError **error)
{
    MemoryState *memory = (MemoryState *)state;
    const Txn *txn = find_active(memory, id, error);

    if (txn == NULL)
        return false;
    g_hash_table_remove(memory->active, txn->record->subject);
    if (txn->record->claim != NULL)
        g_hash_table_remove(memory->active, txn->record->claim);
    txn->record->outcome = g_strdup(outcome);
    txn->record->report = g_strdup(report);
    txn->record->ended_us = at_us;
    return true;
}

static bool
memory_take_txn(FerryState *state,
                const FerryTxnRecord *expected,
                int64_t owner_pid,
                const char *owner_start,
                GError **error)
{
    const Txn *txn = find_active((MemoryState *)state, expected->id, error);

    if (txn == NULL)
        return false;
    if (txn->record->owner_pid != expected->owner_pid ||
        g_strcmp0(txn->record->owner_start, expected->owner_start) != 0) {
        ferry_state_set_taken(error, txn->record);
        return false;
    }
    txn->record->owner_pid = owner_pid;
    g_free(txn->record->owner_start);
    txn->record->owner_start = g_strdup(owner_start);
    return true;
}

static FerryTxnRecord *
memory_get_txn(FerryState *state, int64_t id, GError **error)
{
    const Txn *txn = find_txn((MemoryState *)state, id, error);

    return txn != NULL ? ferry_txn_record_copy(txn->record) : NULL;
}

static bool
is_listed(const FerryTxnRecord *record, const FerryTxnFilter *filter)
{
    return (filter->kind == NULL || strcmp(record->kind, filter->kind) == 0) &&
           (filter->uuid == NULL || strcmp(record->subject, filter->uuid) == 0 ||
            g_strcmp0(record->claim, filter->uuid) == 0) &&
           (!filter->active || record->outcome == NULL);
}

static GPtrArray *
memory_list_txns(FerryState *state, const FerryTxnFilter *filter, GError **error)
{
    const MemoryState *memory = (const MemoryState *)state;
    GPtrArray *records = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_txn_record_free);

    for (guint i = memory->txns->len; i > 0; i--) {
        const FerryTxnRecord *record = ((const Txn *)memory->txns->pdata[i - 1])->record;

        if (!is_listed(record, filter))
            continue;
        g_ptr_array_add(records, ferry_txn_record_copy(record));
        if (records->len == filter->limit)
            break;
    }
    return records;
}

static GPtrArray *
memory_list_entries(FerryState *state, int64_t id, GError **error)
{
    const Txn *txn = find_txn((MemoryState *)state, id, NULL);
    GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_txn_entry_free);

    for (guint i = 0; txn != NULL && i < txn->entries->len; i++) {
        const FerryTxnEntry *entry = txn->entries->pdata[i];
        FerryTxnEntry *copy = g_new(FerryTxnEntry, 1);

        *copy = (FerryTxnEntry){entry->at_us, g_strdup(entry->phase), g_strdup(entry->detail)};
        g_ptr_array_add(entries, copy);
    }
    return entries;
}

const FerryStateDriver ferry_state_driver_memory = {
    .name = "memory",
    .open = memory_open,
    .close = memory_close,
    .add_host = memory_add_host,
    .remove_host = memory_remove_host,
    .list_hosts = memory_list_hosts,
    .set_pair = memory_set_pair,
    .list_pairs = memory_list_pairs,
    .begin_txn = memory_begin_txn,
    .append_txn = memory_append_txn,
    .end_txn = memory_end_txn,
    .take_txn = memory_take_txn,
    .get_txn = memory_get_txn,
    .list_txns = memory_list_txns,
    .list_entries = memory_list_entries,
};
