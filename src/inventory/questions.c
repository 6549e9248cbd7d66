// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "inventory/questions.h"

#include <string.h>

#include "base/error.h"

static void
question_free(void *data)
{
    FerryQuestion *question = data;

    g_free(question->key);
    g_free(question->emulator);
    g_free(question->arch);
    g_free(question->machine);
    g_free(question->virt_type);
    g_free(question->cpu_xml);
    ferry_fact_free(question->fact);
    g_free(question);
}

static unsigned
question_hash(const void *data)
{
    const FerryQuestion *question = data;

    return g_str_hash(question->key) * FERRY_FACT_LAST + question->kind;
}

static int
question_equal(const void *a, const void *b)
{
    const FerryQuestion *left = a;
    const FerryQuestion *right = b;

    return left->kind == right->kind && g_str_equal(left->key, right->key);
}

FerryQuestions *
ferry_questions_new(void)
{
    FerryQuestions *questions = g_new0(FerryQuestions, 1);

    questions->list = g_ptr_array_new_with_free_func(question_free);
    questions->known = g_hash_table_new(question_hash, question_equal);
    return questions;
}

void
ferry_questions_free(FerryQuestions *questions)
{
    if (questions == NULL)
        return;
    g_hash_table_unref(questions->known);
    g_ptr_array_unref(questions->list);
    g_free(questions);
}

// Returns: the question, to be filled in, where it is a new one; else NULL
static FerryQuestion *
add(FerryQuestions *questions, FerryFactKind kind, const char *key)
{
    const FerryQuestion wanted = {.kind = kind, .key = (char *)key};
    FerryQuestion *question;

    if (key == NULL || g_hash_table_contains(questions->known, &wanted))
        return NULL;
    question = g_new0(FerryQuestion, 1);
    question->kind = kind;
    question->key = g_strdup(key);
    g_ptr_array_add(questions->list, question);
    g_hash_table_add(questions->known, question);
    return question;
}

bool
ferry_questions_add_path(FerryQuestions *questions, const char *path)
{
    return add(questions, FERRY_FACT_PATH, path) != NULL;
}

static void
set_type(FerryQuestion *question, const FerryDefinition *definition)
{
    question->emulator = g_strdup(definition->emulator);
    question->arch = g_strdup(definition->arch);
    question->machine = g_strdup(definition->machine);
    question->virt_type = g_strdup(definition->virt_type);
}

static void
add_machine_type(FerryQuestions *questions, const FerryDefinition *definition)
{
    g_autofree char *key = ferry_fact_key_type(definition);
    FerryQuestion *question = add(questions, FERRY_FACT_MACHINE_TYPE, key);

    if (question != NULL)
        set_type(question, definition);
}

static void
add_cpu(FerryQuestions *questions, const FerryDefinition *definition)
{
    g_autofree char *key = ferry_fact_key_cpu(definition);
    FerryQuestion *question = add(questions, FERRY_FACT_CPU, key);

    if (question == NULL)
        return;
    set_type(question, definition);
    question->cpu_xml = g_strdup(definition->cpu_xml);
}

static void
add_disks(FerryQuestions *questions, const FerryDefinition *definition)
{
    for (unsigned i = 0; i < definition->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(definition->disks, i);

        if (g_strcmp0(disk->type, "network") != 0)
            add(questions, FERRY_FACT_PATH, disk->source);
    }
}

// Where an image would have to be made.
static void
add_folders(FerryQuestions *questions, const FerryDefinition *definition)
{
    for (unsigned i = 0; i < definition->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(definition->disks, i);
        g_autofree char *folder = NULL;

        if (disk->source == NULL || *disk->source != '/')
            continue;
        folder = g_path_get_dirname(disk->source);
        add(questions, FERRY_FACT_FOLDER, folder);
    }
}

// What external snapshots keep beside the machine's disks.
static void
add_snapshots(FerryQuestions *questions, const FerryVmFacts *vm)
{
    for (unsigned i = 0; vm->snapshots != NULL && i < vm->snapshots->len; i++) {
        const FerrySnapshotRecord *record = vm->snapshots->pdata[i];

        for (unsigned j = 0; j < record->files->len; j++)
            add(questions, FERRY_FACT_PATH, record->files->pdata[j]);
    }
}

static void
add_nics(FerryQuestions *questions, const FerryDefinition *definition)
{
    for (unsigned i = 0; i < definition->nics->len; i++) {
        const FerryNic *nic = g_ptr_array_index(definition->nics, i);

        if (g_strcmp0(nic->type, "network") == 0)
            add(questions, FERRY_FACT_NETWORK, nic->source);
        else if (g_strcmp0(nic->type, "bridge") == 0 || g_strcmp0(nic->type, "direct") == 0)
            add(questions, FERRY_FACT_INTERFACE, nic->source);
    }
}

