// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/disk/answer.h"

#include "base/json.h"

enum { VOLUMES_MAX = 4096, TEXT_MAX = 512 };

// A string for people: of bounded length, printable. (transfer full); NULL: not there
static char *
dup_text(JsonObject *object, const char *name)
{
    const char *text = ferry_json_get_string(object, name);
    g_autofree char *valid = text != NULL ? g_utf8_make_valid(text, -1) : NULL;

    if (valid == NULL)
        return NULL;
    for (char *c = valid; *c != '\0'; c++)
        if (g_ascii_iscntrl(*c))
            *c = '?';
    return g_utf8_substring(valid, 0, MIN(g_utf8_strlen(valid, -1), TEXT_MAX));
}

static FerryGuestVolume *
parse_volume(JsonObject *object)
{
    FerryGuestVolume *volume = g_new0(FerryGuestVolume, 1);

    volume->name = dup_text(object, "name");
    volume->type = dup_text(object, "type");
    volume->uuid = dup_text(object, "uuid");
    volume->label = dup_text(object, "label");
    volume->part_uuid = dup_text(object, "part_uuid");
    volume->mount = dup_text(object, "mount");
    volume->unknown = dup_text(object, "unknown");
    if (volume->name == NULL)
        volume->name = g_strdup("?");
    return volume;
}

// (transfer full); NULL: no hexadecimal text
static GByteArray *
parse_hex(const char *text)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    for (; text[0] != '\0'; text += 2) {
        int high = g_ascii_xdigit_value(text[0]);
        int low = high >= 0 ? g_ascii_xdigit_value(text[1]) : -1;

        if (low < 0)
            return NULL;
        g_byte_array_append(bytes, &(uint8_t){(uint8_t)(high << 4 | low)}, 1);
    }
    return g_steal_pointer(&bytes);
}

static void
take_file(FerryGuestFacts *facts, FerryGuestField field, JsonObject *object)
{
    g_autofree char *unknown = dup_text(object, "unknown");
    g_autofree char *link = dup_text(object, "link");
    const char *hex = ferry_json_get_string(object, "hex");
    g_autoptr(GByteArray) bytes = hex != NULL ? parse_hex(hex) : NULL;

    if (hex != NULL && bytes == NULL)
        unknown = g_strdup("the reader's answer can't be understood");
    if (unknown != NULL) {
        ferry_guest_facts_set_unknown(facts, field, unknown);
        return;
    }
    // Of no bytes there may be no data.
    ferry_guest_facts_set_file(facts, field,
                               bytes == NULL    ? NULL
                               : bytes->len > 0 ? (const char *)bytes->data
                                                : "",
                               bytes != NULL ? bytes->len : 0, link);
}

static void
set_all_unknown(FerryGuestFacts *facts, const char *why)
{
    for (unsigned i = 0; i < FERRY_GUEST_FIELD_LAST; i++)
        ferry_guest_facts_set_unknown(facts, (FerryGuestField)i, why);
    g_free(facts->volumes_unknown);
    facts->volumes_unknown = g_strdup(why);
}

bool
ferry_disk_answer_parse(const char *text, FerryGuestFacts *facts)
{
    g_autoptr(JsonNode) node = ferry_json_parse(text, "answer", NULL);
    JsonObject *answer =
        node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    g_autofree char *unknown = answer != NULL ? dup_text(answer, "unknown") : NULL;
    JsonArray *volumes = answer != NULL ? ferry_json_get_array(answer, "volumes") : NULL;
    JsonArray *files = answer != NULL ? ferry_json_get_array(answer, "files") : NULL;

    if (unknown != NULL) {
        set_all_unknown(facts, unknown);
        return true;
    }
    if (volumes == NULL || files == NULL || json_array_get_length(volumes) > VOLUMES_MAX ||
        json_array_get_length(files) != FERRY_GUEST_FIELD_LAST)
        return false;
    for (unsigned i = 0; i < json_array_get_length(volumes); i++) {
        JsonObject *volume = ferry_json_get_element(volumes, i);

        if (volume != NULL)
            g_ptr_array_add(facts->volumes, parse_volume(volume));
    }
    g_clear_pointer(&facts->volumes_unknown, g_free);
    for (unsigned i = 0; i < FERRY_GUEST_FIELD_LAST; i++) {
        JsonObject *file = ferry_json_get_element(files, i);

        if (file != NULL)
            take_file(facts, (FerryGuestField)i, file);
    }
    return true;
}
