// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// long file: what reads a line's value stands beside the table of the lines

#include "model/host-probe.h"

#include <stddef.h>
#include <string.h>

#include "base/error.h"

#define FIRST_LINE "virt-ferry-probe 1"
#define LAST_LINE  "end"
// What must not reach a terminal: the host's programs speak here too.
#define CONTROL_CHARACTERS \
    "\x01\x02\x03\x04\x05\x06\x07\x08\t\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f"

// Reads @value into @field, which lies in the part that the key is about.
// Returns: false for a value that cannot be
typedef bool (*ReadFunc)(const char *value, void *field);

typedef enum Part { PART_HOST, PART_TLS, PART_PATH, PART_PEER, PART_LOCK } Part;

typedef struct Key {
    const char *name;
    Part part;
    size_t offset;
    ReadFunc read;
} Key;

static void
free_path(FerryProbedPath *path)
{
    g_free(path->path);
    g_free(path->identity);
    g_free(path->fs_type);
    g_free(path->fs_options);
    g_strfreev(path->marks);
    g_free(path);
}

static void
free_peer(FerryProbedPeer *peer)
{
    g_free(peer->name);
    g_free(peer->address);
    g_free(peer->connect_error);
    g_free(peer);
}

static void
free_lock(FerryProbedLock *lock)
{
    g_free(lock->path);
    g_free(lock->unknown);
    g_free(lock);
}

static void
free_tls(FerryProbedTls *tls)
{
    g_free(tls->folder);
    g_strfreev(tls->names);
    g_free(tls);
}

void
ferry_host_probe_free(FerryHostProbe *probe)
{
    if (probe == NULL)
        return;
    g_free(probe->token);
    g_free(probe->os);
    g_free(probe->kernel);
    g_free(probe->ntp_by);
    g_free(probe->cpu_model);
    g_free(probe->cpu_signature);
    g_free(probe->microcode);
    g_free(probe->tcp_congestion);
    g_array_unref(probe->ports_taken);
    g_free(probe->migration_host);
    g_free(probe->lock_manager);
    g_clear_pointer(&probe->shared_folders, g_ptr_array_unref);
    g_free(probe->migrate_tls_folder);
    g_free(probe->config_fs_type);
    g_free(probe->config_source);
    g_ptr_array_unref(probe->tls);
    g_ptr_array_unref(probe->paths);
    g_ptr_array_unref(probe->peers);
    g_ptr_array_unref(probe->locks);
    g_free(probe);
}

static FerryHostProbe *
new_probe(void)
{
    FerryHostProbe *probe = g_new0(FerryHostProbe, 1);

    probe->ports_taken = g_array_new(FALSE, FALSE, sizeof(unsigned));
    probe->tls = g_ptr_array_new_with_free_func((GDestroyNotify)free_tls);
    probe->paths = g_ptr_array_new_with_free_func((GDestroyNotify)free_path);
    probe->peers = g_ptr_array_new_with_free_func((GDestroyNotify)free_peer);
    probe->locks = g_ptr_array_new_with_free_func((GDestroyNotify)free_lock);
    return probe;
}

static bool
read_text(const char *value, void *field)
{
    char **text = field;

    g_free(*text);
    *text = *value != '\0' ? g_strdup(value) : NULL;
    return true;
}

// Their number is told before them, so that none is told from not known.
static bool
begin_folders(const char *value, void *field)
{
    GPtrArray **folders = field;

    g_clear_pointer(folders, g_ptr_array_unref);
    *folders = g_ptr_array_new_with_free_func(g_free);
    return *value != '\0';
}

static bool
read_folder(const char *value, void *field)
{
    GPtrArray **folders = field;

    if (*folders == NULL)
        return false;
    g_ptr_array_add(*folders, g_strdup(value));
    return true;
}

