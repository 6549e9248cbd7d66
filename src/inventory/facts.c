// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "inventory/facts.h"

#include <string.h>

#include "base/error.h"
#include "model/xml.h"

// What a host gives where a machine asks for huge pages and tells no size: x86's.
enum { DEFAULT_PAGE_KIB = 2048 };

void
ferry_host_facts_free(FerryHostFacts *facts)
{
    if (facts == NULL)
        return;
    g_free(facts->name);
    g_free(facts->uri);
    ferry_host_info_clear(&facts->info);
    g_free(facts->info_unknown);
    g_free(facts);
}

FerryHostFacts *
ferry_host_facts_collect(FerryHypervisor *hv)
{
    FerryHostFacts *facts = g_new0(FerryHostFacts, 1);
    g_autoptr(GError) error = NULL;

    facts->name = g_strdup(ferry_hypervisor_name(hv));
    facts->uri = g_strdup(ferry_hypervisor_uri(hv));
    if (!ferry_hypervisor_get_host(hv, &facts->info, &error))
        facts->info_unknown = g_strdup(error->message);
    return facts;
}

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
    g_free(facts->job_unknown);
    g_free(facts->block_job_disk);
    g_free(facts->block_job_unknown);
    ferry_machine_caps_free(facts->caps);
    g_free(facts->caps_unknown);
    g_free(facts);
}

static void
collect_vm(FerryHypervisor *src, const char *uuid, FerryVmFacts *facts)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryVm) vm = ferry_hypervisor_find(src, uuid, &error);

    if (vm == NULL) {
        facts->vm_unknown = g_strdup(error->message);
        return;
    }
    facts->vm = *vm;
    *vm = (FerryVm){0};
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
    g_autofree char *redacted = xml == NULL ? NULL : ferry_definition_redact(xml, error);

    if (redacted == NULL)
        return NULL;
    if (ret_definition != NULL) {
        FerryDefinition *definition = ferry_definition_parse(xml, error);

        if (definition == NULL)
            return NULL;
        *ret_definition = definition;
    }
    return g_steal_pointer(&redacted);
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

// @ret_refusal: may be NULL: a refusal is then an error as any other
static FerryMachineCaps *
read_caps(FerryHypervisor *hv,
          const FerryDefinition *definition,
          char **ret_refusal,
          char **ret_unknown)
{
    const FerryMachineType type = {
        .emulator = definition->emulator,
        .arch = definition->arch,
        .machine = definition->machine,
        .virt_type = definition->virt_type,
    };
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = ferry_hypervisor_get_machine_caps(hv, &type, &error);
    FerryMachineCaps *caps = xml == NULL ? NULL : ferry_machine_caps_parse(xml, &error);

    if (caps != NULL)
        return caps;
    if (ret_refusal != NULL && ferry_error_is(error, FERRY_ERROR_UNSUPPORTED))
        *ret_refusal = g_strdup(error->message);
    else
        *ret_unknown = g_strdup(error->message);
    return NULL;
}

FerryVmFacts *
ferry_vm_facts_collect(FerryHypervisor *src, const char *uuid)
{
    FerryVmFacts *facts = g_new0(FerryVmFacts, 1);

    collect_vm(src, uuid, facts);
    if (facts->vm_unknown != NULL) {
        facts->definition_unknown = g_strdup(facts->vm_unknown);
        facts->persistent_unknown = g_strdup(facts->vm_unknown);
        facts->job_unknown = g_strdup(facts->vm_unknown);
        facts->block_job_unknown = g_strdup(facts->vm_unknown);
        facts->caps_unknown = g_strdup(facts->vm_unknown);
        return facts;
    }
    collect_definition(src, uuid, facts);
    collect_jobs(src, uuid, facts);
    if (facts->definition == NULL)
        facts->caps_unknown = g_strdup(facts->definition_unknown);
    else if (ferry_facts_cpu_follows_host(facts->definition))
        facts->caps = read_caps(src, facts->definition, NULL, &facts->caps_unknown);
    return facts;
}

