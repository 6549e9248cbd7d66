// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/change-host.h"

#include "identity/change-xml.h"

void
ferry_change_run_init(FerryChangeRun *run, const FerryChangeIntent *intent, int64_t id)
{
    *run = (FerryChangeRun){.intent = intent, .id = id};
    run->aside = ferry_change_aside_name(intent->name, id);
    run->missing = g_ptr_array_new_with_free_func(g_free);
    run->notes = g_ptr_array_new_with_free_func(g_free);
}

void
ferry_change_run_clear(FerryChangeRun *run)
{
    ferry_hypervisor_unref(run->hv);
    g_free(run->aside);
    g_free(run->unseen);
    g_clear_pointer(&run->missing, g_ptr_array_unref);
    g_clear_pointer(&run->notes, g_ptr_array_unref);
}

FerryChangePlace
ferry_change_place(const FerryChangeRun *run)
{
    return (FerryChangePlace){
        .host = run->intent->host,
        .old_uuid = run->intent->old_uuid,
        .new_uuid = run->intent->new_uuid,
        .nvram = run->intent->nvram,
        .name = run->intent->name,
        .id = run->id,
    };
}

static bool
run_script(FerryChangeRun *run, const char *verb, GError **error)
{
    const FerryChangePlace place = ferry_change_place(run);

    return ferry_change_script(&place, verb, error);
}

// Somebody may have changed or started it since it was looked at.
static bool
step_begin(FerryChangeRun *run, GError **error)
{
    const FerryChangeIntent *intent = run->intent;
    g_autofree char *xml = NULL;
    g_auto(FerryVm) now = {0};

    if (!ferry_hypervisor_get_state(run->hv, intent->old_uuid, &now, error))
        return false;
    if (now.state != FERRY_VM_STATE_SHUTOFF) {
        ferry_error_set(error, FERRY_ERROR_VM_STATE, "machine '%s' is %s now", intent->name,
                        ferry_vm_state_name(now.state));
        return false;
    }
    xml = ferry_hypervisor_get_xml(run->hv, intent->old_uuid, FERRY_XML_PERSISTENT_SECURE, error);
    if (xml == NULL)
        return false;
    if (g_str_equal(xml, run->facts->xml))
        return true;
    ferry_error_set(error, FERRY_ERROR_BUSY,
                    "the definition of machine '%s' changed since it was looked at", intent->name);
    return false;
}

static bool
step_tpm(FerryChangeRun *run, GError **error)
{
    const FerryTpmPolicy policy = run->intent->tpm;

    if (policy == FERRY_TPM_KEEP)
        return run_script(run, "keep", error);
    if (policy == FERRY_TPM_NEW && run->facts->tpm_target != NULL)
        return run_script(run, "new", error);
    return true;
}

static bool
step_autostart(FerryChangeRun *run, GError **error)
{
    return !run->intent->autostart ||
           ferry_hypervisor_set_autostart(run->hv, run->intent->old_uuid, false, error);
}

static bool
redefine(FerryChangeRun *run,
         const char *uuid,
         FerrySnapshotKind kind,
         GPtrArray *snapshots,
         GError **error)
{
    for (unsigned i = 0; i < snapshots->len; i++)
        if (!ferry_hypervisor_redefine_snapshot(run->hv, uuid, kind, snapshots->pdata[i], error))
            return false;
    return true;
}

static bool
step_aside(FerryChangeRun *run, GError **error)
{
    return ferry_hypervisor_rename(run->hv, run->intent->old_uuid, run->aside, error) &&
           redefine(run, run->intent->old_uuid, FERRY_CHECKPOINT, run->facts->checkpoints, error);
}

static bool
step_define(FerryChangeRun *run, GError **error)
{
    const FerryIdentityEdit edit = {run->intent->new_uuid, run->intent->new_genid};
    g_autofree char *xml = ferry_identity_edit_xml(run->facts->xml, &edit, error);

    return xml != NULL && ferry_hypervisor_define(run->hv, xml, error);
}

static bool
carry(FerryChangeRun *run, FerrySnapshotKind kind, GPtrArray *snapshots, GError **error)
{
    const FerryIdentityEdit edit = {.uuid = run->intent->new_uuid};

    for (unsigned i = 0; i < snapshots->len; i++) {
        const FerrySnapshot *old = snapshots->pdata[i];
        g_autofree char *xml = ferry_identity_edit_xml(old->xml, &edit, error);
        const FerrySnapshot new = {old->name, xml, old->current};

        if (xml == NULL ||
            !ferry_hypervisor_redefine_snapshot(run->hv, run->intent->new_uuid, kind, &new, error))
            return false;
    }
    return true;
}

static bool
step_snapshots(FerryChangeRun *run, GError **error)
{
    return carry(run, FERRY_SNAPSHOT, run->facts->snapshots, error) &&
           carry(run, FERRY_CHECKPOINT, run->facts->checkpoints, error);
}

