// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "base/error.h"
#include "inventory/hosts.h"
#include "model/nearest.h"

// "hosts 'a' (running (booted)) and 'b' (paused (user))"; with UUIDs: "UUID on host 'a' ..."
static char *
format_places(GPtrArray *places, const char *separator)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < places->len; i++) {
        const FerryHostAnswer *place = g_ptr_array_index(places, i);
        g_autofree char *state = ferry_vm_state_format(place->vm->state, place->vm->reason);

        g_string_append_printf(text, "%s'%s' (%s)", i == 0 ? "" : separator, place->host->name,
                               state);
    }
    return g_string_free(text, FALSE);
}

static char *
format_uuids(GPtrArray *places)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < places->len; i++) {
        const FerryHostAnswer *place = g_ptr_array_index(places, i);

        g_string_append_printf(text, "%s%s on host '%s'", i == 0 ? "" : ", ", place->vm->uuid,
                               place->host->name);
    }
    return g_string_free(text, FALSE);
}

// Returns: the errors of the hosts that could not be asked, "; " between them; NULL where all were
static char *
format_errors(GPtrArray *answers)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < answers->len; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(answers, i);

        if (answer->error != NULL)
            g_string_append_printf(text, "%s%s", text->len == 0 ? "" : "; ",
                                   answer->error->message);
    }
    if (text->len > 0)
        return g_string_free(text, FALSE);
    g_string_free(text, TRUE);
    return NULL;
}

static unsigned
count_errors(GPtrArray *answers)
{
    unsigned count = 0;

    for (unsigned i = 0; i < answers->len; i++)
        count += ((FerryHostAnswer *)g_ptr_array_index(answers, i))->error != NULL;
    return count;
}

static void
add_nearest_hint(GPtrArray *answers, const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *nearest;

    for (unsigned i = 0; i < answers->len; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(answers, i);

        for (unsigned j = 0; answer->machines != NULL && j < answer->machines->len; j++)
            g_ptr_array_add(names, ((FerryVm *)g_ptr_array_index(answer->machines, j))->name);
    }
    nearest = ferry_nearest_find(name, names);
    if (nearest != NULL)
        ferry_error_add_hint(error, "Did you mean '%s'? Run 'virt-ferry list' to see all machines.",
                             nearest);
    else
        ferry_error_add_hint(error, "Run 'virt-ferry list' to see all machines.");
}

static void
set_not_found(GPtrArray *answers, const char *name, GError **error)
{
    const FerryHostAnswer *first = g_ptr_array_index(answers, 0);
    unsigned silent = count_errors(answers);
    g_autofree char *reasons = format_errors(answers);

    if (answers->len == 1 && silent == 1) {
        g_propagate_error(error, g_error_copy(first->error));
        return;
    }
    if (silent == answers->len) {
        ferry_error_set(error, FERRY_ERROR_UNREACHABLE, "cannot look for machine '%s': %s", name,
                        reasons);
        return;
    }
    if (answers->len == 1)
        ferry_error_set(error, FERRY_ERROR_VM_NOT_FOUND, "host '%s' has no machine '%s'",
                        first->host->name, name);
    else if (silent == 0)
        ferry_error_set(error, FERRY_ERROR_VM_NOT_FOUND, "none of the %u hosts has a machine '%s'",
                        answers->len, name);
    else
        ferry_error_set(error, FERRY_ERROR_VM_NOT_FOUND,
                        "no host that answered has a machine '%s': %s", name, reasons);
    add_nearest_hint(answers, name, error);
}

// Is it a state that only a migration makes, on either end?
static bool
is_on_the_way(const FerryVm *vm)
{
    switch (vm->reason) {
    case FERRY_VM_REASON_MIGRATION:
    case FERRY_VM_REASON_STARTING_UP:
        return vm->state == FERRY_VM_STATE_PAUSED;
    case FERRY_VM_REASON_POSTCOPY:
    case FERRY_VM_REASON_POSTCOPY_FAILED:
        return true;
    case FERRY_VM_REASON_OTHER:
    case FERRY_VM_REASON_BOOTED:
    case FERRY_VM_REASON_MIGRATED:
    case FERRY_VM_REASON_MIGRATION_CANCELED:
    case FERRY_VM_REASON_UNPAUSED:
    case FERRY_VM_REASON_USER:
    case FERRY_VM_REASON_IO_ERROR:
    case FERRY_VM_REASON_API_ERROR:
    case FERRY_VM_REASON_DESTROYED:
    case FERRY_VM_REASON_CRASHED:
    case FERRY_VM_REASON_FAILED:
    case FERRY_VM_REASON_SAVED:
    case FERRY_VM_REASON_LAST:
        break;
    }
    return false;
}

