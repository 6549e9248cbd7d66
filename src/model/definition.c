// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/definition.h"

#include <string.h>

#include "base/error.h"
#include "model/definition-devices.h"
#include "model/definition-redact.h"
#include "model/xml.h"

#define KIB ((uint64_t)1024)

void
ferry_definition_free(FerryDefinition *definition)
{
    if (definition == NULL)
        return;
    g_free(definition->name);
    g_free(definition->virt_type);
    g_free(definition->arch);
    g_free(definition->machine);
    g_free(definition->cpu_xml);
    g_free(definition->cpu_mode);
    g_clear_pointer(&definition->cpusets, g_ptr_array_unref);
    g_free(definition->numa_nodes);
    g_free(definition->loader);
    g_free(definition->nvram);
    g_free(definition->nvram_template);
    g_free(definition->launch_security);
    ferry_definition_clear_devices(definition);
    g_free(definition);
}

static uint64_t
parse_kib(const xmlNode *root, const char *name)
{
    return ferry_xml_bytes(ferry_xml_child(root, name), NULL, KIB) / KIB;
}

static void
parse_memory(FerryDefinition *definition, const xmlNode *root)
{
    const xmlNode *backing = ferry_xml_child(root, "memoryBacking");
    const xmlNode *hugepages = ferry_xml_child(backing, "hugepages");

    definition->memory_kib = MAX(parse_kib(root, "memory"), parse_kib(root, "maxMemory"));
    definition->current_kib = parse_kib(root, "currentMemory");
    definition->memory_locked = ferry_xml_child(backing, "locked") != NULL;
    definition->hugepages = hugepages != NULL;
    definition->hugepage_kib =
        ferry_xml_bytes(ferry_xml_child(hugepages, "page"), "size", KIB) / KIB;
}

// What QEMU lets nobody move: its clock would run at the speed of the host that it started on. No policy
// is 'require'.
static bool
has_invtsc(const xmlNode *cpu)
{
    const xmlNode *node = ferry_xml_child(cpu, "feature");

    for (; node != NULL; node = ferry_xml_next(node, "feature")) {
        g_autofree char *policy = ferry_xml_attribute(node, "policy");

        if (ferry_xml_attribute_is(node, "name", "invtsc") &&
            (policy == NULL || strcmp(policy, "require") == 0 || strcmp(policy, "force") == 0))
            return true;
    }
    return false;
}

static bool
has_tsc_frequency(const xmlNode *clock)
{
    const xmlNode *timer = ferry_xml_child(clock, "timer");

    for (; timer != NULL; timer = ferry_xml_next(timer, "timer"))
        if (ferry_xml_attribute_is(timer, "name", "tsc") &&
            ferry_xml_number(timer, "frequency", G_MAXUINT64) != 0)
            return true;
    return false;
}

static void
parse_cpu(FerryDefinition *definition, const xmlNode *root)
{
    xmlNode *cpu = ferry_xml_child(root, "cpu");
    g_autofree char *vcpus = ferry_xml_word(ferry_xml_child(root, "vcpu"));
    guint64 count;

    if (vcpus != NULL && g_ascii_string_to_unsigned(vcpus, 10, 0, G_MAXUINT16, &count, NULL))
        definition->vcpus = (unsigned)count;
    definition->tsc_frequency = has_tsc_frequency(ferry_xml_child(root, "clock"));
    if (cpu == NULL)
        return;
    definition->cpu_xml = ferry_xml_format(cpu);
    definition->cpu_mode = ferry_xml_attribute(cpu, "mode");
    definition->invtsc = has_invtsc(cpu);
}

// @number: the attribute that tells which of them it is; NULL: there is but one
static void
add_cpuset(FerryDefinition *definition, const xmlNode *node, const char *what, const char *number)
{
    g_autofree char *set = ferry_xml_attribute(node, "cpuset");
    g_autofree char *which = number != NULL ? ferry_xml_attribute(node, number) : NULL;

    if (set == NULL)
        return;
    g_ptr_array_add(definition->cpusets, which != NULL
                                             ? g_strdup_printf("%s %s: %s", what, which, set)
                                             : g_strdup_printf("%s: %s", what, set));
}

