// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steps/steps.h"

#include "base/error.h"
#include "engine/sever.h"

enum {
    HEAL_LIMIT_US = 600 * INT64_C(1000000), // a cable that is put back, a switch that starts again
    PAUSE_MIN_US = 500 * 1000,
    PAUSE_MAX_US = 10 * 1000 * 1000,
};

// One try. The same call as the first with the flag that makes it a resume (qemuMigrationSrcBeginResumePhase, 8.5.0);
// where libvirt has not noticed on both ends that the link is broken, it is refused and does nothing.
static bool
resume_postcopy(FerryMove *move, GError **error)
{
    g_autofree const char **copied = ferry_disk_plans_copied(move->disks);
    FerryMigrateCall call =
        ferry_plan_call(&move->plan, move->request.options, move->vm->uuid, move->dst_host, copied);
    bool ok;

    call.flags |= FERRY_MIGRATE_POSTCOPY_RESUME;
    if (!ferry_move_reconnect(move, error))
        return false;
    // a destination that only reads has not noticed, and libvirt refuses there before it has
    if ((move->dst_side == FERRY_SIDE_BUSY || move->dst_side == FERRY_SIDE_POSTCOPY) &&
        !ferry_sever(move->dst_host, ferry_move_dest_name(move), FERRY_SEVER_DST, NULL))
        g_debug("the stream on '%s' was not broken", move->dst_host->name);
    g_atomic_int_set(&move->postcopy, 1);
    g_atomic_int_set(&move->performing, 1);
    ok = ferry_hypervisor_migrate(move->src, move->dst, &call, error);
    g_atomic_int_set(&move->performing, 0);
    return ok;
}

static bool
is_broken(FerryMove *move)
{
    (void)ferry_step_read_both(move);
    move->resolution =
        ferry_resolver_resolve(move->src_side, move->dst_side, FERRY_START_FAST, move->known);
    return move->resolution->verdict == FERRY_RESOLVED_BROKEN ||
           (move->resolution->verdict == FERRY_RESOLVED_UNCLEAR &&
            (move->src_side == FERRY_SIDE_UNREACHABLE || move->dst_side == FERRY_SIDE_UNREACHABLE));
}

// Each reason once: with QEMU 7.2 a post-copy whose link broke after its last page was written stays 'active', and libvirt
// refuses every resume ('QEMU reports migration is still running').
static void
note_refusal(FerryMove *move, char **told, const GError *error)
{
    if (error == NULL || g_strcmp0(*told, error->message) == 0)
        return;
    g_free(*told);
    *told = g_strdup(error->message);
    ferry_move_note(move, "not healed yet: %s", error->message);
}

FerryMoveEvent
ferry_step_heal(FerryMove *move)
{
    int64_t deadline = ferry_clock_now(move->clock) + HEAL_LIMIT_US;
    int64_t pause = PAUSE_MIN_US;
    g_autofree char *told = NULL;
    g_autoptr(GError) error = NULL;

    ferry_move_note(move, "the link broke in post-copy: '%s' stands still until it is healed",
                    move->vm->name);
    for (;;) {
        g_clear_error(&error);
        if (resume_postcopy(move, &error) || !is_broken(move)) {
            g_clear_error(&move->error);
            return FERRY_EVENT_OK;
        }
        if (ferry_clock_now(move->clock) >= deadline)
            break;
        note_refusal(move, &told, error);
        ferry_clock_sleep(move->clock, pause);
        pause = MIN(pause * 2, PAUSE_MAX_US);
    }
    g_clear_error(&move->error);
    ferry_error_set(
        &move->error, FERRY_ERROR_PENDING,
        "cannot heal the post-copy of '%s' from '%s' to '%s', both halves of its memory are kept: %s",
        move->vm->name, move->src_host->name, move->dst_host->name,
        error != NULL ? error->message : "a host is silent");
    ferry_error_add_hint(
        &move->error,
        "Mend the link between the hosts, then run 'virt-ferry recover %" G_GINT64_FORMAT "'.",
        move->id);
    return FERRY_EVENT_FAIL;
}
