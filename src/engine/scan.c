// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/scan.h"

#include <string.h>

static const struct {
    const char *id;
    const char *text;
} kinds[] = {
    [FERRY_SCAN_UNDER_WAY] = {"under-way", "is being moved"},
    [FERRY_SCAN_PAUSED_BY_MOVE] = {"paused-by-move", "was left paused by a move that broke"},
    [FERRY_SCAN_RUNS_TWICE] = {"runs-twice", "RUNS TWICE"},
    [FERRY_SCAN_ACTIVE_TWICE] = {"active-twice", "is on several hosts, and not off on them"},
    [FERRY_SCAN_DEFINED_TWICE] = {"defined-twice", "is defined on several hosts"},
    [FERRY_SCAN_LEFTOVER_TARGET] = {"leftover-target", "left a target of a move that failed"},
    [FERRY_SCAN_POSTCOPY_BROKEN] = {"post-copy-broken", "stands still in a broken post-copy"},
    [FERRY_SCAN_POSTCOPY_LOST] = {"post-copy-lost", "lost half of its memory in post-copy"},
};

static const char *const act_ids[] = {
    [FERRY_SCAN_SUSPEND] = "suspend", [FERRY_SCAN_DESTROY] = "destroy",
    [FERRY_SCAN_RESUME] = "resume",   [FERRY_SCAN_UNDEFINE] = "undefine",
    [FERRY_SCAN_HEAL] = "heal",
};

FerryScanPlace *
ferry_scan_place_new(unsigned host, const FerryHost *record, const FerryVm *vm)
{
    FerryScanPlace *place = g_new0(FerryScanPlace, 1);

    place->host = host;
    place->name = g_strdup(record->name);
    place->uri = g_strdup(record->uri);
    place->vm = ferry_vm_copy(vm);
    return place;
}

void
ferry_scan_place_free(FerryScanPlace *place)
{
    if (place == NULL)
        return;
    g_free(place->name);
    g_free(place->uri);
    ferry_vm_free(place->vm);
    g_free(place->unknown);
    g_free(place->identity);
    g_free(place);
}

void
ferry_scan_machine_free(FerryScanMachine *machine)
{
    if (machine == NULL)
        return;
    g_ptr_array_unref(machine->places);
    g_free(machine);
}

void
ferry_scan_finding_free(FerryScanFinding *finding)
{
    if (finding == NULL)
        return;
    g_array_unref(finding->steps);
    g_free(finding->why);
    g_free(finding->hint);
    g_free(finding);
}

FerrySide
ferry_scan_side(const FerryScanPlace *place)
{
    const FerryVm *vm = place->vm;
    FerrySide side;

    if (place->unknown != NULL)
        return FERRY_SIDE_UNREACHABLE;
    side = ferry_resolver_classify(vm->state, vm->reason, &place->job, 0);
    // without a job it is somebody's 'virsh start', not a target
    if (side == FERRY_SIDE_PAUSED_MIGRATION && vm->reason == FERRY_VM_REASON_STARTING_UP)
        return FERRY_SIDE_PAUSED_OTHER;
    return side;
}

// States that a move makes, and that don't pass by themselves.
static bool
is_odd(const FerryVm *vm)
{
    if (vm->state == FERRY_VM_STATE_PAUSED)
        return vm->reason == FERRY_VM_REASON_MIGRATION || vm->reason == FERRY_VM_REASON_POSTCOPY ||
               vm->reason == FERRY_VM_REASON_POSTCOPY_FAILED ||
               vm->reason == FERRY_VM_REASON_API_ERROR;
    return vm->state == FERRY_VM_STATE_RUNNING && (vm->reason == FERRY_VM_REASON_POSTCOPY ||
                                                   vm->reason == FERRY_VM_REASON_POSTCOPY_FAILED);
}

static bool
is_suspect(const FerryScanMachine *machine)
{
    const FerryScanPlace *first = g_ptr_array_index(machine->places, 0);

    return machine->places->len > 1 || is_odd(first->vm);
}

