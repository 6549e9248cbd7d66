// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/error.h"
#include "base/json.h"
#include "cli/apart.h"
#include "cli/commands-gen.h"
#include "cli/recover-scan.h"
#include "cli/recovery.h"
#include "cli/viewer.h"
#include "engine/engine.h"
#include "identity/change-recover.h"
#include "journal/journal.h"

typedef struct Options {
    gboolean all;
    gboolean scan;
    gboolean dry_run;
    gboolean yes;
    gboolean give_up;
    char *keep;
} Options;

static bool
read_decision(const Options *options, FerryDecision *ret_decision, GError **error)
{
    *ret_decision = options->give_up ? FERRY_DECISION_GIVE_UP : FERRY_DECISION_NONE;
    if (options->keep == NULL)
        return true;
    if (options->give_up) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "cannot use --give-up with --keep");
        return false;
    }
    if (g_str_equal(options->keep, "source")) {
        *ret_decision = FERRY_DECISION_KEEP_SRC;
    } else if (g_str_equal(options->keep, "destination")) {
        *ret_decision = FERRY_DECISION_KEEP_DST;
    } else {
        ferry_error_set(error, FERRY_ERROR_USAGE,
                        "cannot use --keep '%s': it is not source or destination", options->keep);
        return false;
    }
    return true;
}

// A number, or the machine whose transaction was left; else its newest move, which tells why it can't be recovered.
static FerryTxnRecord *
find_record(FerryCli *cli, const char *argument, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    g_autoptr(GPtrArray) found = NULL;
    uint64_t id;

    if (state == NULL)
        return NULL;
    if (g_ascii_string_to_unsigned(argument, 10, 1, G_MAXINT64, &id, NULL))
        return ferry_state_get_txn(state, (int64_t)id, error);
    found = ferry_recovery_find(state, argument, error);
    if (found == NULL)
        return NULL;
    return found->len > 0 ? ferry_txn_record_copy(found->pdata[found->len - 1])
                          : ferry_viewer_find(cli, argument, error);
}

// The one that @argument means.
static GPtrArray *
find_one(FerryCli *cli, const char *argument, GError **error)
{
    g_autoptr(GPtrArray) one =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_txn_record_free);
    FerryTxnRecord *record = find_record(cli, argument, error);

    if (record == NULL)
        return NULL;
    g_ptr_array_add(one, record);
    if (record->outcome != NULL) {
        ferry_error_set(error, FERRY_ERROR_USAGE,
                        "cannot recover %s %" G_GINT64_FORMAT ": it has ended (%s)",
                        ferry_txn_kind_word(record->kind), record->id, record->outcome);
        if (ferry_recovery_is_change(record))
            ferry_error_add_hint(error, "Run 'virt-ferry id history %s' to see what it is now.",
                                 record->subject);
        else
            ferry_error_add_hint(error, "Run 'virt-ferry history' to see what became of it.");
        return NULL;
    }
    if (ferry_txn_owner_is_alive(record)) {
        ferry_error_set(error, FERRY_ERROR_BUSY,
                        "cannot recover %s %" G_GINT64_FORMAT ": process %" G_GINT64_FORMAT
                        " carries it",
                        ferry_txn_kind_word(record->kind), record->id, record->owner_pid);
        if (ferry_recovery_is_change(record))
            ferry_error_add_hint(error, "Wait until it is over: that takes seconds.");
        else
            ferry_error_add_hint(error,
                                 "See how it goes with 'virt-ferry watch %" G_GINT64_FORMAT "'.",
                                 record->id);
        return NULL;
    }
    return g_steal_pointer(&one);
}

static unsigned
count_changes(GPtrArray *records)
{
    unsigned count = 0;

    for (unsigned i = 0; i < records->len; i++)
        count += ferry_recovery_is_change(g_ptr_array_index(records, i));
    return count;
}

static GPtrArray *
find(FerryCli *cli, const Options *options, const char *argument, GError **error)
{
    g_autoptr(GPtrArray) found = NULL;

    if (argument != NULL && options->all) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "cannot use --all with '%s'", argument);
        return NULL;
    }
    if (argument != NULL)
        return find_one(cli, argument, error);
    found = ferry_recovery_find(ferry_cli_state(cli, error), NULL, error);
    if (found == NULL || options->all || found->len <= 1)
        return g_steal_pointer(&found);
    ferry_error_set(error, FERRY_ERROR_USAGE, "%u %s were left by processes that are gone",
                    found->len,
                    count_changes(found) > 0 ? "moves and changes of identity" : "moves");
    ferry_error_add_hint(error, "Name one, or take all with 'virt-ferry recover --all'.");
    return NULL;
}

static JsonObject *
place_object(const FerryHost *host, FerrySide side)
{
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "host", host->name);
    ferry_json_set_string(object, "state", ferry_side_name(side));
    return object;
}