void
ferry_questions_add_source(FerryQuestions *questions, const FerryVmFacts *vm)
{
    if (vm->definition == NULL)
        return;
    add_disks(questions, vm->definition);
    add_snapshots(questions, vm);
    add_nics(questions, vm->definition);
    add(questions, FERRY_FACT_PATH, vm->definition->loader);
    add(questions, FERRY_FACT_PATH, vm->definition->nvram);
    if (ferry_facts_cpu_follows_host(vm->definition))
        add_machine_type(questions, vm->definition);
}

static void
add_details(FerryQuestions *questions, const FerryDefinition *definition)
{
    uint64_t page_kib = ferry_facts_page_kib(definition);
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, page_kib);

    for (unsigned i = 0; i < definition->nics->len; i++)
        add(questions, FERRY_FACT_NWFILTER,
            ((FerryNic *)g_ptr_array_index(definition->nics, i))->filter);
    if (definition->tpm != NULL && definition->tpm->secret[0] != '\0')
        add(questions, FERRY_FACT_SECRET, definition->tpm->secret);
    add(questions, FERRY_FACT_PATH, definition->loader);
    add(questions, FERRY_FACT_PATH, definition->nvram);
    add(questions, FERRY_FACT_PATH, definition->nvram_template);
    if (page_kib != 0)
        add(questions, FERRY_FACT_FREE_PAGES, size);
}

void
ferry_questions_add_destination(FerryQuestions *questions,
                                const FerryVmFacts *vm,
                                const FerryHostFacts *host)
{
    const FerryVm *there = ferry_host_facts_by_uuid(host, vm->vm.uuid);

    if (there != NULL && !ferry_vm_state_is_active(there->state))
        add(questions, FERRY_FACT_DEFINITION, vm->vm.uuid);
    if (vm->arriving == NULL)
        return;
    add_machine_type(questions, vm->arriving);
    // The CPU of a machine that is off is made at its next start, by the host it is on then.
    if (vm->live_xml != NULL && ferry_facts_has_cpu_model(vm->arriving))
        add_cpu(questions, vm->arriving);
    add_disks(questions, vm->arriving);
    add_snapshots(questions, vm);
    add_folders(questions, vm->arriving);
    add_nics(questions, vm->arriving);
    add_details(questions, vm->arriving);
}

static void
ask_machine_type(const FerryQuestion *question, FerryHypervisor *hv, GError **error)
{
    const FerryMachineType type = {question->emulator, question->arch, question->machine,
                                   question->virt_type};
    g_autoptr(GError) cause = NULL;
    g_autofree char *xml = ferry_hypervisor_get_machine_caps(hv, &type, &cause);

    question->fact->caps = xml != NULL ? ferry_machine_caps_parse(xml, &cause) : NULL;
    question->fact->yes = question->fact->caps != NULL;
    if (ferry_error_is(cause, FERRY_ERROR_UNSUPPORTED))
        question->fact->text = g_strdup(cause->message);
    else if (cause != NULL)
        g_propagate_error(error, g_steal_pointer(&cause));
}

static void
ask_cpu(const FerryQuestion *question, FerryHypervisor *hv, GError **error)
{
    const FerryMachineType type = {question->emulator, question->arch, question->machine,
                                   question->virt_type};

    (void)!ferry_hypervisor_compare_cpu(hv, &type, question->cpu_xml, &question->fact->yes,
                                        &question->fact->text, error);
}

static void
ask_network(const FerryQuestion *question, FerryHypervisor *hv, GError **error)
{
    const char *type = question->kind == FERRY_FACT_NETWORK ? "network" : "bridge";

    (void)!ferry_hypervisor_get_network(hv, type, question->key, &question->fact->network, error);
}

static void
ask_secret(const FerryQuestion *question, FerryHypervisor *hv, GError **error)
{
    (void)!ferry_hypervisor_has_secret(hv, question->key, &question->fact->yes, error);
}

static void
ask_nwfilter(const FerryQuestion *question, FerryHypervisor *hv, GError **error)
{
    (void)!ferry_hypervisor_has_nwfilter(hv, question->key, &question->fact->yes, error);
}

static void
ask_free_pages(const FerryQuestion *question, FerryHypervisor *hv, GError **error)
{
    uint64_t size_kib = g_ascii_strtoull(question->key, NULL, 10);

    (void)!ferry_hypervisor_get_free_pages(hv, size_kib, &question->fact->number, error);
}

static void
ask_about_folder(const FerryQuestion *question, FerryHypervisor *hv, GError **error)
{
    (void)!ferry_hypervisor_look_at_folder(hv, question->key, &question->fact->pool, error);
}

static void
ask_definition(const FerryQuestion *question, FerryHypervisor *hv, GError **error)
{
    g_autofree char *xml = ferry_hypervisor_get_xml(hv, question->key, FERRY_XML_PERSISTENT, error);

    if (xml != NULL)
        question->fact->text = ferry_definition_redact(xml, error);
}

