// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/scan-ask.h"

#include <string.h>

#include "base/error.h"
#include "base/worker.h"
#include "cli/probe.h"
#include "cli/scan-end.h"

enum {
    READS = 5,             // until two agree
    PAUSE_US = 300 * 1000, // between two reads: a switch that goes on is over then
    ITEMS_A_SECOND = 20,   // what a slow link carries
};

// One machine on one host, as it is read.
typedef struct Item {
    char uuid[FERRY_UUID_LEN + 1];
    FerryVm vm;
    FerryJobStats job;
    char *unknown;
} Item;

// What a worker reads of one host; its own until it is done.
typedef struct Reading {
    FerryHypervisor *hv;
    GArray *items;
} Reading;

// The same, as the asker sees it.
typedef struct Asked {
    Reading *reading;  // NULL: the host is not asked
    GPtrArray *places; // FerryScanPlace, or NULL where the machine should not be, one for each item
    FerryWork *work;
    bool answered;
} Asked;

static void
item_clear(void *data)
{
    Item *item = data;

    ferry_vm_clear(&item->vm);
    g_free(item->unknown);
}

static void
reading_free(void *data)
{
    Reading *reading = data;

    ferry_hypervisor_unref(reading->hv);
    g_array_unref(reading->items);
    g_free(reading);
}

static void
asked_clear(void *data)
{
    Asked *asked = data;

    // a worker that hangs keeps what it reads
    ferry_work_unref(asked->work);
    g_clear_pointer(&asked->places, g_ptr_array_unref);
}

static GArray *
asked_new(const FerryScanAsk *ask)
{
    GArray *all = g_array_sized_new(FALSE, TRUE, sizeof(Asked), ask->answers->len);

    g_array_set_size(all, ask->answers->len);
    g_array_set_clear_func(all, asked_clear);
    return all;
}

static void
add_item(const FerryScanAsk *ask,
         GArray *all,
         unsigned host,
         const char *uuid,
         FerryScanPlace *place)
{
    const FerryHostAnswer *answer = g_ptr_array_index(ask->answers, host);
    Asked *asked = &g_array_index(all, Asked, host);
    Item item = {0};

    if (asked->reading == NULL) {
        asked->reading = g_new0(Reading, 1);
        asked->reading->hv = ferry_hypervisor_ref(answer->hv);
        asked->reading->items = g_array_new(FALSE, TRUE, sizeof(Item));
        g_array_set_clear_func(asked->reading->items, item_clear);
        asked->places = g_ptr_array_new();
    }
    g_strlcpy(item.uuid, uuid, sizeof item.uuid);
    g_array_append_val(asked->reading->items, item);
    g_ptr_array_add(asked->places, place);
}

static void
run_reading(void *data)
{
    Reading *reading = data;

    for (unsigned i = 0; i < reading->items->len; i++) {
        Item *item = &g_array_index(reading->items, Item, i);
        g_autoptr(GError) error = NULL;

        if (!ferry_hypervisor_get_state(reading->hv, item->uuid, &item->vm, &error) ||
            (ferry_vm_state_is_active(item->vm.state) &&
             !ferry_hypervisor_get_job(reading->hv, item->uuid, false, &item->job, &error)))
            item->unknown = g_strdup(error->message);
    }
}

// Reads what was added, all hosts at once.
static void
read_all(GArray *all, unsigned timeout_s)
{
    unsigned longest = 0;
    int64_t deadline;

    for (unsigned i = 0; i < all->len; i++) {
        Asked *asked = &g_array_index(all, Asked, i);

        if (asked->reading == NULL)
            continue;
        longest = MAX(longest, asked->places->len);
        asked->work = ferry_work_start(run_reading, asked->reading, reading_free);
    }
    deadline =
        g_get_monotonic_time() + (int64_t)(timeout_s + longest / ITEMS_A_SECOND) * G_USEC_PER_SEC;
    for (unsigned i = 0; i < all->len; i++) {
        Asked *asked = &g_array_index(all, Asked, i);

        asked->answered = asked->work != NULL && ferry_work_wait(asked->work, deadline);
    }
}

// What @asked's host said of item @i. @silent: where it said nothing
static const Item *
item_of(const Asked *asked, unsigned i, const Item *silent)
{
    return asked->answered ? &g_array_index(asked->reading->items, Item, i) : silent;
}

