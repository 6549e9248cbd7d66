// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/options.h"

#include <string.h>

#include "base/error.h"
#include "preflight/preflight.h"

#define GROUP "migrate"

// As GOption wants them: words as they were typed, judged in ferry_move_words_read().
struct FerryMoveWords {
    const FerryConfig *config;
    GArray *entries; // GOptionEntry
    char *mode;
    char *bandwidth;
    char *max_blackout;
    char *timeout;
    char *on_timeout;
    char *stall_timeout;
    char *on_stall;
    gboolean strict;
    gboolean fast;
    gboolean auto_converge;
    char *parallel;
    char *compress;
    gboolean tls;
    gboolean postcopy;
    char *dest_address;
    char *dest_name;
    gboolean keep_source_definition;
    gboolean persistent;
    char *xml;
    char *persistent_xml;
    gboolean unsafe;
    gboolean offline;
    char **force;
    char **skip;
    char *reason;
    gboolean no_probe;
    char *copy_disks;
    char **dest_pools;
    char *disk_bandwidth;
    gboolean remove_source_disks;
    char **map_networks;
    char **map_disks;
    char **map_pools;
    char *listen;
};

FerryMoveWords *
ferry_move_words_new(const FerryConfig *config)
{
    FerryMoveWords *words = g_new0(FerryMoveWords, 1);

    words->config = config;
    words->auto_converge = ferry_config_get_bool(config, GROUP, "auto-converge");
    words->tls = ferry_config_get_bool(config, GROUP, "tls");
    words->entries = g_array_new(true, true, sizeof(GOptionEntry));
    return words;
}

void
ferry_move_words_free(FerryMoveWords *words)
{
    if (words == NULL)
        return;
    g_array_unref(words->entries);
    g_free(words->mode);
    g_free(words->bandwidth);
    g_free(words->max_blackout);
    g_free(words->timeout);
    g_free(words->on_timeout);
    g_free(words->stall_timeout);
    g_free(words->on_stall);
    g_free(words->parallel);
    g_free(words->compress);
    g_free(words->dest_address);
    g_free(words->dest_name);
    g_free(words->xml);
    g_free(words->persistent_xml);
    g_strfreev(words->force);
    g_strfreev(words->skip);
    g_free(words->reason);
    g_free(words->copy_disks);
    g_strfreev(words->dest_pools);
    g_free(words->disk_bandwidth);
    g_strfreev(words->map_networks);
    g_strfreev(words->map_disks);
    g_strfreev(words->map_pools);
    g_free(words->listen);
    g_free(words);
}

