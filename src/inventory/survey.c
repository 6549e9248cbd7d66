// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "inventory/survey.h"

#include <string.h>

#include "base/worker.h"
#include "inventory/place.h"
#include "inventory/questions.h"

// What one host is asked in one round, by a worker that shares nothing with the starter: it may be gone when a
// host answers at last.
typedef struct Ask {
    FerryHypervisor *hv;
    gint64 heard; // g_atomic: when the last answer came
    // The first round: what the host is, and its machines.
    bool first;
    bool pools;
    GStrv uuids;
    FerryMigrateOptions *options;
    FerryHostFacts *facts;
    GPtrArray *vms; // FerryVmFacts
    // In both.
    FerryQuestions *questions;
} Ask;

static void
ask_free(void *data)
{
    Ask *ask = data;

    ferry_hypervisor_unref(ask->hv);
    g_strfreev(ask->uuids);
    ferry_migrate_options_free(ask->options);
    ferry_host_facts_free(ask->facts);
    g_clear_pointer(&ask->vms, g_ptr_array_unref);
    ferry_questions_free(ask->questions);
    g_free(ask);
}

static void
heard_now(Ask *ask)
{
    __atomic_store_n(&ask->heard, g_get_monotonic_time(), __ATOMIC_RELAXED);
}

static void
set_unknown(char **unknown, const GError *error)
{
    g_free(*unknown);
    *unknown = error != NULL ? g_strdup(error->message) : NULL;
}

static void
ask_host(Ask *ask)
{
    g_autoptr(GError) info_error = NULL;
    g_autoptr(GError) list_error = NULL;
    g_autoptr(GError) pools_error = NULL;
    GPtrArray *machines;

    (void)!ferry_hypervisor_get_host(ask->hv, &ask->facts->info, &info_error);
    set_unknown(&ask->facts->info_unknown, info_error);
    heard_now(ask);
    machines = ferry_hypervisor_list(ask->hv, &list_error);
    ferry_host_facts_set_machines(ask->facts, machines,
                                  list_error != NULL ? list_error->message : NULL);
    heard_now(ask);
    if (!ask->pools)
        return;
    ask->facts->pools = ferry_hypervisor_list_pools(ask->hv, &pools_error);
    set_unknown(&ask->facts->pools_unknown, pools_error);
    heard_now(ask);
}

static void
ask_run(void *data)
{
    Ask *ask = data;

    if (ask->first) {
        ask_host(ask);
        for (size_t i = 0; ask->uuids != NULL && ask->uuids[i] != NULL; i++) {
            FerryVmFacts *vm = ferry_vm_facts_collect(ask->hv, ask->uuids[i], ask->options);

            heard_now(ask);
            g_ptr_array_add(ask->vms, vm);
            ferry_questions_add_source(ask->questions, vm);
        }
    }
    ferry_questions_ask(ask->questions, ask->hv, &ask->heard);
}

static FerryHostFacts *
facts_new(const FerryHost *host, const char *unknown)
{
    FerryHostFacts *facts = ferry_host_facts_new(host->name, host->uri, unknown);

    facts->address = g_strdup(host->address);
    return facts;
}

static FerryHostFacts *
facts_of(const FerryHost *host, const char *why)
{
    g_autofree char *unknown = g_strdup_printf("host '%s' %s", host->name, why);

    return facts_new(host, unknown);
}

// Takes @questions.
static Ask *
ask_new(const FerryPlace *place, FerryQuestions *questions)
{
    Ask *ask = g_new0(Ask, 1);

    ask->hv = ferry_hypervisor_ref(place->asked->hv);
    ask->questions = questions;
    return ask;
}

// A host that says nothing for that long is given up, and all of it is unknown.
static bool
wait_for(FerryWork *work, Ask *ask, unsigned timeout_s)
{
    int64_t patience = (int64_t)timeout_s * G_USEC_PER_SEC;

    for (;;) {
        int64_t deadline = __atomic_load_n(&ask->heard, __ATOMIC_RELAXED) + patience;

        if (ferry_work_wait(work, deadline))
            return true;
        if (__atomic_load_n(&ask->heard, __ATOMIC_RELAXED) + patience <= g_get_monotonic_time())
            return false;
    }
}

