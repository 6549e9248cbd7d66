// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/definition-redact.h"

#include <libxml/xpath.h>
#include <string.h>

#include "model/definition.h"
#include "model/xml.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlXPathContext, xmlXPathFreeContext)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlXPathObject, xmlXPathFreeObject)

// An element or attribute whose name has one of these in it is a secret, wherever it stands.
static const char *const secret_words[] = {
    "passwd", "password", "passphrase", "token", "cookie", "privatekey", "private_key",
};

// Secrets whose names don't say so: a name without which the rule has no work (names can't be written
// otherwise in XML, so looking for it in the text is enough), XPath, and why.
typedef struct Rule {
    const char *name;
    const char *xpath;
    const char *why;
} Rule;

static const Rule rules[] = {
    {"secret", "//*[local-name()='secret']/text()",
     "a reference by uuid or usage; its text would be the value"},
    {"query", "//*[local-name()='source']/@query",
     "the query of a disk's URL carries access tokens"},
    {"launchSecurity",
     "//*[local-name()='launchSecurity']/*[local-name()='session' or local-name()='dhCert' or "
     "local-name()='idAuth' or local-name()='idBlock']",
     "the owner's SEV session: wrapped keys"},
    {"oemStrings", "//*[local-name()='oemStrings']/*[contains(text(), 'credential')]",
     "systemd takes credentials from OEM strings"},
    {"sysinfo",
     "//*[local-name()='sysinfo']/*[local-name()='entry'][contains(@name, 'credential') or "
     "contains(@name, 'ignition') or contains(@name, 'cloud')]",
     "fw_cfg entries carry credentials and first-boot configuration"},
    {"cmdline",
     "//*[local-name()='os']/*[local-name()='cmdline'][contains(., 'set_credential') or "
     "contains(., 'passw')]",
     "a kernel command line can hold credentials"},
    {"commandline",
     "//*[local-name()='commandline']/*[local-name()='arg']/@value[contains(., 'secret') or "
     "contains(., 'passw') or contains(., 'credential') or contains(., 'data=') or "
     "contains(., 'key=')]",
     "QEMU's own options: -object secret, password= and the like"},
    {"commandline", "//*[local-name()='commandline']/*[local-name()='env']/@value",
     "environment variables are where programs look for tokens"},
};

static bool
is_secret_name(const xmlChar *name)
{
    g_autofree char *lower = g_ascii_strdown((const char *)name, -1);

    for (size_t i = 0; i < G_N_ELEMENTS(secret_words); i++)
        if (strstr(lower, secret_words[i]) != NULL)
            return true;
    return false;
}

// user:password@ in a URL
static bool
is_secret_url(const xmlAttr *attribute)
{
    g_autofree char *value = ferry_xml_text((const xmlNode *)attribute);
    const char *user = value != NULL ? strstr(value, "://") : NULL;
    const char *at = user != NULL ? strchr(user, '@') : NULL;

    return at != NULL && memchr(user + 3, ':', (size_t)(at - user - 3)) != NULL;
}

static void
redact_names(xmlNode *node)
{
    for (; node != NULL; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        for (xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next)
            if (is_secret_name(attribute->name) || is_secret_url(attribute))
                xmlNodeSetContent((xmlNode *)attribute, (const xmlChar *)FERRY_REDACTED);
        if (is_secret_name(node->name))
            xmlNodeSetContent(node, (const xmlChar *)FERRY_REDACTED);
        else
            redact_names(node->children);
    }
}

static void
apply(xmlXPathContext *context, const char *xpath, bool unlink)
{
    g_autoptr(xmlXPathObject) found = xmlXPathEval((const xmlChar *)xpath, context);

    if (found == NULL || found->nodesetval == NULL)
        return;
    // Children before parents; and the set must not look at nodes that are gone when it is freed.
    for (int i = found->nodesetval->nodeNr - 1; i >= 0; i--) {
        xmlNode *node = found->nodesetval->nodeTab[i];

        found->nodesetval->nodeTab[i] = NULL;
        if (unlink) {
            xmlUnlinkNode(node);
            xmlFreeNode(node);
        } else {
            xmlNodeSetContent(node, (const xmlChar *)FERRY_REDACTED);
        }
    }
}

void
ferry_definition_redact_doc(xmlDoc *doc, const char *xml)
{
    g_autoptr(xmlXPathContext) context = xmlXPathNewContext(doc);

    redact_names(xmlDocGetRootElement(doc));
    // Comments and processing instructions are nobody's data and anybody's notes.
    if (strstr(xml, "<!--") != NULL || strstr(xml, "<?") != NULL)
        apply(context, "//comment() | //processing-instruction()", true);
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if (strstr(xml, rules[i].name) != NULL)
            apply(context, rules[i].xpath, false);
}

char *
ferry_definition_redact(const char *xml, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "domain XML", "domain", error);

    if (doc == NULL)
        return NULL;
    ferry_definition_redact_doc(doc, xml);
    return ferry_xml_format(xmlDocGetRootElement(doc));
}
