// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/xml.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <string.h>

#include "base/error.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlParserCtxt, xmlFreeParserCtxt)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlBuffer, xmlBufferFree)

static void
set_parse_error(GError **error, xmlParserCtxt *context, const char *what)
{
    const xmlError *cause = xmlCtxtGetLastError(context);
    g_autofree char *message = NULL;

    if (cause == NULL || cause->message == NULL) {
        ferry_error_set(error, FERRY_ERROR_FAILED, "cannot read the %s: it is no XML", what);
        return;
    }
    message = g_strstrip(g_strdup(cause->message));
    ferry_error_set(error, FERRY_ERROR_FAILED, "cannot read the %s: line %d: %s", what, cause->line,
                    message);
}

xmlDoc *
ferry_xml_parse(const char *text, const char *what, const char *root, GError **error)
{
    g_autoptr(xmlParserCtxt) context = xmlNewParserCtxt();
    g_autoptr(xmlDoc) doc = NULL;
    size_t length = strlen(text);
    xmlNode *top;

    if (length > G_MAXINT32) {
        ferry_error_set(error, FERRY_ERROR_FAILED, "cannot read the %s: it is too long", what);
        return NULL;
    }
    doc = xmlCtxtReadMemory(context, text, (int)length, NULL, NULL,
                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                XML_PARSE_NOCDATA);
    if (doc == NULL) {
        set_parse_error(error, context, what);
        return NULL;
    }
    // Without a document type there are no entities in which something could hide or grow.
    if (doc->intSubset != NULL) {
        ferry_error_set(error, FERRY_ERROR_FAILED,
                        "cannot read the %s: a document type declaration is not allowed", what);
        return NULL;
    }
    top = xmlDocGetRootElement(doc);
    if (!ferry_xml_is(top, root)) {
        ferry_error_set(error, FERRY_ERROR_FAILED,
                        "cannot read the %s: its root element is '%s', not '%s'", what,
                        (const char *)top->name, root);
        return NULL;
    }
    return g_steal_pointer(&doc);
}

char *
ferry_xml_format(xmlNode *node)
{
    g_autoptr(xmlBuffer) buffer = xmlBufferCreate();

    if (xmlNodeDump(buffer, node->doc, node, 0, 0) < 0)
        return g_strdup("");
    return g_strdup((const char *)xmlBufferContent(buffer));
}

bool
ferry_xml_is(const xmlNode *node, const char *name)
{
    return node != NULL && node->type == XML_ELEMENT_NODE &&
           strcmp((const char *)node->name, name) == 0;
}

static xmlNode *
first_from(xmlNode *node, const char *name)
{
    while (node != NULL && !ferry_xml_is(node, name))
        node = node->next;
    return node;
}

xmlNode *
ferry_xml_child(const xmlNode *node, const char *name)
{
    return node != NULL ? first_from(node->children, name) : NULL;
}

xmlNode *
ferry_xml_next(const xmlNode *node, const char *name)
{
    return first_from(node->next, name);
}

char *
ferry_xml_attribute(const xmlNode *node, const char *name)
{
    xmlChar *value;
    char *copy;

    if (node == NULL)
        return NULL;
    value = xmlGetNoNsProp(node, (const xmlChar *)name);
    copy = g_strdup((const char *)value);
    xmlFree(value);
    return copy;
}

bool
ferry_xml_attribute_is(const xmlNode *node, const char *name, const char *value)
{
    g_autofree char *actual = ferry_xml_attribute(node, name);

    return g_strcmp0(actual, value) == 0;
}

char *
ferry_xml_text(const xmlNode *node)
{
    xmlChar *text;
    char *copy;

    if (node == NULL)
        return NULL;
    text = xmlNodeGetContent(node);
    copy = g_strdup(text != NULL ? (const char *)text : "");
    xmlFree(text);
    return copy;
}
