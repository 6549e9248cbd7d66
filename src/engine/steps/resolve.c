// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steps/steps.h"

#include "base/error.h"
#include "engine/arriving.h"
#include "inventory/hosts.h"

static FerryHostAnswer *
answer_of(GPtrArray *answers, const FerryHost *host)
{
    for (size_t i = 0; i < answers->len; i++) {
        FerryHostAnswer *answer = answers->pdata[i];

        if (g_str_equal(answer->host->uri, host->uri))
            return answer;
    }
    return NULL;
}

// The destination is asked with the others: it may be the source already, or hold a second copy.
static GPtrArray *
ask_all(FerryMove *move, GError **error)
{
    g_autoptr(GPtrArray) hosts =
        ferry_hosts_candidates(move->known_hosts, move->request.connect, error);
    bool among = false;

    if (hosts == NULL)
        return NULL;
    for (size_t i = 0; i < hosts->len; i++)
        among |= g_str_equal(((FerryHost *)hosts->pdata[i])->uri, move->dst_host->uri);
    if (!among)
        g_ptr_array_add(hosts, ferry_host_copy(move->dst_host));
    return ferry_hosts_find(hosts, move->request.vm, move->request.host_timeout_s);
}

static bool
same_place(FerryMove *move, const FerryHostAnswer *source, GError **error)
{
    if (!g_str_equal(source->host->uri, move->dst_host->uri))
        return false;
    ferry_error_set(error, FERRY_ERROR_VM_STATE, "cannot move '%s' to '%s': it is there already",
                    source->vm->name, move->dst_host->name);
    ferry_error_add_hint(error, "Run 'virt-ferry list' to see which machine is where.");
    return true;
}

static bool
map_pools(FerryMove *move, GError **error)
{
    const FerryStorageHost src = {move->src_host, move->src};
    const FerryStorageHost dst = {move->dst_host, move->dst};

    return ferry_storage_map_pools(move->request.options, move->vm->uuid, &src, &dst, error);
}

static bool
resolve(FerryMove *move, GError **error)
{
    g_autoptr(GPtrArray) answers = NULL;
    g_autoptr(GPtrArray) notes = NULL;
    FerryHostAnswer *source;
    FerryHostAnswer *dst;

    move->dst_host = ferry_hosts_resolve(move->known_hosts, move->request.dst, error);
    if (move->dst_host == NULL)
        return false;
    if (move->request.options->dest_address == NULL)
        move->request.options->dest_address = g_strdup(move->dst_host->address);
    answers = ask_all(move, error);
    if (answers == NULL || !ferry_hosts_judge(answers, move->request.vm, &source, &notes, error))
        return false;
    for (size_t i = 0; i < notes->len; i++)
        ferry_move_note(move, "%s", (const char *)notes->pdata[i]);
    if (same_place(move, source, error))
        return false;
    dst = answer_of(answers, move->dst_host);
    if (dst->hv == NULL) {
        g_propagate_error(error, g_steal_pointer(&dst->error));
        return false;
    }
    move->src_host = ferry_host_copy(source->host);
    move->vm = ferry_vm_copy(source->vm);
    move->src = ferry_hypervisor_ref(source->hv);
    move->dst = ferry_hypervisor_ref(dst->hv);
    ferry_arriving_recall(move);
    return map_pools(move, error);
}

FerryMoveEvent
ferry_step_resolve(FerryMove *move)
{
    return resolve(move, &move->error) ? FERRY_EVENT_OK : FERRY_EVENT_FAIL;
}
