// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/snapshot-xml.h"

#include "model/definition-redact.h"
#include "model/xml.h"

// Where secrets may be found again, the likelier place first.
typedef struct Twins {
    xmlNode *nodes[2]; // NULL: there is none
} Twins;

xmlDoc *
ferry_snapshot_xml_parse(const char *xml, GError **error)
{
    xmlDoc *doc = ferry_xml_parse(xml, "a snapshot's description", "domainsnapshot", NULL);

    return doc != NULL
               ? doc
               : ferry_xml_parse(xml, "a checkpoint's description", "domaincheckpoint", error);
}

char *
ferry_snapshot_redact(const char *xml, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_snapshot_xml_parse(xml, error);
    xmlNode *root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
    xmlNode *cookie;

    if (root == NULL)
        return NULL;
    // No website's: it is what libvirt noted of the CPU that the memory in the snapshot needs (virSaveCookie).
    cookie = ferry_xml_child(root, "cookie");
    if (cookie != NULL)
        xmlNodeSetName(cookie, (const xmlChar *)"cpu-note");
    ferry_definition_redact_doc(doc, xml);
    if (cookie != NULL)
        xmlNodeSetName(cookie, (const xmlChar *)"cookie");
    return ferry_xml_format(root);
}

static void
drop_notes(xmlNode *node)
{
    xmlNode *next;

    for (; node != NULL; node = next) {
        next = node->next;
        if (node->type == XML_COMMENT_NODE || node->type == XML_PI_NODE) {
            xmlUnlinkNode(node);
            xmlFreeNode(node);
        } else if (node->type == XML_ELEMENT_NODE) {
            drop_notes(node->children);
        }
    }
}

char *
ferry_snapshot_xml_normal(const char *xml, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_snapshot_xml_parse(xml, error);

    if (doc == NULL)
        return NULL;
    drop_notes(xmlDocGetRootElement(doc)->children);
    return ferry_xml_format(xmlDocGetRootElement(doc));
}

static bool
is_alike(const xmlNode *a, const xmlNode *b)
{
    return a->type == XML_ELEMENT_NODE && b->type == XML_ELEMENT_NODE &&
           xmlStrEqual(a->name, b->name);
}

// The child of @parent that @node is among its own siblings: the second <graphics> for the second <graphics>.
static xmlNode *
find_twin(const xmlNode *node, const xmlNode *parent)
{
    unsigned before = 0;

    for (const xmlNode *sibling = node->prev; sibling != NULL; sibling = sibling->prev)
        before += is_alike(sibling, node) ? 1 : 0;
    for (xmlNode *child = parent != NULL ? parent->children : NULL; child != NULL;
         child = child->next)
        if (is_alike(child, node) && before-- == 0)
            return child;
    return NULL;
}

static bool
fill_attribute(xmlNode *node, const xmlAttr *attribute, const Twins *twins)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(twins->nodes); i++) {
        g_autofree char *value = NULL;

        value = ferry_xml_attribute(twins->nodes[i], (const char *)attribute->name);
        if (value == NULL)
            continue;
        xmlSetNsProp(node, attribute->ns, attribute->name, (const xmlChar *)value);
        return true;
    }
    return false;
}

static bool
fill_content(xmlNode *node, const Twins *twins)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(twins->nodes); i++) {
        const xmlNode *twin = twins->nodes[i];

        if (twin == NULL || twin->children == NULL)
            continue;
        xmlNodeSetContent(node, NULL);
        xmlAddChildList(node, xmlDocCopyNodeList(node->doc, twin->children));
        return true;
    }
    return false;
}

static bool
is_removed(const xmlNode *node)
{
    g_autofree char *text = ferry_xml_text(node);

    return g_strcmp0(text, FERRY_REDACTED) == 0;
}

static bool
fill(xmlNode *node, const Twins *twins)
{
    bool whole = true;

    for (xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next)
        if (is_removed((const xmlNode *)attribute))
            whole = fill_attribute(node, attribute, twins) && whole;
    if (xmlChildElementCount(node) == 0)
        return (!is_removed(node) || fill_content(node, twins)) && whole;
    for (xmlNode *child = node->children; child != NULL; child = child->next) {
        Twins below;

        if (child->type != XML_ELEMENT_NODE)
            continue;
        for (unsigned i = 0; i < G_N_ELEMENTS(below.nodes); i++)
            below.nodes[i] = find_twin(child, twins->nodes[i]);
        whole = fill(child, &below) && whole;
    }
    return whole;
}

bool
ferry_snapshot_xml_fill(xmlNode *root, const FerrySnapshotKeys *keys)
{
    g_autoptr(xmlDoc) live = keys->live_xml != NULL
                                 ? ferry_xml_parse(keys->live_xml, "domain XML", "domain", NULL)
                                 : NULL;
    g_autoptr(xmlDoc) persistent =
        keys->persistent_xml != NULL
            ? ferry_xml_parse(keys->persistent_xml, "domain XML", "domain", NULL)
            : NULL;
    xmlNode *own[] = {
        live != NULL ? xmlDocGetRootElement(live) : NULL,
        persistent != NULL ? xmlDocGetRootElement(persistent) : NULL,
    };
    bool whole = true;

    for (xmlNode *part = root->children; part != NULL; part = part->next) {
        Twins twins = {{NULL, NULL}};

        if (part->type != XML_ELEMENT_NODE)
            continue;
        if (ferry_xml_is(part, "domain"))
            twins = (Twins){{own[0], own[1]}};
        else if (ferry_xml_is(part, "inactiveDomain"))
            twins = (Twins){{own[1], own[0]}};
        whole = fill(part, &twins) && whole;
    }
    return whole;
}
