// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "model/definition-devices.h"
#include "model/xml.h"

void
ferry_definition_free_hostdev(gpointer data)
{
    FerryHostdev *hostdev = data;

    g_free(hostdev->type);
    g_free(hostdev->what);
    g_free(hostdev);
}

// Attributes of addresses: "0x1f" and "31" are both allowed. Returns: 0 for what is no number
static unsigned
parse_address_part(const xmlNode *address, const char *name)
{
    g_autofree char *text = ferry_xml_attribute(address, name);
    bool hex = text != NULL && g_ascii_strncasecmp(text, "0x", strlen("0x")) == 0;
    guint64 number;

    if (text == NULL || !g_ascii_string_to_unsigned(hex ? text + strlen("0x") : text, hex ? 16 : 10,
                                                    0, G_MAXUINT, &number, NULL))
        return 0;
    return (unsigned)number;
}

char *
ferry_definition_format_pci(const xmlNode *source)
{
    const xmlNode *address = ferry_xml_child(source, "address");

    if (address == NULL)
        return NULL;
    return g_strdup_printf("%04x:%02x:%02x.%x", parse_address_part(address, "domain"),
                           parse_address_part(address, "bus"), parse_address_part(address, "slot"),
                           parse_address_part(address, "function"));
}

// Live XML has both; what the device is says more than the socket it is in.
static char *
format_usb(const xmlNode *source)
{
    const xmlNode *vendor = ferry_xml_child(source, "vendor");
    const xmlNode *address = ferry_xml_child(source, "address");

    if (vendor != NULL)
        return g_strdup_printf("%04x:%04x", parse_address_part(vendor, "id"),
                               parse_address_part(ferry_xml_child(source, "product"), "id"));
    if (address == NULL)
        return NULL;
    return g_strdup_printf("%u.%u", parse_address_part(address, "bus"),
                           parse_address_part(address, "device"));
}

// "scsi_host0/0:0:1", or "iscsi:iqn...." of a device that QEMU itself logs in to.
static char *
format_scsi(const xmlNode *source)
{
    g_autofree char *protocol = ferry_xml_attribute(source, "protocol");
    g_autofree char *name = ferry_xml_attribute(source, "name");
    g_autofree char *adapter = ferry_xml_attribute(ferry_xml_child(source, "adapter"), "name");
    const xmlNode *address = ferry_xml_child(source, "address");

    if (name != NULL)
        return g_strdup_printf("%s:%s", protocol != NULL ? protocol : "-", name);
    if (adapter == NULL)
        return NULL;
    return g_strdup_printf("%s/%u:%u:%u", adapter, parse_address_part(address, "bus"),
                           parse_address_part(address, "target"),
                           parse_address_part(address, "unit"));
}

static char *
format_mdev(const xmlNode *source)
{
    return ferry_xml_attribute(ferry_xml_child(source, "address"), "uuid");
}

static char *
format_scsi_host(const xmlNode *source)
{
    return ferry_xml_attribute(source, "wwpn");
}

typedef struct Kind {
    const char *type;
    char *(*format)(const xmlNode *source);
} Kind;

static const Kind kinds[] = {
    {"pci", ferry_definition_format_pci},
    {"usb", format_usb},
    {"mdev", format_mdev},
    {"scsi", format_scsi},
    {"scsi_host", format_scsi_host},
};

static char *
format_what(const char *type, const xmlNode *source)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_strcmp0(type, kinds[i].type) == 0)
            return kinds[i].format(source);
    return NULL;
}

FerryHostdev *
ferry_definition_parse_hostdev(const xmlNode *node)
{
    const xmlNode *source = ferry_xml_child(node, "source");
    FerryHostdev *hostdev = g_new(FerryHostdev, 1);

    *hostdev = (FerryHostdev){
        .type = ferry_xml_attribute(node, "type"),
        .teaming = ferry_xml_attribute_is(ferry_xml_child(node, "teaming"), "type", "transient"),
        .optional = ferry_xml_attribute_is(source, "startupPolicy", "optional") ||
                    ferry_xml_attribute_is(source, "startupPolicy", "requisite"),
    };
    hostdev->what = format_what(hostdev->type, source);
    if (hostdev->what == NULL)
        hostdev->what = g_strdup("");
    return hostdev;
}
