// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/definition-devices.h"

#include "model/xml.h"

#define AGENT_CHANNEL "org.qemu.guest_agent.0"
#define KIB           ((uint64_t)1024)

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
    g_free(disk->discard);
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
    g_free(nic->model);
    g_free(nic->portgroup);
    g_free(nic->filter);
    g_free(nic);
}

static void
filesystem_free(gpointer data)
{
    FerryFilesystem *filesystem = data;

    g_free(filesystem->driver);
    g_free(filesystem->target);
    g_free(filesystem);
}

static void
shmem_free(gpointer data)
{
    FerryShmem *shmem = data;

    g_free(shmem->name);
    g_free(shmem->role);
    g_free(shmem);
}

static void
tpm_free(FerryTpm *tpm)
{
    g_free(tpm->backend);
    g_free(tpm->version);
    g_free(tpm->state);
    g_free(tpm);
}

void
ferry_definition_clear_devices(FerryDefinition *definition)
{
    g_clear_pointer(&definition->emulator, g_free);
    g_clear_pointer(&definition->disks, g_ptr_array_unref);
    g_clear_pointer(&definition->nics, g_ptr_array_unref);
    g_clear_pointer(&definition->hostdevs, g_ptr_array_unref);
    g_clear_pointer(&definition->filesystems, g_ptr_array_unref);
    g_clear_pointer(&definition->shmems, g_ptr_array_unref);
    g_clear_pointer(&definition->tpm, tpm_free);
}