static void (*const askers[FERRY_FACT_LAST])(const FerryQuestion *,
                                             FerryHypervisor *,
                                             GError **) = {
    [FERRY_FACT_MACHINE_TYPE] = ask_machine_type,
    [FERRY_FACT_CPU] = ask_cpu,
    [FERRY_FACT_NETWORK] = ask_network,
    [FERRY_FACT_INTERFACE] = ask_network,
    [FERRY_FACT_PATH] = NULL, // all at once: ask_paths()
    [FERRY_FACT_FOLDER] = ask_about_folder,
    [FERRY_FACT_SECRET] = ask_secret,
    [FERRY_FACT_NWFILTER] = ask_nwfilter,
    [FERRY_FACT_FREE_PAGES] = ask_free_pages,
    [FERRY_FACT_DEFINITION] = ask_definition,
};

static void
heard_now(gint64 *heard)
{
    __atomic_store_n(heard, g_get_monotonic_time(), __ATOMIC_RELAXED);
}

static void
ask_one(FerryQuestion *question, FerryHypervisor *hv)
{
    g_autoptr(GError) error = NULL;

    question->fact = g_new0(FerryFact, 1);
    askers[question->kind](question, hv, &error);
    if (error != NULL)
        question->fact->unknown = g_strdup(error->message);
}

static void
answer_path(FerryQuestion *question, FerryPathInfo *info)
{
    question->fact = g_new0(FerryFact, 1);
    question->fact->path = *info;
    question->fact->yes = info->seen;
    question->fact->unknown = g_strdup(info->unknown);
}

// What is no path (a volume by its pool, ...) is not looked for.
static GPtrArray *
list_paths(FerryQuestions *questions)
{
    GPtrArray *paths = g_ptr_array_new();

    for (unsigned i = 0; i < questions->list->len; i++) {
        FerryQuestion *question = g_ptr_array_index(questions->list, i);
        FerryPathInfo none = {0};

        if (question->kind != FERRY_FACT_PATH || question->fact != NULL)
            continue;
        if (*question->key == '/') {
            g_ptr_array_add(paths, question);
            continue;
        }
        none.unknown = g_strdup_printf("'%s' is no path", question->key);
        answer_path(question, &none);
    }
    return paths;
}

static int
compare_keys(gconstpointer a, gconstpointer b)
{
    const FerryQuestion *left = *(const FerryQuestion *const *)a;
    const FerryQuestion *right = *(const FerryQuestion *const *)b;

    return g_strcmp0(left->key, right->key);
}

// @questions: (element-type FerryQuestion) from @from on those of one folder are asked at once.
// Returns: the first of the next folder
static unsigned
ask_folder(GPtrArray *questions, unsigned from, FerryHypervisor *hv)
{
    const char *first = ((FerryQuestion *)questions->pdata[from])->key;
    size_t folder = (size_t)(strrchr(first, '/') - first) + 1;
    g_autofree const char **paths = g_new0(const char *, questions->len - from + 1);
    g_autofree FerryPathInfo *infos = g_new0(FerryPathInfo, questions->len - from);
    unsigned n = 0;

    for (unsigned i = from; i < questions->len; i++) {
        const char *key = ((FerryQuestion *)questions->pdata[i])->key;

        if (strncmp(key, first, folder) != 0 || strchr(key + folder, '/') != NULL)
            break;
        paths[n++] = key;
    }
    ferry_hypervisor_look_at_paths(hv, paths, infos);
    for (unsigned i = 0; i < n; i++)
        answer_path(questions->pdata[from + i], &infos[i]);
    return from + n;
}

static void
ask_paths(FerryQuestions *questions, FerryHypervisor *hv, gint64 *heard)
{
    g_autoptr(GPtrArray) paths = list_paths(questions);

    g_ptr_array_sort(paths, compare_keys);
    for (unsigned next = 0; next < paths->len;) {
        next = ask_folder(paths, next, hv);
        heard_now(heard);
    }
}

// A folder is of interest where something is missing in it.
static bool
lacks_nothing(const FerryQuestions *questions, const char *folder)
{
    for (unsigned i = 0; i < questions->list->len; i++) {
        const FerryQuestion *question = g_ptr_array_index(questions->list, i);
        g_autofree char *its = NULL;

        if (question->kind != FERRY_FACT_PATH || question->fact == NULL || question->fact->yes)
            continue;
        its = g_path_get_dirname(question->key);
        if (g_str_equal(its, folder))
            return false;
    }
    return true;
}

void
ferry_questions_ask(FerryQuestions *questions, FerryHypervisor *hv, gint64 *heard)
{
    ask_paths(questions, hv, heard);
    for (unsigned i = 0; i < questions->list->len; i++) {
        FerryQuestion *question = g_ptr_array_index(questions->list, i);

        if (question->fact != NULL || question->kind == FERRY_FACT_PATH)
            continue;
        if (question->kind == FERRY_FACT_FOLDER && lacks_nothing(questions, question->key))
            continue;
        ask_one(question, hv);
        heard_now(heard);
    }
}

void
ferry_questions_tell(FerryQuestions *questions, FerryHostFacts *facts)
{
    for (unsigned i = 0; i < questions->list->len; i++) {
        FerryQuestion *question = g_ptr_array_index(questions->list, i);

        if (question->fact != NULL)
            ferry_host_facts_tell(facts, question->kind, question->key,
                                  g_steal_pointer(&question->fact));
    }
}