static bool
read_truth(const char *value, void *field)
{
    FerryTruth *truth = field;

    *truth = strcmp(value, "yes") == 0  ? FERRY_TRUTH_YES
             : strcmp(value, "no") == 0 ? FERRY_TRUTH_NO
                                        : FERRY_TRUTH_UNKNOWN;
    return *truth != FERRY_TRUTH_UNKNOWN || strcmp(value, "unknown") == 0;
}

static bool
read_bool(const char *value, void *field)
{
    *(bool *)field = strcmp(value, "yes") == 0;
    return *(bool *)field || strcmp(value, "no") == 0;
}

static bool
read_reach(const char *value, void *field)
{
    static const char *const names[] = {
        [FERRY_REACH_UNKNOWN] = "unknown",
        [FERRY_REACH_OPEN] = "open",
        [FERRY_REACH_REFUSED] = "refused",
        [FERRY_REACH_FILTERED] = "filtered",
    };

    for (unsigned i = 0; i < FERRY_REACH_LAST; i++) {
        if (strcmp(value, names[i]) == 0) {
            *(FerryReach *)field = (FerryReach)i;
            return true;
        }
    }
    return false;
}

static bool
read_lock_state(const char *value, void *field)
{
    FerryLockState *state = field;

    *state = strcmp(value, "held") == 0   ? FERRY_LOCK_HELD
             : strcmp(value, "free") == 0 ? FERRY_LOCK_FREE
                                          : FERRY_LOCK_UNKNOWN;
    return *state != FERRY_LOCK_UNKNOWN;
}

// Blanks between words, however many.
static GStrv
split_words(const char *value)
{
    g_auto(GStrv) words = g_strsplit(value, " ", -1);
    g_autoptr(GPtrArray) kept = g_ptr_array_new();

    for (unsigned i = 0; words[i] != NULL; i++)
        if (*words[i] != '\0')
            g_ptr_array_add(kept, g_strdup(words[i]));
    g_ptr_array_add(kept, NULL);
    return (char **)g_ptr_array_steal(kept, NULL);
}

static bool
read_words(const char *value, void *field)
{
    GStrv *words = field;

    g_strfreev(*words);
    *words = split_words(value);
    return true;
}

// Exactly @n numbers.
static bool
read_numbers(const char *value, uint64_t *numbers, unsigned n, uint64_t max)
{
    g_auto(GStrv) words = split_words(value);

    if (g_strv_length(words) != n)
        return false;
    for (unsigned i = 0; i < n; i++) {
        guint64 number;

        if (!g_ascii_string_to_unsigned(words[i], 10, 0, max, &number, NULL))
            return false;
        numbers[i] = number;
    }
    return true;
}

static bool
read_clock(const char *value, void *field)
{
    FerryHostProbe *probe = field;
    g_auto(GStrv) words = split_words(value);
    gint64 offset;
    gint64 wrong;

    if (g_strv_length(words) != 2 ||
        !g_ascii_string_to_signed(words[0], 10, G_MININT64 / 2, G_MAXINT64 / 2, &offset, NULL) ||
        !g_ascii_string_to_signed(words[1], 10, 0, G_MAXINT64 / 2, &wrong, NULL))
        return false;
    probe->clock_offset_us = offset;
    probe->clock_error_us = wrong;
    return true;
}

// "yes chrony": a truth and who sees to it.
static bool
read_ntp(const char *value, void *field)
{
    FerryHostProbe *probe = field;
    g_auto(GStrv) words = g_strsplit(value, " ", 2);

    if (words[0] == NULL || !read_truth(words[0], &probe->ntp_synchronized))
        return false;
    return words[1] == NULL || read_text(words[1], &probe->ntp_by);
}

static bool
read_memory(const char *value, void *field)
{
    FerryHostProbe *probe = field;
    uint64_t kib[3];

    if (!read_numbers(value, kib, G_N_ELEMENTS(kib), G_MAXUINT64 / 1024))
        return false;
    probe->memory_total_kib = kib[0];
    probe->memory_available_kib = kib[1];
    probe->swap_free_kib = kib[2];
    return true;
}

