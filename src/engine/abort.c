// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/abort.h"

#include "engine/sever.h"

enum {
    LET_GO_US = 3 * G_USEC_PER_SEC,
    LET_GO_STEP_US = 100 * 1000,
};

// Told to end, its kind is CANCELLED for as long as libvirt waits.
static bool
has_job(FerryMove *move)
{
    FerryJobStats stats = {0};

    return ferry_hypervisor_get_job(move->src, move->vm->uuid, false, &stats, NULL) &&
           stats.kind != FERRY_JOB_NONE;
}

bool
ferry_abort_job(FerryMove *move, GError **error)
{
    g_autofree const char **copied = ferry_disk_plans_copied(move->disks);
    int64_t deadline = ferry_clock_now(move->clock) + LET_GO_US;
    bool hangs = false;

    if (!ferry_hypervisor_abort_job(move->src, move->vm->uuid, error))
        return false;
    while (copied != NULL && (hangs = has_job(move)) && ferry_clock_now(move->clock) < deadline)
        ferry_clock_sleep(move->clock, LET_GO_STEP_US);
    if (hangs && !ferry_sever(move->src_host, move->vm->name, FERRY_SEVER_SRC, NULL))
        g_debug("the copies of '%s' were not broken off", move->vm->name);
    return true;
}
