// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What finishes or undoes a change on the machine's host. Each act may be done again: recovery may be killed, too.

#include "identity/change-host.h"

static bool
has(GPtrArray *snapshots, const char *name)
{
    for (unsigned i = 0; i < snapshots->len; i++)
        if (g_str_equal(((FerrySnapshot *)snapshots->pdata[i])->name, name))
            return true;
    return false;
}

static bool
act_check(FerryChangeRun *run, GError **error)
{
    const char *uuid = run->intent->new_uuid;
    g_autoptr(GPtrArray) snapshots =
        ferry_hypervisor_list_snapshots(run->hv, uuid, FERRY_SNAPSHOT, error);
    g_autoptr(GPtrArray) checkpoints = NULL;

    if (snapshots == NULL)
        return false;
    checkpoints = ferry_hypervisor_list_snapshots(run->hv, uuid, FERRY_CHECKPOINT, error);
    if (checkpoints == NULL)
        return false;
    for (unsigned i = 0; i < run->intent->snapshots->len; i++) {
        const char *name = run->intent->snapshots->pdata[i];

        if (!has(snapshots, name))
            g_ptr_array_add(run->missing, g_strdup_printf("snapshot '%s'", name));
    }
    for (unsigned i = 0; i < run->intent->checkpoints->len; i++) {
        const char *name = ((FerrySnapshot *)run->intent->checkpoints->pdata[i])->name;

        if (!has(checkpoints, name))
            g_ptr_array_add(run->missing, g_strdup_printf("checkpoint '%s'", name));
    }
    return true;
}

static bool
act_undefine_new(FerryChangeRun *run, GError **error)
{
    return ferry_hypervisor_undefine_all(run->hv, run->intent->new_uuid, error);
}

static bool
act_undefine_aside(FerryChangeRun *run, GError **error)
{
    return ferry_hypervisor_undefine_all(run->hv, run->intent->old_uuid, error);
}

static bool
act_rename_back(FerryChangeRun *run, GError **error)
{
    return ferry_hypervisor_rename(run->hv, run->intent->old_uuid, run->intent->name, error);
}

// A daemon that was started again has forgotten those that a rename lost: they come from this process's facts, or
// without their passwords, which nobody uses, from the journal.
static bool
act_checkpoints(FerryChangeRun *run, GError **error)
{
    const char *uuid = run->intent->old_uuid;
    GPtrArray *kept = run->facts != NULL ? run->facts->checkpoints : run->intent->checkpoints;
    g_autoptr(GPtrArray) there = NULL;

    if (run->intent->checkpoints->len == 0)
        return true;
    there = ferry_hypervisor_list_snapshots(run->hv, uuid, FERRY_CHECKPOINT, error);
    if (there == NULL)
        return false;
    for (unsigned i = 0; i < kept->len; i++) {
        const FerrySnapshot *checkpoint = kept->pdata[i];

        for (unsigned j = 0; j < there->len; j++)
            if (g_str_equal(((FerrySnapshot *)there->pdata[j])->name, checkpoint->name))
                checkpoint = there->pdata[j];
        if (!ferry_hypervisor_redefine_snapshot(run->hv, uuid, FERRY_CHECKPOINT, checkpoint, error))
            return false;
    }
    return true;
}

static bool
act_autostart_old(FerryChangeRun *run, GError **error)
{
    return !run->intent->autostart ||
           ferry_hypervisor_set_autostart(run->hv, run->intent->old_uuid, true, error);
}

static bool
act_autostart_new(FerryChangeRun *run, GError **error)
{
    return !run->intent->autostart ||
           ferry_hypervisor_set_autostart(run->hv, run->intent->new_uuid, true, error);
}

// Marks and what a rename leaves of checkpoints hurt nobody: that they stay is said.
static bool
tidy(FerryChangeRun *run, const char *verb)
{
    const FerryChangePlace place = ferry_change_place(run);
    g_autoptr(GError) problem = NULL;

    if (!ferry_change_script(&place, verb, &problem))
        g_ptr_array_add(
            run->notes,
            g_strdup_printf("what is left of it in libvirt's folders was not taken away: %s",
                            problem->message));
    return true;
}

// A machine that is defined again under the new UUID must not find a copy there that it was not given.
static bool
act_files_undo(FerryChangeRun *run, GError **error)
{
    const FerryChangePlace place = ferry_change_place(run);
    // without a script nothing was put away
    const bool touched = run->intent->tpm == FERRY_TPM_KEEP ||
                         (run->intent->tpm == FERRY_TPM_NEW && run->intent->tpm_digest != NULL);

    if (touched)
        return ferry_change_script(&place, "undo", error);
    return run->intent->checkpoints->len == 0 || tidy(run, "undo");
}

static bool
act_files_end(FerryChangeRun *run, GError **error G_GNUC_UNUSED)
{
    return (run->intent->tpm != FERRY_TPM_KEEP && run->intent->checkpoints->len == 0) ||
           tidy(run, "end");
}

bool
ferry_change_act(FerryChangeRun *run, GError **error)
{
    static const struct {
        FerryChangeAct act;
        bool (*func)(FerryChangeRun *run, GError **error);
    } acts[] = {
        {FERRY_CHANGE_CHECK, act_check},
        {FERRY_CHANGE_UNDEFINE_NEW, act_undefine_new},
        {FERRY_CHANGE_UNDEFINE_ASIDE, act_undefine_aside},
        {FERRY_CHANGE_RENAME_BACK, act_rename_back},
        {FERRY_CHANGE_CHECKPOINTS, act_checkpoints},
        {FERRY_CHANGE_AUTOSTART_OLD, act_autostart_old},
        {FERRY_CHANGE_AUTOSTART_NEW, act_autostart_new},
        {FERRY_CHANGE_FILES_UNDO, act_files_undo},
        {FERRY_CHANGE_FILES_END, act_files_end},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(acts); i++)
        if ((run->resolution->acts & acts[i].act) != 0 && !acts[i].func(run, error))
            return false;
    return true;
}