static void
set_active_twice(GPtrArray *active, GError **error)
{
    const FerryHostAnswer *first = g_ptr_array_index(active, 0);
    const char *name = first->vm->name;
    g_autofree char *places = format_places(active, " and ");
    bool moving = false;

    for (unsigned i = 0; i < active->len; i++)
        moving |= is_on_the_way(((FerryHostAnswer *)g_ptr_array_index(active, i))->vm);
    if (moving) {
        ferry_error_set(error, FERRY_ERROR_BUSY,
                        "machine '%s' is being moved already: it is on hosts %s", name, places);
        ferry_error_add_hint(
            error,
            "Run 'virt-ferry watch %s' to follow it; if nobody moves it any more, 'virt-ferry recover --scan' finds what was left.",
            name);
        return;
    }
    ferry_error_set(error, FERRY_ERROR_VM_AMBIGUOUS, "machine '%s' is active on hosts %s", name,
                    places);
    ferry_error_add_hint(
        error,
        "Two running copies ruin a machine's disks. Find out which one is right, and end the other on its host with 'virsh destroy %s'.",
        name);
}

static bool
is_one_machine(GPtrArray *present)
{
    const FerryHostAnswer *first = g_ptr_array_index(present, 0);

    for (unsigned i = 1; i < present->len; i++)
        if (strcmp(((FerryHostAnswer *)g_ptr_array_index(present, i))->vm->uuid, first->vm->uuid) !=
            0)
            return false;
    return true;
}

// The hosts that have the machine, each once: one host under two names counts as its first.
static GPtrArray *
list_present(GPtrArray *answers, GPtrArray *notes)
{
    GPtrArray *present = g_ptr_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned i = 0; i < answers->len; i++) {
        FerryHostAnswer *answer = g_ptr_array_index(answers, i);
        const FerryHostAnswer *twin;

        if (answer->vm == NULL)
            continue;
        twin = answer->identity == NULL ? NULL : g_hash_table_lookup(seen, answer->identity);
        if (twin != NULL) {
            g_ptr_array_add(notes, g_strdup_printf("hosts '%s' and '%s' are one host",
                                                   twin->host->name, answer->host->name));
            continue;
        }
        if (answer->identity != NULL)
            g_hash_table_insert(seen, answer->identity, answer);
        g_ptr_array_add(present, answer);
    }
    return present;
}

static GPtrArray *
list_active(GPtrArray *present)
{
    GPtrArray *active = g_ptr_array_new();

    for (unsigned i = 0; i < present->len; i++) {
        FerryHostAnswer *place = g_ptr_array_index(present, i);

        if (ferry_vm_state_is_active(place->vm->state))
            g_ptr_array_add(active, place);
    }
    return active;
}

static FerryHostAnswer *
choose(GPtrArray *present, const char *name, GError **error)
{
    g_autoptr(GPtrArray) active = list_active(present);
    g_autofree char *text = NULL;

    if (!is_one_machine(present)) {
        text = format_uuids(present);
        ferry_error_set(error, FERRY_ERROR_VM_AMBIGUOUS, "'%s' fits several machines: %s", name,
                        text);
        ferry_error_add_hint(
            error, "Give the UUID instead of the name, or the source host with --connect.");
        return NULL;
    }
    if (active->len == 1)
        return g_ptr_array_index(active, 0);
    if (active->len > 1) {
        set_active_twice(active, error);
        return NULL;
    }
    if (present->len == 1)
        return g_ptr_array_index(present, 0);
    text = format_places(present, " and ");
    ferry_error_set(error, FERRY_ERROR_VM_AMBIGUOUS, "machine '%s' is off and defined on hosts %s",
                    name, text);
    ferry_error_add_hint(error, "Say which definition is meant with --connect.");
    return NULL;
}

static void
add_notes(GPtrArray *answers, GPtrArray *present, const FerryHostAnswer *source, GPtrArray *notes)
{
    for (unsigned i = 0; i < present->len; i++) {
        const FerryHostAnswer *place = g_ptr_array_index(present, i);

        if (place != source)
            g_ptr_array_add(notes,
                            g_strdup_printf("host '%s' has an inactive definition of machine '%s'",
                                            place->host->name, place->vm->name));
    }
    for (unsigned i = 0; i < answers->len; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(answers, i);

        if (answer->error != NULL && answer->vm == NULL)
            g_ptr_array_add(notes,
                            g_strdup_printf("%s, so whether it has the machine too is not known",
                                            answer->error->message));
    }
}

bool
ferry_hosts_judge(GPtrArray *answers,
                  const char *name_or_uuid,
                  FerryHostAnswer **ret_source,
                  GPtrArray **ret_notes,
                  GError **error)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) present = list_present(answers, notes);
    FerryHostAnswer *source;

    if (answers->len == 0) {
        ferry_error_set(error, FERRY_ERROR_HOST_NOT_FOUND,
                        "cannot look for machine '%s': no host is known", name_or_uuid);
        ferry_error_add_hint(
            error,
            "Run 'virt-ferry host add NAME URI', or say where the machine is with --connect.");
        return false;
    }
    if (present->len == 0) {
        set_not_found(answers, name_or_uuid, error);
        return false;
    }
    source = choose(present, name_or_uuid, error);
    if (source == NULL)
        return false;
    add_notes(answers, present, source, notes);
    *ret_source = source;
    *ret_notes = g_steal_pointer(&notes);
    return true;
}
