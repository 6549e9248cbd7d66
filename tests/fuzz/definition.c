// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Domain XML as a host may give it. What is no domain is refused with an error by all alike; what is one
// has all that checks lean on, is itself after redaction, and no password that was planted in any of its
// elements is left in it.

#include "fuzz.h"

#include <glib.h>
#include <string.h>

#include "model/definition.h"
#include "model/xml.h"

#define PLANTED "hunter2"

static void
plant(xmlNode *node)
{
    for (; node != NULL; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        xmlSetProp(node, (const xmlChar *)"passwd", (const xmlChar *)PLANTED);
        plant(node->children);
    }
}

// What says the word elsewhere may go on saying it.
static void
test_planted(const char *xml)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "domain XML", "domain", NULL);
    g_autofree char *planted = NULL;
    g_autofree char *redacted = NULL;

    g_assert_nonnull(doc);
    plant(xmlDocGetRootElement(doc));
    planted = ferry_xml_format(xmlDocGetRootElement(doc));
    g_assert_nonnull(strstr(planted, PLANTED));
    redacted = ferry_definition_redact(planted, NULL);
    g_assert_true(redacted == NULL || strstr(redacted, PLANTED) == NULL);
}

static void
test_same(const char *before, const char *after)
{
    g_autoptr(GPtrArray) lost = NULL;
    g_autoptr(GPtrArray) added = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_definition_compare(before, after, &lost, &added, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(lost->len, ==, 0);
    g_assert_cmpuint(added->len, ==, 0);
}

// What the header promises never to be NULL.
static void
test_whole(const FerryDefinition *definition)
{
    g_assert_nonnull(definition->disks);
    g_assert_nonnull(definition->nics);
    g_assert_nonnull(definition->filesystems);
    g_assert_nonnull(definition->shmems);
    for (guint i = 0; i < definition->disks->len; i++)
        g_assert_nonnull(((const FerryDisk *)definition->disks->pdata[i])->device);
    for (guint i = 0; i < definition->hostdevs->len; i++)
        g_assert_nonnull(((const FerryHostdev *)definition->hostdevs->pdata[i])->what);
    for (guint i = 0; i < definition->cpusets->len; i++)
        g_assert_nonnull(strstr(definition->cpusets->pdata[i], ": "));
    g_assert_true(definition->has_agent == (definition->agent != FERRY_AGENT_NONE));
}

// Both in one reading say the same.
static void
test_read(const char *xml, const FerryDefinition *definition, const char *redacted)
{
    g_autofree char *text = NULL;
    g_autoptr(FerryDefinition) read = ferry_definition_read(xml, &text, NULL);

    g_assert_true((read == NULL) == (definition == NULL));
    if (read == NULL)
        return;
    g_assert_cmpstr(read->name, ==, definition->name);
    g_assert_cmpuint(read->disks->len, ==, definition->disks->len);
    g_assert_cmpstr(text, ==, redacted);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *xml = fuzz_text(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryDefinition) definition = ferry_definition_parse(xml, &error);
    g_autofree char *redacted = ferry_definition_redact(xml, NULL);

    g_assert_true((definition == NULL) == (error != NULL));
    test_read(xml, definition, redacted);
    if (definition != NULL)
        test_whole(definition);
    if (redacted == NULL)
        return 0;
    test_same(xml, redacted);
    if (strstr(xml, PLANTED) == NULL)
        test_planted(xml);
    return 0;
}