const GOptionEntry *
ferry_move_words_entries(FerryMoveWords *w, const GOptionEntry *more)
{
    // clang-format off
    const GOptionEntry own[] = {
        {"mode", 0, 0, G_OPTION_ARG_STRING, &w->mode, "Who carries the move", "auto|p2p|direct"},
        {"bandwidth", 0, 0, G_OPTION_ARG_STRING, &w->bandwidth, "Limit of the transfer", "MIB/S"},
        {"max-blackout", 0, 0, G_OPTION_ARG_STRING, &w->max_blackout, "How long the guest may stand still at the switch", "MS"},
        {"timeout", 0, 0, G_OPTION_ARG_STRING, &w->timeout, "How long the transfer may take", "SECONDS"},
        {"on-timeout", 0, 0, G_OPTION_ARG_STRING, &w->on_timeout, "What happens then", "abort|pause|postcopy"},
        {"stall-timeout", 0, 0, G_OPTION_ARG_STRING, &w->stall_timeout, "How long nothing may go over", "SECONDS"},
        {"on-stall", 0, 0, G_OPTION_ARG_STRING, &w->on_stall, "What happens then before the switch", "abort|wait"},
        {"strict", 0, 0, G_OPTION_ARG_NONE, &w->strict, "Let the destination wait until the source is gone", NULL},
        {"fast", 0, 0, G_OPTION_ARG_NONE, &w->fast, "Let the destination start by itself, where locks are proved", NULL},
        {"auto-converge", 0, 0, G_OPTION_ARG_NONE, &w->auto_converge, "Slow the guest down where it dirties memory too fast", NULL},
        {"parallel", 0, 0, G_OPTION_ARG_STRING, &w->parallel, "Transfer over several connections", "N"},
        {"compress", 0, 0, G_OPTION_ARG_STRING, &w->compress, "Compress memory on its way", "xbzrle|mt|zlib|zstd"},
        {"tls", 0, 0, G_OPTION_ARG_NONE, &w->tls, "Encrypt the transfer", NULL},
        {"postcopy", 0, 0, G_OPTION_ARG_NONE, &w->postcopy, "Allow the switch to post-copy", NULL},
        {"dest-address", 0, 0, G_OPTION_ARG_STRING, &w->dest_address, "The destination's address on the migration network", "ADDRESS"},
        {"dest-name", 0, 0, G_OPTION_ARG_STRING, &w->dest_name, "Another name for the machine on the destination", "NAME"},
        {"keep-source-definition", 0, 0, G_OPTION_ARG_NONE, &w->keep_source_definition, "Leave the definition on the source", NULL},
        {"persistent", 0, 0, G_OPTION_ARG_NONE, &w->persistent, "Make a transient machine persistent on the destination", NULL},
        {"xml", 0, 0, G_OPTION_ARG_FILENAME, &w->xml, "Live XML for the destination", "FILE"},
        {"persistent-xml", 0, 0, G_OPTION_ARG_FILENAME, &w->persistent_xml, "Persistent XML for the destination", "FILE"},
        {"unsafe", 0, 0, G_OPTION_ARG_NONE, &w->unsafe, "Let libvirt move what it calls unsafe", NULL},
        {"offline", 0, 0, G_OPTION_ARG_NONE, &w->offline, "Move the definition of a machine that is off", NULL},
        {"force", 0, 0, G_OPTION_ARG_STRING_ARRAY, &w->force, "Override a check; may be given several times", "CHECK"},
        {"skip", 0, 0, G_OPTION_ARG_STRING_ARRAY, &w->skip, "Leave a check out; may be given several times", "CHECK"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &w->reason, "Why, for the records", "TEXT"},
        {"copy-disks", 0, 0, G_OPTION_ARG_STRING, &w->copy_disks, "Which disks are copied to the destination", "auto|all|DISKS|never"},
        {"dest-pool", 0, 0, G_OPTION_ARG_STRING_ARRAY, &w->dest_pools, "The storage pool that a copied disk comes to", "DISK=POOL"},
        {"disk-bandwidth", 0, 0, G_OPTION_ARG_STRING, &w->disk_bandwidth, "Limit of the copy of each disk", "MIB/S"},
        {"remove-source-disks", 0, 0, G_OPTION_ARG_NONE, &w->remove_source_disks, "Delete copied disks on the source once all is verified", NULL},
        {"map-network", 0, 0, G_OPTION_ARG_STRING_ARRAY, &w->map_networks, "A network or bridge has another name there", "OLD=NEW"},
        {"map-disk", 0, 0, G_OPTION_ARG_STRING_ARRAY, &w->map_disks, "A disk has another path there", "OLD=NEW"},
        {"map-pool", 0, 0, G_OPTION_ARG_STRING_ARRAY, &w->map_pools, "A storage pool has another name there", "OLD=NEW"},
        {"listen", 0, 0, G_OPTION_ARG_STRING, &w->listen, "Where graphics listen there", "ADDRESS"},
        {"no-probe", 0, 0, G_OPTION_ARG_NONE, &w->no_probe, "Run no script on the hosts", NULL},
    };
    // clang-format on

    g_array_append_vals(w->entries, own, G_N_ELEMENTS(own));
    for (; more != NULL && more->long_name != NULL; more++)
        g_array_append_vals(w->entries, more, 1);
    return (const GOptionEntry *)(void *)w->entries->data;
}

static void
set_bad_value(GError **error, const char *option, const char *value, const char *expected)
{
    ferry_error_set(error, FERRY_ERROR_USAGE, "cannot use --%s '%s': it is not %s", option, value,
                    expected);
}