static bool
is_as_read(const FerryScanPlace *place, const Item *item)
{
    return item->unknown == NULL && place->unknown == NULL && item->vm.state == place->vm->state &&
           item->vm.reason == place->vm->reason && item->job.kind == place->job.kind &&
           item->job.operation == place->job.operation;
}

static void
place_take(FerryScanPlace *place, const Item *item)
{
    g_free(place->unknown);
    place->unknown = g_strdup(item->unknown);
    if (item->unknown != NULL)
        return;
    place->vm->state = item->vm.state;
    place->vm->reason = item->vm.reason;
    place->job = item->job;
}

// Reads the places of @machines (element-type FerryScanMachine) once.
// Returns: (element-type FerryScanMachine) those that were different before. (transfer container)
static GPtrArray *
read_machines(const FerryScanAsk *ask, GPtrArray *machines)
{
    g_autoptr(GArray) all = asked_new(ask);
    g_autoptr(GHashTable) changed = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *left = g_ptr_array_new();
    Item silent = {.unknown = (char *)"it is silent"};

    for (unsigned i = 0; i < machines->len; i++) {
        const FerryScanMachine *machine = g_ptr_array_index(machines, i);

        for (unsigned j = 0; j < machine->places->len; j++) {
            FerryScanPlace *place = g_ptr_array_index(machine->places, j);

            add_item(ask, all, place->host, machine->uuid, place);
        }
    }
    read_all(all, ask->timeout_s);
    for (unsigned i = 0; i < all->len; i++) {
        const Asked *asked = &g_array_index(all, Asked, i);

        for (unsigned j = 0; asked->places != NULL && j < asked->places->len; j++) {
            FerryScanPlace *place = g_ptr_array_index(asked->places, j);
            const Item *item = item_of(asked, j, &silent);

            // who can't be asked now is not asked again
            if (item->unknown == NULL && !is_as_read(place, item))
                g_hash_table_add(changed, place->vm->uuid);
            place_take(place, item);
        }
    }
    for (unsigned i = 0; i < machines->len; i++) {
        FerryScanMachine *machine = g_ptr_array_index(machines, i);

        if (g_hash_table_contains(changed, machine->uuid))
            g_ptr_array_add(left, machine);
    }
    return left;
}

// Two reads of two hosts are not one instant: what two reads in a row agree on was so between them.
static void
look_closely(const FerryScanAsk *ask)
{
    g_autoptr(GPtrArray) machines = g_ptr_array_new();

    for (unsigned i = 0; i < ask->machines->len; i++)
        if (ferry_scan_wants_look(g_ptr_array_index(ask->machines, i)))
            g_ptr_array_add(machines, g_ptr_array_index(ask->machines, i));
    if (machines->len == 0)
        return;
    // the list has no jobs: with it nothing can agree
    g_ptr_array_unref(read_machines(ask, machines));
    for (unsigned i = 1; i < READS && machines->len > 0; i++) {
        GPtrArray *changed;

        g_usleep(PAUSE_US);
        changed = read_machines(ask, machines);
        g_ptr_array_unref(machines);
        machines = changed;
    }
    for (unsigned i = 0; i < machines->len; i++) {
        const FerryScanMachine *machine = g_ptr_array_index(machines, i);
        FerryScanPlace *place = g_ptr_array_index(machine->places, 0);

        g_free(place->unknown);
        place->unknown = g_strdup("its state keeps changing");
    }
}

// Who the hosts are that share a machine.
static void
ask_identities(const FerryScanAsk *ask)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_direct_hash, g_direct_equal);
    g_autoptr(GPtrArray) hosts = g_ptr_array_new();
    g_autoptr(GPtrArray) probes = NULL;

    for (unsigned i = 0; i < ask->machines->len; i++) {
        const FerryScanMachine *machine = g_ptr_array_index(ask->machines, i);

        for (unsigned j = 0; machine->places->len > 1 && j < machine->places->len; j++) {
            const FerryScanPlace *place = g_ptr_array_index(machine->places, j);
            const FerryHostAnswer *answer = g_ptr_array_index(ask->answers, place->host);

            if (g_hash_table_contains(known, GUINT_TO_POINTER(place->host)))
                continue;
            g_hash_table_insert(known, GUINT_TO_POINTER(place->host), GUINT_TO_POINTER(hosts->len));
            g_ptr_array_add(hosts, answer->host);
        }
    }
    if (hosts->len == 0)
        return;
    probes = ferry_probe_hosts(hosts, ask->timeout_s);
    for (unsigned i = 0; i < ask->machines->len; i++) {
        FerryScanMachine *machine = g_ptr_array_index(ask->machines, i);

        for (unsigned j = 0; machine->places->len > 1 && j < machine->places->len; j++) {
            FerryScanPlace *place = g_ptr_array_index(machine->places, j);
            const FerryProbe *probe =
                g_ptr_array_index(probes,
                                  GPOINTER_TO_UINT(
                                      g_hash_table_lookup(known, GUINT_TO_POINTER(place->host))));

            if (probe->error == NULL && probe->info.uuid[0] != '\0')
                place->identity = g_strdup_printf("%s %s", probe->info.uuid, probe->info.hostname);
        }
        ferry_scan_mark_same(machine);
    }
}

