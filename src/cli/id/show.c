// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry id show: what identifies one machine.

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/aside.h"
#include "cli/id-gen.h"
#include "cli/table.h"
#include "identity/chain.h"
#include "identity/collect.h"
#include "identity/constraints.h"
#include "identity/identity-layer.h"
#include "inventory/hosts.h"

typedef struct Words {
    char *connect;
    char *layers;
    char *via;
    gboolean reveal;
} Words;

static void
words_clear(Words *words)
{
    g_free(words->connect);
    g_free(words->layers);
    g_free(words->via);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Words, words_clear)

typedef struct Show {
    GPtrArray *hosts; // FerryHost
    const char *name;
    unsigned groups;
    FerryIdentityAsk ask;
    GPtrArray *answers;        // FerryHostAnswer
    GPtrArray *notes;          // utf8
    GError *error;             // of the worker
    FerryIdentityFleet *fleet; // of one host
    const FerryIdentityMachine *machine;
    GPtrArray *values;     // FerryIdentityValue
    FerryIdentityKey *key; // NULL: nothing is secret, or it is to be revealed
    FerryIdentityChain *chain;
} Show;

static void
show_clear(Show *show)
{
    g_clear_pointer(&show->values, g_ptr_array_unref);
    ferry_identity_fleet_free(show->fleet);
    g_clear_pointer(&show->notes, g_ptr_array_unref);
    g_clear_pointer(&show->answers, g_ptr_array_unref);
    g_clear_pointer(&show->hosts, g_ptr_array_unref);
    g_clear_error(&show->error);
    g_free(show->key);
    ferry_identity_chain_free(show->chain);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Show, show_clear)

typedef struct Word {
    const char *text;
    unsigned bits;
} Word;

static const Word layer_words[] = {
    {"hyper", FERRY_GROUP_HYPER},
    {"disk", FERRY_GROUP_DISK},
    {"guest", FERRY_GROUP_GUEST},
    {"all", FERRY_GROUP_ALL},
    {NULL, 0},
};

enum { VIA_XML = 1, VIA_AGENT = 2, VIA_DISK = 4, VIA_GUESTFS = 8 };

static const Word via_words[] = {{"xml", VIA_XML},
                                 {"qga", VIA_AGENT},
                                 {"disk", VIA_DISK},
                                 {"guestfs", VIA_GUESTFS},
                                 {NULL, 0}};

// A list of words, commas between them. @list: NULL for none
static bool
read_words(const char *option,
           const char *list,
           const Word *known,
           unsigned *ret_bits,
           GError **error)
{
    g_auto(GStrv) words = g_strsplit(list != NULL ? list : "", ",", -1);
    unsigned bits = 0;

    for (size_t i = 0; list != NULL && words[i] != NULL; i++) {
        const Word *word = known;

        while (word->text != NULL && strcmp(word->text, words[i]) != 0)
            word++;
        if (word->text == NULL) {
            ferry_error_set(error, FERRY_ERROR_USAGE, "cannot use '%s' for %s: it is no such word",
                            words[i], option);
            ferry_error_add_hint(error, "Run 'virt-ferry id show --help' to see the words.");
            return false;
        }
        bits |= word->bits;
    }
    *ret_bits = bits;
    return true;
}

// Without --layers, what a way leads to; without --via, the way that the guest can't notice.
static bool
read_choice(const Words *words, Show *show, GError **error)
{
    unsigned via = 0;

    if (!read_words("--layers", words->layers, layer_words, &show->groups, error) ||
        !read_words("--via", words->via, via_words, &via, error))
        return false;
    if (show->groups == 0)
        show->groups =
            (via & (VIA_AGENT | VIA_DISK | VIA_GUESTFS)) != 0 ? FERRY_GROUP_ALL : FERRY_GROUP_HYPER;
    if (via == 0 && (show->groups & (FERRY_GROUP_DISK | FERRY_GROUP_GUEST)) != 0)
        via = VIA_DISK;
    show->ask.by_agent = (via & VIA_AGENT) != 0;
    show->ask.by_disk = (via & VIA_DISK) != 0;
    show->ask.by_guestfs = (via & VIA_GUESTFS) != 0;
    return true;
}

static void
run_show(void *data)
{
    Show *show = data;
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    FerryHostAnswer *source = NULL;

    show->answers = ferry_hosts_find(show->hosts, show->name, show->ask.timeout_s);
    if (!ferry_hosts_judge(show->answers, show->name, &source, &show->notes, &show->error))
        return;
    show->ask.uuid = source->vm->uuid;
    g_ptr_array_add(one, source);
    show->fleet = ferry_identity_collect(one, &show->ask);
}