GPtrArray *
ferry_scan_group(GPtrArray *places)
{
    g_autoptr(GHashTable) by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *machines = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_scan_machine_free);

    g_ptr_array_set_free_func(places, NULL);
    for (unsigned i = 0; i < places->len; i++) {
        FerryScanPlace *place = g_ptr_array_index(places, i);
        FerryScanMachine *machine = g_hash_table_lookup(by_uuid, place->vm->uuid);

        if (machine == NULL) {
            machine = g_new0(FerryScanMachine, 1);
            machine->uuid = place->vm->uuid;
            machine->places = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_scan_place_free);
            g_hash_table_insert(by_uuid, (char *)machine->uuid, machine);
            g_ptr_array_add(machines, machine);
        }
        g_ptr_array_add(machine->places, place);
    }
    g_ptr_array_unref(places);
    g_hash_table_remove_all(by_uuid);
    for (unsigned i = machines->len; i > 0; i--)
        if (!is_suspect(g_ptr_array_index(machines, i - 1)))
            g_ptr_array_remove_index(machines, i - 1);
    return machines;
}

void
ferry_scan_mark_same(FerryScanMachine *machine)
{
    for (unsigned i = 1; i < machine->places->len; i++) {
        FerryScanPlace *place = g_ptr_array_index(machine->places, i);

        for (unsigned j = 0; j < i && place->identity != NULL; j++) {
            const FerryScanPlace *other = g_ptr_array_index(machine->places, j);

            if (g_strcmp0(place->identity, other->identity) == 0)
                place->again = true;
        }
    }
}

bool
ferry_scan_wants_look(const FerryScanMachine *machine)
{
    unsigned active = 0;

    for (unsigned i = 0; i < machine->places->len; i++) {
        const FerryScanPlace *place = g_ptr_array_index(machine->places, i);

        if (place->again)
            continue;
        if (is_odd(place->vm))
            return true;
        active += ferry_vm_state_is_active(place->vm->state);
    }
    return active > 1;
}

const char *
ferry_scan_kind_id(FerryScanKind kind)
{
    g_return_val_if_fail(kind < G_N_ELEMENTS(kinds), "?");
    return kinds[kind].id;
}

const char *
ferry_scan_kind_text(FerryScanKind kind)
{
    g_return_val_if_fail(kind < G_N_ELEMENTS(kinds), "?");
    return kinds[kind].text;
}

const char *
ferry_scan_act_id(FerryScanAct act)
{
    g_return_val_if_fail(act < G_N_ELEMENTS(act_ids), "?");
    return act_ids[act];
}

char *
ferry_scan_step_format(const FerryScanStep *step)
{
    switch (step->act) {
    case FERRY_SCAN_SUSPEND:
        return g_strdup_printf("pause it on '%s'", step->at->name);
    case FERRY_SCAN_DESTROY:
        return g_strdup_printf("end it on '%s'", step->at->name);
    case FERRY_SCAN_RESUME:
        return g_strdup_printf("let it go on on '%s'", step->at->name);
    case FERRY_SCAN_UNDEFINE:
        return g_strdup_printf("take its definition away from '%s'", step->at->name);
    case FERRY_SCAN_HEAL:
        return g_strdup_printf("take up its post-copy from '%s' to '%s'", step->at->name,
                               step->to->name);
    }
    g_return_val_if_reached(NULL);
}

// A name that a shell takes as it is; any other machine is named by its UUID.
static bool
is_plain(const char *name)
{
    return name[0] != '\0' && name[0] != '-' &&
           name[strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-")] == '\0';
}

char *
ferry_scan_command(const char *verb, const FerryScanPlace *place)
{
    return g_strdup_printf("virsh -c %s %s %s", place->uri, verb,
                           is_plain(place->vm->name) ? place->vm->name : place->vm->uuid);
}
