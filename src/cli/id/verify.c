// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry id verify: is a machine's identity the same in all the places that show it?

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/aside.h"
#include "cli/id-gen.h"
#include "cli/table.h"
#include "identity/chain.h"
#include "identity/change-intent.h"
#include "identity/collect.h"
#include "identity/verify.h"
#include "inventory/hosts.h"

typedef struct Words {
    char *connect;
    char *level;
} Words;

static void
words_clear(Words *words)
{
    g_free(words->connect);
    g_free(words->level);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Words, words_clear)

typedef struct Run {
    GPtrArray *hosts; // FerryHost
    const char *name;
    FerryIdentityLevel level;
    FerryIdentityAsk ask;
    GPtrArray *answers; // FerryHostAnswer
    GPtrArray *notes;   // utf8
    GError *error;      // of the worker
    FerryIdentityFleet *fleet;
    char *product_uuid;
    char *product_unknown;
    char *changed;
    bool new_tpm;
    const FerryIdentityMachine *machine;
    GPtrArray *checks; // FerryIdentityCheck
} Run;

static void
run_clear(Run *run)
{
    g_clear_pointer(&run->checks, g_ptr_array_unref);
    ferry_identity_fleet_free(run->fleet);
    g_clear_pointer(&run->notes, g_ptr_array_unref);
    g_clear_pointer(&run->answers, g_ptr_array_unref);
    g_clear_pointer(&run->hosts, g_ptr_array_unref);
    g_clear_error(&run->error);
    g_free(run->product_uuid);
    g_free(run->product_unknown);
    g_free(run->changed);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static void
ask_guest(Run *run, FerryHostAnswer *source)
{
    g_autoptr(GError) error = NULL;

    if (!ferry_vm_state_is_active(source->vm->state)) {
        run->product_unknown = g_strdup("it is off");
        return;
    }
    run->product_uuid = ferry_identity_read_product_uuid(source->hv, source->vm->uuid, &error);
    if (error != NULL)
        run->product_unknown = g_strdup(error->message);
}

static void
collect(void *data)
{
    Run *run = data;
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    FerryHostAnswer *source = NULL;

    run->answers = ferry_hosts_find(run->hosts, run->name, run->ask.timeout_s);
    if (!ferry_hosts_judge(run->answers, run->name, &source, &run->notes, &run->error))
        return;
    run->ask.uuid = source->vm->uuid;
    run->ask.by_agent =
        run->level == FERRY_LEVEL_GUEST && ferry_vm_state_is_active(source->vm->state);
    g_ptr_array_add(one, source);
    run->fleet = ferry_identity_collect(one, &run->ask);
    if (run->level == FERRY_LEVEL_GUEST)
        ask_guest(run, source);
}

// When the UUID was last changed, and whether a new vTPM was part of it.
static bool
read_history(FerryCli *cli, Run *run, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    g_autoptr(FerryIdentityChain) chain =
        state == NULL ? NULL : ferry_identity_chain(state, run->machine->vm.uuid, error);
    g_autoptr(FerryTxnRecord) record = NULL;
    g_autoptr(FerryChangeIntent) intent = NULL;
    g_autoptr(GDateTime) at = NULL;
    const FerryRevision *current;

    if (chain == NULL)
        return false;
    current = ferry_identity_chain_current(chain);
    if (current->txn == 0)
        return true;
    at = g_date_time_new_from_unix_utc(current->at_us / G_USEC_PER_SEC);
    run->changed = g_date_time_format(at, "%Y-%m-%dT%H:%M:%SZ");
    record = ferry_state_get_txn(state, current->txn, error);
    intent = record != NULL ? ferry_change_intent_parse(record->intent, error) : NULL;
    run->new_tpm = intent != NULL && intent->tpm == FERRY_TPM_NEW;
    return intent != NULL;
}

static bool
judge(FerryCli *cli, Run *run, GError **error)
{
    const FerryIdentityHost *host = g_ptr_array_index(run->fleet->hosts, 0);

    if (host->unknown != NULL || host->machines->len == 0) {
        ferry_error_set(error, FERRY_ERROR_UNREACHABLE, "cannot verify machine '%s': %s", run->name,
                        host->unknown != NULL ? host->unknown : "it went away meanwhile");
        return false;
    }
    run->machine = g_ptr_array_index(host->machines, 0);
    if (!read_history(cli, run, error))
        return false;
    run->checks = ferry_identity_verify(
        &(FerryIdentityEvidence){
            .machine = run->machine,
            .product_uuid = run->product_uuid,
            .product_unknown = run->product_unknown,
            .changed = run->changed,
            .new_tpm = run->new_tpm,
        },
        run->level);
    return true;
}

static bool
print_json(const Run *run, GError **error)
{
    JsonObject *root = json_object_new();
    JsonArray *checks = json_array_new();

    for (unsigned i = 0; i < run->checks->len; i++)
        json_array_add_element(checks,
                               ferry_identity_check_to_json(g_ptr_array_index(run->checks, i)));
    ferry_json_set_string(root, "schema", "id.verify/1");
    ferry_json_set_string(root, "domain", run->machine->vm.name);
    ferry_json_set_string(root, "uuid", run->machine->vm.uuid);
    ferry_json_set_string(root, "host", run->machine->host->name);
    ferry_json_set_string(root, "level", ferry_identity_level_name(run->level));
    json_object_set_boolean_member(root, "pass", ferry_identity_verify_holds(run->checks));
    json_object_set_array_member(root, "checks", checks);
    return ferry_cli_print_json(ferry_json_node(root), error);
}

static bool
print_text(FerryCli *cli, const Run *run, GError **error)
{
    static const char *const titles[] = {"RESULT", "CHECK", "WHAT WAS SEEN", NULL};
    g_autoptr(FerryTable) table = ferry_table_new(titles);

    for (unsigned i = 0; i < run->notes->len; i++)
        ferry_cli_note(cli, "%s", (const char *)g_ptr_array_index(run->notes, i));
    for (unsigned i = 0; i < run->checks->len; i++) {
        const FerryIdentityCheck *check = g_ptr_array_index(run->checks, i);
        const char *result = !check->known ? "unknown" : check->pass ? "ok" : "wrong";

        ferry_table_add(table, (const char *const[]){result, check->name, check->text, NULL});
    }
    return ferry_table_print(table, error);
}

static bool
verify(FerryCli *cli, const Words *words, const char *name, int *ret_status, GError **error)
{
    g_auto(Run) run = {.name = name};

    if (words->level != NULL && !ferry_identity_level_parse(words->level, &run.level)) {
        ferry_error_set(error, FERRY_ERROR_USAGE,
                        "cannot use '%s' for --level: it is none of config, boot, guest, persist",
                        words->level);
        return false;
    }
    run.ask.timeout_s = ferry_config_get_uint(cli->config, "connect", "timeout");
    run.hosts = ferry_cli_source_hosts(cli, words->connect, error);
    if (run.hosts == NULL)
        return false;
    ferry_cli_aside(cli, "asking the hosts about the machine", collect, &run);
    if (run.error != NULL) {
        g_propagate_error(error, g_steal_pointer(&run.error));
        return false;
    }
    if (!judge(cli, &run, error))
        return false;
    if (!ferry_identity_verify_holds(run.checks))
        *ret_status = ferry_error_info(FERRY_ERROR_VERIFY_FAILED)->exit_status;
    return cli->json ? print_json(&run, error) : print_text(cli, &run, error);
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    g_auto(Words) words = {0};
    g_auto(GStrv) names = NULL;
    bool done = false;
    const GOptionEntry entries[] = {
        {"level", 0, 0, G_OPTION_ARG_STRING, &words.level,
         "How far to look: config (the default), boot, guest (asks its agent) or persist", "LEVEL"},
        {"connect", 'c', 0, G_OPTION_ARG_STRING, &words.connect, "Where the machine is", "HOST"},
        G_OPTION_ENTRY_NULL,
    };

    if (!ferry_cli_parse(cli, &ferry_id_verify, argv, entries, 1, 1, &names, &done, error))
        return false;
    return done || verify(cli, &words, names[0], ret_status, error);
}

const FerryCommand ferry_id_verify = {
    .name = "id verify",
    .arguments = "VM",
    .summary = "Is a machine's identity the same in all places that show it",
    .description =
        "Compares definition, SMBIOS and snapshots; with --level boot also the QEMU that runs, with guest what "
        "the guest sees, with persist the file that libvirt loads at its next start. Exits with 9 where one "
        "of them says something else.",
    .run = run,
};