static bool
read_ports(const char *value, void *field)
{
    FerryHostProbe *probe = field;
    uint64_t range[2];

    if (!read_numbers(value, range, G_N_ELEMENTS(range), G_MAXUINT16) || range[0] == 0 ||
        range[0] > range[1])
        return false;
    probe->port_min = (unsigned)range[0];
    probe->port_max = (unsigned)range[1];
    return true;
}

static int
compare_ports(gconstpointer a, gconstpointer b)
{
    unsigned first = *(const unsigned *)a;
    unsigned second = *(const unsigned *)b;

    return (first > second) - (first < second);
}

static bool
read_ports_taken(const char *value, void *field)
{
    FerryHostProbe *probe = field;
    g_auto(GStrv) words = split_words(value);

    g_array_set_size(probe->ports_taken, 0);
    for (unsigned i = 0; words[i] != NULL; i++) {
        guint64 number;
        unsigned port;

        if (!g_ascii_string_to_unsigned(words[i], 10, 1, G_MAXUINT16, &number, NULL))
            return false;
        port = (unsigned)number;
        g_array_append_val(probe->ports_taken, port);
    }
    g_array_sort(probe->ports_taken, compare_ports);
    return true;
}

static bool
read_config_fs(const char *value, void *field)
{
    FerryHostProbe *probe = field;
    g_auto(GStrv) words = g_strsplit(value, " ", 2);

    if (words[0] == NULL || words[1] == NULL)
        return false;
    return read_text(words[0], &probe->config_fs_type) &&
           read_text(words[1], &probe->config_source);
}

static bool
read_expires(const char *value, void *field)
{
    gint64 seconds;

    if (!g_ascii_string_to_signed(value, 10, 0, G_MAXINT64, &seconds, NULL))
        return false;
    *(int64_t *)field = seconds;
    return true;
}

static bool
read_tls_names(const char *value, void *field)
{
    FerryProbedTls *tls = field;

    tls->names_known = true;
    return read_words(value, &tls->names);
}

static bool
read_path_file(const char *value, void *field)
{
    FerryProbedPath *path = field;
    uint64_t numbers[3];

    if (!read_numbers(value, numbers, G_N_ELEMENTS(numbers), G_MAXUINT64))
        return false;
    path->device = numbers[0];
    path->inode = numbers[1];
    path->size = numbers[2];
    return true;
}

// "nfs4 rw,relatime,nolock 1048576"
static bool
read_path_fs(const char *value, void *field)
{
    FerryProbedPath *path = field;
    g_auto(GStrv) words = split_words(value);

    if (g_strv_length(words) != 3 || !read_numbers(words[2], &path->free_bytes, 1, G_MAXUINT64))
        return false;
    return read_text(words[0], &path->fs_type) && read_text(words[1], &path->fs_options);
}

static bool
read_peer_mtu(const char *value, void *field)
{
    FerryProbedPeer *peer = field;
    uint64_t mtu[2];

    if (!read_numbers(value, mtu, G_N_ELEMENTS(mtu), G_MAXUINT32))
        return false;
    peer->path_mtu = (unsigned)mtu[0];
    peer->link_mtu = (unsigned)mtu[1];
    return true;
}

static bool
begin_tls(const char *value, void *field)
{
    FerryHostProbe *probe = field;
    FerryProbedTls *tls = g_new0(FerryProbedTls, 1);

    tls->folder = g_strdup(value);
    tls->names = g_new0(char *, 1);
    g_ptr_array_add(probe->tls, tls);
    return *value == '/';
}

static bool
begin_path(const char *value, void *field)
{
    FerryHostProbe *probe = field;
    FerryProbedPath *path = g_new0(FerryProbedPath, 1);

    path->path = g_strdup(value);
    path->marks = g_new0(char *, 1);
    g_ptr_array_add(probe->paths, path);
    return *value == '/';
}

