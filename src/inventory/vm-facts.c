// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "inventory/facts.h"

#include "inventory/snapshots.h"
#include "model/names.h"

void
ferry_vm_facts_free(FerryVmFacts *facts)
{
    if (facts == NULL)
        return;
    ferry_vm_clear(&facts->vm);
    g_free(facts->vm_unknown);
    g_free(facts->live_xml);
    g_free(facts->persistent_xml);
    g_free(facts->persistent_unknown);
    ferry_definition_free(facts->definition);
    g_free(facts->definition_unknown);
    ferry_definition_free(facts->arriving_own);
    g_free(facts->arriving_unknown);
    g_free(facts->job_unknown);
    g_free(facts->block_job_disk);
    g_free(facts->block_job_unknown);
    g_clear_pointer(&facts->snapshots, g_ptr_array_unref);
    g_free(facts->extras_unknown);
    g_free(facts);
}

// @ret_definition: may be NULL. Returns: the XML, redacted
static char *
read_xml(FerryHypervisor *src,
         const char *uuid,
         FerryXmlKind kind,
         FerryDefinition **ret_definition,
         GError **error)
{
    g_autofree char *xml = ferry_hypervisor_get_xml(src, uuid, kind, error);
    char *redacted = NULL;

    if (xml == NULL)
        return NULL;
    if (ret_definition == NULL)
        return ferry_definition_redact(xml, error);
    *ret_definition = ferry_definition_read(xml, &redacted, error);
    return redacted;
}

static void
collect_definition(FerryHypervisor *src, const char *uuid, FerryVmFacts *facts)
{
    bool active = ferry_vm_state_is_active(facts->vm.state);
    FerryDefinition **persistent = active ? NULL : &facts->definition;
    g_autoptr(GError) live_error = NULL;
    g_autoptr(GError) persistent_error = NULL;

    if (active)
        facts->live_xml = read_xml(src, uuid, FERRY_XML_LIVE, &facts->definition, &live_error);
    if (live_error != NULL)
        facts->definition_unknown = g_strdup(live_error->message);
    if (facts->vm.persistent)
        facts->persistent_xml =
            read_xml(src, uuid, FERRY_XML_PERSISTENT, persistent, &persistent_error);
    if (persistent_error != NULL)
        facts->persistent_unknown = g_strdup(persistent_error->message);
    if (persistent_error != NULL && !active)
        facts->definition_unknown = g_strdup(persistent_error->message);
}

// What arrives is judged by the names that it has there.
static void
collect_arriving(const FerryMigrateOptions *options, FerryVmFacts *facts)
{
    const char *now = facts->live_xml != NULL ? facts->live_xml : facts->persistent_xml;
    const char *xml = options->xml != NULL ? options->xml : now;
    g_autofree char *named = NULL;
    g_autoptr(GError) error = NULL;

    if (xml == NULL || (xml == now && !ferry_names_any(options))) {
        facts->arriving = facts->definition;
        facts->arriving_unknown = g_strdup(facts->definition_unknown);
        return;
    }
    named = ferry_names_apply(xml, options, &error);
    if (named != NULL)
        facts->arriving_own = ferry_definition_parse(named, &error);
    facts->arriving = facts->arriving_own;
    if (error != NULL)
        facts->arriving_unknown = g_strdup(error->message);
}

// Disks that can have block jobs: those with something in them.
static GPtrArray *
list_targets(const FerryDefinition *definition)
{
    GPtrArray *targets = g_ptr_array_new();

    for (unsigned i = 0; i < definition->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(definition->disks, i);

        if (disk->target != NULL && disk->source != NULL)
            g_ptr_array_add(targets, disk->target);
    }
    g_ptr_array_add(targets, NULL);
    return targets;
}

static void
collect_jobs(FerryHypervisor *src, const char *uuid, FerryVmFacts *facts)
{
    g_autoptr(GError) job_error = NULL;
    g_autoptr(GError) block_error = NULL;
    g_autoptr(GPtrArray) targets = NULL;

    if (!ferry_vm_state_is_active(facts->vm.state))
        return; // nothing runs on a machine that is off
    if (!ferry_hypervisor_get_job(src, uuid, false, &facts->job, &job_error))
        facts->job_unknown = g_strdup(job_error->message);
    if (facts->definition == NULL) {
        facts->block_job_unknown = g_strdup(facts->definition_unknown);
        return;
    }
    targets = list_targets(facts->definition);
    if (!ferry_hypervisor_get_block_job(src, uuid, (const char *const *)targets->pdata,
                                        &facts->block_job_disk, &block_error))
        facts->block_job_unknown = g_strdup(block_error->message);
}

static void
collect_extras(FerryHypervisor *src, const char *uuid, FerryVmFacts *facts)
{
    g_autoptr(GError) error = NULL;

    if (ferry_hypervisor_get_extras(src, uuid, &facts->extras, &error) &&
        (facts->extras.snapshots > 0 || facts->extras.checkpoints > 0)) {
        g_ptr_array_unref(facts->snapshots);
        facts->snapshots = ferry_snapshots_read(src, uuid, &error);
    }
    if (error != NULL)
        facts->extras_unknown = g_strdup(error->message);
    if (facts->snapshots == NULL)
        facts->snapshots = ferry_snapshots_none();
}

FerryVmFacts *
ferry_vm_facts_new_unknown(const char *uuid, const char *unknown)
{
    FerryVmFacts *facts = g_new0(FerryVmFacts, 1);

    g_strlcpy(facts->vm.uuid, uuid, sizeof(facts->vm.uuid));
    facts->vm_unknown = g_strdup(unknown);
    facts->definition_unknown = g_strdup(unknown);
    facts->arriving_unknown = g_strdup(unknown);
    facts->persistent_unknown = g_strdup(unknown);
    facts->job_unknown = g_strdup(unknown);
    facts->block_job_unknown = g_strdup(unknown);
    facts->extras_unknown = g_strdup(unknown);
    facts->snapshots = ferry_snapshots_none();
    return facts;
}

FerryVmFacts *
ferry_vm_facts_collect(FerryHypervisor *src, const char *uuid, const FerryMigrateOptions *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryVm) vm = ferry_hypervisor_find(src, uuid, &error);
    FerryVmFacts *facts;

    if (vm == NULL)
        return ferry_vm_facts_new_unknown(uuid, error->message);
    facts = g_new0(FerryVmFacts, 1);
    facts->snapshots = ferry_snapshots_none();
    facts->vm = *vm;
    *vm = (FerryVm){0};
    collect_definition(src, uuid, facts);
    collect_arriving(options, facts);
    collect_jobs(src, uuid, facts);
    collect_extras(src, uuid, facts);
    return facts;
}
