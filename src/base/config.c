// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "config-gen.h"

#define CONFIG_FILE FERRY_SYSCONF_DIR "/virt-ferry/virt-ferry.conf"

static const FerryConfigKey keys[] = {
    {"connect", "timeout", FERRY_CONFIG_UINT, "5", NULL,
     "seconds that a host may be silent before it counts as unreachable"},
    {"check", "probe", FERRY_CONFIG_BOOL, "true", NULL,
     "ask hosts over ssh, where their URI uses it, what libvirt cannot tell"},
    {"migrate", "mode", FERRY_CONFIG_CHOICE, "auto", "auto|p2p|direct",
     "who carries a move: the source's daemon (p2p), virt-ferry (direct), or what works (auto)"},
    {"migrate", "commit", FERRY_CONFIG_CHOICE, "auto", "auto|strict|fast",
     "who lets the destination run: virt-ferry once the source is gone (strict), libvirt (fast), or what is proved safe (auto)"},
    {"migrate", "bandwidth", FERRY_CONFIG_UINT, "0", NULL, "limit in MiB/s; 0 for none"},
    {"migrate", "max-blackout", FERRY_CONFIG_UINT, "0", NULL,
     "milliseconds that the guest may stand still at the switch; 0 for QEMU's own 300"},
    {"migrate", "timeout", FERRY_CONFIG_UINT, "0", NULL, "seconds a move may take; 0 for any"},
    {"migrate", "on-timeout", FERRY_CONFIG_CHOICE, "abort", "abort|pause|postcopy",
     "what happens when the time is up"},
    {"migrate", "stall-timeout", FERRY_CONFIG_UINT, "15", NULL,
     "seconds without a byte until a move counts as stalled; 0 for never"},
    {"migrate", "on-stall", FERRY_CONFIG_CHOICE, "abort", "abort|wait",
     "what happens then before the switch; a post-copy is always taken up again"},
    {"migrate", "auto-converge", FERRY_CONFIG_BOOL, "false", NULL,
     "slow a guest down that dirties memory faster than the link carries"},
    {"migrate", "parallel", FERRY_CONFIG_UINT, "0", NULL, "connections of a move; 0 for one plain"},
    {"migrate", "compress", FERRY_CONFIG_CHOICE, "", "xbzrle|mt|zlib|zstd",
     "how memory is compressed on its way"},
    {"migrate", "tls", FERRY_CONFIG_BOOL, "false", NULL, "encrypt the migration's connection"},
    {"migrate", "copy-disks", FERRY_CONFIG_CHOICE, "auto", "auto|all|never",
     "which disks are copied: those the destination lacks, all that are not shared, or none"},
    {"migrate", "disk-bandwidth", FERRY_CONFIG_UINT, "0", NULL,
     "limit in MiB/s for the copy of each disk; 0 for that of the transfer"},
    {"identity", "count-in-metadata", FERRY_CONFIG_BOOL, "false", NULL,
     "write the number of a machine's moves into its libvirt metadata too, where it travels along"},
    {"host-check", "min-free-memory-mib", FERRY_CONFIG_UINT, "512", NULL,
     "MiB of memory that a host should have free"},
    {"host-check", "min-free-gib", FERRY_CONFIG_UINT, "5", NULL,
     "GiB that a storage pool should have free"},
    {"host-check", "min-iops", FERRY_CONFIG_UINT, "500", NULL,
     "random reads of 4 KiB a second that a storage pool should give, with --measure"},
    {"host-check", "min-link-mibs", FERRY_CONFIG_UINT, "100", NULL,
     "MiB/s that one connection between two hosts should carry, with --measure"},
    {"host-check", "max-rtt-ms", FERRY_CONFIG_UINT, "10", NULL,
     "milliseconds that a packet may take to another host and back, with --measure; 0 for any"},
    {"host-check", "max-skew-ms", FERRY_CONFIG_UINT, "1000", NULL,
     "milliseconds by which the clocks of two hosts may differ; 0 for any"},
};

struct FerryConfig {
    GHashTable *values; // "group/name" -> text; only what the file gives
};