static bool
begin_peer(const char *value, void *field)
{
    FerryHostProbe *probe = field;
    FerryProbedPeer *peer = g_new0(FerryProbedPeer, 1);

    peer->name = g_strdup(value);
    g_ptr_array_add(probe->peers, peer);
    return *value != '\0';
}

static bool
begin_lock(const char *value, void *field)
{
    FerryHostProbe *probe = field;
    FerryProbedLock *lock = g_new0(FerryProbedLock, 1);

    lock->path = g_strdup(value);
    g_ptr_array_add(probe->locks, lock);
    return *value == '/';
}

#define HOST(name, member, read)                                \
    {                                                           \
        name, PART_HOST, offsetof(FerryHostProbe, member), read \
    }
#define TLS(name, member, read)                                \
    {                                                          \
        name, PART_TLS, offsetof(FerryProbedTls, member), read \
    }
#define PATH(name, member, read)                                 \
    {                                                            \
        name, PART_PATH, offsetof(FerryProbedPath, member), read \
    }
#define PEER(name, member, read)                                 \
    {                                                            \
        name, PART_PEER, offsetof(FerryProbedPeer, member), read \
    }
#define LOCK(name, member, read)                                 \
    {                                                            \
        name, PART_LOCK, offsetof(FerryProbedLock, member), read \
    }

static const Key keys[] = {
    HOST("token", token, read_text),
    HOST("os", os, read_text),
    HOST("kernel", kernel, read_text),
    HOST("root", root, read_bool),
    {"clock", PART_HOST, 0, read_clock},
    {"ntp", PART_HOST, 0, read_ntp},
    HOST("cpu-model", cpu_model, read_text),
    HOST("cpu-signature", cpu_signature, read_text),
    HOST("microcode", microcode, read_text),
    HOST("hw-virt", hw_virt, read_truth),
    HOST("nested", nested, read_truth),
    HOST("kvm", kvm, read_truth),
    {"memory", PART_HOST, 0, read_memory},
    HOST("tcp-congestion", tcp_congestion, read_text),
    HOST("userfaultfd", userfaultfd, read_truth),
    {"ports", PART_HOST, 0, read_ports},
    {"ports-taken", PART_HOST, 0, read_ports_taken},
    HOST("migration-host", migration_host, read_text),
    HOST("lock-manager", lock_manager, read_text),
    HOST("shared-folders", shared_folders, begin_folders),
    HOST("shared-folder", shared_folders, read_folder),
    HOST("migrate-tls", migrate_tls_folder, read_text),
    {"config-fs", PART_HOST, 0, read_config_fs},
    {"tls", PART_HOST, 0, begin_tls},
    TLS("tls-ca", ca, read_bool),
    TLS("tls-server", server, read_bool),
    TLS("tls-client", client, read_bool),
    {"tls-names", PART_TLS, 0, read_tls_names},
    TLS("tls-expires", expires_s, read_expires),
    {"path", PART_HOST, 0, begin_path},
    PATH("path-seen", seen, read_bool),
    {"path-file", PART_PATH, 0, read_path_file},
    PATH("path-identity", identity, read_text),
    {"path-fs", PART_PATH, 0, read_path_fs},
    PATH("path-marked", marked, read_bool),
    PATH("path-marks", marks, read_words),
    {"peer", PART_HOST, 0, begin_peer},
    PEER("peer-address", address, read_text),
    PEER("peer-daemon", daemon, read_reach),
    PEER("peer-migration", migration, read_reach),
    {"peer-mtu", PART_PEER, 0, read_peer_mtu},
    PEER("peer-connects", connects, read_truth),
    PEER("peer-error", connect_error, read_text),
    {"lock", PART_HOST, 0, begin_lock},
    LOCK("lock-state", state, read_lock_state),
    LOCK("lock-error", unknown, read_text),
};