static void
parse_pins(FerryDefinition *definition, const xmlNode *root)
{
    const xmlNode *tune = ferry_xml_child(root, "cputune");
    const xmlNode *memory = ferry_xml_child(ferry_xml_child(root, "numatune"), "memory");
    const xmlNode *node;

    definition->cpusets = g_ptr_array_new_with_free_func(g_free);
    add_cpuset(definition, ferry_xml_child(root, "vcpu"), "vcpus", NULL);
    for (node = ferry_xml_child(tune, "vcpupin"); node != NULL;
         node = ferry_xml_next(node, "vcpupin"))
        add_cpuset(definition, node, "vcpu", "vcpu");
    add_cpuset(definition, ferry_xml_child(tune, "emulatorpin"), "emulator", NULL);
    for (node = ferry_xml_child(tune, "iothreadpin"); node != NULL;
         node = ferry_xml_next(node, "iothreadpin"))
        add_cpuset(definition, node, "iothread", "iothread");
    definition->numa_nodes = ferry_xml_attribute(memory, "nodeset");
    definition->numa_strict = memory != NULL && (ferry_xml_attribute_is(memory, "mode", NULL) ||
                                                 ferry_xml_attribute_is(memory, "mode", "strict"));
}

static void
parse_firmware(FerryDefinition *definition, const xmlNode *os)
{
    const xmlNode *nvram = ferry_xml_child(os, "nvram");

    definition->loader = ferry_xml_word(ferry_xml_child(os, "loader"));
    definition->nvram_template = ferry_xml_attribute(nvram, "template");
    // Since libvirt 8.5 it may be a disk source; what is on a network has no path.
    definition->nvram = ferry_xml_attribute(ferry_xml_child(nvram, "source"), "file");
    if (definition->nvram == NULL)
        definition->nvram = ferry_xml_word(nvram);
}

static FerryDefinition *
parse_root(const xmlNode *root, GError **error)
{
    g_autoptr(FerryDefinition) definition = g_new0(FerryDefinition, 1);
    g_autofree char *uuid = NULL;
    const xmlNode *os;

    definition->name = ferry_xml_text(ferry_xml_child(root, "name"));
    if (definition->name == NULL || *definition->name == '\0') {
        ferry_error_set(error, FERRY_ERROR_FAILED, "cannot read the domain XML: it has no name");
        return NULL;
    }
    uuid = ferry_xml_text(ferry_xml_child(root, "uuid"));
    if (uuid != NULL && !ferry_uuid_parse(g_strstrip(uuid), definition->uuid)) {
        ferry_error_set(error, FERRY_ERROR_FAILED, "cannot read the domain XML: '%s' is no UUID",
                        uuid);
        return NULL;
    }
    definition->virt_type = ferry_xml_attribute(root, "type");
    os = ferry_xml_child(root, "os");
    definition->arch = ferry_xml_attribute(ferry_xml_child(os, "type"), "arch");
    definition->machine = ferry_xml_attribute(ferry_xml_child(os, "type"), "machine");
    definition->launch_security =
        ferry_xml_attribute(ferry_xml_child(root, "launchSecurity"), "type");
    parse_firmware(definition, os);
    parse_memory(definition, root);
    parse_cpu(definition, root);
    parse_pins(definition, root);
    ferry_definition_parse_devices(definition, ferry_xml_child(root, "devices"));
    return g_steal_pointer(&definition);
}

FerryDefinition *
ferry_definition_parse(const char *xml, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "domain XML", "domain", error);

    return doc == NULL ? NULL : parse_root(xmlDocGetRootElement(doc), error);
}

FerryDefinition *
ferry_definition_read(const char *xml, char **ret_redacted, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "domain XML", "domain", error);
    FerryDefinition *definition = doc == NULL ? NULL : parse_root(xmlDocGetRootElement(doc), error);

    if (definition == NULL)
        return NULL;
    ferry_definition_redact_doc(doc, xml);
    *ret_redacted = ferry_xml_format(xmlDocGetRootElement(doc));
    return definition;
}

const FerryDisk *
ferry_definition_find_disk(const FerryDefinition *definition, const char *target)
{
    for (unsigned i = 0; definition != NULL && i < definition->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(definition->disks, i);

        if (g_strcmp0(disk->target, target) == 0)
            return disk;
    }
    return NULL;
}