// @text: what was typed; NULL leaves the configuration's word.
static bool
read_number(const FerryMoveWords *words,
            const char *option,
            const char *text,
            unsigned *ret_number,
            GError **error)
{
    guint64 number = 0;

    if (text == NULL) {
        *ret_number = ferry_config_get_uint(words->config, GROUP, option);
        return true;
    }
    if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT, &number, NULL)) {
        set_bad_value(error, option, text, "a whole number");
        return false;
    }
    *ret_number = (unsigned)number;
    return true;
}

static bool
read_numbers(const FerryMoveWords *words, FerryMigrateOptions *options, GError **error)
{
    return read_number(words, "bandwidth", words->bandwidth, &options->bandwidth_mibs, error) &&
           read_number(words, "max-blackout", words->max_blackout, &options->max_blackout_ms,
                       error) &&
           read_number(words, "timeout", words->timeout, &options->timeout_s, error) &&
           read_number(words, "stall-timeout", words->stall_timeout, &options->stall_timeout_s,
                       error) &&
           read_number(words, "parallel", words->parallel, &options->parallel, error) &&
           read_number(words, "disk-bandwidth", words->disk_bandwidth,
                       &options->disk_bandwidth_mibs, error);
}

static const char *
pick_choice(const FerryMoveWords *words, const char *option, const char *text)
{
    return text != NULL ? text : ferry_config_get_choice(words->config, GROUP, option);
}

static bool
read_choices(const FerryMoveWords *words, FerryMigrateOptions *options, GError **error)
{
    static const char *const methods[] = {"xbzrle", "mt", "zlib", "zstd", NULL};
    const char *mode = pick_choice(words, "mode", words->mode);
    const char *on_timeout = pick_choice(words, "on-timeout", words->on_timeout);
    const char *on_stall = pick_choice(words, "on-stall", words->on_stall);
    const char *compress = pick_choice(words, "compress", words->compress);

    if (!ferry_mode_parse(mode, &options->mode)) {
        set_bad_value(error, "mode", mode, "auto, p2p or direct");
        return false;
    }
    if (!ferry_on_timeout_parse(on_timeout, &options->on_timeout)) {
        set_bad_value(error, "on-timeout", on_timeout, "abort, pause or postcopy");
        return false;
    }
    if (!ferry_on_stall_parse(on_stall, &options->on_stall)) {
        set_bad_value(error, "on-stall", on_stall, "abort or wait");
        return false;
    }
    if (compress != NULL && !g_strv_contains(methods, compress)) {
        set_bad_value(error, "compress", compress, "xbzrle, mt, zlib or zstd");
        return false;
    }
    options->compress = g_strdup(compress);
    return true;
}

// How the destination is let run. What goes against post-copy is refused wherever either of them comes from: neither is
// left out without a word.
static bool
read_commit(const FerryMoveWords *words, FerryMigrateOptions *options, GError **error)
{
    const char *commit = ferry_config_get_choice(words->config, GROUP, "commit");

    if (words->strict && words->fast) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "cannot use --strict with --fast");
        return false;
    }
    if (words->strict || words->fast)
        commit = words->strict ? "strict" : "fast";
    if (!ferry_commit_parse(commit, &options->commit)) {
        set_bad_value(error, "commit", commit, "auto, strict or fast");
        return false;
    }
    if (options->commit != FERRY_COMMIT_STRICT || !ferry_migrate_options_want_postcopy(options))
        return true;
    ferry_error_set(error, FERRY_ERROR_USAGE, "cannot use %s with %s",
                    words->strict ? "--strict" : "'commit=strict'",
                    options->postcopy ? "--postcopy" : "--on-timeout postcopy");
    ferry_error_add_hint(error,
                         "libvirt lets the destination run in post-copy before the source is "
                         "gone: leave one of them out, here or in virt-ferry.conf.");
    return false;
}

bool
ferry_move_check_pairs(const char *option, char **given, GError **error)
{
    for (size_t i = 0; given != NULL && given[i] != NULL; i++) {
        const char *equals = strchr(given[i], '=');

        if (equals == NULL || equals == given[i] || equals[1] == '\0') {
            set_bad_value(error, option, given[i], "two names with '=' between them");
            return false;
        }
    }
    return true;
}

