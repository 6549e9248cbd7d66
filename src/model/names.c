// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/names.h"

#include <string.h>

#include "model/xml.h"

// Which attribute of <source> holds the name, by the type of interface or disk.
typedef struct Named {
    const char *type;
    const char *attribute;
} Named;

static const Named nics[] = {{"network", "network"}, {"bridge", "bridge"}, {"direct", "dev"}};
static const Named paths[] = {{"file", "file"}, {"block", "dev"}, {"dir", "dir"}};
static const Named volumes[] = {{"volume", "pool"}};

// Those that wait for connections.
static const char *const listeners[] = {"vnc", "spice", "rdp", NULL};

bool
ferry_names_any(const FerryMigrateOptions *options)
{
    return options->map_networks != NULL || options->map_disks != NULL ||
           options->map_pools != NULL || options->listen != NULL;
}

const char *
ferry_names_look_up(GStrv names, const char *old)
{
    size_t length = strlen(old);

    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (strcspn(names[i], "=") == length && names[i][length] == '=' &&
            strncmp(names[i], old, length) == 0)
            return names[i] + length + 1;
    return NULL;
}

// Returns: whether it is another one now
static bool
set_attribute(xmlNode *node, const char *name, const char *value)
{
    if (ferry_xml_attribute_is(node, name, value))
        return false;
    xmlSetProp(node, (const xmlChar *)name, (const xmlChar *)value);
    return true;
}

static bool
map_source(xmlNode *device, const Named *rows, size_t n_rows, GStrv map)
{
    xmlNode *source = ferry_xml_child(device, "source");

    for (size_t i = 0; i < n_rows; i++) {
        g_autofree char *old = NULL;
        const char *fresh;

        if (!ferry_xml_attribute_is(device, "type", rows[i].type))
            continue;
        old = ferry_xml_attribute(source, rows[i].attribute);
        fresh = old != NULL ? ferry_names_look_up(map, old) : NULL;
        return fresh != NULL && set_attribute(source, rows[i].attribute, fresh);
    }
    return false;
}

// libvirt repeats the address of the first <listen> as an attribute of <graphics>, also where that is a network's.
static bool
map_graphics(xmlNode *graphics, const char *address)
{
    xmlNode *first = ferry_xml_child(graphics, "listen");
    g_autofree char *type = ferry_xml_attribute(graphics, "type");
    bool changed = false;

    if (type == NULL || !g_strv_contains(listeners, type) ||
        !ferry_xml_attribute_is(graphics, "socket", NULL))
        return false;
    if (first == NULL || (ferry_xml_attribute_is(first, "type", "address") &&
                          !ferry_xml_attribute_is(graphics, "listen", NULL)))
        changed = set_attribute(graphics, "listen", address);
    for (xmlNode *listen = first; listen != NULL; listen = ferry_xml_next(listen, "listen"))
        if (ferry_xml_attribute_is(listen, "type", "address"))
            changed = set_attribute(listen, "address", address) || changed;
    return changed;
}

static bool
map_device(xmlNode *device, const FerryMigrateOptions *options)
{
    if (ferry_xml_is(device, "interface"))
        return map_source(device, nics, G_N_ELEMENTS(nics), options->map_networks);
    if (ferry_xml_is(device, "disk"))
        return map_source(device, paths, G_N_ELEMENTS(paths), options->map_disks) ||
               map_source(device, volumes, G_N_ELEMENTS(volumes), options->map_pools);
    if (ferry_xml_is(device, "graphics") && options->listen != NULL)
        return map_graphics(device, options->listen);
    return false;
}

bool
ferry_names_apply_node(xmlNode *domain, const FerryMigrateOptions *options)
{
    const xmlNode *devices = ferry_xml_child(domain, "devices");
    bool changed = false;

    for (xmlNode *device = devices != NULL ? devices->children : NULL; device != NULL;
         device = device->next)
        changed = map_device(device, options) || changed;
    return changed;
}

char *
ferry_names_apply(const char *xml, const FerryMigrateOptions *options, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "domain XML", "domain", error);
    bool changed;

    if (doc == NULL)
        return NULL;
    changed = ferry_names_apply_node(xmlDocGetRootElement(doc), options);
    return changed ? ferry_xml_format(xmlDocGetRootElement(doc)) : g_strdup(xml);
}

char *
ferry_names_rename(const char *xml, const char *name, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "domain XML", "domain", error);
    xmlNode *node;

    if (doc == NULL)
        return NULL;
    node = ferry_xml_child(xmlDocGetRootElement(doc), "name");
    if (node != NULL) {
        xmlNodeSetContent(node, NULL);
        // added text is taken as it is, while that which is set would be read for entities
        xmlNodeAddContent(node, (const xmlChar *)name);
    }
    return ferry_xml_format(xmlDocGetRootElement(doc));
}