static JsonObject *
look_object(const FerryTxnRecord *record, const FerryMove *move)
{
    JsonObject *object = json_object_new();
    g_autofree char *steps = ferry_resolve_steps_format(move->resolution->steps);

    json_object_set_int_member(object, "id", record->id);
    ferry_json_set_string(object, "vm", record->name);
    ferry_json_set_string(object, "uuid", record->subject);
    ferry_json_set_string(object, "phase", record->phase);
    json_object_set_object_member(object, "src", place_object(move->src_host, move->src_side));
    json_object_set_object_member(object, "dst", place_object(move->dst_host, move->dst_side));
    ferry_json_set_string(object, "verdict", ferry_resolved_name(move->resolution->verdict));
    ferry_json_set_string(object, "steps", steps);
    ferry_json_set_string(object, "why", move->resolution->comment);
    return object;
}

static bool
print_look(const FerryTxnRecord *record, const FerryMove *move, GError **error)
{
    g_autofree char *steps = ferry_resolve_steps_format(move->resolution->steps);
    g_autofree char *name = ferry_cli_escape(record->name);

    return ferry_cli_print(error,
                           "move %" G_GINT64_FORMAT " of '%s', stopped in phase '%s'\n"
                           "  source       %s: %s\n"
                           "  destination  %s: %s\n"
                           "  verdict      %s: %s\n"
                           "  steps        %s\n",
                           record->id, name, record->phase, move->src_host->name,
                           ferry_side_name(move->src_side), move->dst_host->name,
                           ferry_side_name(move->dst_side),
                           ferry_resolved_name(move->resolution->verdict),
                           move->resolution->comment, steps);
}

static JsonObject *
change_object(const FerryTxnRecord *record, const FerryChangeLook *look)
{
    const FerryChangeRun *run = &look->run;
    JsonObject *object = json_object_new();
    g_autofree char *steps = ferry_change_acts_format(run->resolution->acts);

    json_object_set_int_member(object, "id", record->id);
    ferry_json_set_string(object, "vm", record->name);
    ferry_json_set_string(object, "host", look->intent->host->name);
    ferry_json_set_string(object, "phase", record->phase);
    ferry_json_set_string(object, "old_uuid", look->intent->old_uuid);
    ferry_json_set_string(object, "old", ferry_change_old_name(run->old));
    ferry_json_set_string(object, "new_uuid", look->intent->new_uuid);
    ferry_json_set_string(object, "new", ferry_change_new_name(run->new));
    ferry_json_set_string(object, "aside", run->aside);
    ferry_json_set_string(object, "verdict", ferry_change_verdict_name(run->resolution->verdict));
    ferry_json_set_string(object, "steps", steps);
    ferry_json_set_string(object, "why", run->resolution->comment);
    ferry_json_set_string(object, "hint", run->resolution->hint);
    ferry_json_set_string(object, "unseen", run->unseen);
    return object;
}

static bool
print_change(const FerryTxnRecord *record, const FerryChangeLook *look, GError **error)
{
    const FerryChangeRun *run = &look->run;
    g_autofree char *steps = ferry_change_acts_format(run->resolution->acts);
    g_autofree char *name = ferry_cli_escape(record->name);

    return ferry_cli_print(error,
                           "change of identity %" G_GINT64_FORMAT
                           " of '%s' on '%s', stopped in phase '%s'\n"
                           "  old      %s: %s\n"
                           "  new      %s: %s\n"
                           "  verdict  %s: %s\n"
                           "  steps    %s\n",
                           record->id, name, look->intent->host->name, record->phase,
                           look->intent->old_uuid, ferry_change_old_name(run->old),
                           look->intent->new_uuid, ferry_change_new_name(run->new),
                           ferry_change_verdict_name(run->resolution->verdict),
                           run->unseen != NULL ? run->unseen : run->resolution->comment,
                           *steps != '\0' ? steps : "none");
}

static bool
show_change(FerryCli *cli, const FerryTxnRecord *record, JsonArray *changes, GError **error)
{
    g_autoptr(FerryChangeLook) look =
        ferry_change_look_at(record, ferry_config_get_uint(cli->config, "connect", "timeout"),
                             error);

    if (look == NULL || (!cli->json && !print_change(record, look, error)))
        return false;
    json_array_add_object_element(changes, change_object(record, look));
    return true;
}

static bool
show_move(FerryCli *cli, const FerryTxnRecord *record, JsonArray *moves, GError **error)
{
    g_autoptr(FerryMove) move = ferry_engine_look(record, ferry_clock_real(), error);

    if (move == NULL || (!cli->json && !print_look(record, move, error)))
        return false;
    json_array_add_object_element(moves, look_object(record, move));
    return true;
}

// Shows what would be done, and does nothing.
static bool
show(FerryCli *cli, GPtrArray *records, GError **error)
{
    JsonArray *moves = json_array_new();
    JsonArray *changes = json_array_new();
    JsonObject *root = json_object_new();

    ferry_json_set_string(root, "schema", "recover.plan/1");
    json_object_set_array_member(root, "moves", moves);
    json_object_set_array_member(root, "changes", changes);
    for (unsigned i = 0; i < records->len; i++) {
        const FerryTxnRecord *record = g_ptr_array_index(records, i);

        if (ferry_recovery_is_change(record) ? show_change(cli, record, changes, error)
                                             : show_move(cli, record, moves, error))
            continue;
        json_object_unref(root);
        return false;
    }
    if (cli->json)
        return ferry_cli_print_json(ferry_json_node(root), error);
    json_object_unref(root);
    return true;
}