static void
path_fact_free(gpointer data)
{
    FerryPathFact *fact = data;

    g_free(fact->target);
    g_free(fact->path);
    g_free(fact->seen_unknown);
    g_free(fact);
}

void
ferry_pair_facts_free(FerryPairFacts *facts)
{
    if (facts == NULL)
        return;
    ferry_definition_free(facts->definition);
    g_free(facts->definition_unknown);
    ferry_machine_caps_free(facts->caps);
    g_free(facts->caps_refusal);
    g_free(facts->caps_unknown);
    g_free(facts->cpu_reason);
    g_free(facts->cpu_unknown);
    ferry_vm_free(facts->same_uuid);
    ferry_vm_free(facts->same_name);
    g_free(facts->conflict_unknown);
    g_clear_pointer(&facts->conflict_diff, g_ptr_array_unref);
    g_clear_pointer(&facts->paths, g_ptr_array_unref);
    g_free(facts->free_pages_unknown);
    g_free(facts);
}

const char *
ferry_facts_dest_name(const FerryVmFacts *vm, const FerryMigrateOptions *options)
{
    return options->dest_name != NULL ? options->dest_name : vm->vm.name;
}

bool
ferry_facts_cpu_follows_host(const FerryDefinition *definition)
{
    return g_strcmp0(definition->cpu_mode, "host-passthrough") == 0 ||
           g_strcmp0(definition->cpu_mode, "maximum") == 0;
}

static void
collect_arriving(const FerryVmFacts *vm, const FerryMigrateOptions *options, FerryPairFacts *facts)
{
    const char *own = vm->live_xml != NULL ? vm->live_xml : vm->persistent_xml;
    const char *xml = options->xml != NULL ? options->xml : own;
    g_autoptr(GError) error = NULL;

    if (vm->definition_unknown != NULL && options->xml == NULL) {
        facts->definition_unknown = g_strdup(vm->definition_unknown);
        return;
    }
    facts->definition = ferry_definition_parse(xml, &error);
    if (facts->definition == NULL)
        facts->definition_unknown = g_strdup(error->message);
}

static bool
has_cpu_model(const FerryDefinition *definition)
{
    g_autoptr(xmlDoc) doc = NULL;

    if (definition->cpu_xml == NULL || ferry_facts_cpu_follows_host(definition))
        return false;
    doc = ferry_xml_parse(definition->cpu_xml, "CPU XML", "cpu", NULL);
    return doc != NULL && ferry_xml_child(xmlDocGetRootElement(doc), "model") != NULL;
}

static void
collect_cpu(FerryHypervisor *dst, const FerryVmFacts *vm, FerryPairFacts *facts)
{
    const FerryDefinition *definition = facts->definition;
    const FerryMachineType type = {
        .emulator = definition->emulator,
        .arch = definition->arch,
        .machine = definition->machine,
        .virt_type = definition->virt_type,
    };
    g_autoptr(GError) error = NULL;

    // The CPU of a machine that is off is made at its next start, by the host it is on then.
    if (vm->live_xml == NULL || !has_cpu_model(definition))
        return;
    facts->cpu_asked = true;
    if (facts->caps_refusal != NULL)
        facts->cpu_unknown = g_strdup(facts->caps_refusal);
    else if (!ferry_hypervisor_compare_cpu(dst, &type, definition->cpu_xml, &facts->cpu_fits,
                                           &facts->cpu_reason, &error))
        facts->cpu_unknown = g_strdup(error->message);
}

// Returns: the machine @key (name or UUID) of @dst; NULL where it has none, and with @error
static FerryVm *
find_vm(FerryHypervisor *dst, const char *key, GError **error)
{
    g_autoptr(GError) find_error = NULL;
    FerryVm *vm = ferry_hypervisor_find(dst, key, &find_error);

    if (vm == NULL && !ferry_error_is(find_error, FERRY_ERROR_VM_NOT_FOUND))
        g_propagate_error(error, g_steal_pointer(&find_error));
    return vm;
}

