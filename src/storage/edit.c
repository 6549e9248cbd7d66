// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/xml.h"
#include "storage/storage.h"

// The QEMU that takes a copy writes zeroes as blocks unless it is let unmap (bdrv_co_do_pwrite_zeroes takes MAY_UNMAP away
// where the image was not opened with discard=unmap): of 11.3/10.0 a sparse raw image of 512 MiB arrived with all of
// them, with it as it was. The machine's definition stays without it.
static void
let_unmap(xmlNode *disk)
{
    xmlNode *driver = ferry_xml_child(disk, "driver");

    if (driver == NULL)
        driver = xmlNewChild(disk, NULL, BAD_CAST "driver", NULL);
    xmlSetProp(driver, BAD_CAST "discard", BAD_CAST "unmap");
}

// A chain that somebody wrote into the definition, or that 'snapshot-create-as --disk-only' left there, would be looked for
// on the destination (9.0 and 11.3: 'unable to stat: ...base.qcow2'). An empty element is the end of a chain.
// Returns: whether there was one
static bool
end_chain(xmlNode *disk)
{
    xmlNode *chain = ferry_xml_child(disk, "backingStore");

    if (ferry_xml_child(chain, "source") == NULL)
        return false;
    while (chain->children != NULL) {
        xmlNode *child = chain->children;

        xmlUnlinkNode(child);
        xmlFreeNode(child);
    }
    xmlUnsetProp(chain, BAD_CAST "type");
    xmlUnsetProp(chain, BAD_CAST "index");
    return true;
}

bool
ferry_storage_edits(const GPtrArray *plans)
{
    for (unsigned i = 0; plans != NULL && i < plans->len; i++) {
        const FerryDiskPlan *plan = plans->pdata[i];

        if (plan->unmap || plan->flatten)
            return true;
    }
    return false;
}

bool
ferry_storage_edit(const GPtrArray *plans,
                   const char *xml,
                   bool live,
                   char **ret_xml,
                   GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "domain XML", "domain", error);
    const xmlNode *devices;
    bool edited = false;

    *ret_xml = NULL;
    if (doc == NULL)
        return false;
    devices = ferry_xml_child(xmlDocGetRootElement(doc), "devices");
    for (xmlNode *disk = ferry_xml_child(devices, "disk"); disk != NULL;
         disk = ferry_xml_next(disk, "disk")) {
        g_autofree char *target = ferry_xml_attribute(ferry_xml_child(disk, "target"), "dev");
        const FerryDiskPlan *plan = ferry_disk_plans_find(plans, target);

        if (plan != NULL && plan->flatten && end_chain(disk))
            edited = true;
        if (plan == NULL || !plan->unmap || !live)
            continue;
        let_unmap(disk);
        edited = true;
    }
    if (edited)
        *ret_xml = ferry_xml_format(xmlDocGetRootElement(doc));
    return true;
}
