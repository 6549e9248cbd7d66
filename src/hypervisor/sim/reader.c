// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/sim/reader.h"

#include <string.h>

void
ferry_sim_read_fail(FerrySimReader *in, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    if (in->failed)
        return;
    in->failed = true;
    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    ferry_error_set(in->error, FERRY_ERROR_CONFIG,
                    "cannot read simulated world '%s': group '%s': %s", in->world->path, in->group,
                    text);
}

static bool
has(FerrySimReader *in, const char *key)
{
    g_string_append(in->known, key);
    g_string_append_c(in->known, ' ');
    return !in->failed && g_key_file_has_key(in->file, in->group, key, NULL);
}

char *
ferry_sim_read_text(FerrySimReader *in, const char *key)
{
    return has(in, key) ? g_key_file_get_string(in->file, in->group, key, NULL) : NULL;
}

GStrv
ferry_sim_read_list(FerrySimReader *in, const char *key)
{
    return has(in, key) ? g_key_file_get_string_list(in->file, in->group, key, NULL, NULL) : NULL;
}

GStrv
ferry_sim_read_uuids(FerrySimReader *in, const char *key)
{
    GStrv list = ferry_sim_read_list(in, key);

    for (unsigned i = 0; list != NULL && list[i] != NULL; i++) {
        char uuid[FERRY_UUID_LEN + 1] = "";

        if (!ferry_uuid_parse(list[i], uuid))
            ferry_sim_read_fail(in, "'%s' can't have '%s', which is no UUID", key, list[i]);
        g_free(list[i]);
        list[i] = g_strdup(uuid);
    }
    return list;
}

double
ferry_sim_read_number(FerrySimReader *in, const char *key, double missing)
{
    g_autoptr(GError) cause = NULL;
    double number;

    if (!has(in, key))
        return missing;
    number = g_key_file_get_double(in->file, in->group, key, &cause);
    if (cause != NULL || number < 0)
        ferry_sim_read_fail(in, "'%s' is no number from 0 on", key);
    return number;
}

bool
ferry_sim_read_bool(FerrySimReader *in, const char *key, bool missing)
{
    g_autoptr(GError) cause = NULL;
    bool value = missing;

    if (has(in, key))
        value = g_key_file_get_boolean(in->file, in->group, key, &cause);
    if (cause != NULL)
        ferry_sim_read_fail(in, "'%s' is neither true nor false", key);
    return value;
}

unsigned
ferry_sim_read_word(FerrySimReader *in,
                    const char *key,
                    const char *(*name_of)(unsigned value),
                    unsigned count,
                    unsigned missing)
{
    g_autofree char *text = ferry_sim_read_text(in, key);

    for (unsigned i = 0; text != NULL && i < count; i++)
        if (strcmp(name_of(i), text) == 0)
            return i;
    if (text != NULL)
        ferry_sim_read_fail(in, "'%s' can't be '%s'", key, text);
    return missing;
}

unsigned long
ferry_sim_read_version(FerrySimReader *in, const char *key)
{
    g_autofree char *text = ferry_sim_read_text(in, key);
    unsigned long version = 0;
    g_auto(GStrv) parts = NULL;

    if (text == NULL)
        return 0;
    parts = g_strsplit(text, ".", 3);
    for (unsigned i = 0; i < 3; i++) {
        guint64 number = 0;
        if (i < g_strv_length(parts) &&
            !g_ascii_string_to_unsigned(parts[i], 10, 0, 999, &number, NULL))
            ferry_sim_read_fail(in, "'%s' is no version such as 7.2.0", key);
        version = version * 1000 + (unsigned long)number;
    }
    return version;
}

void
ferry_sim_read_nothing(FerrySimReader *in, const char *key)
{
    (void)has(in, key);
}

void
ferry_sim_read_end(FerrySimReader *in)
{
    g_auto(GStrv) keys = g_key_file_get_keys(in->file, in->group, NULL, NULL);

    for (unsigned i = 0; keys != NULL && keys[i] != NULL; i++) {
        g_autofree char *word = g_strdup_printf(" %s ", keys[i]);
        if (strstr(in->known->str, word) == NULL)
            ferry_sim_read_fail(in, "nobody knows the key '%s'", keys[i]);
    }
}
