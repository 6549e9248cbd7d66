// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/id-change.h"

#include "base/json.h"
#include "cli/aside.h"
#include "identity/generate.h"

void
ferry_id_change_words_clear(FerryIdChangeWords *words)
{
    g_free(words->connect);
    g_free(words->tpm);
}

bool
ferry_id_change_read_uuid(const char *option,
                          const char *text,
                          char ret_uuid[FERRY_UUID_LEN + 1],
                          GError **error)
{
    ret_uuid[0] = '\0';
    if (g_strcmp0(text, "keep") == 0)
        return true;
    if (text == NULL || g_str_equal(text, "auto"))
        return ferry_generate(ferry_generator_default(), &(FerryIdRequest){.kind = FERRY_ID_V4},
                              ret_uuid, error);
    if (ferry_uuid_parse(text, ret_uuid))
        return true;
    ferry_error_set(error, FERRY_ERROR_USAGE, "cannot use %s '%s': it is no UUID", option, text);
    return false;
}

// What is asked of hosts, in a worker.
typedef struct Asking {
    FerryIdChange *change;
    GPtrArray *hosts; // where to look for the machine
    GPtrArray *known; // all of them
    unsigned timeout_s;
    GPtrArray *answers;      // FerryHostAnswer
    FerryHostAnswer *source; // of answers
    GPtrArray *all;          // FerryHostAnswer: everybody's machines
    FerryChangeFacts *facts;
    GError *error;
} Asking;

static void
asking_clear(Asking *asking)
{
    g_clear_pointer(&asking->hosts, g_ptr_array_unref);
    g_clear_pointer(&asking->known, g_ptr_array_unref);
    g_clear_pointer(&asking->answers, g_ptr_array_unref);
    g_clear_pointer(&asking->all, g_ptr_array_unref);
    ferry_change_facts_free(asking->facts);
    g_clear_error(&asking->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Asking, asking_clear)

static bool
is_known(const GPtrArray *known, const FerryHost *host)
{
    for (unsigned i = 0; i < known->len; i++)
        if (g_str_equal(((FerryHost *)known->pdata[i])->uri, host->uri))
            return true;
    return false;
}

static void
find(void *data)
{
    Asking *asking = data;
    g_autoptr(GPtrArray) notes = NULL;

    asking->answers = ferry_hosts_find(asking->hosts, asking->change->vm, asking->timeout_s);
    if (!ferry_hosts_judge(asking->answers, asking->change->vm, &asking->source, &notes,
                           &asking->error))
        return;
    if (!is_known(asking->known, asking->source->host))
        g_ptr_array_add(asking->known, ferry_host_copy(asking->source->host));
    asking->all = ferry_hosts_list(asking->known, asking->timeout_s);
}

static void
collect(void *data)
{
    Asking *asking = data;
    FerryHostAnswer *source = asking->source;

    asking->facts = ferry_change_collect(source->hv, source->host, source->vm->uuid,
                                         &asking->change->wish, &asking->error);
    if (asking->facts != NULL)
        ferry_change_collect_taken(asking->facts, asking->all);
}

static bool
ask(FerryCli *cli, Asking *asking, FerryWorkFunc func, GError **error)
{
    ferry_cli_aside(cli, "asking the hosts", func, asking);
    if (asking->error == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&asking->error));
    return false;
}

static bool
prepare(FerryCli *cli, Asking *asking, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    FerryIdChange *change = asking->change;
    g_autoptr(FerryIdentityChain) chain = NULL;

    if (state == NULL)
        return false;
    asking->timeout_s = ferry_config_get_uint(cli->config, "connect", "timeout");
    asking->hosts = ferry_cli_source_hosts(cli, change->words->connect, error);
    asking->known = asking->hosts != NULL ? ferry_state_list_hosts(state, error) : NULL;
    if (asking->known == NULL)
        return false;
    if (!ask(cli, asking, find, error))
        return false;
    if (change->complete != NULL) {
        chain = ferry_identity_chain(state, asking->source->vm->uuid, error);
        if (chain == NULL || !change->complete(&change->wish, chain, change->data, error))
            return false;
    }
    return ask(cli, asking, collect, error) &&
           ferry_change_collect_journal(asking->facts, &change->wish, state, error);
}

static void
add_line(GString *text, const char *label, const char *value)
{
    g_autofree char *escaped = ferry_cli_escape(value);

    g_string_append_printf(text, "  %-9s %s\n", label, escaped);
}

