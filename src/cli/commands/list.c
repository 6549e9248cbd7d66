// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry list: the machines of all hosts, and what is wrong with them: a host that is silent, a
// machine that is active twice, a move that nobody carries any more.

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/commands-gen.h"
#include "cli/leftovers-print.h"
#include "cli/output.h"
#include "cli/probe.h"
#include "cli/recovery.h"
#include "cli/table.h"
#include "inventory/hosts.h"
#include "model/units.h"

typedef struct Options {
    const char *connect;
    gboolean uuids;
    gboolean names;
    gboolean leftovers;
} Options;

// One machine on one host; all owned by the answers.
typedef struct Row {
    const FerryHost *host;
    const FerryVm *vm;
} Row;

typedef struct Listing {
    GPtrArray *answers;  // FerryHostAnswer
    GArray *rows;        // Row, ordered by name and host
    GPtrArray *problems; // GError: of machines that are active several times
    GPtrArray *pending;  // FerryTxnRecord: moves whose process is gone
} Listing;

static void
listing_clear(Listing *listing)
{
    g_clear_pointer(&listing->answers, g_ptr_array_unref);
    g_clear_pointer(&listing->rows, g_array_unref);
    g_clear_pointer(&listing->problems, g_ptr_array_unref);
    g_clear_pointer(&listing->pending, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Listing, listing_clear)

static int
compare_rows(const void *left, const void *right)
{
    const Row *a = left;
    const Row *b = right;
    int order = strcmp(a->vm->name, b->vm->name);

    return order != 0 ? order : strcmp(a->host->name, b->host->name);
}

static void
collect_rows(Listing *listing)
{
    listing->rows = g_array_new(false, false, sizeof(Row));
    for (unsigned i = 0; i < listing->answers->len; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(listing->answers, i);

        for (unsigned j = 0; answer->machines != NULL && j < answer->machines->len; j++) {
            Row row = {.host = answer->host, .vm = g_ptr_array_index(answer->machines, j)};

            g_array_append_val(listing->rows, row);
        }
    }
    g_array_sort(listing->rows, compare_rows);
}

// The hosts on which machine @uuid is active, as answers that ferry_hosts_judge() takes.
static GPtrArray *
find_places(const Listing *listing, const char *uuid)
{
    GPtrArray *places = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_host_answer_free);

    for (unsigned i = 0; i < listing->rows->len; i++) {
        const Row *row = &g_array_index(listing->rows, Row, i);
        FerryHostAnswer *place;

        if (strcmp(row->vm->uuid, uuid) != 0 || !ferry_vm_state_is_active(row->vm->state))
            continue;
        place = g_new0(FerryHostAnswer, 1);
        place->host = ferry_host_copy(row->host);
        place->vm = ferry_vm_copy(row->vm);
        g_ptr_array_add(places, place);
    }
    return places;
}

// One host may be known under two URIs: then its machines are there once.
static void
add_identities(GPtrArray *places, unsigned timeout_s)
{
    g_autoptr(GPtrArray) hosts = g_ptr_array_new();
    g_autoptr(GPtrArray) probes = NULL;

    for (unsigned i = 0; i < places->len; i++)
        g_ptr_array_add(hosts, ((FerryHostAnswer *)g_ptr_array_index(places, i))->host);
    probes = ferry_probe_hosts(hosts, timeout_s);
    for (unsigned i = 0; i < places->len; i++) {
        FerryHostAnswer *place = g_ptr_array_index(places, i);
        const FerryProbe *probe = g_ptr_array_index(probes, i);

        if (probe->error == NULL && probe->info.uuid[0] != '\0')
            place->identity = g_strdup_printf("%s %s", probe->info.uuid, probe->info.hostname);
    }
}

static void
collect_problems(Listing *listing, unsigned timeout_s)
{
    g_autoptr(GHashTable) once = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) judged = g_hash_table_new(g_str_hash, g_str_equal);

    listing->problems = g_ptr_array_new_with_free_func((GDestroyNotify)g_error_free);
    for (unsigned i = 0; i < listing->rows->len; i++) {
        const FerryVm *vm = g_array_index(listing->rows, Row, i).vm;
        g_autoptr(GPtrArray) places = NULL;
        g_autoptr(GPtrArray) notes = NULL;
        FerryHostAnswer *source = NULL;
        GError *problem = NULL;

        if (!ferry_vm_state_is_active(vm->state) || g_hash_table_add(once, (char *)vm->uuid) ||
            !g_hash_table_add(judged, (char *)vm->uuid))
            continue;
        places = find_places(listing, vm->uuid);
        add_identities(places, timeout_s);
        if (!ferry_hosts_judge(places, vm->name, &source, &notes, &problem))
            g_ptr_array_add(listing->problems, problem);
    }
}