static void
give_up(FerryPlace *place, unsigned timeout_s)
{
    g_autofree char *why = g_strdup_printf("did not answer in %u s", timeout_s);

    place->silent = true;
    ferry_host_facts_free(place->facts);
    place->facts = facts_of(place->asked->host, why);
    if (place->vms->len > 0 || place->asked->machines == NULL)
        return;
    for (size_t i = 0; place->asked->machines[i] != NULL; i++)
        g_ptr_array_add(place->vms, ferry_vm_facts_new_unknown(place->asked->machines[i],
                                                               place->facts->info_unknown));
}

static void
take_source(FerryPlace *place, Ask *ask)
{
    ferry_host_facts_free(place->facts);
    place->facts = g_steal_pointer(&ask->facts);
    g_ptr_array_unref(place->vms);
    place->vms = g_steal_pointer(&ask->vms);
    ferry_questions_tell(ask->questions, place->facts);
}

static void
take_answers(FerryPlace *place, Ask *ask)
{
    ferry_questions_tell(ask->questions, place->facts);
}

// What was seen before stays beside it.
static void
take_later(FerryPlace *place, Ask *ask)
{
    for (unsigned i = 0; i < ask->questions->list->len; i++) {
        FerryQuestion *question = g_ptr_array_index(ask->questions->list, i);
        FerryFact *before =
            g_hash_table_lookup(place->facts->facts[FERRY_FACT_PATH], question->key);

        before->path.changed_later = g_steal_pointer(&question->fact->path.changed);
    }
}

typedef struct Round {
    FerryWork **works;
    Ask **asks; // NULL: this host is not asked in this round
    FerryPlace *places;
    unsigned n;
} Round;

static Round
round_new(FerryPlace *places, unsigned n)
{
    return (Round){g_new0(FerryWork *, n + 1), g_new0(Ask *, n + 1), places, n};
}

static void
round_start(Round *round)
{
    for (unsigned i = 0; i < round->n; i++) {
        if (round->asks[i] == NULL)
            continue;
        heard_now(round->asks[i]);
        round->works[i] = ferry_work_start(ask_run, round->asks[i], ask_free);
    }
}

static void
round_end(Round *round, unsigned timeout_s, void (*take)(FerryPlace *, Ask *))
{
    for (unsigned i = 0; i < round->n; i++) {
        if (round->asks[i] == NULL)
            continue;
        if (wait_for(round->works[i], round->asks[i], timeout_s))
            take(&round->places[i], round->asks[i]);
        else
            give_up(&round->places[i], timeout_s);
        ferry_work_unref(round->works[i]);
    }
    g_free(round->works);
    g_free(round->asks);
}

// What the hosts are, what is on them, and what the machines there stand on.
static void
ask_sources(FerryPlace *places, unsigned n, const FerrySurveyOptions *options)
{
    Round round = round_new(places, n);

    for (unsigned i = 0; i < n; i++) {
        Ask *ask;

        if (!ferry_place_can_be_asked(&places[i]))
            continue;
        ask = ask_new(&places[i], ferry_questions_new());
        ask->first = true;
        ask->pools = options->pools;
        ask->uuids = g_strdupv((GStrv)places[i].asked->machines);
        ask->options = ferry_migrate_options_copy(options->migrate);
        ask->facts = facts_of(places[i].asked->host, "was not asked for it");
        ask->vms = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_vm_facts_free);
        round.asks[i] = ask;
    }
    round_start(&round);
    round_end(&round, options->timeout_s, take_source);
}

static void
add_needs(FerryQuestions *questions, const FerryPlace *places, unsigned n, unsigned destination)
{
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; i != destination && j < places[i].vms->len; j++)
            ferry_questions_add_destination(questions, g_ptr_array_index(places[i].vms, j),
                                            places[destination].facts);
}

// What the destinations have of all that the machines of the others need.
static Round
start_destinations(FerryPlace *places, unsigned n)
{
    Round round = round_new(places, n);

    for (unsigned i = 0; i < n; i++) {
        if (!ferry_place_can_be_asked(&places[i]) || !places[i].asked->destination)
            continue;
        round.asks[i] = ask_new(&places[i], ferry_questions_new());
        add_needs(round.asks[i]->questions, places, n, i);
    }
    round_start(&round);
    return round;
}

