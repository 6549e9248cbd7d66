// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/definition.h"

#include <string.h>

#include "base/error.h"
#include "model/xml.h"

#define AGENT_CHANNEL "org.qemu.guest_agent.0"

static void
disk_free(gpointer data)
{
    FerryDisk *disk = data;

    g_free(disk->target);
    g_free(disk->device);
    g_free(disk->type);
    g_free(disk->source);
    g_free(disk->format);
    g_free(disk->cache);
    g_free(disk->startup_policy);
    g_free(disk);
}

static void
nic_free(gpointer data)
{
    FerryNic *nic = data;

    g_free(nic->type);
    g_free(nic->source);
    g_free(nic->mac);
    g_free(nic);
}

void
ferry_definition_free(FerryDefinition *definition)
{
    if (definition == NULL)
        return;
    g_free(definition->name);
    g_free(definition->virt_type);
    g_free(definition->arch);
    g_free(definition->machine);
    g_free(definition->emulator);
    g_free(definition->cpu_xml);
    g_free(definition->cpu_mode);
    g_clear_pointer(&definition->disks, g_ptr_array_unref);
    g_clear_pointer(&definition->nics, g_ptr_array_unref);
    g_free(definition);
}

// libvirt writes KiB, but an operator's own XML may use any unit of virScaleInteger(): a letter alone or
// with "iB" is a power of 1024, with "B" a power of 1000. @text: stripped in place.
static uint64_t
parse_kib(char *text, const char *unit)
{
    static const char letters[] = "kmgtpe";
    const char *letter;
    guint64 number;
    bool thousands;
    double bytes;

    if (text == NULL ||
        !g_ascii_string_to_unsigned(g_strstrip(text), 10, 0, G_MAXUINT64, &number, NULL))
        return 0;
    if (unit == NULL || strcmp(unit, "KiB") == 0)
        return number;
    if (strcmp(unit, "b") == 0 || strcmp(unit, "bytes") == 0)
        return number / 1024;
    letter = *unit != '\0' ? strchr(letters, g_ascii_tolower(*unit)) : NULL;
    thousands = letter != NULL && strcmp(unit + 1, "B") == 0;
    if (letter == NULL || !(thousands || unit[1] == '\0' || strcmp(unit + 1, "iB") == 0))
        return 0;
    bytes = (double)number;
    for (ptrdiff_t i = 0; i <= letter - letters; i++)
        bytes *= thousands ? 1000 : 1024;
    return (uint64_t)(bytes / 1024);
}

static uint64_t
parse_memory_element(const xmlNode *node)
{
    g_autofree char *text = ferry_xml_text(node);
    g_autofree char *unit = ferry_xml_attribute(node, "unit");

    return parse_kib(text, unit);
}

static char *
parse_disk_source(const xmlNode *source, const char *type)
{
    static const char *const attributes[] = {"file", "dev", "dir", "name", "volume", "path"};
    g_autofree char *name = NULL;
    g_autofree char *holder = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(attributes) && name == NULL; i++)
        name = ferry_xml_attribute(source, attributes[i]);
    if (g_strcmp0(type, "network") == 0)
        holder = ferry_xml_attribute(source, "protocol");
    if (g_strcmp0(type, "volume") == 0)
        holder = ferry_xml_attribute(source, "pool");
    if (holder == NULL || name == NULL)
        return g_steal_pointer(&name);
    return g_strdup_printf("%s:%s", holder, name);
}

static FerryDisk *
parse_disk(const xmlNode *node)
{
    const xmlNode *source = ferry_xml_child(node, "source");
    const xmlNode *driver = ferry_xml_child(node, "driver");
    FerryDisk *disk = g_new(FerryDisk, 1);

    *disk = (FerryDisk){
        .target = ferry_xml_attribute(ferry_xml_child(node, "target"), "dev"),
        .device = ferry_xml_attribute(node, "device"),
        .type = ferry_xml_attribute(node, "type"),
        .format = ferry_xml_attribute(driver, "type"),
        .cache = ferry_xml_attribute(driver, "cache"),
        .readonly = ferry_xml_child(node, "readonly") != NULL,
        .shareable = ferry_xml_child(node, "shareable") != NULL,
        .transient = ferry_xml_child(node, "transient") != NULL,
        .startup_policy = ferry_xml_attribute(source, "startupPolicy"),
    };
    disk->source = parse_disk_source(source, disk->type);
    if (disk->device == NULL)
        disk->device = g_strdup("disk");
    return disk;
}

