// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/probe.h"

#include "base/error.h"
#include "base/worker.h"
#include "hypervisor/hypervisor.h"

// What one worker works on; it may outlive us.
typedef struct Ask {
    char *name;
    char *uri;
    FerryProbe *answer;
} Ask;

void
ferry_probe_free(FerryProbe *probe)
{
    if (probe == NULL)
        return;
    ferry_host_info_clear(&probe->info);
    g_clear_error(&probe->error);
    g_free(probe);
}

static void
ask_free(void *data)
{
    Ask *ask = data;

    g_free(ask->name);
    g_free(ask->uri);
    ferry_probe_free(ask->answer);
    g_free(ask);
}

static void
ask_run(void *data)
{
    Ask *ask = data;
    FerryProbe *answer = ask->answer;
    g_autoptr(FerryHypervisor) hv = ferry_hypervisor_open(ask->name, ask->uri, &answer->error);
    g_autoptr(GPtrArray) machines = NULL;

    if (hv == NULL || !ferry_hypervisor_get_host(hv, &answer->info, &answer->error))
        return;
    machines = ferry_hypervisor_list(hv, &answer->error);
    for (unsigned i = 0; machines != NULL && i < machines->len; i++) {
        const FerryVm *vm = g_ptr_array_index(machines, i);

        answer->n_machines++;
        answer->n_active += ferry_vm_state_is_active(vm->state) ? 1 : 0;
    }
}

static Ask *
ask_new(const FerryHost *host)
{
    Ask *ask = g_new0(Ask, 1);

    ask->name = g_strdup(host->name);
    ask->uri = g_strdup(host->uri);
    ask->answer = g_new0(FerryProbe, 1);
    return ask;
}

static FerryProbe *
probe_silent(const FerryHost *host, unsigned timeout_s)
{
    FerryProbe *probe = g_new0(FerryProbe, 1);

    ferry_error_set(&probe->error, FERRY_ERROR_UNREACHABLE, "host '%s' did not answer in %u s",
                    host->name, timeout_s);
    ferry_error_add_hint(&probe->error, "Look whether it is up with 'virsh -c %s version'.",
                         host->uri);
    return probe;
}

GPtrArray *
ferry_probe_hosts(GPtrArray *hosts, unsigned timeout_s)
{
    GPtrArray *probes = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_probe_free);
    g_autoptr(GPtrArray) works = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_work_unref);
    g_autofree Ask **asks = g_new0(Ask *, hosts->len + 1);
    int64_t deadline = g_get_monotonic_time() + (int64_t)timeout_s * G_USEC_PER_SEC;

    for (unsigned i = 0; i < hosts->len; i++) {
        asks[i] = ask_new(g_ptr_array_index(hosts, i));
        g_ptr_array_add(works, ferry_work_start(ask_run, asks[i], ask_free));
    }
    for (unsigned i = 0; i < hosts->len; i++) {
        const FerryHost *host = g_ptr_array_index(hosts, i);
        bool answered = ferry_work_wait(g_ptr_array_index(works, i), deadline);
        FerryProbe *probe =
            answered ? g_steal_pointer(&asks[i]->answer) : probe_silent(host, timeout_s);

        probe->host = host;
        g_ptr_array_add(probes, probe);
    }
    return probes;
}

bool
ferry_probe_is_same(const FerryProbe *a, const FerryProbe *b)
{
    if (a->error != NULL || b->error != NULL || a->info.uuid[0] == '\0')
        return false;
    return g_strcmp0(a->info.uuid, b->info.uuid) == 0 &&
           g_strcmp0(a->info.hostname, b->info.hostname) == 0;
}
