// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/change-xml.h"

#include "base/error.h"
#include "model/xml.h"

static const char *const roots[] = {"domain", "domainsnapshot", "domaincheckpoint"};

static void
set_text(xmlNode *parent, const char *name, const char *text)
{
    xmlNode *child = ferry_xml_child(parent, name);

    if (child != NULL)
        xmlNodeSetContent(child, (const xmlChar *)text);
}

static void
edit_sysinfo(xmlNode *domain, const char *uuid)
{
    for (xmlNode *sysinfo = ferry_xml_child(domain, "sysinfo"); sysinfo != NULL;
         sysinfo = ferry_xml_next(sysinfo, "sysinfo")) {
        xmlNode *system = ferry_xml_child(sysinfo, "system");

        for (xmlNode *entry = ferry_xml_child(system, "entry"); entry != NULL;
             entry = ferry_xml_next(entry, "entry"))
            if (ferry_xml_attribute_is(entry, "name", "uuid"))
                xmlNodeSetContent(entry, (const xmlChar *)uuid);
    }
}

static void
edit_domain(xmlNode *domain, const FerryIdentityEdit *edit)
{
    if (domain == NULL || edit->uuid == NULL)
        return;
    set_text(domain, "uuid", edit->uuid);
    edit_sysinfo(domain, edit->uuid);
}

// Whichever of the roots @xml has; NULL with an error. (transfer full)
static xmlDoc *
parse(const char *xml, GError **error)
{
    g_autoptr(GError) problem = NULL;
    xmlDoc *doc = NULL;

    for (size_t i = 0; doc == NULL && i < G_N_ELEMENTS(roots); i++) {
        g_clear_error(&problem);
        doc = ferry_xml_parse(xml, "definition", roots[i], &problem);
    }
    if (doc == NULL)
        g_propagate_error(error, g_steal_pointer(&problem));
    return doc;
}

char *
ferry_identity_edit_xml(const char *xml, const FerryIdentityEdit *edit, GError **error)
{
    g_autoptr(xmlDoc) doc = parse(xml, error);
    xmlNode *root;

    if (doc == NULL)
        return NULL;
    root = xmlDocGetRootElement(doc);
    if (ferry_xml_is(root, "domain")) {
        edit_domain(root, edit);
        if (edit->genid != NULL)
            set_text(root, "genid", edit->genid);
    } else {
        edit_domain(ferry_xml_child(root, "domain"), edit);
        edit_domain(ferry_xml_child(root, "inactiveDomain"), edit);
    }
    return ferry_xml_format(root);
}
