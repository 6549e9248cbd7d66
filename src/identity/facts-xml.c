// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "base/error.h"
#include "identity/facts.h"
#include "model/xml.h"

void
ferry_identity_xml_free(FerryIdentityXml *xml)
{
    if (xml == NULL)
        return;
    g_free(xml->name);
    g_free(xml->genid);
    g_free(xml->smbios_mode);
    g_free(xml->smbios_uuid);
    for (unsigned i = 0; i < FERRY_SYSINFO_LAST; i++)
        g_free(xml->sysinfo[i]);
    g_ptr_array_unref(xml->oem_strings);
    g_ptr_array_unref(xml->disks);
    g_ptr_array_unref(xml->nics);
    g_free(xml->nvram);
    g_free(xml->tpm_path);
    g_ptr_array_unref(xml->secrets);
    g_ptr_array_unref(xml->owners);
    g_free(xml);
}

void
ferry_identity_snapshot_free(FerryIdentitySnapshot *snapshot)
{
    g_free(snapshot->name);
    g_free(snapshot);
}

static void
device_free(void *data)
{
    FerryIdentityDevice *device = data;

    g_free(device->name);
    g_free(device->value);
    g_free(device->wwn);
    g_free(device->source);
    g_free(device);
}

// UUIDs are compared as texts: in libvirt's form where it is one, as it stands where it is not.
static char *
plain_uuid(char *text)
{
    char uuid[FERRY_UUID_LEN + 1];

    if (text == NULL || !ferry_uuid_parse(text, uuid))
        return text;
    g_free(text);
    return g_strdup(uuid);
}

static void
read_uuid(const xmlNode *domain, char ret_uuid[FERRY_UUID_LEN + 1])
{
    g_autofree char *text = ferry_xml_word(ferry_xml_child(domain, "uuid"));

    ret_uuid[0] = '\0';
    if (text != NULL)
        (void)ferry_uuid_parse(text, ret_uuid);
}

// (transfer full) the <entry name='@name'> of @block; NULL: none
static char *
read_entry(const xmlNode *block, const char *name)
{
    const xmlNode *entry = ferry_xml_child(block, "entry");

    for (; entry != NULL; entry = ferry_xml_next(entry, "entry"))
        if (ferry_xml_attribute_is(entry, "name", name))
            return ferry_xml_word(entry);
    return NULL;
}

static void
read_sysinfo(FerryIdentityXml *xml, const xmlNode *root)
{
    static const struct {
        const char *block;
        const char *name;
    } entries[FERRY_SYSINFO_LAST] = {
        [FERRY_SYSINFO_SERIAL] = {"system", "serial"},
        [FERRY_SYSINFO_SKU] = {"system", "sku"},
        [FERRY_SYSINFO_FAMILY] = {"system", "family"},
        [FERRY_SYSINFO_BOARD_SERIAL] = {"baseBoard", "serial"},
        [FERRY_SYSINFO_BOARD_ASSET] = {"baseBoard", "asset"},
        [FERRY_SYSINFO_CHASSIS_SERIAL] = {"chassis", "serial"},
        [FERRY_SYSINFO_CHASSIS_ASSET] = {"chassis", "asset"},
    };
    const xmlNode *sysinfo = ferry_xml_child(root, "sysinfo");
    const xmlNode *entry;

    while (sysinfo != NULL && !ferry_xml_attribute_is(sysinfo, "type", "smbios"))
        sysinfo = ferry_xml_next(sysinfo, "sysinfo");
    xml->smbios_uuid = plain_uuid(read_entry(ferry_xml_child(sysinfo, "system"), "uuid"));
    for (unsigned i = 0; i < FERRY_SYSINFO_LAST; i++)
        xml->sysinfo[i] = read_entry(ferry_xml_child(sysinfo, entries[i].block), entries[i].name);
    entry = ferry_xml_child(ferry_xml_child(sysinfo, "oemStrings"), "entry");
    for (; entry != NULL; entry = ferry_xml_next(entry, "entry"))
        g_ptr_array_add(xml->oem_strings, ferry_xml_text(entry));
}

// The <secret> of an <auth> or <encryption>, by UUID or usage.
static void
read_secrets(FerryIdentityXml *xml, const xmlNode *node)
{
    const xmlNode *child;

    for (child = node->children; child != NULL; child = child->next) {
        char *name;

        if (child->type != XML_ELEMENT_NODE)
            continue;
        if (!ferry_xml_is(child, "secret")) {
            read_secrets(xml, child);
            continue;
        }
        name = ferry_xml_attribute(child, "uuid");
        if (name == NULL)
            name = ferry_xml_attribute(child, "usage");
        if (name != NULL)
            g_ptr_array_add(xml->secrets, name);
    }
}

// What several machines may have at once is the same disk in each of them.
static char *
read_shared_source(const xmlNode *disk)
{
    static const char *const names[] = {"file", "dev", "name", "volume", "dir"};
    const xmlNode *source = ferry_xml_child(disk, "source");

    if (ferry_xml_child(disk, "shareable") == NULL && ferry_xml_child(disk, "readonly") == NULL)
        return NULL;
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        char *path = ferry_xml_attribute(source, names[i]);

        if (path != NULL)
            return path;
    }
    return NULL;
}

