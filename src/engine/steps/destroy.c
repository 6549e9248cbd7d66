// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steps/steps.h"

#include "base/error.h"
#include "engine/labels.h"

enum {
    GONE_LIMIT_US = 10 * G_USEC_PER_SEC, // a QEMU that hangs in its storage takes its time to die
    GONE_PAUSE_US = 50 * 1000,
};

// As the copies were defined. --xml may name other paths for the destination; where a runner that took over does not know
// it any more, those of the source are looked for.
static GPtrArray *
shared_paths(const FerryMove *move, bool on_source)
{
    const char *given = on_source ? NULL : move->request.options->xml;
    const char *xml = given != NULL ? given : move->baseline->live_xml;
    g_autoptr(FerryDefinition) definition = xml != NULL ? ferry_definition_parse(xml, NULL) : NULL;

    return definition != NULL ? ferry_labels_paths(definition)
                              : g_ptr_array_new_with_free_func(g_free);
}

// As the host sees them that keeps the machine; the other one sees the same files, and will do where no script can be run
// there.
static FerryLabels *
record(FerryMove *move, bool survivor_is_source)
{
    g_autoptr(GError) first = NULL;
    g_autoptr(GError) second = NULL;

    for (unsigned i = 0; i < 2; i++) {
        bool on_source = survivor_is_source == (i == 0);
        const FerryHost *host = on_source ? move->src_host : move->dst_host;
        g_autoptr(GPtrArray) paths = shared_paths(move, on_source);
        FerryLabels *labels;

        if (paths->len == 0)
            return NULL;
        labels = ferry_labels_record(host, paths, i == 0 ? &first : &second);
        if (labels != NULL)
            return labels;
    }
    ferry_move_note(move, "owner and label of the disks of '%s' were not looked at: %s",
                    move->vm->name, first->message);
    return NULL;
}

// Only a copy that stands still is ours to end; a half of a broken post-copy counts as running and stands all the same.
static bool
look(FerryMove *move, FerryHypervisor *hv, const FerryHost *host, bool *ret_gone, GError **error)
{
    g_auto(FerryVm) vm = {0};

    if (!ferry_hypervisor_get_state(hv, move->vm->uuid, &vm, error))
        return false;
    if (vm.state != FERRY_VM_STATE_RUNNING || vm.reason == FERRY_VM_REASON_POSTCOPY_FAILED) {
        *ret_gone = !ferry_vm_state_is_active(vm.state);
        return true;
    }
    ferry_error_set(error, FERRY_ERROR_PENDING, "machine '%s' runs on '%s' meanwhile",
                    move->vm->name, host->name);
    return false;
}

static bool
wait_until_gone(FerryMove *move, FerryHypervisor *hv, const FerryHost *host, GError **error)
{
    int64_t deadline = ferry_clock_now(move->clock) + GONE_LIMIT_US;

    for (;;) {
        g_auto(FerryVm) vm = {0};

        if (!ferry_hypervisor_get_state(hv, move->vm->uuid, &vm, error))
            return false;
        if (!ferry_vm_state_is_active(vm.state))
            return true;
        if (ferry_clock_now(move->clock) >= deadline)
            break;
        ferry_clock_sleep(move->clock, GONE_PAUSE_US);
    }
    ferry_error_set(error, FERRY_ERROR_PENDING, "machine '%s' is still active on '%s'",
                    move->vm->name, host->name);
    return false;
}

static void
restore(FerryMove *move, FerryLabels *labels)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) changes = ferry_labels_restore(labels, &error);

    if (changes == NULL)
        ferry_move_note(move, "%s", error->message);
    for (unsigned i = 0; changes != NULL && i < changes->len; i++)
        ferry_move_note(move, "put back the %s", (const char *)changes->pdata[i]);
}

bool
ferry_step_destroy(FerryMove *move, bool source, GError **error)
{
    FerryHypervisor *hv = source ? move->src : move->dst;
    const FerryHost *host = source ? move->src_host : move->dst_host;
    g_autoptr(FerryLabels) labels = NULL;
    bool gone = false;

    if (!look(move, hv, host, &gone, error))
        return false;
    if (gone)
        return true;
    labels = record(move, !source);
    // again, since that took time
    if (!look(move, hv, host, &gone, error))
        return false;
    gone = gone || (ferry_hypervisor_destroy(hv, move->vm->uuid, error) &&
                    wait_until_gone(move, hv, host, error));
    // also after a failure: libvirt may have done it and its answer been lost
    if (labels != NULL)
        restore(move, labels);
    return gone;
}
