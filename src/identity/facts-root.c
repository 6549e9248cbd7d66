// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "base/error.h"
#include "identity/facts.h"
#include "model/xml.h"

#define FIRST_LINE "virt-ferry-root 1"

static void
definition_free(void *data)
{
    FerryRootDefinition *definition = data;

    g_free(definition->path);
    g_free(definition->name);
    g_free(definition);
}

void
ferry_root_facts_free(FerryRootFacts *facts)
{
    if (facts == NULL)
        return;
    g_hash_table_unref(facts->tpms);
    g_free(facts->tpms_unknown);
    g_ptr_array_unref(facts->definitions);
    g_free(facts->definitions_unknown);
    g_hash_table_unref(facts->nvrams);
    g_hash_table_unref(facts->running);
    g_hash_table_unref(facts->tpm_log);
    g_free(facts);
}

static GHashTable *
table_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static FerryRootFacts *
facts_new(void)
{
    FerryRootFacts *facts = g_new0(FerryRootFacts, 1);

    facts->tpms = table_new();
    facts->definitions = g_ptr_array_new_with_free_func(definition_free);
    facts->nvrams = table_new();
    facts->running = table_new();
    facts->tpm_log = table_new();
    return facts;
}

// (transfer full) @text as it was before somebody wrote it into XML
static char *
unescape(const char *text)
{
    g_autofree char *xml = g_strdup_printf("<name>%s</name>", text);
    g_autoptr(xmlDoc) doc = ferry_xml_parse(xml, "name", "name", NULL);

    return doc != NULL ? ferry_xml_text(xmlDocGetRootElement(doc)) : g_strdup(text);
}

// The text of a UUID as libvirt writes it, "" where it is none.
static void
take_uuid(const char *word, char ret_uuid[FERRY_UUID_LEN + 1])
{
    ret_uuid[0] = '\0';
    (void)ferry_uuid_parse(word, ret_uuid);
}

static void
take_tpm(FerryRootFacts *facts, GStrv words)
{
    char uuid[FERRY_UUID_LEN + 1];

    take_uuid(words[1], uuid);
    if (uuid[0] != '\0')
        g_hash_table_replace(facts->tpms, g_strdup(uuid),
                             g_strdup(strcmp(words[2], "-") == 0 ? "" : words[2]));
}

static void
take_definition(FerryRootFacts *facts, GStrv words)
{
    FerryRootDefinition *definition = g_new0(FerryRootDefinition, 1);

    take_uuid(words[1], definition->uuid);
    definition->path = g_strdup(words[2]);
    definition->name = unescape(words[3]);
    g_ptr_array_add(facts->definitions, definition);
}

static void
take_unreadable(FerryRootFacts *facts, GStrv words)
{
    if (strcmp(words[1], "tpm") == 0)
        facts->tpms_unknown = g_strdup("the folders of vTPMs can be read by root alone");
    else if (strcmp(words[1], "definition") == 0)
        facts->definitions_unknown = g_strdup("libvirt's files can be read by root alone");
}

static void
take_nvram(FerryRootFacts *facts, GStrv words)
{
    g_hash_table_replace(facts->nvrams, g_strdup(words[2]), g_strdup(words[1]));
}

static void
take_running(FerryRootFacts *facts, GStrv words)
{
    char uuid[FERRY_UUID_LEN + 1];

    take_uuid(words[1], uuid);
    if (uuid[0] != '\0')
        g_hash_table_replace(facts->running, g_strdup(words[2]), g_strdup(uuid));
}

static void
take_made(FerryRootFacts *facts, GStrv words)
{
    g_hash_table_replace(facts->tpm_log, g_strdup(words[2]), g_strdup(words[1]));
}

static const struct {
    const char *word;
    unsigned n_words;
    void (*take)(FerryRootFacts *facts, GStrv words);
} kinds[] = {
    {"tpm", 3, take_tpm},
    {"definition", 4, take_definition},
    {"unreadable", 2, take_unreadable},
    {"nvram", 3, take_nvram},
    {"running", 3, take_running},
    {"made", 3, take_made},
};

// A later script may tell more: what is not known here is passed over.
static void
take_line(FerryRootFacts *facts, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, "\t", -1);

    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_strcmp0(words[0], kinds[i].word) == 0 && g_strv_length(words) == kinds[i].n_words)
            kinds[i].take(facts, words);
}

FerryRootFacts *
ferry_root_facts_parse(const char *text, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(FerryRootFacts) facts = facts_new();
    unsigned i = 0;

    // What the user's login says first is none of ours.
    while (lines[i] != NULL && strcmp(lines[i], FIRST_LINE) != 0)
        i++;
    for (; lines[i] != NULL; i++) {
        g_autofree char *line = g_utf8_make_valid(lines[i], -1);

        if (strcmp(line, "end") == 0)
            return g_steal_pointer(&facts);
        take_line(facts, line);
    }
    ferry_error_set(error, FERRY_ERROR_FAILED,
                    "the script that reads what root alone can did not end");
    return NULL;
}