static char *
parse_disk_source(const xmlNode *source, const char *type)
{
    static const char *const attributes[] = {"file", "dev", "dir", "name", "volume", "path"};
    g_autofree char *name = NULL;
    g_autofree char *holder = NULL;

    if (g_strcmp0(type, "nvme") == 0) {
        name = ferry_definition_format_pci(source);
        return name != NULL ? g_strconcat("nvme:", name, NULL) : NULL;
    }
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

static void
parse_disk(FerryDefinition *definition, const xmlNode *node)
{
    const xmlNode *source = ferry_xml_child(node, "source");
    const xmlNode *driver = ferry_xml_child(node, "driver");
    const xmlNode *backing = ferry_xml_child(node, "backingStore");
    FerryDisk *disk = g_new(FerryDisk, 1);

    *disk = (FerryDisk){
        .target = ferry_xml_attribute(ferry_xml_child(node, "target"), "dev"),
        .device = ferry_xml_attribute(node, "device"),
        .type = ferry_xml_attribute(node, "type"),
        .format = ferry_xml_attribute(driver, "type"),
        .cache = ferry_xml_attribute(driver, "cache"),
        .discard = ferry_xml_attribute(driver, "discard"),
        .readonly = ferry_xml_child(node, "readonly") != NULL,
        .shareable = ferry_xml_child(node, "shareable") != NULL,
        .transient = ferry_xml_child(node, "transient") != NULL,
        .startup_policy = ferry_xml_attribute(source, "startupPolicy"),
        // An empty <backingStore/> is the end of a chain.
        .backing = ferry_xml_child(backing, "source") != NULL,
        .encrypted = ferry_xml_child(source, "encryption") != NULL ||
                     ferry_xml_child(node, "encryption") != NULL,
    };
    disk->source = parse_disk_source(source, disk->type);
    if (disk->device == NULL)
        disk->device = g_strdup("disk");
    g_ptr_array_add(definition->disks, disk);
}

static bool
is_teaming_transient(const xmlNode *node)
{
    return ferry_xml_attribute_is(ferry_xml_child(node, "teaming"), "type", "transient");
}

static void
parse_nic(FerryDefinition *definition, const xmlNode *node)
{
    static const char *const attributes[] = {"network", "bridge", "dev", "path"};
    const xmlNode *source = ferry_xml_child(node, "source");
    FerryNic *nic = g_new(FerryNic, 1);

    *nic = (FerryNic){
        .type = ferry_xml_attribute(node, "type"),
        .mac = ferry_xml_attribute(ferry_xml_child(node, "mac"), "address"),
        .model = ferry_xml_attribute(ferry_xml_child(node, "model"), "type"),
        .portgroup = ferry_xml_attribute(source, "portgroup"),
        .filter = ferry_xml_attribute(ferry_xml_child(node, "filterref"), "filter"),
        .mtu = (unsigned)ferry_xml_number(ferry_xml_child(node, "mtu"), "size", G_MAXUINT),
        .queues = (unsigned)ferry_xml_number(ferry_xml_child(node, "driver"), "queues", G_MAXUINT),
        .teaming = is_teaming_transient(node),
    };
    // Live XML of type 'network' names the bridge behind it too: the network comes first.
    for (size_t i = 0; i < G_N_ELEMENTS(attributes) && nic->source == NULL; i++)
        nic->source = ferry_xml_attribute(source, attributes[i]);
    g_ptr_array_add(definition->nics, nic);
}

static void
parse_tpm(FerryDefinition *definition, const xmlNode *node)
{
    const xmlNode *backend = ferry_xml_child(node, "backend");
    const xmlNode *source = ferry_xml_child(backend, "source");
    g_autofree char *secret = ferry_xml_attribute(ferry_xml_child(backend, "encryption"), "secret");
    FerryTpm *tpm;

    if (definition->tpm != NULL)
        return; // the second of a ppc64 machine is a proxy of the host's
    tpm = g_new(FerryTpm, 1);
    *tpm = (FerryTpm){
        .backend = ferry_xml_attribute(backend, "type"),
        .version = ferry_xml_attribute(backend, "version"),
    };
    // Of an external backend it is a socket.
    if (ferry_xml_attribute_is(source, "type", "dir") ||
        ferry_xml_attribute_is(source, "type", "file"))
        tpm->state = ferry_xml_attribute(source, "path");
    if (secret != NULL)
        // What is no UUID names no secret; libvirt takes none such.
        (void)ferry_uuid_parse(secret, tpm->secret);
    definition->tpm = tpm;
}

static void
parse_filesystem(FerryDefinition *definition, const xmlNode *node)
{
    FerryFilesystem *filesystem = g_new(FerryFilesystem, 1);

    *filesystem = (FerryFilesystem){
        .driver = ferry_xml_attribute(ferry_xml_child(node, "driver"), "type"),
        .target = ferry_xml_attribute(ferry_xml_child(node, "target"), "dir"),
    };
    if (filesystem->driver == NULL)
        filesystem->driver = g_strdup("path");
    g_ptr_array_add(definition->filesystems, filesystem);
}

static void
parse_shmem(FerryDefinition *definition, const xmlNode *node)
{
    FerryShmem *shmem = g_new(FerryShmem, 1);

    *shmem = (FerryShmem){
        .name = ferry_xml_attribute(node, "name"),
        .role = ferry_xml_attribute(node, "role"),
    };
    g_ptr_array_add(definition->shmems, shmem);
}

static void
parse_memory_device(FerryDefinition *definition, const xmlNode *node)
{
    const xmlNode *target = ferry_xml_child(node, "target");
    const xmlNode *current = ferry_xml_child(target, "current");

    // The guest takes and gives back memory of a virtio-mem device block by block.
    if (current != NULL && ferry_xml_bytes(current, NULL, KIB) !=
                               ferry_xml_bytes(ferry_xml_child(target, "requested"), NULL, KIB))
        definition->memory_changing = true;
    // Enclave memory has no address at all.
    if (ferry_xml_child(node, "address") == NULL &&
        !ferry_xml_attribute_is(node, "model", "sgx-epc"))
        definition->dimms_without_address++;
}

static void
parse_channel(FerryDefinition *definition, const xmlNode *node)
{
    const xmlNode *target = ferry_xml_child(node, "target");

    if (!ferry_xml_attribute_is(target, "name", AGENT_CHANNEL))
        return;
    definition->has_agent = true;
    definition->agent = FERRY_AGENT_UNKNOWN;
    if (ferry_xml_attribute_is(target, "state", "connected"))
        definition->agent = FERRY_AGENT_CONNECTED;
    else if (ferry_xml_attribute_is(target, "state", "disconnected"))
        definition->agent = FERRY_AGENT_DISCONNECTED;
}

static void
parse_hostdev(FerryDefinition *definition, const xmlNode *node)
{
    g_ptr_array_add(definition->hostdevs, ferry_definition_parse_hostdev(node));
}

typedef struct Device {
    const char *element;
    void (*parse)(FerryDefinition *definition, const xmlNode *node);
} Device;

static const Device devices_table[] = {
    {"disk", parse_disk},       {"interface", parse_nic},
    {"hostdev", parse_hostdev}, {"filesystem", parse_filesystem},
    {"shmem", parse_shmem},     {"memory", parse_memory_device},
    {"channel", parse_channel}, {"tpm", parse_tpm},
};

static void
parse_device(FerryDefinition *definition, const xmlNode *node)
{
    for (size_t i = 0; i < G_N_ELEMENTS(devices_table); i++)
        if (ferry_xml_is(node, devices_table[i].element))
            devices_table[i].parse(definition, node);
}

void
ferry_definition_parse_devices(FerryDefinition *definition, const xmlNode *devices)
{
    definition->disks = g_ptr_array_new_with_free_func(disk_free);
    definition->nics = g_ptr_array_new_with_free_func(nic_free);
    definition->hostdevs = g_ptr_array_new_with_free_func(ferry_definition_free_hostdev);
    definition->filesystems = g_ptr_array_new_with_free_func(filesystem_free);
    definition->shmems = g_ptr_array_new_with_free_func(shmem_free);
    definition->emulator = ferry_xml_word(ferry_xml_child(devices, "emulator"));
    for (const xmlNode *node = devices != NULL ? devices->children : NULL; node != NULL;
         node = node->next)
        parse_device(definition, node);
}