static bool
show_apart(FerryCli *cli, void *data, GError **error)
{
    return show(cli, data, error);
}

// What an operator decides takes a copy away: it is shown before, and agreed to.
static bool
agree(FerryCli *cli, GPtrArray *records, const Options *options, GError **error)
{
    if (options->yes || (options->keep == NULL && !options->give_up))
        return true;
    if (!ferry_cli_apart(cli, show_apart, records)) {
        ferry_error_set(error, FERRY_ERROR_FAILED, "cannot show what would be done");
        return false;
    }
    return ferry_cli_confirm(cli,
                             count_changes(records) > 0
                                 ? "end the record of the change, and touch nothing?"
                             : options->give_up ? "end what is left of the machine?"
                                                : "keep that copy and take the other one away?",
                             error);
}

static bool
recover(FerryCli *cli,
        const Options *options,
        const char *argument,
        int *ret_status,
        GError **error)
{
    g_autoptr(GPtrArray) records = NULL;
    FerryDecision decision;
    unsigned left = 0;

    if (!read_decision(options, &decision, error))
        return false;
    if (decision != FERRY_DECISION_NONE && options->all) {
        ferry_error_set(error, FERRY_ERROR_USAGE,
                        "cannot decide for all moves at once: name one with --keep or --give-up");
        return false;
    }
    records = find(cli, options, argument, error);
    if (records == NULL)
        return false;
    if (options->keep != NULL && count_changes(records) > 0) {
        ferry_error_set(
            error, FERRY_ERROR_USAGE,
            "cannot use --keep with a change of identity: it has no source and destination");
        return false;
    }
    if (options->dry_run && (records->len > 0 || cli->json))
        return show(cli, records, error);
    if (records->len == 0) {
        ferry_cli_note(cli, "no move and no change of identity was left by a process that is gone");
        return true;
    }
    if (!agree(cli, records, options, error) ||
        !ferry_recovery_run(cli, records, decision, &left, error))
        return false;
    if (left > 0)
        *ret_status = ferry_error_info(FERRY_ERROR_PENDING)->exit_status;
    return true;
}

static bool
check_count(const Options *options, GStrv words, GError **error)
{
    if (options->scan && (options->all || options->keep != NULL || options->give_up)) {
        ferry_error_set(error, FERRY_ERROR_USAGE,
                        "cannot use --scan with --all, --keep or --give-up");
        return false;
    }
    if (options->scan || g_strv_length(words) <= 1)
        return true;
    ferry_error_set(error, FERRY_ERROR_USAGE,
                    "cannot run 'recover': it takes one move, or '--scan [HOST...]'");
    ferry_error_add_hint(error, "Run 'virt-ferry recover --help' to see how it is used.");
    return false;
}

static bool
scan_or_recover(FerryCli *cli, const Options *options, GStrv words, int *ret_status, GError **error)
{
    if (!check_count(options, words, error))
        return false;
    if (!options->scan)
        return recover(cli, options, words[0], ret_status, error);
    return ferry_cli_recover_scan(cli, words,
                                  &(FerryRecoverScanOptions){.dry_run = options->dry_run,
                                                             .yes = options->yes},
                                  ret_status, error);
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    Options options = {0};
    const GOptionEntry entries[] = {
        {"all", 0, 0, G_OPTION_ARG_NONE, &options.all, "Everything whose process is gone", NULL},
        {"scan", 0, 0, G_OPTION_ARG_NONE, &options.scan,
         "What moves of others left behind, on the hosts that are named or all known ones", NULL},
        {"keep", 0, 0, G_OPTION_ARG_STRING, &options.keep,
         "Decide what nothing else can tell: which copy stays", "source|destination"},
        {"give-up", 0, 0, G_OPTION_ARG_NONE, &options.give_up,
         "End what is left of a machine that was lost in post-copy", NULL},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &options.dry_run, "Show what would be done", NULL},
        {"yes", 'y', 0, G_OPTION_ARG_NONE, &options.yes, "Ask nothing", NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_auto(GStrv) words = NULL;
    bool done = false;
    bool ok;

    ok = ferry_cli_parse(cli, &ferry_command_recover, argv, entries, 0, -1, &words, &done, error) &&
         (done || scan_or_recover(cli, &options, words, ret_status, error));
    g_free(options.keep);
    return ok;
}

const FerryCommand ferry_command_recover = {
    .name = "recover",
    .arguments = "[MOVE|VM | --scan [HOST...]]",
    .summary = "Finish or undo what was left behind",
    .description =
        "MOVE is the number of a move or of a change of identity; VM a machine, whose newest move is meant. Without either the one move that "
        "was left is taken, with --all every one.\nBoth hosts are read, and the move is finished or undone. Where "
        "what is found proves nothing, nothing is destroyed: look at both copies, then say which one stays.",
    .run = run,
};
