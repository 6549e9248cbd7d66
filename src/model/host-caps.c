// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/host-caps.h"

#include "model/xml.h"

void
ferry_host_caps_clear(FerryHostCaps *caps)
{
    g_free(caps->arch);
    g_free(caps->cpu_model);
    g_free(caps->cpu_signature);
    g_free(caps->microcode);
    g_clear_pointer(&caps->cells, g_array_unref);
    g_clear_pointer(&caps->cpus, g_array_unref);
    *caps = (FerryHostCaps){0};
}

static void
parse_uuid(FerryHostCaps *caps, const xmlNode *host)
{
    g_autofree char *uuid = ferry_xml_word(ferry_xml_child(host, "uuid"));

    if (uuid != NULL)
        // What is no UUID is as good as none.
        (void)ferry_uuid_parse(uuid, caps->uuid);
}

static char *
format_signature(const xmlNode *signature)
{
    g_autofree char *family = ferry_xml_attribute(signature, "family");
    g_autofree char *model = ferry_xml_attribute(signature, "model");
    g_autofree char *stepping = ferry_xml_attribute(signature, "stepping");

    if (family == NULL || model == NULL || stepping == NULL)
        return NULL;
    return g_strdup_printf("%s.%s.%s", family, model, stepping);
}

static void
parse_cpu(FerryHostCaps *caps, const xmlNode *cpu)
{
    const xmlNode *counter = ferry_xml_child(cpu, "counter");

    caps->arch = ferry_xml_word(ferry_xml_child(cpu, "arch"));
    caps->cpu_model = ferry_xml_word(ferry_xml_child(cpu, "model"));
    caps->cpu_signature = format_signature(ferry_xml_child(cpu, "signature"));
    caps->microcode = ferry_xml_attribute(ferry_xml_child(cpu, "microcode"), "version");
    while (counter != NULL && !ferry_xml_attribute_is(counter, "name", "tsc"))
        counter = ferry_xml_next(counter, "counter");
    caps->tsc_hz = ferry_xml_number(counter, "frequency", G_MAXUINT64);
    caps->tsc_scaling = ferry_xml_attribute_is(counter, "scaling", "yes");
}

static int
compare_ids(gconstpointer a, gconstpointer b)
{
    unsigned one = *(const unsigned *)a;
    unsigned two = *(const unsigned *)b;

    return (one > two) - (one < two);
}

// Appends the ids of the elements @name in @node to @ids.
static void
add_ids(GArray *ids, const xmlNode *node, const char *name)
{
    const xmlNode *at = ferry_xml_child(node, name);

    for (; at != NULL; at = ferry_xml_next(at, name)) {
        unsigned id = (unsigned)ferry_xml_number(at, "id", G_MAXUINT);

        if (!ferry_xml_attribute_is(at, "id", NULL))
            g_array_append_val(ids, id);
    }
}

static void
parse_topology(FerryHostCaps *caps, const xmlNode *cells)
{
    const xmlNode *cell = ferry_xml_child(cells, "cell");

    caps->cells = g_array_new(FALSE, FALSE, sizeof(unsigned));
    caps->cpus = g_array_new(FALSE, FALSE, sizeof(unsigned));
    add_ids(caps->cells, cells, "cell");
    for (; cell != NULL; cell = ferry_xml_next(cell, "cell"))
        add_ids(caps->cpus, ferry_xml_child(cell, "cpus"), "cpu");
    g_array_sort(caps->cells, compare_ids);
    g_array_sort(caps->cpus, compare_ids);
}

bool
ferry_host_caps_parse(const char *xml, FerryHostCaps *ret_caps, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "capabilities XML", "capabilities", error);
    const xmlNode *host;

    if (doc == NULL)
        return false;
    host = ferry_xml_child(xmlDocGetRootElement(doc), "host");
    *ret_caps = (FerryHostCaps){0};
    parse_uuid(ret_caps, host);
    parse_cpu(ret_caps, ferry_xml_child(host, "cpu"));
    parse_topology(ret_caps, ferry_xml_child(ferry_xml_child(host, "topology"), "cells"));
    return true;
}
