// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry history: what was moved, and what the journal has of one move. Reads leniently: records of
// other versions may have more members or fewer.

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/commands-gen.h"
#include "cli/table.h"
#include "journal/journal.h"
#include "model/nearest.h"
#include "model/units.h"
#include "model/vm.h"

#define LIMIT_DEFAULT 20

// A record with its JSON read.
typedef struct Move {
    const FerryTxnRecord *record;
    JsonNode *intent; // an object, or NULL
    JsonNode *report; // an object, or NULL
} Move;

static JsonNode *
read_object(const char *text)
{
    g_autoptr(JsonNode) node = text != NULL ? json_from_string(text, NULL) : NULL;

    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? g_steal_pointer(&node) : NULL;
}

static void
move_clear(Move *move)
{
    g_clear_pointer(&move->intent, json_node_unref);
    g_clear_pointer(&move->report, json_node_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Move, move_clear)

static Move
move_read(const FerryTxnRecord *record)
{
    return (Move){record, read_object(record->intent), read_object(record->report)};
}

// Returns: the name of host @side ("src", "dst"), owned by @move; NULL where it is not told
static const char *
get_host_name(const Move *move, const char *side)
{
    JsonObject *host = NULL;

    if (move->intent != NULL)
        host = ferry_json_get_object(json_node_get_object(move->intent), side);
    return host != NULL ? ferry_json_get_string(host, "name") : NULL;
}

// Returns: a figure of the report; < 0 where there is none
static double
get_figure(const Move *move, const char *name)
{
    JsonObject *report = move->report != NULL ? json_node_get_object(move->report) : NULL;
    JsonNode *node = report != NULL ? json_object_get_member(report, name) : NULL;

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_double(node) : -1;
}

// "done", "cancelled", "perform (under way)", "settle (stopped)"
static char *
format_outcome(const FerryTxnRecord *record)
{
    if (record->outcome != NULL)
        return g_strdup(record->outcome);
    return g_strdup_printf("%s (%s)", record->phase,
                           ferry_txn_owner_is_alive(record) ? "under way" : "stopped");
}

static char *
format_took(const FerryTxnRecord *record)
{
    if (record->ended_us == 0)
        return g_strdup("-");
    return ferry_format_duration((double)(record->ended_us - record->begun_us) / G_USEC_PER_SEC);
}

static char *
format_milliseconds(double milliseconds)
{
    return ferry_format_duration(milliseconds < 0 ? -1 : milliseconds / 1000);
}

static JsonObject *
move_object(const Move *move)
{
    const FerryTxnRecord *record = move->record;
    JsonObject *object = json_object_new();
    g_autofree char *begun = ferry_clock_format(record->begun_us);
    g_autofree char *ended = record->ended_us != 0 ? ferry_clock_format(record->ended_us) : NULL;

    json_object_set_int_member(object, "id", record->id);
    ferry_json_set_string(object, "machine", record->name);
    ferry_json_set_string(object, "uuid", record->subject);
    ferry_json_set_string(object, "src", get_host_name(move, "src"));
    ferry_json_set_string(object, "dst", get_host_name(move, "dst"));
    ferry_json_set_string(object, "begun", begun);
    ferry_json_set_string(object, "ended", ended);
    ferry_json_set_string(object, "phase", record->phase);
    ferry_json_set_string(object, "outcome", record->outcome);
    if (record->outcome == NULL)
        json_object_set_boolean_member(object, "carried", ferry_txn_owner_is_alive(record));
    if (move->report != NULL)
        json_object_set_member(object, "report", json_node_copy(move->report));
    return object;
}

static bool
print_list_json(GPtrArray *records, GError **error)
{
    JsonObject *root = json_object_new();
    JsonArray *moves = json_array_new();

    for (unsigned i = 0; i < records->len; i++) {
        g_auto(Move) move = move_read(g_ptr_array_index(records, i));

        json_array_add_object_element(moves, move_object(&move));
    }
    ferry_json_set_string(root, "schema", "history/1");
    json_object_set_array_member(root, "moves", moves);
    return ferry_cli_print_json(ferry_json_node(root), error);
}

static bool
print_list(FerryCli *cli, GPtrArray *records, GError **error)
{
    static const char *const titles[] = {"ID",   "MACHINE",     "FROM",    "TO", "BEGUN",
                                         "TOOK", "STOOD STILL", "OUTCOME", NULL};
    g_autoptr(FerryTable) table = ferry_table_new(titles);

    if (cli->json)
        return print_list_json(records, error);
    if (records->len == 0) {
        ferry_cli_note(cli, "no move is recorded");
        return true;
    }
    for (unsigned i = 0; i < records->len; i++) {
        const FerryTxnRecord *record = g_ptr_array_index(records, i);
        g_auto(Move) move = move_read(record);
        g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, record->id);
        g_autofree char *begun = ferry_clock_format(record->begun_us);
        g_autofree char *took = format_took(record);
        g_autofree char *still = format_milliseconds(get_figure(&move, "downtime_ms"));
        g_autofree char *outcome = format_outcome(record);

        ferry_table_add(table,
                        (const char *[]){id, record->name, get_host_name(&move, "src"),
                                         get_host_name(&move, "dst"), begun, took, still, outcome});
    }
    return ferry_table_print(table, error);
}