static GPtrArray *
collect_places(FerryScanAsk *ask)
{
    g_autoptr(GHashTable) uuids = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *places = g_ptr_array_new();

    for (unsigned i = 0; i < ask->answers->len; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(ask->answers, i);

        for (unsigned j = 0; answer->machines != NULL && j < answer->machines->len; j++) {
            const FerryVm *vm = g_ptr_array_index(answer->machines, j);

            g_hash_table_add(uuids, (char *)vm->uuid);
            if (!g_hash_table_contains(ask->leave, vm->uuid))
                g_ptr_array_add(places, ferry_scan_place_new(i, answer->host, vm));
        }
    }
    ask->n_machines = g_hash_table_size(uuids);
    return places;
}

void
ferry_scan_ask_clear(FerryScanAsk *ask)
{
    g_clear_pointer(&ask->machines, g_ptr_array_unref);
    g_clear_pointer(&ask->answers, g_ptr_array_unref);
    g_clear_pointer(&ask->leave, g_hash_table_unref);
}

void
ferry_scan_ask(FerryScanAsk *ask, GPtrArray *hosts)
{
    ask->answers = ferry_hosts_list(hosts, ask->timeout_s);
    ask->machines = ferry_scan_group(collect_places(ask));
    ask_identities(ask);
    look_closely(ask);
}

static FerryScanPlace *
place_at(const FerryScanMachine *machine, unsigned host)
{
    for (unsigned i = 0; i < machine->places->len; i++) {
        FerryScanPlace *place = g_ptr_array_index(machine->places, i);

        if (place->host == host)
            return place;
    }
    return NULL;
}

// Does @item say what was found? Sets @error where it does not.
static bool
check_item(const FerryScanPlace *place, const char *host, const Item *item, GError **error)
{
    const FerryVm absent = {.state = FERRY_VM_STATE_NONE};
    const FerryVm *was = place == NULL ? &absent : place->vm;
    g_autofree char *before = ferry_vm_state_format(was->state, was->reason);
    g_autofree char *now = ferry_vm_state_format(item->vm.state, item->vm.reason);

    if (item->unknown != NULL) {
        ferry_error_set(error, FERRY_ERROR_PENDING, "host '%s' could not be asked again: %s", host,
                        item->unknown);
        return false;
    }
    if (item->vm.state == was->state && item->vm.reason == was->reason &&
        (place == NULL || item->job.kind == place->job.kind))
        return true;
    ferry_error_set(error, FERRY_ERROR_PENDING, "it was %s on '%s', and is %s now%s", before, host,
                    now, item->job.kind == FERRY_JOB_ACTIVE ? ", with a job" : "");
    return false;
}

// Every host that answered is asked again, directly before anything is done: a machine that is let run must not have
// come up elsewhere meanwhile.
static bool
check_unchanged(const FerryScanAsk *ask, const FerryScanMachine *machine, GError **error)
{
    g_autoptr(GArray) all = asked_new(ask);
    Item silent = {.unknown = (char *)"it is silent"};

    for (unsigned i = 0; i < ask->answers->len; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(ask->answers, i);

        if (answer->error == NULL)
            add_item(ask, all, i, machine->uuid, place_at(machine, i));
    }
    read_all(all, ask->timeout_s);
    for (unsigned i = 0; i < all->len; i++) {
        const Asked *asked = &g_array_index(all, Asked, i);
        const FerryHostAnswer *answer = g_ptr_array_index(ask->answers, i);

        if (asked->places != NULL &&
            !check_item(g_ptr_array_index(asked->places, 0), answer->host->name,
                        item_of(asked, 0, &silent), error))
            return false;
    }
    return true;
}