bool
ferry_move_check_paths(const char *option, char **given, GError **error)
{
    if (!ferry_move_check_pairs(option, given, error))
        return false;
    for (size_t i = 0; given != NULL && given[i] != NULL; i++) {
        if (given[i][0] == '/' && strchr(given[i], '=')[1] == '/')
            continue;
        set_bad_value(error, option, given[i], "two absolute paths with '=' between them");
        return false;
    }
    return true;
}

// What stands on both sides of a '='.
static bool
read_names(const FerryMoveWords *words, FerryMigrateOptions *options, GError **error)
{
    options->dest_pools = g_strdupv(words->dest_pools);
    options->map_networks = g_strdupv(words->map_networks);
    options->map_disks = g_strdupv(words->map_disks);
    options->map_pools = g_strdupv(words->map_pools);
    return ferry_move_check_pairs("dest-pool", words->dest_pools, error) &&
           ferry_move_check_pairs("map-network", words->map_networks, error) &&
           ferry_move_check_paths("map-disk", words->map_disks, error) &&
           ferry_move_check_pairs("map-pool", words->map_pools, error);
}

static bool
read_disks(const FerryMoveWords *words, FerryMigrateOptions *options, GError **error)
{
    const char *copy = words->copy_disks != NULL
                           ? words->copy_disks
                           : ferry_config_get_choice(words->config, GROUP, "copy-disks");

    if (*copy == '\0') {
        set_bad_value(error, "copy-disks", copy, "auto, all, never or names of disks");
        return false;
    }
    if (words->listen != NULL && *words->listen == '\0') {
        set_bad_value(error, "listen", words->listen, "an address");
        return false;
    }
    options->copy_disks = g_strdup(copy);
    options->remove_source_disks = words->remove_source_disks;
    options->listen = g_strdup(words->listen);
    return read_names(words, options, error);
}

static bool
read_xml(const char *option, const char *path, char **ret_xml, GError **error)
{
    g_autoptr(GError) cause = NULL;

    if (path == NULL || g_file_get_contents(path, ret_xml, NULL, &cause))
        return true;
    ferry_error_set(error, FERRY_ERROR_USAGE, "cannot read --%s '%s': %s", option, path,
                    cause->message);
    return false;
}

// What is left out is left out for a reason, which the journal keeps.
static bool
read_skip(const FerryMoveWords *words, FerryMigrateOptions *options, GError **error)
{
    bool has_reason = words->reason != NULL && *words->reason != '\0';

    if (!ferry_preflight_allows_force((const char *const *)words->skip, error))
        return false;
    if (words->skip != NULL && !has_reason) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "cannot skip check '%s' without a reason",
                        words->skip[0]);
        ferry_error_add_hint(error, "Say why with --reason TEXT: it is kept with the move.");
        return false;
    }
    if (words->skip == NULL && words->reason != NULL) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "cannot use --reason without --skip");
        return false;
    }
    options->skip = g_strdupv(words->skip);
    options->skip_reason = g_strdup(words->reason);
    return true;
}

FerryMigrateOptions *
ferry_move_words_read(const FerryMoveWords *words, GError **error)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();

    if (!read_numbers(words, options, error) || !read_choices(words, options, error))
        return NULL;
    if (!ferry_preflight_allows_force((const char *const *)words->force, error) ||
        !read_skip(words, options, error))
        return NULL;
    if (!read_xml("xml", words->xml, &options->xml, error) ||
        !read_xml("persistent-xml", words->persistent_xml, &options->persistent_xml, error))
        return NULL;
    options->postcopy = words->postcopy;
    if (!read_commit(words, options, error) || !read_disks(words, options, error))
        return NULL;
    options->auto_converge = words->auto_converge;
    options->tls = words->tls;
    options->dest_address = g_strdup(words->dest_address);
    options->dest_name = g_strdup(words->dest_name);
    options->keep_source_definition = words->keep_source_definition;
    options->persistent = words->persistent;
    options->unsafe = words->unsafe;
    options->offline = words->offline;
    options->force = g_strdupv(words->force);
    options->no_probe = words->no_probe || !ferry_config_get_bool(words->config, "check", "probe");
    options->count_in_metadata =
        ferry_config_get_bool(words->config, "identity", "count-in-metadata");
    return g_steal_pointer(&options);
}
