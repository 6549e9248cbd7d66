// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/snapshots.h"

#include "base/error.h"
#include "inventory/snapshots.h"

// One host that gets descriptions.
typedef struct Target {
    FerryHypervisor *hv;
    const char *uuid;
    const char *dest_name;            // NULL: the name in the descriptions
    const FerryMigrateOptions *names; // NULL: those in the descriptions
    FerrySnapshotKeys keys;
    GPtrArray *there; // FerrySnapshotRecord
} Target;

static void
target_clear(Target *target)
{
    ferry_snapshot_keys_clear(&target->keys);
    g_clear_pointer(&target->there, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Target, target_clear)

bool
ferry_snapshots_are_in_the_way(const FerryMove *move)
{
    return ferry_snapshot_records_count(move->baseline->snapshots, FERRY_SNAPSHOT) > 0;
}

// Somebody may have made or deleted one while the operator was asked.
static bool
are_as_recorded(const FerryMove *move, GError **error)
{
    const GPtrArray *kept = move->baseline->snapshots;
    g_autoptr(GPtrArray) now = ferry_snapshots_read(move->src, move->vm->uuid, error);
    bool same = now != NULL && now->len == kept->len;

    if (now == NULL)
        return false;
    for (unsigned i = 0; same && i < kept->len; i++) {
        const FerrySnapshotRecord *was = kept->pdata[i];
        const FerrySnapshotRecord *is = ferry_snapshot_records_find(now, was->kind, was->name);

        same = is != NULL && is->current == was->current && is->gap == NULL &&
               g_str_equal(is->xml, was->xml);
    }
    if (same)
        return true;
    ferry_error_set(error, FERRY_ERROR_VM_STATE,
                    "the snapshots of '%s' changed on '%s' after the move was planned",
                    move->vm->name, move->src_host->name);
    ferry_error_add_hint(error, "Run the command again: it plans anew.");
    return false;
}

// Children before their parents.
static bool
forget(FerryMove *move, const GPtrArray *records, bool checkpoints, GError **error)
{
    for (unsigned i = records->len; i-- > 0;) {
        const FerrySnapshotRecord *record = records->pdata[i];

        if ((record->kind == FERRY_SNAPSHOT || checkpoints) &&
            !ferry_hypervisor_forget_snapshot(move->src, move->vm->uuid, record->kind, record->name,
                                              error))
            return false;
    }
    return true;
}

bool
ferry_snapshots_detach(FerryMove *move, GError **error)
{
    if (!ferry_snapshots_are_in_the_way(move))
        return true;
    move->snapshots_untouched = !are_as_recorded(move, error);
    return !move->snapshots_untouched && forget(move, move->baseline->snapshots, false, error);
}

static bool
target_init(Target *target, GError **error)
{
    if (!ferry_snapshots_read_keys(target->hv, target->uuid, &target->keys, error))
        return false;
    target->there = ferry_snapshots_read(target->hv, target->uuid, error);
    return target->there != NULL;
}

// Where the mark of the current one is elsewhere, the one that has it by right is defined once more.
static bool
attach(const Target *target, const FerrySnapshotRecord *record, GError **error)
{
    const FerrySnapshotRecord *is =
        ferry_snapshot_records_find(target->there, record->kind, record->name);
    g_autofree char *xml = NULL;

    if (is != NULL && (is->current || !record->current))
        return true;
    xml =
        ferry_snapshot_record_whole(record, &target->keys, target->dest_name, target->names, error);
    return xml != NULL &&
           ferry_hypervisor_redefine_snapshot(target->hv, target->uuid, record->kind,
                                              &(FerrySnapshot){record->name, xml, record->current},
                                              error);
}

static bool
attach_all_dst(FerryMove *move, GError **error)
{
    const GPtrArray *records = move->baseline->snapshots;
    g_auto(Target) target = {
        .hv = move->dst,
        .uuid = move->vm->uuid,
        .dest_name = ferry_move_dest_name(move),
        .names = move->request.options,
    };

    if (!target_init(&target, error))
        return false;
    for (unsigned i = 0; i < records->len; i++) {
        const FerrySnapshotRecord *record = records->pdata[i];
        g_autoptr(GError) cause = NULL;

        if (attach(&target, record, &cause))
            continue;
        if (!ferry_hypervisor_is_alive(move->dst)) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
        ferry_move_note(move,
                        "%s '%s' was not carried over: %s; what it was is told by 'virt-ferry "
                        "history --id %" G_GINT64_FORMAT " --json'",
                        ferry_snapshot_kind_name(record->kind), record->name, cause->message,
                        move->id);
    }
    return true;
}

// libvirt undefines no machine that has some (virDomainUndefine), and where a definition stays on purpose it must not claim
// what is another host's now.
static bool
forget_on_source(FerryMove *move, GError **error)
{
    g_auto(FerryVm) src = {0};

    if (!ferry_hypervisor_get_state(move->src, move->vm->uuid, &src, error))
        return false;
    return src.state == FERRY_VM_STATE_NONE || forget(move, move->baseline->snapshots, true, error);
}

bool
ferry_snapshots_attach_dst(FerryMove *move, GError **error)
{
    if (move->baseline->snapshots->len == 0)
        return true;
    return attach_all_dst(move, error) && forget_on_source(move, error);
}

// That the destination can't be reached is no reason to leave the source without them.
static bool
reach_source(FerryMove *move, GError **error)
{
    g_autoptr(GError) cause = NULL;

    if (ferry_move_reconnect(move, &cause) ||
        (move->src != NULL && ferry_hypervisor_is_alive(move->src)))
        return true;
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
}

bool
ferry_snapshots_attach_src(FerryMove *move, GError **error)
{
    const GPtrArray *records = move->baseline->snapshots;
    g_auto(FerryVm) vm = {0};
    g_auto(Target) target = {.uuid = move->vm->uuid};

    if (records->len == 0 || move->snapshots_untouched)
        return true;
    if (!reach_source(move, error))
        return false;
    if (!ferry_hypervisor_get_state(move->src, move->vm->uuid, &vm, error))
        return false;
    // a transient machine that ended: libvirt keeps no descriptions of what it does not know
    if (vm.state == FERRY_VM_STATE_NONE)
        return true;
    target.hv = move->src; // perhaps another one than before
    if (!target_init(&target, error))
        return false;
    for (unsigned i = 0; i < records->len; i++)
        if (!attach(&target, records->pdata[i], error))
            return false;
    return true;
}