static char *
format_plan(const FerryChangePlan *plan, const FerryChangeFacts *facts, const FerryChangeWish *wish)
{
    g_autoptr(GPtrArray) steps = ferry_change_steps(facts, wish);
    const char *uuid = ferry_change_new_uuid(facts, wish);
    const char *genid = ferry_change_new_genid(facts, wish);
    GString *text = g_string_new(NULL);
    g_autofree char *name = ferry_cli_escape(facts->vm.name);
    g_autofree char *host = ferry_cli_escape(facts->host->name);

    g_string_append_printf(text, "identity of '%s' on '%s'\n", name, host);
    g_string_append_printf(text, "  %-9s %s -> %s\n", "uuid", facts->vm.uuid,
                           g_str_equal(uuid, facts->vm.uuid) ? "stays" : uuid);
    g_string_append_printf(text, "  %-9s %s -> %s\n", "genid",
                           facts->genid != NULL ? facts->genid : "none",
                           genid != NULL ? genid : "stays");
    for (unsigned i = 0; i < plan->carry->len; i++)
        add_line(text, i == 0 ? "carried" : "", plan->carry->pdata[i]);
    for (unsigned i = 0; plan->blockers->len == 0 && i < steps->len; i++) {
        const FerryChangeStep *step = steps->pdata[i];

        g_string_append_printf(text, "  %-9s %-10s %s\n", i == 0 ? "steps" : "", step->phase,
                               step->what);
    }
    for (unsigned i = 0; i < plan->warnings->len; i++)
        add_line(text, "warning", plan->warnings->pdata[i]);
    for (unsigned i = 0; i < plan->blockers->len; i++)
        add_line(text, "blocked", ((FerryChangeBlocker *)plan->blockers->pdata[i])->text);
    return g_string_free(text, FALSE);
}

// A dry run's result is the plan itself.
static bool
show_plan(FerryCli *cli, const FerryChangePlan *plan, const Asking *asking, GError **error)
{
    const FerryIdChange *change = asking->change;
    g_autofree char *text = NULL;

    if (cli->json) {
        JsonObject *root = ferry_change_plan_json(plan, asking->facts, &change->wish);

        ferry_json_set_string(root, "phase", "PLANNED");
        return ferry_cli_print_json(ferry_json_node(root), error);
    }
    text = format_plan(plan, asking->facts, &change->wish);
    return ferry_cli_print(error, "%s", text);
}

static bool
agree(FerryCli *cli, const FerryChangePlan *plan, const Asking *asking, GError **error)
{
    g_autofree char *text = NULL;
    g_autofree char *name = NULL;
    g_autofree char *question = NULL;

    if (asking->change->words->yes)
        return true;
    if (!cli->json) {
        text = format_plan(plan, asking->facts, &asking->change->wish);
        g_printerr("%s", text);
    }
    name = ferry_cli_escape(asking->facts->vm.name);
    question = g_strdup_printf("change the identity of '%s'?", name);
    return ferry_cli_confirm(cli, question, error);
}

static bool
print_result(FerryCli *cli,
             const FerryChangePlan *plan,
             const Asking *asking,
             const FerryChangeResult *result,
             GError **error)
{
    const FerryChangeFacts *facts = asking->facts;
    const FerryChangeWish *wish = &asking->change->wish;
    g_autofree char *name = ferry_cli_escape(facts->vm.name);
    const char *genid = ferry_change_new_genid(facts, wish);

    if (cli->json) {
        JsonObject *root = ferry_change_plan_json(plan, facts, wish);

        json_object_set_int_member(root, "txn", result->id);
        ferry_json_set_string(root, "phase", "DONE");
        json_object_set_member(root, "report", json_node_copy(result->report));
        return ferry_cli_print_json(ferry_json_node(root), error);
    }
    for (unsigned i = 0; i < plan->warnings->len; i++)
        ferry_cli_note(cli, "%s", (char *)plan->warnings->pdata[i]);
    return ferry_cli_print(error, "'%s' has UUID %s%s%s (change %" G_GINT64_FORMAT ")\n", name,
                           ferry_change_new_uuid(facts, wish),
                           genid != NULL ? " and generation id " : "", genid != NULL ? genid : "",
                           result->id);
}

bool
ferry_id_change(FerryCli *cli, FerryIdChange *change, GError **error)
{
    g_auto(Asking) asking = {.change = change};
    g_auto(FerryChangeResult) result = {0};
    g_autoptr(FerryChangePlan) plan = NULL;
    FerryTpmPolicy *tpm = &change->wish.tpm;

    if (change->words->tpm != NULL &&
        (!ferry_tpm_policy_parse(change->words->tpm, tpm) ||
         (*tpm == FERRY_TPM_OLD && !g_str_equal(change->wish.op, "restore")))) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "cannot use --tpm '%s': it is not keep or new",
                        change->words->tpm);
        return false;
    }
    if (!prepare(cli, &asking, error))
        return false;
    plan = ferry_change_plan(asking.facts, &change->wish);
    if (change->words->dry_run && !show_plan(cli, plan, &asking, error))
        return false;
    if (!ferry_change_plan_holds(plan, asking.facts, error))
        return false;
    if (change->words->dry_run)
        return true;
    return agree(cli, plan, &asking, error) &&
           ferry_change_run(cli->state, asking.source->hv, asking.facts, &change->wish, &result,
                            error) &&
           print_result(cli, plan, &asking, &result, error);
}
