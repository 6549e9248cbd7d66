// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/network.h"

#include "model/xml.h"

void
ferry_network_info_clear(FerryNetworkInfo *info)
{
    g_free(info->bridge);
    g_strfreev(info->portgroups);
    *info = (FerryNetworkInfo){0};
}

static unsigned
parse_mtu(const xmlNode *root)
{
    return (unsigned)ferry_xml_number(ferry_xml_child(root, "mtu"), "size", G_MAXUINT);
}

static GStrv
list_portgroups(const xmlNode *root)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    const xmlNode *node = ferry_xml_child(root, "portgroup");

    if (node == NULL)
        return NULL;
    for (; node != NULL; node = ferry_xml_next(node, "portgroup")) {
        g_autofree char *name = ferry_xml_attribute(node, "name");

        if (name != NULL)
            g_strv_builder_add(builder, name);
    }
    return g_strv_builder_end(builder);
}

bool
ferry_network_info_parse(const char *xml, FerryNetworkInfo *info, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "network XML", "network", error);
    const xmlNode *root;

    if (doc == NULL)
        return false;
    root = xmlDocGetRootElement(doc);
    g_free(info->bridge);
    g_strfreev(info->portgroups);
    info->bridge = ferry_xml_attribute(ferry_xml_child(root, "bridge"), "name");
    info->mtu = parse_mtu(root);
    info->portgroups = list_portgroups(root);
    return true;
}

bool
ferry_interface_info_parse(const char *xml, FerryNetworkInfo *info, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "interface XML", "interface", error);

    if (doc == NULL)
        return false;
    info->mtu = parse_mtu(xmlDocGetRootElement(doc));
    return true;
}