static bool
is_open_question(const FerryPlace *source, const FerryPlace *places, unsigned n, const char *path)
{
    const FerryPathInfo *here = &ferry_host_facts_get(source->facts, FERRY_FACT_PATH, path)->path;

    for (unsigned i = 0; here->changed != NULL && i < n; i++) {
        const FerryPathInfo *there =
            &ferry_host_facts_get(places[i].facts, FERRY_FACT_PATH, path)->path;

        if (there->changed != NULL && strcmp(there->changed, here->changed) != 0)
            return true;
    }
    return false;
}

static FerryQuestions *
list_open_questions(const FerryPlace *source, const FerryPlace *places, unsigned n)
{
    FerryQuestions *questions = ferry_questions_new();
    GHashTableIter paths;
    gpointer path;

    g_hash_table_iter_init(&paths, source->facts->facts[FERRY_FACT_PATH]);
    while (g_hash_table_iter_next(&paths, &path, NULL))
        if (is_open_question(source, places, n, path))
            ferry_questions_add_path(questions, path);
    return questions;
}

// A file that its machine writes to changes between one host's look and the next: look at it once more.
static void
look_again(FerryPlace *places, unsigned n, unsigned timeout_s)
{
    Round round = round_new(places, n);

    for (unsigned i = 0; i < n; i++) {
        g_autoptr(FerryQuestions) questions = NULL;

        if (!ferry_place_can_be_asked(&places[i]) || places[i].vms->len == 0)
            continue;
        questions = list_open_questions(&places[i], places, n);
        if (questions->list->len == 0)
            continue;
        round.asks[i] = ask_new(&places[i], g_steal_pointer(&questions));
    }
    round_start(&round);
    round_end(&round, timeout_s, take_later);
}

static void
machine_free(void *data)
{
    FerrySurveyMachine *machine = data;

    ferry_vm_facts_free(machine->facts);
    g_free(machine);
}

static FerrySurvey *
gather(FerryPlace *places, unsigned n)
{
    FerrySurvey *survey = g_new0(FerrySurvey, 1);

    survey->hosts = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_host_facts_free);
    survey->machines = g_ptr_array_new_with_free_func(machine_free);
    for (unsigned i = 0; i < n; i++) {
        g_ptr_array_add(survey->hosts, g_steal_pointer(&places[i].facts));
        while (places[i].vms->len > 0) {
            FerrySurveyMachine *machine = g_new0(FerrySurveyMachine, 1);

            machine->host = i;
            machine->facts = g_ptr_array_steal_index(places[i].vms, 0);
            g_ptr_array_add(survey->machines, machine);
        }
        g_ptr_array_unref(places[i].vms);
    }
    return survey;
}

static FerryPlace *
places_new(const FerrySurveyHost *hosts, unsigned n)
{
    FerryPlace *places = g_new0(FerryPlace, n + 1);

    for (unsigned i = 0; i < n; i++) {
        places[i].asked = &hosts[i];
        places[i].facts = hosts[i].unreachable != NULL
                              ? facts_new(hosts[i].host, hosts[i].unreachable)
                              : facts_of(hosts[i].host, "was not asked for it");
        places[i].vms = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_vm_facts_free);
    }
    return places;
}

FerrySurvey *
ferry_survey_collect(const FerrySurveyHost *hosts,
                     unsigned n_hosts,
                     const FerrySurveyOptions *options)
{
    g_autofree FerryPlace *places = places_new(hosts, n_hosts);
    Round round;

    ask_sources(places, n_hosts, options);
    round = start_destinations(places, n_hosts);
    ferry_places_probe(places, n_hosts, options);
    round_end(&round, options->timeout_s, take_answers);
    look_again(places, n_hosts, options->timeout_s);
    return gather(places, n_hosts);
}

void
ferry_survey_free(FerrySurvey *survey)
{
    if (survey == NULL)
        return;
    g_ptr_array_unref(survey->hosts);
    g_ptr_array_unref(survey->machines);
    g_free(survey);
}