static bool
do_step(const FerryScanAsk *ask, const FerryScanStep *step, GPtrArray *notes, GError **error)
{
    const FerryHostAnswer *at = g_ptr_array_index(ask->answers, step->at->host);
    const FerryHostAnswer *to =
        step->to == NULL ? NULL : g_ptr_array_index(ask->answers, step->to->host);
    FerryHypervisor *hv = at->hv;
    const char *uuid = step->at->vm->uuid;
    FerryMigrateCall call = {.uuid = uuid};

    switch (step->act) {
    case FERRY_SCAN_SUSPEND:
        return ferry_hypervisor_suspend(hv, uuid, error);
    case FERRY_SCAN_DESTROY:
        g_assert(to != NULL);
        return ferry_scan_end(at, to, uuid, notes, error);
    case FERRY_SCAN_RESUME:
        return ferry_hypervisor_resume(hv, uuid, error);
    case FERRY_SCAN_UNDEFINE:
        return ferry_hypervisor_undefine(hv, uuid, error);
    case FERRY_SCAN_HEAL:
        g_assert(to != NULL);
        call.flags = FERRY_MIGRATE_LIVE | FERRY_MIGRATE_PEER2PEER | FERRY_MIGRATE_POSTCOPY |
                     FERRY_MIGRATE_POSTCOPY_RESUME |
                     (step->at->vm->persistent ? FERRY_MIGRATE_PERSIST_DEST : 0);
        call.dest_uri = step->to->uri;
        return ferry_hypervisor_migrate(hv, to->hv, &call, error);
    }
    g_return_val_if_reached(false);
}

// Is it as the step was to make it?
static bool
has_worked(const FerryScanStep *step)
{
    const FerryVm *vm = step->at->vm;

    if (step->at->unknown != NULL || (step->to != NULL && step->to->unknown != NULL))
        return false;
    switch (step->act) {
    case FERRY_SCAN_SUSPEND:
        return vm->state == FERRY_VM_STATE_PAUSED;
    case FERRY_SCAN_RESUME:
        return vm->state == FERRY_VM_STATE_RUNNING;
    case FERRY_SCAN_DESTROY:
        return !ferry_vm_state_is_active(vm->state);
    case FERRY_SCAN_UNDEFINE:
        return vm->state == FERRY_VM_STATE_NONE;
    case FERRY_SCAN_HEAL:
        g_assert(step->to != NULL);
        return step->to->vm->state == FERRY_VM_STATE_RUNNING &&
               step->to->vm->reason != FERRY_VM_REASON_POSTCOPY_FAILED;
    }
    g_return_val_if_reached(false);
}

static void
read_again(const FerryScanAsk *ask, const FerryScanMachine *machine)
{
    g_autoptr(GPtrArray) one = g_ptr_array_new();

    g_ptr_array_add(one, (void *)machine);
    g_ptr_array_unref(read_machines(ask, one));
}

bool
ferry_scan_act(const FerryScanAsk *ask,
               const FerryScanFinding *finding,
               GPtrArray *notes,
               GError **error)
{
    g_autoptr(GError) failure = NULL;

    if (!check_unchanged(ask, finding->machine, error))
        return false;
    for (unsigned i = 0; i < finding->steps->len; i++) {
        const FerryScanStep *step = &g_array_index(finding->steps, FerryScanStep, i);

        // of two that run the second one is paused even where the first one can't be
        if (!do_step(ask, step, notes, failure == NULL ? &failure : NULL) &&
            step->act != FERRY_SCAN_SUSPEND)
            break;
    }
    read_again(ask, finding->machine);
    for (unsigned i = 0; failure == NULL && i < finding->steps->len; i++) {
        const FerryScanStep *step = &g_array_index(finding->steps, FerryScanStep, i);
        g_autofree char *words = ferry_scan_step_format(step);
        g_autofree char *state = ferry_vm_state_format(step->at->vm->state, step->at->vm->reason);

        if (!has_worked(step))
            ferry_error_set(&failure, FERRY_ERROR_PENDING,
                            "libvirt was told to %s, but there it is %s", words, state);
    }
    if (failure == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}