static bool
take_machine(Show *show, GError **error)
{
    const FerryIdentityHost *host = g_ptr_array_index(show->fleet->hosts, 0);

    if (host->unknown != NULL || host->machines->len == 0) {
        ferry_error_set(error, FERRY_ERROR_UNREACHABLE, "cannot show machine '%s': %s", show->name,
                        host->unknown != NULL ? host->unknown : "it went away meanwhile");
        return false;
    }
    show->machine = g_ptr_array_index(host->machines, 0);
    show->values = ferry_identity_read(show->machine, show->groups);
    return true;
}

static bool
has_secrets(const GPtrArray *values)
{
    for (unsigned i = 0; i < values->len; i++) {
        const FerryIdentityValue *value = g_ptr_array_index(values, i);

        if (value->secret != NULL && value->value != NULL)
            return true;
    }
    return false;
}

// What our own records know: the key of digests, and what the machine was before.
static bool
read_records(FerryCli *cli, bool reveal, Show *show, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);

    if (state == NULL)
        return false;
    show->chain = ferry_identity_chain(state, show->machine->vm.uuid, error);
    if (show->chain == NULL)
        return false;
    if (reveal || !has_secrets(show->values))
        return true;
    show->key = ferry_identity_key_load(ferry_state_path(state), error);
    return show->key != NULL;
}

static JsonObject *
list_satellites(const FerryIdentityMachine *machine)
{
    JsonObject *object = json_object_new();
    const FerryIdentityXml *xml = ferry_identity_machine_xml(machine);

    if (machine->extras_unknown != NULL) {
        ferry_json_set_string(object, "unknown", machine->extras_unknown);
    } else {
        json_object_set_int_member(object, "snapshots", machine->extras.snapshots);
        json_object_set_int_member(object, "checkpoints", machine->extras.checkpoints);
        json_object_set_boolean_member(object, "managed_save", machine->extras.managed_save);
    }
    json_object_set_boolean_member(object, "autostart", machine->vm.autostart);
    if (xml != NULL)
        ferry_json_set_string(object, "nvram", xml->nvram);
    return object;
}

static JsonArray *
list_constraints(const FerryIdentityMachine *machine)
{
    g_autoptr(GArray) found = ferry_identity_constraints(machine);
    JsonArray *array = json_array_new();

    for (unsigned i = 0; i < found->len; i++) {
        const FerryIdentityConstraint *constraint =
            &g_array_index(found, FerryIdentityConstraint, i);
        JsonObject *object = json_object_new();

        ferry_json_set_string(object, "id", constraint->id);
        ferry_json_set_string(object, "severity", constraint->blocks ? "block" : "note");
        ferry_json_set_string(object, "needs", constraint->needs);
        json_array_add_object_element(array, object);
    }
    return array;
}

static bool
print_json(const Show *show, GError **error)
{
    JsonObject *root = json_object_new();
    JsonArray *layers = json_array_new();

    for (unsigned i = 0; i < show->values->len; i++)
        json_array_add_element(layers,
                               ferry_identity_value_to_json(g_ptr_array_index(show->values, i),
                                                            show->key));
    ferry_json_set_string(root, "schema", "id.show/1");
    ferry_json_set_string(root, "domain", show->machine->vm.name);
    ferry_json_set_string(root, "uuid", show->machine->vm.uuid);
    ferry_json_set_string(root, "host", show->machine->host->name);
    ferry_json_set_string(root, "uri", show->machine->host->uri);
    ferry_json_set_string(root, "state", ferry_vm_state_name(show->machine->vm.state));
    ferry_json_set_string(root, "subject", show->chain->subject);
    json_object_set_int_member(root, "rev", ferry_identity_chain_current(show->chain)->revision);
    json_object_set_array_member(root, "layers", layers);
    json_object_set_object_member(root, "satellites", list_satellites(show->machine));
    json_object_set_array_member(root, "constraints", list_constraints(show->machine));
    return ferry_cli_print_json(ferry_json_node(root), error);
}

// (transfer full) what holds now and, where that is another, what will
static char *
format_value(const FerryIdentityValue *value, const FerryIdentityKey *key)
{
    g_autofree char *now = ferry_identity_value_show(value, value->value, key);
    g_autofree char *next = ferry_identity_value_show(value, value->persistent, key);

    if (value->live == NULL || next == NULL || g_strcmp0(value->live, value->persistent) == 0)
        return g_steal_pointer(&now);
    return g_strdup_printf("%s, next start: %s", now, next);
}

static void
add_row(FerryTable *table, const FerryIdentityValue *value, const FerryIdentityKey *key)
{
    g_autofree char *layer = value->object == NULL
                                 ? g_strdup(value->layer->id)
                                 : g_strdup_printf("%s %s", value->layer->id, value->object);
    g_autofree char *text = format_value(value, key);
    const char *status = ferry_identity_status_name(value->status);
    g_autofree char *full =
        value->reason == NULL ? g_strdup(status) : g_strdup_printf("%s: %s", status, value->reason);

    ferry_table_add(table, (const char *const[]){layer, text, value->source,
                                                 ferry_identity_window_name(value->layer->window),
                                                 full, NULL});
}

