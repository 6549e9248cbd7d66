// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/dest-xml.h"

void
ferry_dest_xml_clear(FerryDestXml *xml)
{
    g_free(xml->live);
    g_free(xml->persistent);
    *xml = (FerryDestXml){0};
}

static bool
changes_live(const FerryMove *move)
{
    for (unsigned i = 0; move->disks != NULL && i < move->disks->len; i++)
        if (((const FerryDiskPlan *)move->disks->pdata[i])->unmap)
            return true;
    return false;
}

// @xml: replaced by what it becomes on the destination
static bool
edit_live(const FerryMove *move, char **xml, GError **error)
{
    char *edited = NULL;

    if (!ferry_storage_edit(move->disks, *xml, &edited, error))
        return false;
    if (edited == NULL)
        return true;
    g_free(*xml);
    *xml = edited;
    return true;
}

bool
ferry_dest_xml_make(const FerryMove *move, FerryDestXml *ret_xml, GError **error)
{
    const FerryMigrateOptions *options = move->request.options;

    ret_xml->live = g_strdup(options->xml);
    ret_xml->persistent = g_strdup(options->persistent_xml);
    if (!changes_live(move))
        return true;
    if (ret_xml->live == NULL)
        ret_xml->live =
            ferry_hypervisor_get_xml(move->src, move->vm->uuid, FERRY_XML_LIVE_SECURE, error);
    return ret_xml->live != NULL && edit_live(move, &ret_xml->live, error);
}

bool
ferry_dest_xml_expect(const FerryMove *move, FerryBaseline *baseline, GError **error)
{
    return baseline->live_xml == NULL || !changes_live(move) ||
           edit_live(move, &baseline->live_xml, error);
}