static bool
collect_pending(Listing *listing, FerryState *state, GError **error)
{
    listing->pending = ferry_recovery_find(state, NULL, error);
    return listing->pending != NULL;
}

static JsonObject *
row_object(const Row *row)
{
    const FerryVm *vm = row->vm;
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "name", vm->name);
    ferry_json_set_string(object, "uuid", vm->uuid);
    ferry_json_set_string(object, "host", row->host->name);
    ferry_json_set_string(object, "state", ferry_vm_state_name(vm->state));
    ferry_json_set_string(object, "reason", ferry_vm_reason_name(vm->reason));
    json_object_set_boolean_member(object, "active", ferry_vm_state_is_active(vm->state));
    json_object_set_boolean_member(object, "persistent", vm->persistent);
    json_object_set_boolean_member(object, "autostart", vm->autostart);
    json_object_set_int_member(object, "memory_kib", (int64_t)vm->memory_kib);
    json_object_set_int_member(object, "vcpus", vm->vcpus);
    return object;
}

static JsonObject *
pending_object(const FerryTxnRecord *record)
{
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "id", record->id);
    ferry_json_set_string(object, "kind", record->kind);
    ferry_json_set_string(object, "machine", record->name);
    ferry_json_set_string(object, "uuid", record->subject);
    ferry_json_set_string(object, "phase", record->phase);
    return object;
}

static bool
print_json(const Listing *listing, GError **error)
{
    JsonObject *root = json_object_new();
    JsonArray *machines = json_array_new();
    JsonArray *problems = json_array_new();
    JsonArray *pending = json_array_new();

    for (unsigned i = 0; i < listing->rows->len; i++)
        json_array_add_object_element(machines, row_object(&g_array_index(listing->rows, Row, i)));
    for (unsigned i = 0; i < listing->problems->len; i++)
        json_array_add_object_element(problems, ferry_output_error_object(
                                                    g_ptr_array_index(listing->problems, i)));
    for (unsigned i = 0; i < listing->pending->len; i++)
        json_array_add_object_element(pending,
                                      pending_object(g_ptr_array_index(listing->pending, i)));
    ferry_json_set_string(root, "schema", "machine.list/1");
    json_object_set_array_member(root, "machines", machines);
    json_object_set_array_member(root, "hosts", ferry_output_answers(listing->answers));
    json_object_set_array_member(root, "problems", problems);
    json_object_set_array_member(root, "pending", pending);
    return ferry_cli_print_json(ferry_json_node(root), error);
}

static bool
print_table(const Listing *listing, bool uuids, GError **error)
{
    static const char *const titles[] = {"MACHINE", "HOST", "STATE", "MEMORY",
                                         "VCPUS",   "KIND", "UUID",  NULL};
    static const char *const short_titles[] = {"MACHINE", "HOST", "STATE", "MEMORY",
                                               "VCPUS",   "KIND", NULL};
    g_autoptr(FerryTable) table = ferry_table_new(uuids ? titles : short_titles);

    for (unsigned i = 0; i < listing->rows->len; i++) {
        const Row *row = &g_array_index(listing->rows, Row, i);
        g_autofree char *state = ferry_vm_state_format(row->vm->state, row->vm->reason);
        g_autofree char *memory = ferry_format_bytes(row->vm->memory_kib * 1024);
        g_autofree char *vcpus = g_strdup_printf("%u", row->vm->vcpus);

        ferry_table_add(table,
                        (const char *[]){row->vm->name, row->host->name, state, memory, vcpus,
                                         row->vm->persistent ? "persistent" : "transient",
                                         row->vm->uuid});
    }
    return ferry_table_print(table, error);
}

// For completion: each name once, nothing else.
static bool
print_names(const Listing *listing, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (unsigned i = 0; i < listing->rows->len; i++) {
        const char *name = g_array_index(listing->rows, Row, i).vm->name;
        g_autofree char *safe = ferry_cli_escape(name);

        if (i == 0 || strcmp(name, g_array_index(listing->rows, Row, i - 1).vm->name) != 0)
            g_string_append_printf(names, "%s\n", safe);
    }
    return ferry_cli_print(error, "%s", names->str);
}

