// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/machine-caps.h"

#include <stdint.h>
#include <string.h>

#include "model/xml.h"

void
ferry_machine_caps_free(FerryMachineCaps *caps)
{
    if (caps == NULL)
        return;
    g_free(caps->machine);
    g_free(caps->host_cpu);
    g_strfreev(caps->loaders);
    g_strfreev(caps->tpm_backends);
    g_free(caps);
}

static const xmlNode *
find_host_model(const xmlNode *root)
{
    const xmlNode *mode = ferry_xml_child(ferry_xml_child(root, "cpu"), "mode");

    for (; mode != NULL; mode = ferry_xml_next(mode, "mode"))
        if (ferry_xml_attribute_is(mode, "name", "host-model") &&
            ferry_xml_attribute_is(mode, "supported", "yes"))
            return mode;
    return NULL;
}

static int
compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *
format_host_cpu(const xmlNode *host_model)
{
    g_autofree char *model = ferry_xml_text(ferry_xml_child(host_model, "model"));
    g_autofree char *vendor = ferry_xml_text(ferry_xml_child(host_model, "vendor"));
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    const xmlNode *node = ferry_xml_child(host_model, "feature");

    if (model == NULL)
        return NULL;
    for (; node != NULL; node = ferry_xml_next(node, "feature")) {
        g_autofree char *name = ferry_xml_attribute(node, "name");
        const char *sign = ferry_xml_attribute_is(node, "policy", "disable") ? "-" : "+";

        if (name != NULL)
            g_ptr_array_add(words, g_strconcat(sign, name, NULL));
    }
    g_ptr_array_sort(words, compare_texts);
    g_ptr_array_insert(words, 0, g_strdup(vendor != NULL ? vendor : "-"));
    g_ptr_array_insert(words, 0, g_strdup(model));
    g_ptr_array_add(words, NULL);
    return g_strjoinv(" ", (char **)words->pdata);
}

static GStrv
list_values(const xmlNode *node)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    const xmlNode *value = ferry_xml_child(node, "value");

    for (; value != NULL; value = ferry_xml_next(value, "value")) {
        g_autofree char *text = ferry_xml_word(value);

        if (text != NULL)
            g_strv_builder_add(builder, text);
    }
    return g_strv_builder_end(builder);
}

// libvirt lists the files that descriptors or its own configuration name; where it names none, a file may be
// there all the same.
static GStrv
list_loaders(const xmlNode *root)
{
    g_auto(GStrv) loaders = list_values(ferry_xml_child(ferry_xml_child(root, "os"), "loader"));

    return *loaders != NULL ? g_steal_pointer(&loaders) : NULL;
}

static GStrv
list_tpm_backends(const xmlNode *root)
{
    const xmlNode *tpm = ferry_xml_child(ferry_xml_child(root, "devices"), "tpm");
    const xmlNode *node = ferry_xml_child(tpm, "enum");

    if (ferry_xml_attribute_is(tpm, "supported", "no"))
        return g_new0(char *, 1);
    for (; node != NULL; node = ferry_xml_next(node, "enum"))
        if (ferry_xml_attribute_is(node, "name", "backendModel"))
            return list_values(node);
    return NULL;
}

FerryMachineCaps *
ferry_machine_caps_parse(const char *xml, GError **error)
{
    g_autoptr(xmlDoc) doc =
        ferry_xml_parse(xml, "domain capabilities XML", "domainCapabilities", error);
    FerryMachineCaps *caps;
    const xmlNode *root;

    if (doc == NULL)
        return NULL;
    root = xmlDocGetRootElement(doc);
    caps = g_new(FerryMachineCaps, 1);
    *caps = (FerryMachineCaps){
        .machine = ferry_xml_text(ferry_xml_child(root, "machine")),
        .max_vcpus = (unsigned)ferry_xml_number(ferry_xml_child(root, "vcpu"), "max", G_MAXUINT),
        .host_cpu = format_host_cpu(find_host_model(root)),
        .loaders = list_loaders(root),
        .tpm_backends = list_tpm_backends(root),
    };
    return caps;
}