// Returns: the part that a line is about, the last one that was begun; NULL where none was
static void *
find_part(FerryHostProbe *probe, Part part)
{
    const GPtrArray *list = part == PART_TLS    ? probe->tls
                            : part == PART_PATH ? probe->paths
                            : part == PART_PEER ? probe->peers
                            : part == PART_LOCK ? probe->locks
                                                : NULL;

    if (list == NULL)
        return probe;
    return list->len > 0 ? g_ptr_array_index(list, list->len - 1) : NULL;
}

// Returns: false for a value that cannot be; a line of an unknown key is passed over
static bool
read_line(FerryHostProbe *probe, const char *line)
{
    const char *blank = strchr(line, ' ');
    size_t length = blank != NULL ? (size_t)(blank - line) : strlen(line);

    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++) {
        const Key *key = &keys[i];
        void *part;

        if (strncmp(line, key->name, length) != 0 || key->name[length] != '\0')
            continue;
        part = find_part(probe, key->part);
        return part != NULL &&
               key->read(blank != NULL ? blank + 1 : "", (char *)part + key->offset);
    }
    return true;
}

// What the host's own programs say may be in any encoding and hold anything.
static char *
clean_text(const char *text)
{
    return g_strdelimit(g_utf8_make_valid(text, -1), CONTROL_CHARACTERS, '?');
}

static char *
shorten(const char *line)
{
    return g_utf8_strlen(line, -1) > 80 ? g_utf8_substring(line, 0, 80) : g_strdup(line);
}

FerryHostProbe *
ferry_host_probe_parse(const char *text, GError **error)
{
    g_autofree char *clean = clean_text(text);
    g_auto(GStrv) lines = g_strsplit(clean, "\n", -1);
    g_autoptr(FerryHostProbe) probe = new_probe();

    if (g_strcmp0(lines[0], FIRST_LINE) != 0) {
        ferry_error_set(error, FERRY_ERROR_FAILED,
                        "cannot read the probe's answer: it does not begin with '%s'", FIRST_LINE);
        return NULL;
    }
    for (unsigned i = 1; lines[i] != NULL; i++) {
        if (strcmp(lines[i], LAST_LINE) == 0)
            return g_steal_pointer(&probe);
        if (!read_line(probe, lines[i])) {
            g_autofree char *shown = shorten(lines[i]);

            ferry_error_set(error, FERRY_ERROR_FAILED,
                            "cannot read the probe's answer: line %u cannot be: '%s'", i + 1,
                            shown);
            return NULL;
        }
    }
    ferry_error_set(error, FERRY_ERROR_FAILED, "cannot read the probe's answer: it has no end");
    return NULL;
}

const FerryProbedPath *
ferry_host_probe_path(const FerryHostProbe *probe, const char *path)
{
    for (unsigned i = 0; i < probe->paths->len; i++) {
        const FerryProbedPath *probed = g_ptr_array_index(probe->paths, i);

        if (strcmp(probed->path, path) == 0)
            return probed;
    }
    return NULL;
}

const FerryProbedPeer *
ferry_host_probe_peer(const FerryHostProbe *probe, const char *name)
{
    for (unsigned i = 0; i < probe->peers->len; i++) {
        const FerryProbedPeer *peer = g_ptr_array_index(probe->peers, i);

        if (strcmp(peer->name, name) == 0)
            return peer;
    }
    return NULL;
}

const FerryProbedTls *
ferry_host_probe_tls(const FerryHostProbe *probe, const char *folder)
{
    for (unsigned i = 0; i < probe->tls->len; i++) {
        const FerryProbedTls *tls = g_ptr_array_index(probe->tls, i);

        if (strcmp(tls->folder, folder) == 0)
            return tls;
    }
    return NULL;
}

const FerryProbedLock *
ferry_host_probe_lock(const FerryHostProbe *probe, const char *path)
{
    for (unsigned i = 0; i < probe->locks->len; i++) {
        const FerryProbedLock *lock = g_ptr_array_index(probe->locks, i);

        if (strcmp(lock->path, path) == 0)
            return lock;
    }
    return NULL;
}