static void
read_disks(FerryIdentityXml *xml, const xmlNode *devices)
{
    const xmlNode *disk = ferry_xml_child(devices, "disk");

    for (; disk != NULL; disk = ferry_xml_next(disk, "disk")) {
        FerryIdentityDevice *device = g_new0(FerryIdentityDevice, 1);

        device->name = ferry_xml_attribute(ferry_xml_child(disk, "target"), "dev");
        device->value = ferry_xml_word(ferry_xml_child(disk, "serial"));
        device->wwn = ferry_xml_word(ferry_xml_child(disk, "wwn"));
        device->source = read_shared_source(disk);
        g_ptr_array_add(xml->disks, device);
        read_secrets(xml, disk);
    }
}

static void
read_nics(FerryIdentityXml *xml, const xmlNode *devices)
{
    const xmlNode *nic = ferry_xml_child(devices, "interface");

    for (; nic != NULL; nic = ferry_xml_next(nic, "interface")) {
        FerryIdentityDevice *device = g_new0(FerryIdentityDevice, 1);
        char *mac = ferry_xml_attribute(ferry_xml_child(nic, "mac"), "address");

        device->name = g_strdup_printf("net%u", xml->nics->len);
        device->value = mac != NULL ? g_ascii_strdown(mac, -1) : NULL;
        g_free(mac);
        g_ptr_array_add(xml->nics, device);
    }
}

static void
read_tpm(FerryIdentityXml *xml, const xmlNode *devices)
{
    const xmlNode *tpm = ferry_xml_child(devices, "tpm");
    const xmlNode *backend = ferry_xml_child(tpm, "backend");

    if (!ferry_xml_attribute_is(backend, "type", "emulator") || backend == NULL)
        return;
    xml->has_tpm = true;
    xml->tpm_path = ferry_xml_attribute(ferry_xml_child(backend, "source"), "path");
    read_secrets(xml, tpm);
}

static void
read_owners(FerryIdentityXml *xml, const xmlNode *metadata)
{
    const xmlNode *node = metadata != NULL ? metadata->children : NULL;

    for (; node != NULL; node = node->next)
        if (node->type == XML_ELEMENT_NODE && node->ns != NULL && node->ns->href != NULL)
            g_ptr_array_add(xml->owners, g_strdup((const char *)node->ns->href));
}

static void
read_firmware(FerryIdentityXml *xml, const xmlNode *os)
{
    const xmlNode *nvram = ferry_xml_child(os, "nvram");

    xml->smbios_mode = ferry_xml_attribute(ferry_xml_child(os, "smbios"), "mode");
    // Since libvirt 8.5 it may be a disk source; what is on a network has no path.
    xml->nvram = ferry_xml_attribute(ferry_xml_child(nvram, "source"), "file");
    if (xml->nvram == NULL)
        xml->nvram = ferry_xml_word(nvram);
}

FerryIdentityXml *
ferry_identity_xml_parse(const char *text, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(text, "domain XML", "domain", error);
    const xmlNode *root;
    const xmlNode *genid;
    const xmlNode *devices;
    FerryIdentityXml *xml;

    if (doc == NULL)
        return NULL;
    root = xmlDocGetRootElement(doc);
    xml = g_new0(FerryIdentityXml, 1);
    xml->oem_strings = g_ptr_array_new_with_free_func(g_free);
    xml->disks = g_ptr_array_new_with_free_func(device_free);
    xml->nics = g_ptr_array_new_with_free_func(device_free);
    xml->secrets = g_ptr_array_new_with_free_func(g_free);
    xml->owners = g_ptr_array_new_with_free_func(g_free);
    xml->name = ferry_xml_text(ferry_xml_child(root, "name"));
    read_uuid(root, xml->uuid);
    genid = ferry_xml_child(root, "genid");
    if (genid != NULL) {
        char *word = ferry_xml_word(genid);

        xml->genid = word != NULL ? plain_uuid(word) : g_strdup("");
    }
    read_sysinfo(xml, root);
    read_firmware(xml, ferry_xml_child(root, "os"));
    devices = ferry_xml_child(root, "devices");
    read_disks(xml, devices);
    read_nics(xml, devices);
    read_tpm(xml, devices);
    read_owners(xml, ferry_xml_child(root, "metadata"));
    return xml;
}

FerryIdentitySnapshot *
ferry_identity_snapshot_parse(const FerrySnapshot *snapshot, FerrySnapshotKind kind, GError **error)
{
    bool is_snapshot = kind == FERRY_SNAPSHOT;
    g_autoptr(xmlDoc) doc =
        ferry_xml_parse(snapshot->xml, is_snapshot ? "snapshot XML" : "checkpoint XML",
                        is_snapshot ? "domainsnapshot" : "domaincheckpoint", error);
    FerryIdentitySnapshot *parsed;

    if (doc == NULL)
        return NULL;
    parsed = g_new0(FerryIdentitySnapshot, 1);
    parsed->kind = kind;
    parsed->name = g_strdup(snapshot->name);
    read_uuid(ferry_xml_child(xmlDocGetRootElement(doc), "domain"), parsed->uuid);
    read_uuid(ferry_xml_child(xmlDocGetRootElement(doc), "inactiveDomain"), parsed->inactive);
    return parsed;
}