static FerryNic *
parse_nic(const xmlNode *node)
{
    static const char *const attributes[] = {"network", "bridge", "dev", "path"};
    const xmlNode *source = ferry_xml_child(node, "source");
    FerryNic *nic = g_new(FerryNic, 1);

    *nic = (FerryNic){
        .type = ferry_xml_attribute(node, "type"),
        .mac = ferry_xml_attribute(ferry_xml_child(node, "mac"), "address"),
    };
    // Live XML of type 'network' names the bridge behind it too: the network comes first.
    for (size_t i = 0; i < G_N_ELEMENTS(attributes) && nic->source == NULL; i++)
        nic->source = ferry_xml_attribute(source, attributes[i]);
    return nic;
}

static void
parse_devices(FerryDefinition *definition, const xmlNode *devices)
{
    definition->emulator = ferry_xml_text(ferry_xml_child(devices, "emulator"));
    for (const xmlNode *node = devices != NULL ? devices->children : NULL; node != NULL;
         node = node->next) {
        if (ferry_xml_is(node, "disk"))
            g_ptr_array_add(definition->disks, parse_disk(node));
        else if (ferry_xml_is(node, "interface"))
            g_ptr_array_add(definition->nics, parse_nic(node));
        else if (ferry_xml_is(node, "channel") &&
                 ferry_xml_attribute_is(ferry_xml_child(node, "target"), "name", AGENT_CHANNEL))
            definition->has_agent = true;
    }
}

static void
parse_memory(FerryDefinition *definition, const xmlNode *root)
{
    const xmlNode *hugepages = ferry_xml_child(ferry_xml_child(root, "memoryBacking"), "hugepages");
    const xmlNode *page = ferry_xml_child(hugepages, "page");
    g_autofree char *size = ferry_xml_attribute(page, "size");
    g_autofree char *unit = ferry_xml_attribute(page, "unit");

    definition->memory_kib = MAX(parse_memory_element(ferry_xml_child(root, "memory")),
                                 parse_memory_element(ferry_xml_child(root, "maxMemory")));
    definition->hugepages = hugepages != NULL;
    definition->hugepage_kib = parse_kib(size, unit);
}

static void
parse_cpu(FerryDefinition *definition, const xmlNode *root)
{
    xmlNode *cpu = ferry_xml_child(root, "cpu");
    g_autofree char *vcpus = ferry_xml_text(ferry_xml_child(root, "vcpu"));
    guint64 count;

    if (vcpus != NULL &&
        g_ascii_string_to_unsigned(g_strstrip(vcpus), 10, 0, G_MAXUINT16, &count, NULL))
        definition->vcpus = (unsigned)count;
    if (cpu == NULL)
        return;
    definition->cpu_xml = ferry_xml_format(cpu);
    definition->cpu_mode = ferry_xml_attribute(cpu, "mode");
}

FerryDefinition *
ferry_definition_parse(const char *xml, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "domain XML", "domain", error);
    g_autoptr(FerryDefinition) definition = NULL;
    g_autofree char *uuid = NULL;
    const xmlNode *root;
    const xmlNode *type;

    if (doc == NULL)
        return NULL;
    root = xmlDocGetRootElement(doc);
    type = ferry_xml_child(ferry_xml_child(root, "os"), "type");
    definition = g_new0(FerryDefinition, 1);
    definition->disks = g_ptr_array_new_with_free_func(disk_free);
    definition->nics = g_ptr_array_new_with_free_func(nic_free);
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
    definition->arch = ferry_xml_attribute(type, "arch");
    definition->machine = ferry_xml_attribute(type, "machine");
    parse_memory(definition, root);
    parse_cpu(definition, root);
    parse_devices(definition, ferry_xml_child(root, "devices"));
    return g_steal_pointer(&definition);
}
