// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/storage.h"

#include "base/error.h"
#include "model/xml.h"

void
ferry_path_info_clear(FerryPathInfo *info)
{
    g_free(info->unknown);
    g_free(info->format);
    g_free(info->backing);
    g_free(info->backing_format);
    g_free(info->changed);
    g_free(info->changed_later);
    *info = (FerryPathInfo){0};
}

// "0640", "64055": as libvirt writes them (virStorageVolDefFormat). Returns: -1 where there is none
static int64_t
read_id(const xmlNode *permissions, const char *name, unsigned base)
{
    g_autofree char *text = ferry_xml_word(ferry_xml_child(permissions, name));
    char *end = NULL;
    int64_t id = text != NULL ? g_ascii_strtoll(text, &end, base) : -1;

    return end != NULL && *end == '\0' ? id : -1;
}

static void
read_permissions(const xmlNode *target, FerryPathInfo *info)
{
    const xmlNode *permissions = ferry_xml_child(target, "permissions");
    int64_t mode = read_id(permissions, "mode", 8);

    info->mode = mode > 0 ? (unsigned)mode : 0;
    info->owner = read_id(permissions, "owner", 10);
    info->group = read_id(permissions, "group", 10);
}

bool
ferry_path_info_parse(const char *xml, FerryPathInfo *info, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "storage volume XML", "volume", error);
    const xmlNode *root;
    const xmlNode *target;
    const xmlNode *below;

    if (doc == NULL)
        return false;
    root = xmlDocGetRootElement(doc);
    target = ferry_xml_child(root, "target");
    below = ferry_xml_child(root, "backingStore");
    g_free(info->format);
    g_free(info->changed);
    g_free(info->backing);
    g_free(info->backing_format);
    info->capacity = ferry_xml_bytes(ferry_xml_child(root, "capacity"), NULL, 1);
    info->allocation = ferry_xml_bytes(ferry_xml_child(root, "allocation"), NULL, 1);
    info->backing = ferry_xml_word(ferry_xml_child(below, "path"));
    info->backing_format = ferry_xml_attribute(ferry_xml_child(below, "format"), "type");
    read_permissions(target, info);
    info->format = ferry_xml_attribute(ferry_xml_child(target, "format"), "type");
    info->changed = ferry_xml_word(ferry_xml_child(ferry_xml_child(target, "timestamps"), "ctime"));
    return true;
}

void
ferry_pool_info_free(FerryPoolInfo *pool)
{
    if (pool == NULL)
        return;
    g_free(pool->name);
    g_free(pool->type);
    g_free(pool->target);
    g_free(pool->source);
    g_free(pool);
}

// A logical pool names its volume group and the devices below it: the group says more.
static char *
format_source(const xmlNode *source)
{
    g_autofree char *host = ferry_xml_attribute(ferry_xml_child(source, "host"), "name");
    g_autofree char *what = ferry_xml_word(ferry_xml_child(source, "name"));

    if (what == NULL)
        what = ferry_xml_attribute(ferry_xml_child(source, "dir"), "path");
    if (what == NULL)
        what = ferry_xml_attribute(ferry_xml_child(source, "device"), "path");
    if (what == NULL)
        what = ferry_xml_attribute(ferry_xml_child(source, "adapter"), "name");
    if (host == NULL)
        return g_steal_pointer(&what);
    if (what == NULL)
        return g_steal_pointer(&host);
    return g_strdup_printf("%s:%s", host, what);
}

FerryPoolInfo *
ferry_pool_info_parse(const char *xml, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "storage pool XML", "pool", error);
    g_autoptr(FerryPoolInfo) pool = NULL;
    const xmlNode *root;

    if (doc == NULL)
        return NULL;
    root = xmlDocGetRootElement(doc);
    pool = g_new(FerryPoolInfo, 1);
    *pool = (FerryPoolInfo){
        .name = ferry_xml_word(ferry_xml_child(root, "name")),
        .type = ferry_xml_attribute(root, "type"),
        .target = ferry_xml_word(ferry_xml_child(ferry_xml_child(root, "target"), "path")),
        .source = format_source(ferry_xml_child(root, "source")),
        .capacity = ferry_xml_bytes(ferry_xml_child(root, "capacity"), NULL, 1),
        .available = ferry_xml_bytes(ferry_xml_child(root, "available"), NULL, 1),
    };
    if (pool->name == NULL) {
        ferry_error_set(error, FERRY_ERROR_FAILED,
                        "cannot read the storage pool XML: it has no name");
        return NULL;
    }
    return g_steal_pointer(&pool);
}
