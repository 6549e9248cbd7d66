// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/move.h"

#include "base/error.h"
#include "engine/snapshots.h"

enum {
    RECONNECT_LIMIT_US = 10 * G_USEC_PER_SEC,
    RECONNECT_PAUSE_US = 250 * 1000,
};

FerryMoveRequest *
ferry_move_request_copy(const FerryMoveRequest *request)
{
    FerryMoveRequest *copy = g_new0(FerryMoveRequest, 1);

    *copy = *request;
    copy->vm = g_strdup(request->vm);
    copy->dst = g_strdup(request->dst);
    copy->connect = g_strdup(request->connect);
    copy->options = ferry_migrate_options_copy(request->options);
    copy->only = g_strdupv(request->only);
    return copy;
}

static void
request_clear(FerryMoveRequest *request)
{
    g_free(request->vm);
    g_free(request->dst);
    g_free(request->connect);
    ferry_migrate_options_free(request->options);
    g_strfreev(request->only);
}

void
ferry_move_request_free(FerryMoveRequest *request)
{
    if (request == NULL)
        return;
    request_clear(request);
    g_free(request);
}

FerryMove *
ferry_move_from_nothing(FerryClock *clock)
{
    FerryMove *move = g_new0(FerryMove, 1);

    move->clock = clock;
    move->known = FERRY_KNOWN_BEGUN;
    move->notes = g_ptr_array_new_with_free_func(g_free);
    move->times.begun = ferry_clock_now(clock);
    return move;
}

FerryMove *
ferry_move_new(const FerryMoveRequest *request, FerryClock *clock)
{
    FerryMove *move = ferry_move_from_nothing(clock);
    g_autoptr(FerryMoveRequest) copy = ferry_move_request_copy(request);

    move->request = *copy;
    *copy = (FerryMoveRequest){0};
    return move;
}

void
ferry_move_free(FerryMove *move)
{
    if (move == NULL)
        return;
    request_clear(&move->request);
    g_clear_pointer(&move->known_hosts, g_ptr_array_unref);
    g_clear_pointer(&move->known_pairs, g_ptr_array_unref);
    ferry_pair_free(move->said);
    ferry_host_free(move->src_host);
    ferry_host_free(move->dst_host);
    ferry_vm_free(move->vm);
    ferry_hypervisor_unref(move->src);
    ferry_hypervisor_unref(move->dst);
    g_ptr_array_unref(move->notes);
    g_clear_pointer(&move->earlier, g_ptr_array_unref);
    g_clear_pointer(&move->disks, g_ptr_array_unref);
    g_clear_pointer(&move->lefts, g_ptr_array_unref);
    ferry_preflight_free(move->preflight);
    ferry_baseline_free(move->baseline);
    ferry_plan_clear(&move->plan);
    g_clear_pointer(&move->diff, json_object_unref);
    ferry_certificate_free(move->certificate);
    g_clear_pointer(&move->verdicts, g_ptr_array_unref);
    g_clear_error(&move->error);
    g_free(move);
}

void
ferry_move_note(FerryMove *move, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(move->notes, g_strdup_vprintf(format, args));
    va_end(args);
}

const char *
ferry_move_dest_name(const FerryMove *move)
{
    return move->baseline != NULL && move->baseline->dest_name != NULL ? move->baseline->dest_name
                                                                       : move->vm->name;
}

void
ferry_move_witness(FerryMove *move, const FerryVmEvent *event)
{
    FerryMoveLive *live = &move->live;

    // Its daemon died while it had the job: nobody can have let the source go on before it was started again, and then it
    // goes by its status file. That it stood may have been told in vain.
    if (event->kind == FERRY_VM_EVENT_DISCONNECTED && event->hung_up)
        g_atomic_int_set(&move->stood, 1);
    if (event->kind != FERRY_VM_EVENT_STATE)
        return;
    if (event->state == FERRY_VM_STATE_RUNNING) {
        live->switchover_us = 0;
        g_atomic_int_set(&move->stood, 0);
    } else if (event->state == FERRY_VM_STATE_PAUSED) {
        if (live->switchover_us == 0)
            live->switchover_us = ferry_clock_now(move->clock);
        if (event->reason == FERRY_VM_REASON_MIGRATION)
            g_atomic_int_set(&move->stood, 1);
        if (event->reason == FERRY_VM_REASON_POSTCOPY)
            g_atomic_int_set(&move->postcopy, 1);
    } else if (event->state == FERRY_VM_STATE_SHUTOFF &&
               event->reason == FERRY_VM_REASON_MIGRATED) {
        g_atomic_int_set(&move->left, 1);
    }
}

bool
ferry_move_needs_preparation(const FerryMove *move)
{
    return ferry_disk_plans_any_copied(move->disks) || ferry_snapshots_are_in_the_way(move);
}

static bool
reconnect(FerryHypervisor **hv, const FerryHost *host, GError **error)
{
    FerryHypervisor *fresh;

    if (*hv != NULL && ferry_hypervisor_is_alive(*hv))
        return true;
    fresh = ferry_hypervisor_open(host->name, host->uri, error);
    if (fresh == NULL)
        return false;
    ferry_hypervisor_unref(*hv);
    *hv = fresh;
    return true;
}

bool
ferry_move_reconnect(FerryMove *move, GError **error)
{
    bool src = reconnect(&move->src, move->src_host, error);
    // tried even where the source is silent: that one host can't be read says nothing of the other
    bool dst = reconnect(&move->dst, move->dst_host, src ? error : NULL);

    return src && dst;
}

bool
ferry_move_reconnect_patiently(FerryMove *move, GError **error)
{
    int64_t deadline = ferry_clock_now(move->clock) + RECONNECT_LIMIT_US;
    g_autoptr(GError) cause = NULL;

    while (!ferry_move_reconnect(move, &cause)) {
        if (ferry_clock_now(move->clock) >= deadline) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
        g_clear_error(&cause);
        ferry_clock_sleep(move->clock, RECONNECT_PAUSE_US);
    }
    return true;
}