// Where the reader is, for error texts.
typedef struct Reader {
    const char *path;
    char *group;
    unsigned line;
} Reader;

const FerryConfigKey *
ferry_config_keys(size_t *ret_n)
{
    *ret_n = G_N_ELEMENTS(keys);
    return keys;
}

static const FerryConfigKey *
find_key(const char *group, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (strcmp(keys[i].group, group) == 0 && strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static bool
has_group(const char *group)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (strcmp(keys[i].group, group) == 0)
            return true;
    return false;
}

// Returns: "a, b and c". (transfer full)
static char *
list_names(const char *const *names, size_t n)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            g_string_append(text, i + 1 == n ? " and " : ", ");
        g_string_append(text, names[i]);
    }
    return g_string_free(text, FALSE);
}

static void
add_groups_hint(GError **error)
{
    const char *names[G_N_ELEMENTS(keys)];
    g_autofree char *list = NULL;
    size_t n = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (i == 0 || strcmp(keys[i].group, keys[i - 1].group) != 0)
            names[n++] = keys[i].group;
    list = list_names(names, n);
    ferry_error_add_hint(error, "The sections are %s.", list);
}

static void
add_keys_hint(GError **error, const char *group)
{
    const char *names[G_N_ELEMENTS(keys)];
    g_autofree char *list = NULL;
    size_t n = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (strcmp(keys[i].group, group) == 0)
            names[n++] = keys[i].name;
    list = list_names(names, n);
    ferry_error_add_hint(error,
                         n == 1 ? "The key of section [%s] is %s."
                                : "The keys of section [%s] are %s.",
                         group, list);
}

static bool
read_group(Reader *reader, const char *line, GError **error)
{
    size_t length = strlen(line);

    if (line[length - 1] != ']') {
        ferry_error_set(error, FERRY_ERROR_CONFIG,
                        "cannot read '%s' line %u: a section is written as [name]", reader->path,
                        reader->line);
        return false;
    }
    g_free(reader->group);
    reader->group = g_strndup(line + 1, length - 2);
    if (has_group(reader->group))
        return true;
    ferry_error_set(error, FERRY_ERROR_CONFIG, "cannot read '%s' line %u: there is no section [%s]",
                    reader->path, reader->line, reader->group);
    add_groups_hint(error);
    return false;
}

static bool
is_choice(const FerryConfigKey *key, const char *value)
{
    g_auto(GStrv) choices = g_strsplit(key->choices, "|", -1);

    return g_strv_contains((const char *const *)choices, value);
}

static bool
check_value(const Reader *reader, const FerryConfigKey *key, const char *value, GError **error)
{
    g_autofree char *expected = NULL;

    switch (key->type) {
    case FERRY_CONFIG_BOOL:
        if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
            return true;
        expected = g_strdup("true or false");
        break;
    case FERRY_CONFIG_UINT:
        if (g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT, NULL, NULL))
            return true;
        expected = g_strdup_printf("a whole number from 0 to %u", G_MAXUINT);
        break;
    case FERRY_CONFIG_CHOICE:
        if (is_choice(key, value))
            return true;
        expected = g_strdup_printf("one of %s", key->choices);
        break;
    }
    ferry_error_set(error, FERRY_ERROR_CONFIG, "cannot read '%s' line %u: '%s' is not %s",
                    reader->path, reader->line, value, expected);
    ferry_error_add_hint(error, "Key %s: %s.", key->name, key->summary);
    return false;
}

static bool
read_pair(FerryConfig *config, const Reader *reader, const char *line, GError **error)
{
    const char *equals = strchr(line, '=');
    g_autofree char *name = NULL;
    g_autofree char *value = NULL;
    const FerryConfigKey *key;

    if (equals == NULL || equals == line) {
        ferry_error_set(error, FERRY_ERROR_CONFIG,
                        "cannot read '%s' line %u: '%s' is neither key=value nor [section]",
                        reader->path, reader->line, line);
        return false;
    }
    if (reader->group == NULL) {
        ferry_error_set(error, FERRY_ERROR_CONFIG,
                        "cannot read '%s' line %u: a key stands before the first [section]",
                        reader->path, reader->line);
        add_groups_hint(error);
        return false;
    }
    name = g_strstrip(g_strndup(line, (gsize)(equals - line)));
    value = g_strstrip(g_strdup(equals + 1));
    key = find_key(reader->group, name);
    if (key == NULL) {
        ferry_error_set(error, FERRY_ERROR_CONFIG,
                        "cannot read '%s' line %u: section [%s] has no key '%s'", reader->path,
                        reader->line, reader->group, name);
        add_keys_hint(error, reader->group);
        return false;
    }
    if (!check_value(reader, key, value, error))
        return false;
    g_hash_table_insert(config->values, g_strdup_printf("%s/%s", key->group, key->name),
                        g_steal_pointer(&value));
    return true;
}