static void
compare_conflict(FerryHypervisor *dst, const FerryVmFacts *vm, FerryPairFacts *facts)
{
    g_autofree char *there = NULL;
    g_autoptr(GPtrArray) lost = NULL;
    g_autoptr(GPtrArray) added = NULL;

    if (facts->same_uuid == NULL || ferry_vm_state_is_active(facts->same_uuid->state) ||
        vm->persistent_xml == NULL)
        return;
    there = read_xml(dst, vm->vm.uuid, FERRY_XML_PERSISTENT, NULL, NULL);
    if (there == NULL || !ferry_definition_compare(vm->persistent_xml, there, &lost, &added, NULL))
        return;
    facts->conflict_diff = g_steal_pointer(&lost);
    g_ptr_array_extend_and_steal(facts->conflict_diff, g_steal_pointer(&added));
}

static void
collect_conflict(FerryHypervisor *dst,
                 const FerryVmFacts *vm,
                 const FerryMigrateOptions *options,
                 FerryPairFacts *facts)
{
    g_autoptr(GError) error = NULL;

    if (vm->vm_unknown != NULL) {
        facts->conflict_unknown = g_strdup(vm->vm_unknown);
        return;
    }
    facts->same_uuid = find_vm(dst, vm->vm.uuid, &error);
    if (error == NULL)
        facts->same_name = find_vm(dst, ferry_facts_dest_name(vm, options), &error);
    if (error != NULL)
        facts->conflict_unknown = g_strdup(error->message);
    else
        compare_conflict(dst, vm, facts);
}

static void
collect_path(FerryHypervisor *dst, const FerryDisk *disk, FerryPairFacts *facts)
{
    g_autoptr(GError) error = NULL;
    FerryPathFact *fact;

    if (disk->source == NULL || g_strcmp0(disk->type, "network") == 0)
        return;
    fact = g_new0(FerryPathFact, 1);
    fact->target = g_strdup(disk->target);
    fact->path = g_strdup(disk->source);
    g_ptr_array_add(facts->paths, fact);
    if (*disk->source != '/')
        fact->seen_unknown = g_strdup_printf("a disk of type '%s' is not looked for", disk->type);
    else if (!ferry_hypervisor_sees_path(dst, disk->source, &fact->seen, &error))
        fact->seen_unknown = g_strdup(error->message);
}

static void
collect_pages(FerryHypervisor *dst, FerryPairFacts *facts)
{
    g_autoptr(GError) error = NULL;
    uint64_t size_kib = ferry_facts_page_kib(facts->definition);

    if (size_kib != 0 &&
        !ferry_hypervisor_get_free_pages(dst, size_kib, &facts->free_pages, &error))
        facts->free_pages_unknown = g_strdup(error->message);
}

uint64_t
ferry_facts_page_kib(const FerryDefinition *definition)
{
    if (!definition->hugepages)
        return 0;
    return definition->hugepage_kib != 0 ? definition->hugepage_kib : DEFAULT_PAGE_KIB;
}

FerryPairFacts *
ferry_pair_facts_collect(FerryHypervisor *dst,
                         const FerryVmFacts *vm,
                         const FerryMigrateOptions *options)
{
    FerryPairFacts *facts = g_new0(FerryPairFacts, 1);

    facts->paths = g_ptr_array_new_with_free_func(path_fact_free);
    collect_conflict(dst, vm, options, facts);
    collect_arriving(vm, options, facts);
    if (facts->definition == NULL) {
        facts->caps_unknown = g_strdup(facts->definition_unknown);
        facts->cpu_unknown = g_strdup(facts->definition_unknown);
        facts->free_pages_unknown = g_strdup(facts->definition_unknown);
        return facts;
    }
    facts->caps = read_caps(dst, facts->definition, &facts->caps_refusal, &facts->caps_unknown);
    collect_cpu(dst, vm, facts);
    for (unsigned i = 0; i < facts->definition->disks->len; i++)
        collect_path(dst, g_ptr_array_index(facts->definition->disks, i), facts);
    collect_pages(dst, facts);
    return facts;
}