static bool
print_constraints(const FerryIdentityMachine *machine, GError **error)
{
    g_autoptr(GArray) found = ferry_identity_constraints(machine);
    g_autoptr(GString) text = g_string_new(NULL);

    for (unsigned i = 0; i < found->len; i++) {
        const FerryIdentityConstraint *constraint =
            &g_array_index(found, FerryIdentityConstraint, i);

        g_string_append_printf(text, "  %s: %s\n", constraint->id, constraint->needs);
    }
    return text->len == 0 || ferry_cli_print(error, "a change of its UUID needs\n%s", text->str);
}

// Why something in the guest is unknown, each reason once: a table on a terminal has no room for the way out.
static void
note_reasons(FerryCli *cli, const GPtrArray *values)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned i = 0; i < values->len; i++) {
        const FerryIdentityValue *value = g_ptr_array_index(values, i);

        if (value->status == FERRY_IDENTITY_UNKNOWN && value->reason != NULL &&
            (value->layer->group & (FERRY_GROUP_DISK | FERRY_GROUP_GUEST)) != 0 &&
            g_hash_table_add(seen, value->reason))
            ferry_cli_note(cli, "%s", value->reason);
    }
}

static bool
print_text(FerryCli *cli, const Show *show, GError **error)
{
    static const char *const titles[] = {"LAYER", "VALUE", "SOURCE", "WINDOW", "STATUS", NULL};
    g_autoptr(FerryTable) table = ferry_table_new(titles);
    g_autofree char *name = ferry_cli_escape(show->machine->vm.name);
    g_autofree char *host = ferry_cli_escape(show->machine->host->name);
    g_autofree char *state =
        ferry_vm_state_format(show->machine->vm.state, show->machine->vm.reason);

    for (unsigned i = 0; i < show->notes->len; i++)
        ferry_cli_note(cli, "%s", (const char *)g_ptr_array_index(show->notes, i));
    note_reasons(cli, show->values);
    for (unsigned i = 0; i < show->values->len; i++)
        add_row(table, g_ptr_array_index(show->values, i), show->key);
    return ferry_cli_print(error, "machine '%s' on host '%s', %s\n", name, host, state) &&
           ferry_table_print(table, error) && print_constraints(show->machine, error);
}

static bool
show_machine(FerryCli *cli, const Words *words, const char *name, GError **error)
{
    g_auto(Show) show = {.name = name};

    show.ask.timeout_s = ferry_config_get_uint(cli->config, "connect", "timeout");
    if (!read_choice(words, &show, error))
        return false;
    show.hosts = ferry_cli_source_hosts(cli, words->connect, error);
    if (show.hosts == NULL)
        return false;
    ferry_cli_aside(cli,
                    show.ask.by_guestfs
                        ? "reading the machine's disks by libguestfs, which boots for it"
                        : "asking the hosts about the machine",
                    run_show, &show);
    if (show.error != NULL) {
        g_propagate_error(error, g_steal_pointer(&show.error));
        return false;
    }
    if (!take_machine(&show, error) || !read_records(cli, words->reveal, &show, error))
        return false;
    return cli->json ? print_json(&show, error) : print_text(cli, &show, error);
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status G_GNUC_UNUSED, GError **error)
{
    g_auto(Words) words = {0};
    g_auto(GStrv) names = NULL;
    bool done = false;
    const GOptionEntry entries[] = {
        {"layers", 'l', 0, G_OPTION_ARG_STRING, &words.layers,
         "What to show: hyper, disk, guest or all; commas between", "LIST"},
        {"via", 0, 0, G_OPTION_ARG_STRING, &words.via,
         "How to look: xml, qga (asks the guest), disk, guestfs (slow); commas between", "LIST"},
        {"reveal", 0, 0, G_OPTION_ARG_NONE, &words.reveal,
         "Show values that are kept as digests otherwise", NULL},
        {"connect", 'c', 0, G_OPTION_ARG_STRING, &words.connect, "Where the machine is", "HOST"},
        G_OPTION_ENTRY_NULL,
    };

    if (!ferry_cli_parse(cli, &ferry_id_show, argv, entries, 1, 1, &names, &done, error))
        return false;
    return done || show_machine(cli, &words, names[0], error);
}

const FerryCommand ferry_id_show = {
    .name = "id show",
    .arguments = "VM",
    .summary = "What identifies a machine, layer by layer",
    .description =
        "Shows what identifies a machine, what it runs with beside what it starts with next, and when each "
        "can be changed. Nothing is changed, and without --via qga the guest cannot notice.",
    .run = run,
};
