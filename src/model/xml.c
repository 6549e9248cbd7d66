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

char *
ferry_xml_word(const xmlNode *node)
{
    g_autofree char *text = ferry_xml_text(node);

    if (text == NULL || *g_strstrip(text) == '\0')
        return NULL;
    return g_steal_pointer(&text);
}

static uint64_t
parse_number(const char *text, uint64_t max)
{
    guint64 number;

    if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 0, max, &number, NULL))
        return 0;
    return number;
}

uint64_t
ferry_xml_number(const xmlNode *node, const char *name, uint64_t max)
{
    g_autofree char *text = ferry_xml_attribute(node, name);

    return parse_number(text, max);
}

// Returns: bytes of one @unit, of which libvirt ignores the case; 0 for no unit that it knows
static uint64_t
unit_bytes(const char *unit)
{
    static const char letters[] = "kmgtpe";
    const char *letter = strchr(letters, g_ascii_tolower(*unit));
    uint64_t factor = 1024;
    uint64_t bytes = 1;

    if (g_ascii_strcasecmp(unit, "b") == 0 || g_ascii_strcasecmp(unit, "byte") == 0 ||
        g_ascii_strcasecmp(unit, "bytes") == 0)
        return 1;
    if (letter == NULL)
        return 0;
    if (g_ascii_strcasecmp(unit + 1, "b") == 0)
        factor = 1000;
    else if (unit[1] != '\0' && g_ascii_strcasecmp(unit + 1, "ib") != 0)
        return 0;
    for (ptrdiff_t i = 0; i <= letter - letters; i++)
        bytes *= factor;
    return bytes;
}

uint64_t
ferry_xml_bytes(const xmlNode *node, const char *name, uint64_t preset)
{
    g_autofree char *number = name != NULL ? ferry_xml_attribute(node, name) : ferry_xml_word(node);
    g_autofree char *unit = ferry_xml_attribute(node, "unit");
    bool has_unit = unit != NULL && *unit != '\0';
    guint64 bytes;

    if (!g_uint64_checked_mul(&bytes, parse_number(number, G_MAXUINT64),
                              has_unit ? unit_bytes(unit) : preset))
        return G_MAXUINT64;
    return bytes;
}
