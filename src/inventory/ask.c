// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/error.h"
#include "base/worker.h"
#include "inventory/hosts.h"

typedef enum AskKind {
    ASK_FIND,
    ASK_LIST,
    ASK_IDENTITY,
} AskKind;

// What one worker works on. It shares nothing with the starter, who may be gone when a host answers.
typedef struct Ask {
    AskKind kind;
    char *host_name;
    char *uri;
    char *vm_name;
    FerryHypervisor *hv;
    FerryVm *vm;
    GPtrArray *machines;
    char *identity;
    GError *error;
} Ask;

static void
ask_free(void *data)
{
    Ask *ask = data;

    g_free(ask->host_name);
    g_free(ask->uri);
    g_free(ask->vm_name);
    ferry_hypervisor_unref(ask->hv);
    ferry_vm_free(ask->vm);
    g_clear_pointer(&ask->machines, g_ptr_array_unref);
    g_free(ask->identity);
    g_clear_error(&ask->error);
    g_free(ask);
}

static void
ask_identity(Ask *ask)
{
    g_auto(FerryHostInfo) info = {0};

    if (ferry_hypervisor_get_host(ask->hv, &info, &ask->error) && info.uuid[0] != '\0')
        ask->identity = g_strdup_printf("%s %s", info.uuid, info.hostname);
}

static void
ask_run(void *data)
{
    Ask *ask = data;

    if (ask->hv == NULL)
        ask->hv = ferry_hypervisor_open(ask->host_name, ask->uri, &ask->error);
    if (ask->hv == NULL)
        return;
    switch (ask->kind) {
    case ASK_FIND:
        ask->vm = ferry_hypervisor_find(ask->hv, ask->vm_name, &ask->error);
        if (ferry_error_is(ask->error, FERRY_ERROR_VM_NOT_FOUND))
            g_clear_error(&ask->error);
        break;
    case ASK_LIST:
        ask->machines = ferry_hypervisor_list(ask->hv, &ask->error);
        break;
    case ASK_IDENTITY:
        ask_identity(ask);
        break;
    }
}

static Ask *
ask_new(const FerryHostAnswer *answer, AskKind kind, const char *vm_name)
{
    Ask *ask = g_new0(Ask, 1);

    ask->kind = kind;
    ask->host_name = g_strdup(answer->host->name);
    ask->uri = g_strdup(answer->host->uri);
    ask->vm_name = g_strdup(vm_name);
    ask->hv = answer->hv == NULL ? NULL : ferry_hypervisor_ref(answer->hv);
    return ask;
}

// Takes what a finished worker has.
static void
answer_take(FerryHostAnswer *answer, Ask *ask)
{
    if (answer->hv == NULL)
        answer->hv = g_steal_pointer(&ask->hv);
    if (ask->vm != NULL)
        answer->vm = g_steal_pointer(&ask->vm);
    if (ask->machines != NULL)
        answer->machines = g_steal_pointer(&ask->machines);
    if (ask->identity != NULL)
        answer->identity = g_steal_pointer(&ask->identity);
    if (ask->error != NULL)
        g_propagate_error(&answer->error, g_steal_pointer(&ask->error));
}

void
ferry_host_answer_set_silent(FerryHostAnswer *answer, unsigned timeout_s)
{
    ferry_error_set(&answer->error, FERRY_ERROR_UNREACHABLE, "host '%s' did not answer in %u s",
                    answer->host->name, timeout_s);
    ferry_error_add_hint(&answer->error, "Look whether it is up with 'virsh -c %s version'.",
                         answer->host->uri);
}

typedef struct Pending {
    FerryHostAnswer *answer;
    Ask *ask; // the work's until it is done
    FerryWork *work;
} Pending;

// Asks the hosts of all @answers at once, but for those that failed before; all have the same time.
static void
ask_all(GPtrArray *answers, AskKind kind, const char *vm_name, unsigned timeout_s)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Pending));
    int64_t deadline = g_get_monotonic_time() + (int64_t)timeout_s * G_USEC_PER_SEC;

    for (unsigned i = 0; i < answers->len; i++) {
        Pending pending = {.answer = g_ptr_array_index(answers, i)};

        if (pending.answer->error != NULL)
            continue;
        pending.ask = ask_new(pending.answer, kind, vm_name);
        pending.work = ferry_work_start(ask_run, pending.ask, ask_free);
        g_array_append_val(all, pending);
    }
    for (unsigned i = 0; i < all->len; i++) {
        const Pending *pending = &g_array_index(all, Pending, i);

        if (ferry_work_wait(pending->work, deadline))
            answer_take(pending->answer, pending->ask);
        else
            ferry_host_answer_set_silent(pending->answer, timeout_s);
        ferry_work_unref(pending->work);
    }
}

static GPtrArray *
answers_new(GPtrArray *hosts)
{
    GPtrArray *answers = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_host_answer_free);

    for (unsigned i = 0; i < hosts->len; i++) {
        FerryHostAnswer *answer = g_new0(FerryHostAnswer, 1);

        answer->host = ferry_host_copy(g_ptr_array_index(hosts, i));
        g_ptr_array_add(answers, answer);
    }
    return answers;
}

static unsigned
count_places(GPtrArray *answers, bool active_only)
{
    unsigned count = 0;

    for (unsigned i = 0; i < answers->len; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(answers, i);

        if (answer->vm != NULL && (!active_only || ferry_vm_state_is_active(answer->vm->state)))
            count++;
    }
    return count;
}

GPtrArray *
ferry_hosts_find(GPtrArray *hosts, const char *name_or_uuid, unsigned timeout_s)
{
    GPtrArray *answers = answers_new(hosts);

    ask_all(answers, ASK_FIND, name_or_uuid, timeout_s);
    if (count_places(answers, false) == 0)
        ask_all(answers, ASK_LIST, NULL, timeout_s);
    else if (count_places(answers, true) > 1)
        ask_all(answers, ASK_IDENTITY, NULL, timeout_s);
    return answers;
}

GPtrArray *
ferry_hosts_list(GPtrArray *hosts, unsigned timeout_s)
{
    GPtrArray *answers = answers_new(hosts);

    ask_all(answers, ASK_LIST, NULL, timeout_s);
    return answers;
}