// What 'commit' and 'clean' do is what recovery does.
static bool
step_clean(FerryChangeRun *run, GError **error)
{
    ferry_change_see(run, FERRY_CHANGE_COMMITTED);
    if (run->resolution->verdict == FERRY_CHANGE_FINISH)
        return ferry_change_act(run, error);
    ferry_error_set(error, FERRY_ERROR_PENDING, "%s",
                    run->unseen != NULL ? run->unseen : run->resolution->comment);
    return false;
}

bool
ferry_change_step(FerryChangeRun *run, const char *phase, GError **error)
{
    static const struct {
        const char *phase;
        bool (*func)(FerryChangeRun *run, GError **error);
    } steps[] = {
        {"begin", step_begin},           {"tpm", step_tpm},       {"autostart", step_autostart},
        {"aside", step_aside},           {"define", step_define}, {"snapshots", step_snapshots},
        {"verify", ferry_change_verify}, {"clean", step_clean},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(steps); i++)
        if (g_str_equal(steps[i].phase, phase))
            return steps[i].func(run, error);
    return true;
}

static FerryChangeOld
classify_old(const FerryChangeRun *run, const FerryVm *vm)
{
    if (vm->state == FERRY_VM_STATE_NONE)
        return FERRY_CHANGE_OLD_ABSENT;
    if (g_str_equal(vm->name, run->intent->name))
        return FERRY_CHANGE_OLD_OWN;
    if (!g_str_equal(vm->name, run->aside))
        return FERRY_CHANGE_OLD_OTHER;
    return ferry_vm_state_is_active(vm->state) ? FERRY_CHANGE_OLD_ASIDE_ACTIVE
                                               : FERRY_CHANGE_OLD_ASIDE;
}

static FerryChangeNew
classify_new(const FerryChangeRun *run, const FerryVm *vm)
{
    if (!g_str_equal(vm->name, run->intent->name))
        return FERRY_CHANGE_NEW_OTHER;
    return ferry_vm_state_is_active(vm->state) ? FERRY_CHANGE_NEW_OURS_ACTIVE
                                               : FERRY_CHANGE_NEW_OURS;
}

static bool
see_both(FerryChangeRun *run, GError **error)
{
    g_auto(FerryVm) old = {0};
    g_auto(FerryVm) new = {0};
    g_autoptr(FerryVm) named = NULL;
    g_autoptr(GError) problem = NULL;

    if (!ferry_hypervisor_get_state(run->hv, run->intent->old_uuid, &old, error) ||
        !ferry_hypervisor_get_state(run->hv, run->intent->new_uuid, &new, error))
        return false;
    run->old = classify_old(run, &old);
    if (new.state != FERRY_VM_STATE_NONE) {
        run->new = classify_new(run, &new);
        return true;
    }
    named = ferry_hypervisor_find(run->hv, run->intent->name, &problem);
    if (named == NULL && !ferry_error_is(problem, FERRY_ERROR_VM_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    run->new = named == NULL || g_str_equal(named->uuid, run->intent->old_uuid)
                   ? FERRY_CHANGE_NEW_ABSENT
                   : FERRY_CHANGE_NEW_STRANGER;
    return true;
}

static bool
see_genid(FerryChangeRun *run, bool *ret_new, GError **error)
{
    g_autoptr(FerryChangeFacts) now = g_new0(FerryChangeFacts, 1);
    char *xml =
        ferry_hypervisor_get_xml(run->hv, run->intent->old_uuid, FERRY_XML_PERSISTENT, error);

    if (xml == NULL || !ferry_change_facts_read_xml(now, xml, error))
        return false;
    *ret_new = g_strcmp0(now->genid, run->intent->new_genid) == 0;
    run->old = FERRY_CHANGE_OLD_OWN;
    return true;
}

void
ferry_change_see(FerryChangeRun *run, FerryChangeSince since)
{
    const bool moves = ferry_change_intent_moves_uuid(run->intent);
    g_autoptr(GError) problem = NULL;
    bool is_new = false;
    bool seen = run->hv != NULL;

    run->old = FERRY_CHANGE_OLD_UNREACHABLE;
    run->new = FERRY_CHANGE_NEW_ANY;
    if (seen)
        seen = moves ? see_both(run, &problem) : see_genid(run, &is_new, &problem);
    if (problem != NULL) {
        g_free(run->unseen);
        run->unseen = g_strdup(problem->message);
        run->old = FERRY_CHANGE_OLD_UNREACHABLE;
        run->new = FERRY_CHANGE_NEW_ANY;
    }
    run->resolution = moves ? ferry_change_resolve(run->old, run->new, since)
                            : ferry_change_resolve_genid(seen, is_new);
}