// Keeps the records of machine @vm, a name or a UUID.
static bool
keep_machine(GPtrArray *records, const char *vm, GError **error)
{
    char uuid[FERRY_UUID_LEN + 1] = "";
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *nearest;

    (void)ferry_uuid_parse(vm, uuid);
    for (unsigned i = records->len; i > 0; i--) {
        const FerryTxnRecord *record = g_ptr_array_index(records, i - 1);

        if (g_strcmp0(record->name, vm) == 0 || g_strcmp0(record->subject, uuid) == 0)
            continue;
        g_ptr_array_add(names, g_strdup(record->name != NULL ? record->name : ""));
        g_ptr_array_remove_index(records, i - 1);
    }
    if (records->len > 0)
        return true;
    ferry_error_set(error, FERRY_ERROR_MOVE_NOT_FOUND, "no move of machine '%s' is recorded", vm);
    nearest = ferry_nearest_find(vm, names);
    if (nearest != NULL)
        ferry_error_add_hint(error, "Did you mean '%s'? Run 'virt-ferry history' to see all moves.",
                             nearest);
    else
        ferry_error_add_hint(error, "Run 'virt-ferry history' to see all moves.");
    return false;
}

static bool
show_list(FerryCli *cli, const char *vm, unsigned limit, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    g_autoptr(GPtrArray) records = NULL;

    if (state == NULL)
        return false;
    // Of one machine: picked first, limited then.
    records =
        ferry_state_list_txns(state,
                              &(FerryTxnFilter){.kind = "move", .limit = vm != NULL ? 0 : limit},
                              error);
    if (records == NULL || (vm != NULL && !keep_machine(records, vm, error)))
        return false;
    if (limit > 0 && records->len > limit)
        g_ptr_array_remove_range(records, limit, records->len - limit);
    return print_list(cli, records, error);
}

static bool
print_one_json(const Move *move, GPtrArray *entries, GError **error)
{
    JsonObject *root = move_object(move);
    JsonArray *journal = json_array_new();

    for (unsigned i = 0; i < entries->len; i++) {
        const FerryTxnEntry *entry = g_ptr_array_index(entries, i);
        JsonObject *object = json_object_new();
        g_autofree char *at = ferry_clock_format(entry->at_us);
        JsonNode *detail = read_object(entry->detail);

        ferry_json_set_string(object, "at", at);
        ferry_json_set_string(object, "phase", entry->phase);
        if (detail != NULL)
            json_object_set_member(object, "detail", detail);
        json_array_add_object_element(journal, object);
    }
    ferry_json_set_string(root, "schema", "history.move/1");
    if (move->intent != NULL)
        json_object_set_member(root, "intent", json_node_copy(move->intent));
    json_object_set_array_member(root, "journal", journal);
    return ferry_cli_print_json(ferry_json_node(root), error);
}

