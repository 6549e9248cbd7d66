// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/definition.h"

#include <string.h>

#include "model/definition-redact.h"
#include "model/xml.h"

// What a move may change: a pattern over paths without instance keys, and why. '*' spans any number of
// elements.
typedef struct Ignored {
    const char *path;
    const char *why;
} Ignored;

static const Ignored ignored[] = {
    {"@id", "the number of the running machine, counted by each host"},
    {"seclabel*", "labels belong to the host's security driver; dynamic ones differ by design"},
    {"devices/*seclabel*", "the same, of one disk or device"},
    {"resource*", "the cgroup partition is the host's"},
    {"devices/*alias/@name", "names of devices inside QEMU; libvirt gives them anew"},
    {"devices/emulator",
     "each host has its own path of QEMU; what it can do is preflight's matter"},
    {"metadata/ferry:identity*", "the number of its moves, where virt-ferry writes it"},
    {"cpu/@check", "how strictly libvirt has compared, 'full' after any start or move"},
    {"devices/disk/source/@index", "numbers of block nodes, counted by each QEMU"},
    {"devices/disk/backingStore*", "the chain as this libvirt has probed it"},
    {"devices/interface/target/@dev", "the tap device's name on the host"},
    {"devices/interface/source/@portid", "the port of the host's own virtual network"},
    {"devices/interface/source/@bridge", "of type 'network': the bridge behind it on this host"},
    {"devices/interface/backend*", "where this host's passt or vhost keep their files"},
    {"devices/console/@tty", "the pty on the host"},
    {"devices/serial/source/@path", "the pty on the host"},
    {"devices/console/source/@path", "the pty on the host"},
    {"devices/parallel/source/@path", "the pty on the host"},
    {"devices/channel/source/@path", "a socket or pty in a folder named after the domain's id"},
    {"devices/channel/source/@mode", "comes and goes with that path"},
    {"devices/channel/target/@state", "whether the agent is connected at this moment"},
    {"devices/graphics/@port", "automatic ports are the host's"},
    {"devices/graphics/@tlsPort", "automatic ports are the host's"},
    {"devices/graphics/@websocket", "automatic ports are the host's"},
    {"devices/graphics/@listen", "an address of the host"},
    {"devices/graphics/listen/@address", "an address of the host"},
    {"devices/graphics/listen/@socket", "a path on the host"},
};

// How an element among its like is told: attributes, of itself or (CHILD/@ATTRIBUTE) of a child. Others
// are counted.
typedef struct Key {
    const char *element;
    const char *child; // NULL: the element itself
    const char *attributes[2];
} Key;

static const Key keys[] = {
    {"audio", NULL, {"id"}},
    {"cell", NULL, {"id"}},
    {"channel", "target", {"name"}},
    {"controller", NULL, {"type", "index"}},
    {"disk", "target", {"dev"}},
    {"entry", NULL, {"name"}},
    {"feature", NULL, {"name"}},
    {"input", NULL, {"type", "bus"}},
    {"interface", "mac", {"address"}},
    {"iothread", NULL, {"id"}},
    {"sound", NULL, {"model"}},
    {"timer", NULL, {"name"}},
    {"vcpu", NULL, {"id"}},
    {"vcpupin", NULL, {"vcpu"}},
    {"watchdog", NULL, {"model"}},
};

static bool
is_ignored(const char *path)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ignored); i++)
        if (g_pattern_match_simple(ignored[i].path, path))
            return true;
    return false;
}

static char *
read_key(const xmlNode *node)
{
    const Key *key = NULL;
    g_autofree char *first = NULL;
    g_autofree char *second = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(keys) && key == NULL; i++)
        if (ferry_xml_is(node, keys[i].element))
            key = &keys[i];
    if (key == NULL)
        return NULL;
    if (key->child != NULL)
        node = ferry_xml_child(node, key->child);
    first = ferry_xml_attribute(node, key->attributes[0]);
    if (key->attributes[1] != NULL)
        second = ferry_xml_attribute(node, key->attributes[1]);
    if (first == NULL || second == NULL)
        return g_steal_pointer(&first);
    return g_strdup_printf("%s %s", first, second);
}

// Where the walk is: the path without keys, by which is ignored, and the one that is shown.
typedef struct Place {
    const char *plain;
    const char *shown;
    bool all; // nothing is ignored
} Place;

static void
add_line(GPtrArray *lines, const Place *place, const char *value)
{
    if (!place->all && is_ignored(place->plain))
        return;
    g_ptr_array_add(lines, value != NULL ? g_strdup_printf("%s=%s", place->shown, value)
                                         : g_strdup(place->shown));
}

static char *
join(const char *path, const char *name)
{
    return *path != '\0' ? g_strdup_printf("%s/%s", path, name) : g_strdup(name);
}

static void
add_attributes(GPtrArray *lines, const Place *place, const xmlNode *node)
{
    for (const xmlAttr *at = node->properties; at != NULL; at = at->next) {
        g_autofree char *name = g_strdup_printf("@%s", (const char *)at->name);
        g_autofree char *plain = join(place->plain, name);
        g_autofree char *shown = join(place->shown, name);
        g_autofree char *value = ferry_xml_text((const xmlNode *)at);

        add_line(lines, &(Place){plain, shown, place->all}, value);
    }
}