static bool
read_line(FerryConfig *config, Reader *reader, char *line, GError **error)
{
    if (!g_utf8_validate(line, -1, NULL)) {
        ferry_error_set(error, FERRY_ERROR_CONFIG, "cannot read '%s' line %u: it is no UTF-8 text",
                        reader->path, reader->line);
        return false;
    }
    g_strstrip(line);
    if (*line == '\0' || *line == '#')
        return true;
    if (*line == '[')
        return read_group(reader, line, error);
    return read_pair(config, reader, line, error);
}

static bool
read_text(FerryConfig *config, const char *path, const char *text, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    Reader reader = {.path = path};
    bool fine = true;

    for (size_t i = 0; lines[i] != NULL && fine; i++) {
        reader.line = (unsigned)i + 1;
        fine = read_line(config, &reader, lines[i], error);
    }
    g_free(reader.group);
    return fine;
}

// Returns: the file's text, NULL with an error. @optional: a file that is not there reads as empty.
static char *
read_file(const char *path, bool optional, GError **error)
{
    FERRY_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    g_autoptr(GError) cause = NULL;
    char *text = NULL;

    if (fd < 0 && errno == ENOENT && optional)
        return g_strdup("");
    if (fd < 0)
        ferry_error_set(error, FERRY_ERROR_CONFIG, "cannot read '%s': %s", path, g_strerror(errno));
    else if (!g_file_get_contents(path, &text, NULL, &cause))
        ferry_error_set(error, FERRY_ERROR_CONFIG, "cannot read '%s': %s", path, cause->message);
    return text;
}

FerryConfig *
ferry_config_load(const char *path, GError **error)
{
    g_autoptr(FerryConfig) config = g_new0(FerryConfig, 1);
    g_autofree char *text = NULL;

    config->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (path == NULL)
        path = g_getenv("FERRY_CONFIG");
    text = read_file(path != NULL ? path : CONFIG_FILE, path == NULL, error);
    if (text == NULL || !read_text(config, path != NULL ? path : CONFIG_FILE, text, error))
        return NULL;
    return g_steal_pointer(&config);
}

void
ferry_config_free(FerryConfig *config)
{
    if (config == NULL)
        return;
    g_clear_pointer(&config->values, g_hash_table_unref);
    g_free(config);
}

static const char *
get_value(const FerryConfig *config, const char *group, const char *name, FerryConfigType type)
{
    const FerryConfigKey *key = find_key(group, name);
    g_autofree char *full = g_strdup_printf("%s/%s", group, name);
    const char *value = g_hash_table_lookup(config->values, full);

    g_assert(key != NULL && key->type == type);
    return value != NULL ? value : key->preset;
}

bool
ferry_config_get_bool(const FerryConfig *config, const char *group, const char *name)
{
    return strcmp(get_value(config, group, name, FERRY_CONFIG_BOOL), "true") == 0;
}

unsigned
ferry_config_get_uint(const FerryConfig *config, const char *group, const char *name)
{
    const char *value = get_value(config, group, name, FERRY_CONFIG_UINT);
    uint64_t number = 0;

    // It was checked when the file was read.
    g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT, &number, NULL);
    return (unsigned)number;
}

const char *
ferry_config_get_choice(const FerryConfig *config, const char *group, const char *name)
{
    const char *value = get_value(config, group, name, FERRY_CONFIG_CHOICE);

    return *value != '\0' ? value : NULL;
}
