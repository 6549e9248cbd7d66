// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/tally.h"

#include <string.h>

#include "model/xml.h"

static xmlNode *
find_own(xmlDoc *doc)
{
    xmlNode *metadata = ferry_xml_child(xmlDocGetRootElement(doc), "metadata");
    xmlNode *node = ferry_xml_child(metadata, "identity");

    while (node != NULL &&
           (node->ns == NULL || strcmp((const char *)node->ns->href, FERRY_TALLY_URI) != 0))
        node = ferry_xml_next(node, "identity");
    return node;
}

char *
ferry_tally_next(const char *xml, const char *move, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "domain XML", "domain", error);
    const xmlNode *own;

    if (doc == NULL)
        return NULL;
    own = find_own(doc);
    if (ferry_xml_attribute_is(own, "last-move", move))
        return NULL;
    return g_markup_printf_escaped("<identity migrations='%" G_GUINT64_FORMAT "' last-move='%s'/>",
                                   own != NULL ? ferry_xml_number(own, "migrations", UINT32_MAX) + 1
                                               : 1,
                                   move);
}
