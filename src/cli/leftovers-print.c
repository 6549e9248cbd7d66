// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/leftovers-print.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/leftovers.h"
#include "cli/output.h"
#include "cli/table.h"
#include "inventory/hosts.h"
#include "model/units.h"

typedef struct Sum {
    unsigned files;
    uint64_t bytes;
    unsigned silent; // hosts that could not be asked
    char *example;   // how one of them is deleted; NULL
} Sum;

static bool
is_shown(const FerryLeftover *leftover)
{
    return leftover->there || leftover->unknown != NULL;
}

static void
sum_clear(Sum *sum)
{
    g_clear_pointer(&sum->example, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sum, sum_clear)

static Sum
sum_up(const GPtrArray *leftovers, const GPtrArray *answers)
{
    Sum sum = {0};

    for (unsigned i = 0; i < leftovers->len; i++) {
        const FerryLeftover *leftover = g_ptr_array_index(leftovers, i);

        if (!leftover->there)
            continue;
        sum.files++;
        sum.bytes += leftover->bytes;
        if (sum.example == NULL)
            sum.example = ferry_leftover_command(leftover);
    }
    for (unsigned i = 0; i < answers->len; i++)
        sum.silent += ((const FerryHostAnswer *)g_ptr_array_index(answers, i))->error != NULL;
    return sum;
}

static JsonObject *
leftover_object(const FerryLeftover *leftover)
{
    JsonObject *object = json_object_new();
    g_autofree char *moved = ferry_clock_format(leftover->moved_us);

    ferry_json_set_string(object, "machine", leftover->machine);
    ferry_json_set_string(object, "uuid", leftover->uuid);
    ferry_json_set_string(object, "host", leftover->host->name);
    ferry_json_set_string(object, "target", leftover->target);
    ferry_json_set_string(object, "path", leftover->path);
    ferry_json_set_string(object, "was", leftover->was);
    ferry_json_set_string(object, "reason", leftover->reason);
    if (leftover->there)
        json_object_set_int_member(object, "bytes", (int64_t)leftover->bytes);
    if (leftover->capacity > 0)
        json_object_set_int_member(object, "capacity", (int64_t)leftover->capacity);
    ferry_json_set_string(object, "unknown", leftover->unknown);
    json_object_set_int_member(object, "move", leftover->move);
    ferry_json_set_string(object, "moved", moved);
    return object;
}

static bool
print_json(const GPtrArray *leftovers, const GPtrArray *answers, const Sum *sum, GError **error)
{
    JsonObject *root = json_object_new();
    JsonArray *files = json_array_new();

    for (unsigned i = 0; i < leftovers->len; i++) {
        const FerryLeftover *leftover = g_ptr_array_index(leftovers, i);

        if (is_shown(leftover))
            json_array_add_object_element(files, leftover_object(leftover));
    }
    ferry_json_set_string(root, "schema", "leftover.list/1");
    json_object_set_array_member(root, "leftovers", files);
    json_object_set_int_member(root, "bytes", (int64_t)sum->bytes);
    json_object_set_array_member(root, "hosts", ferry_output_answers(answers));
    return ferry_cli_print_json(ferry_json_node(root), error);
}

static void
add_row(FerryTable *table, const FerryLeftover *leftover)
{
    double age_s = (double)(ferry_clock_wall(ferry_clock_real()) - leftover->moved_us) / 1e6;
    g_autofree char *size = leftover->there ? ferry_format_bytes(leftover->bytes) : g_strdup("?");
    g_autofree char *age = ferry_format_duration(MAX(age_s, 0));
    g_autofree char *move = g_strdup_printf("%" G_GINT64_FORMAT, leftover->move);

    ferry_table_add(table, (const char *[]){leftover->machine, leftover->host->name, size, age,
                                            move, leftover->path, leftover->uuid});
}

static bool
print_table(const GPtrArray *leftovers, const Sum *sum, bool uuids, GError **error)
{
    static const char *const titles[] = {"MACHINE", "HOST", "SIZE", "AGE",
                                         "MOVE",    "PATH", "UUID", NULL};
    static const char *const short_titles[] = {"MACHINE", "HOST", "SIZE", "AGE",
                                               "MOVE",    "PATH", NULL};
    g_autoptr(FerryTable) table = ferry_table_new(uuids ? titles : short_titles);
    g_autofree char *bytes = ferry_format_bytes(sum->bytes);
    unsigned rows = 0;

    for (unsigned i = 0; i < leftovers->len; i++) {
        const FerryLeftover *leftover = g_ptr_array_index(leftovers, i);

        if (!is_shown(leftover))
            continue;
        add_row(table, leftover);
        rows++;
    }
    if (rows > 0 && !ferry_table_print(table, error))
        return false;
    return sum->files == 0 || ferry_cli_print(error, "%u %s, %s\n", sum->files,
                                              sum->files == 1 ? "image" : "images", bytes);
}

static bool
print_names(const GPtrArray *leftovers, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    const char *last = NULL;

    for (unsigned i = 0; i < leftovers->len; i++) {
        const FerryLeftover *leftover = g_ptr_array_index(leftovers, i);
        g_autofree char *safe = ferry_cli_escape(leftover->machine);

        if (leftover->there && g_strcmp0(leftover->machine, last) != 0) {
            g_string_append_printf(names, "%s\n", safe);
            last = leftover->machine;
        }
    }
    return ferry_cli_print(error, "%s", names->str);
}

// What can't be told, and how to go on, on stderr.
static void
print_remarks(FerryCli *cli, const GPtrArray *leftovers, const GPtrArray *answers, const Sum *sum)
{
    g_autofree char *safe = sum->example != NULL ? ferry_cli_escape(sum->example) : NULL;

    for (unsigned i = 0; i < answers->len; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(answers, i);

        if (answer->error != NULL)
            ferry_cli_print_error(cli, answer->error);
    }
    for (unsigned i = 0; i < leftovers->len; i++) {
        const FerryLeftover *leftover = g_ptr_array_index(leftovers, i);

        if (leftover->unknown != NULL && !leftover->silent) {
            g_autofree char *why = ferry_cli_escape(leftover->unknown);

            ferry_cli_note(cli, "%s", why);
        }
    }
    if (safe != NULL)
        ferry_cli_note(cli,
                       "each is a disk as it was when its machine left; delete by hand what you "
                       "need no more: %s",
                       safe);
    else if (sum->files == 0 && sum->silent == 0)
        ferry_cli_note(cli, "no image that a move left is on its source any more");
}

static GPtrArray *
read_all(FerryCli *cli, const char *connect, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    g_autoptr(GPtrArray) known = state != NULL ? ferry_state_list_hosts(state, error) : NULL;
    g_autoptr(GPtrArray) records = NULL;
    g_autoptr(FerryHost) host = NULL;
    GPtrArray *leftovers;

    if (known == NULL)
        return NULL;
    if (connect != NULL) {
        host = ferry_hosts_resolve(known, connect, error);
        if (host == NULL)
            return NULL;
    }
    records = ferry_state_list_txns(state, &(FerryTxnFilter){.kind = "move"}, error);
    if (records == NULL)
        return NULL;
    leftovers = ferry_leftovers_read(records, known);
    if (host != NULL)
        ferry_leftovers_keep(leftovers, host->uri);
    return leftovers;
}

bool
ferry_leftovers_list(FerryCli *cli, const FerryLeftoversView *view, int *ret_status, GError **error)
{
    unsigned timeout_s = ferry_config_get_uint(cli->config, "connect", "timeout");
    g_autoptr(GPtrArray) leftovers = read_all(cli, view->connect, error);
    g_autoptr(GPtrArray) answers = NULL;
    g_auto(Sum) sum = {0};

    if (leftovers == NULL)
        return false;
    answers = ferry_leftovers_ask(leftovers, timeout_s);
    sum = sum_up(leftovers, answers);
    if (view->names)
        return print_names(leftovers, error);
    if (sum.silent > 0 && sum.silent == answers->len)
        *ret_status = ferry_error_info(FERRY_ERROR_UNREACHABLE)->exit_status;
    if (cli->json)
        return print_json(leftovers, answers, &sum, error);
    if (!print_table(leftovers, &sum, view->uuids, error))
        return false;
    print_remarks(cli, leftovers, answers, &sum);
    return true;
}
