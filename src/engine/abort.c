// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/abort.h"

#include "engine/sever.h"

enum {
    LET_GO_US = 2 * G_USEC_PER_SEC,
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

// Where the connections can't be broken (no shell there), libvirt's own abort is all there is.
static bool
sever(FerryMove *move)
{
    g_autoptr(GError) error = NULL;

    if (ferry_sever(move->src_host, move->vm->name, FERRY_SEVER_SRC, &error))
        return true;
    g_debug("the copies of '%s' were not broken off: %s", move->vm->name, error->message);
    return false;
}

static bool
ends_soon(FerryMove *move)
{
    int64_t deadline = ferry_clock_now(move->clock) + LET_GO_US;

    while (has_job(move)) {
        if (ferry_clock_now(move->clock) >= deadline)
            return false;
        ferry_clock_sleep(move->clock, LET_GO_STEP_US);
    }
    return true;
}

bool
ferry_abort_job(FerryMove *move, bool stalled, GError **error)
{
    if (!ferry_disk_plans_any_copied(move->disks))
        return ferry_hypervisor_abort_job(move->src, move->vm->uuid, error);
    if (stalled && sever(move) && ends_soon(move))
        return true;
    if (!ferry_hypervisor_abort_job(move->src, move->vm->uuid, error))
        return false;
    if (!ends_soon(move))
        (void)sever(move);
    return true;
}