// What is wrong, on stderr.
static void
print_remarks(FerryCli *cli, const Listing *listing)
{
    for (unsigned i = 0; i < listing->answers->len; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(listing->answers, i);

        if (answer->error != NULL)
            ferry_cli_print_error(cli, answer->error);
    }
    for (unsigned i = 0; i < listing->problems->len; i++) {
        const GError *problem = g_ptr_array_index(listing->problems, i);

        // A move that is under way is nothing wrong.
        if (ferry_error_is(problem, FERRY_ERROR_BUSY))
            ferry_cli_note(cli, "%s", problem->message);
        else
            ferry_cli_print_error(cli, problem);
    }
    for (unsigned i = 0; i < listing->pending->len; i++) {
        const FerryTxnRecord *record = g_ptr_array_index(listing->pending, i);

        ferry_cli_note(cli,
                       "%s %" G_GINT64_FORMAT
                       " of machine '%s' stopped in phase '%s': its process is "
                       "gone; run 'virt-ferry recover %" G_GINT64_FORMAT "' to finish or undo it",
                       ferry_txn_kind_word(record->kind), record->id, record->name, record->phase,
                       record->id);
    }
}

// An exit status of its own where no host answered, or a machine is active twice.
static int
judge_status(const Listing *listing)
{
    unsigned silent = 0;

    for (unsigned i = 0; i < listing->problems->len; i++) {
        const GError *problem = g_ptr_array_index(listing->problems, i);

        if (ferry_error_is(problem, FERRY_ERROR_VM_AMBIGUOUS))
            return ferry_error_get_info(problem)->exit_status;
    }
    for (unsigned i = 0; i < listing->answers->len; i++)
        silent += ((FerryHostAnswer *)g_ptr_array_index(listing->answers, i))->error != NULL;
    if (silent > 0 && silent == listing->answers->len)
        return ferry_error_info(FERRY_ERROR_UNREACHABLE)->exit_status;
    return 0;
}

static bool
run_listing(FerryCli *cli, const Options *options, int *ret_status, GError **error)
{
    unsigned timeout_s = ferry_config_get_uint(cli->config, "connect", "timeout");
    g_auto(Listing) listing = {0};
    g_autoptr(GPtrArray) hosts = ferry_cli_source_hosts(cli, options->connect, error);

    if (hosts == NULL)
        return false;
    listing.answers = ferry_hosts_list(hosts, timeout_s);
    collect_rows(&listing);
    if (options->names)
        return print_names(&listing, error);
    collect_problems(&listing, timeout_s);
    if (!collect_pending(&listing, ferry_cli_state(cli, error), error))
        return false;
    *ret_status = judge_status(&listing);
    if (cli->json)
        return print_json(&listing, error);
    if (listing.rows->len > 0 && !print_table(&listing, options->uuids, error))
        return false;
    print_remarks(cli, &listing);
    return true;
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    g_autofree char *connect = NULL;
    Options options = {0};
    g_auto(GStrv) words = NULL;
    bool done = false;
    const GOptionEntry entries[] = {
        {"connect", 'c', 0, G_OPTION_ARG_STRING, &connect, "Of this host alone", "HOST"},
        {"uuid", 0, 0, G_OPTION_ARG_NONE, &options.uuids, "Show UUIDs", NULL},
        {"names", 0, 0, G_OPTION_ARG_NONE, &options.names, "Names alone, one a line", NULL},
        {"leftovers", 0, 0, G_OPTION_ARG_NONE, &options.leftovers,
         "What moves left of copied disks on their sources", NULL},
        G_OPTION_ENTRY_NULL,
    };

    if (!ferry_cli_parse(cli, &ferry_command_list, argv, entries, 0, 0, &words, &done, error))
        return false;
    options.connect = connect;
    if (done)
        return true;
    if (options.leftovers)
        return ferry_leftovers_list(cli,
                                    &(FerryLeftoversView){.connect = connect,
                                                          .uuids = options.uuids,
                                                          .names = options.names},
                                    ret_status, error);
    return run_listing(cli, &options, ret_status, error);
}

const FerryCommand ferry_command_list = {
    .name = "list",
    .summary = "List the machines of all hosts",
    .description = "Asks all known hosts at once, or libvirt's default host where none is known.",
    .run = run,
};