static void
append_field(GString *to, const char *name, const char *value)
{
    g_autofree char *safe = ferry_cli_escape(value != NULL ? value : "-");

    g_string_append_printf(to, "%-13s%s\n", name, safe);
}

static void
append_journal(GString *to, GPtrArray *entries)
{
    g_string_append(to, "journal:\n");
    for (unsigned i = 0; i < entries->len; i++) {
        const FerryTxnEntry *entry = g_ptr_array_index(entries, i);
        g_autofree char *at = ferry_clock_format(entry->at_us);
        g_autofree char *detail = ferry_cli_escape(entry->detail != NULL ? entry->detail : "");

        g_string_append_printf(to, "  %s  %s%s%s\n", at, entry->phase, *detail != '\0' ? "  " : "",
                               detail);
    }
}

static bool
print_one(const Move *move, GPtrArray *entries, GError **error)
{
    const FerryTxnRecord *record = move->record;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, record->id);
    g_autofree char *begun = ferry_clock_format(record->begun_us);
    g_autofree char *took = format_took(record);
    g_autofree char *still = format_milliseconds(get_figure(move, "downtime_ms"));
    g_autofree char *outcome = format_outcome(record);
    double bytes = get_figure(move, "bytes");
    g_autofree char *carried = bytes >= 0 ? ferry_format_bytes((uint64_t)bytes) : NULL;

    append_field(text, "move:", id);
    append_field(text, "machine:", record->name);
    append_field(text, "uuid:", record->subject);
    append_field(text, "from:", get_host_name(move, "src"));
    append_field(text, "to:", get_host_name(move, "dst"));
    append_field(text, "begun:", begun);
    append_field(text, "took:", took);
    append_field(text, "stood still:", still);
    append_field(text, "carried:", carried);
    append_field(text, "outcome:", outcome);
    if (move->report != NULL)
        append_field(text,
                     "error:", ferry_json_get_string(json_node_get_object(move->report), "error"));
    append_journal(text, entries);
    return ferry_cli_print(error, "%s", text->str);
}

static bool
show_one(FerryCli *cli, int64_t id, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    g_autoptr(FerryTxnRecord) record = NULL;
    g_autoptr(GPtrArray) entries = NULL;
    g_auto(Move) move = {0};

    if (state == NULL)
        return false;
    record = ferry_state_get_txn(state, id, error);
    if (record == NULL)
        return false;
    entries = ferry_state_list_entries(state, id, error);
    if (entries == NULL)
        return false;
    move = move_read(record);
    return cli->json ? print_one_json(&move, entries, error) : print_one(&move, entries, error);
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    int64_t id = 0;
    int limit = LIMIT_DEFAULT;
    g_auto(GStrv) words = NULL;
    bool done = false;
    const GOptionEntry entries[] = {
        {"id", 0, 0, G_OPTION_ARG_INT64, &id, "Show one move with its journal", "ID"},
        {"limit", 0, 0, G_OPTION_ARG_INT, &limit, "At most so many moves, 0 for all (20)", "N"},
        G_OPTION_ENTRY_NULL,
    };

    if (!ferry_cli_parse(cli, &ferry_command_history, argv, entries, 0, 1, &words, &done, error))
        return false;
    if (done)
        return true;
    if (limit < 0) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "cannot use --limit '%d': it is negative", limit);
        return false;
    }
    if (id == 0)
        return show_list(cli, words[0], (unsigned)limit, error);
    if (words[0] != NULL) {
        ferry_error_set(error, FERRY_ERROR_USAGE,
                        "cannot run 'history': give either a machine or --id");
        return false;
    }
    return show_one(cli, id, error);
}

const FerryCommand ferry_command_history = {
    .name = "history",
    .arguments = "[VM]",
    .summary = "Show the moves of the past and those under way",
    .description = "Newest first; times are in UTC.",
    .run = run,
};
