// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steps/steps.h"

#include "engine/tally.h"

// The machine moved well whatever becomes of this: what goes wrong is told and no more.
static void
count_in_metadata(FerryMove *move)
{
    const char *uuid = move->vm->uuid;
    g_autofree char *own = g_strdup_printf("%s/%" G_GINT64_FORMAT, g_get_host_name(), move->id);
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = NULL;
    g_autofree char *element = NULL;

    xml =
        ferry_hypervisor_get_xml(move->dst, uuid,
                                 move->baseline->persistent ? FERRY_XML_PERSISTENT : FERRY_XML_LIVE,
                                 &error);
    if (xml != NULL)
        element = ferry_tally_next(xml, own, &error);
    if (error == NULL && element != NULL &&
        ferry_hypervisor_set_metadata(move->dst, uuid, FERRY_TALLY_URI, element, &error))
        return;
    if (error != NULL)
        ferry_move_note(move, "the move is not counted in the machine's metadata: %s",
                        error->message);
}

// How the image of a copied disk was left, for people.
static FerryVerdict *
judge_left(const FerryMove *move, const FerryLeft *left, bool missing)
{
    FerryVerdict *verdict = g_new0(FerryVerdict, 1);
    const char *src = move->src_host->name;

    verdict->check = g_strdup("source-disk");
    if (left->reason != NULL) {
        ferry_verdict_set(verdict, missing ? FERRY_VERDICT_WARN : FERRY_VERDICT_NOTE,
                          "disk '%s' was copied, and its old image '%s' is still on host '%s': %s",
                          left->target, left->path, src, left->reason);
        ferry_verdict_add_hint(verdict, "See that no machine is started with it there.");
    } else if (left->kept) {
        ferry_verdict_set(verdict, FERRY_VERDICT_OK,
                          "disk '%s' was copied, and its old image is '%s' on host '%s' now",
                          left->target, left->aside, src);
    } else {
        ferry_verdict_set(verdict, FERRY_VERDICT_OK,
                          "disk '%s' was copied, and its old image '%s' on host '%s' is deleted",
                          left->target, left->path, src);
    }
    verdict->counts_as = verdict->kind;
    return verdict;
}

// A second copy that could be started is no end of a move. It is deleted only where all else is as it was before.
static void
leave_images(FerryMove *move)
{
    const FerryStorageHost src = {move->src_host, move->src};
    const char *missing = ferry_storage_find_missing(move->disks, move->dst);
    g_autofree char *reason = NULL;
    bool remove = move->request.options->remove_source_disks && ferry_verify_holds(move->verdicts);

    g_clear_pointer(&move->lefts, g_ptr_array_unref);
    if (missing == NULL) {
        move->lefts = ferry_storage_leave(move->disks, &src, move->vm->uuid, move->id, remove);
    } else {
        reason =
            g_strdup_printf("host '%s' does not see the copy '%s'", move->dst_host->name, missing);
        move->lefts = ferry_storage_leave_alone(move->disks, reason);
    }
    for (unsigned i = 0; i < move->lefts->len; i++)
        g_ptr_array_add(move->verdicts, judge_left(move, move->lefts->pdata[i], missing != NULL));
}

FerryMoveEvent
ferry_step_verify(FerryMove *move)
{
    if (!ferry_move_reconnect_patiently(move, &move->error)) {
        g_clear_pointer(&move->lefts, g_ptr_array_unref);
        move->lefts = ferry_storage_leave_alone(move->disks, move->error->message);
        return FERRY_EVENT_FAIL;
    }
    g_clear_pointer(&move->verdicts, g_ptr_array_unref);
    move->verdicts = ferry_verify(move->baseline, move->src, move->dst, move->clock);
    // The source's event carries the figures in every mode; where none came, the destination knows them too.
    if (!ferry_hypervisor_get_job(move->dst, move->vm->uuid, true, &move->arrived, NULL))
        move->arrived = (FerryJobStats){0};
    leave_images(move);
    if (move->request.options->count_in_metadata && ferry_verify_holds(move->verdicts))
        count_in_metadata(move);
    return FERRY_EVENT_OK;
}