// Returns: how @node is shown, unique among its siblings; @counts: how often each was seen. (transfer full)
static char *
name_instance(const xmlNode *node, const char *name, GHashTable *counts)
{
    g_autofree char *key = read_key(node);
    g_autofree char *base = key != NULL ? g_strdup_printf("%s[%s]", name, key) : g_strdup(name);
    int count = GPOINTER_TO_INT(g_hash_table_lookup(counts, base)) + 1;
    char *shown = count > 1 ? g_strdup_printf("%s[%d]", base, count) : g_strdup(base);

    g_hash_table_insert(counts, g_steal_pointer(&base), GINT_TO_POINTER(count));
    return shown;
}

static void
flatten(GPtrArray *lines, const Place *place, const xmlNode *node)
{
    g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *text = NULL;

    add_attributes(lines, place, node);
    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        if (child->type != XML_ELEMENT_NODE)
            continue;
        const char *prefix = child->ns != NULL ? (const char *)child->ns->prefix : NULL;
        g_autofree char *name = prefix != NULL
                                    ? g_strdup_printf("%s:%s", prefix, (const char *)child->name)
                                    : g_strdup((const char *)child->name);
        g_autofree char *instance = name_instance(child, name, counts);
        g_autofree char *plain = join(place->plain, name);
        g_autofree char *shown = join(place->shown, instance);

        flatten(lines, &(Place){plain, shown, place->all}, child);
    }
    if (g_hash_table_size(counts) > 0)
        return;
    text = g_strstrip(ferry_xml_text(node));
    if (*text != '\0')
        add_line(lines, place, text);
    else if (node->properties == NULL)
        add_line(lines, place, NULL);
}

static GPtrArray *
read_lines(const char *xml, bool all, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "domain XML", "domain", error);
    g_autoptr(GPtrArray) lines = NULL;

    if (doc == NULL)
        return NULL;
    ferry_definition_redact_doc(doc, xml);
    lines = g_ptr_array_new_with_free_func(g_free);
    flatten(lines, &(Place){"", "", all}, xmlDocGetRootElement(doc));
    return g_steal_pointer(&lines);
}

// Returns: the lines of @these that are not in @others, in their order. (transfer full)
static GPtrArray *
subtract(const GPtrArray *these, const GPtrArray *others)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *rest = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < others->len; i++)
        g_hash_table_add(known, others->pdata[i]);
    for (guint i = 0; i < these->len; i++)
        if (!g_hash_table_contains(known, these->pdata[i]))
            g_ptr_array_add(rest, g_strdup(these->pdata[i]));
    return rest;
}

bool
ferry_definition_compare(const char *before,
                         const char *after,
                         GPtrArray **ret_lost,
                         GPtrArray **ret_added,
                         GError **error)
{
    g_autoptr(GPtrArray) old_lines = NULL;
    g_autoptr(GPtrArray) new_lines = NULL;

    // the usual case by far between hosts of one version
    if (g_str_equal(before, after)) {
        *ret_lost = g_ptr_array_new_with_free_func(g_free);
        *ret_added = g_ptr_array_new_with_free_func(g_free);
        return true;
    }
    old_lines = read_lines(before, false, error);
    if (old_lines == NULL)
        return false;
    new_lines = read_lines(after, false, error);
    if (new_lines == NULL)
        return false;
    *ret_lost = subtract(old_lines, new_lines);
    *ret_added = subtract(new_lines, old_lines);
    return true;
}

static const char *
find_at(const GPtrArray *lines, const char *path, size_t length)
{
    for (guint i = 0; i < lines->len; i++) {
        const char *line = lines->pdata[i];

        if (strncmp(line, path, length) == 0 && line[length] == '=')
            return line;
    }
    return NULL;
}

GPtrArray *
ferry_definition_diff(const char *before, const char *after, GError **error)
{
    g_autoptr(GPtrArray) old_lines = read_lines(before, true, error);
    g_autoptr(GPtrArray) new_lines = old_lines != NULL ? read_lines(after, true, error) : NULL;
    g_autoptr(GPtrArray) lost = NULL;
    g_autoptr(GPtrArray) added = NULL;
    GPtrArray *diff;

    if (new_lines == NULL)
        return NULL;
    lost = subtract(old_lines, new_lines);
    added = subtract(new_lines, old_lines);
    diff = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < lost->len; i++) {
        const char *line = lost->pdata[i];
        const char *now = find_at(added, line, strcspn(line, "="));

        g_ptr_array_add(diff, g_strdup_printf("- %s", line));
        if (now == NULL)
            continue;
        g_ptr_array_add(diff, g_strdup_printf("+ %s", now));
        g_ptr_array_remove(added, (gpointer)now);
    }
    for (guint i = 0; i < added->len; i++)
        g_ptr_array_add(diff, g_strdup_printf("+ %s", (const char *)added->pdata[i]));
    return diff;
}
