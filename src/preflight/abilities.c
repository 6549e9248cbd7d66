// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/abilities.h"

#include <string.h>

static bool
asks_tls(const FerryMigrateOptions *options)
{
    return options->tls;
}

static bool
asks_parallel(const FerryMigrateOptions *options)
{
    return options->parallel > 0;
}

static bool
asks_auto_converge(const FerryMigrateOptions *options)
{
    return options->auto_converge;
}

static bool
asks_xbzrle(const FerryMigrateOptions *options)
{
    return g_strcmp0(options->compress, "xbzrle") == 0;
}

static bool
asks_mt(const FerryMigrateOptions *options)
{
    return g_strcmp0(options->compress, "mt") == 0;
}

static bool
asks_zlib(const FerryMigrateOptions *options)
{
    return g_strcmp0(options->compress, "zlib") == 0;
}

static bool
asks_zstd(const FerryMigrateOptions *options)
{
    return g_strcmp0(options->compress, "zstd") == 0;
}

static bool
asks_postcopy_parallel(const FerryMigrateOptions *options)
{
    return ferry_migrate_options_want_postcopy(options) && asks_parallel(options);
}

static bool
asks_zlib_plain(const FerryMigrateOptions *options)
{
    return asks_zlib(options) && !asks_parallel(options);
}

static bool
asks_zstd_plain(const FerryMigrateOptions *options)
{
    return asks_zstd(options) && !asks_parallel(options);
}

static bool
asks_xbzrle_parallel(const FerryMigrateOptions *options)
{
    return asks_xbzrle(options) && asks_parallel(options);
}

static bool
asks_mt_parallel(const FerryMigrateOptions *options)
{
    return asks_mt(options) && asks_parallel(options);
}

static bool
asks_mt_postcopy(const FerryMigrateOptions *options)
{
    return asks_mt(options) && ferry_migrate_options_want_postcopy(options);
}

// What no version can do.
static const struct {
    bool (*asked)(const FerryMigrateOptions *options);
    const char *text;
} impossible[] = {
    // libvirt 11.3: "Compression method 'zstd' isn't supported" but with VIR_MIGRATE_PARALLEL
    {asks_zlib_plain, "--compress zlib needs --parallel"},
    {asks_zstd_plain, "--compress zstd needs --parallel"},
    // libvirt: "No compression algorithm selected for parallel migration"
    {asks_xbzrle_parallel, "--compress xbzrle cannot go with --parallel"},
    {asks_mt_parallel, "--compress mt cannot go with --parallel"},
    // QEMU, migrate_caps_check(): "Postcopy is not currently compatible with compression"
    {asks_mt_postcopy, "--compress mt cannot go with --postcopy"},
};

// What needs a version, on both hosts. 0: any.
static const struct {
    const char *option;
    bool (*asked)(const FerryMigrateOptions *options);
    unsigned long libvirt_from;
    unsigned long qemu_from;
    unsigned long qemu_below; // the first version that can no more
} versions[] = {
    // VIR_MIGRATE_AUTO_CONVERGE
    {"--auto-converge", asks_auto_converge, 1002003, 1006000, 0},
    // VIR_MIGRATE_PARAM_COMPRESSION
    {"--compress xbzrle", asks_xbzrle, 1003004, 1002000, 0},
    // QEMU 9.1 took its 'compress' capability away
    {"--compress mt", asks_mt, 1003004, 2004000, 9001000},
    // multifd-compression of QEMU 5.0, which libvirt 9.4 was the first to set
    {"--compress zlib", asks_zlib, 9004000, 5000000, 0},
    {"--compress zstd", asks_zstd, 9004000, 5000000, 0},
    // VIR_MIGRATE_PARALLEL, multifd
    {"--parallel", asks_parallel, 5002000, 4000000, 0},
    // VIR_MIGRATE_POSTCOPY, postcopy-ram
    {"--postcopy", ferry_migrate_options_want_postcopy, 1003003, 2006000, 0},
    // QEMU 10.0 refuses it. Older ones accept both capabilities, and the machine may end up shut off on
    // the destination (as OpenStack Nova documents), so what they accept proves nothing.
    {"--postcopy with --parallel", asks_postcopy_parallel, 5002000, 10001000, 0},
    // VIR_MIGRATE_TLS, tls-creds
    {"--tls", asks_tls, 3002000, 2007000, 0},
};

typedef struct Need {
    const char *option;
    const char *what; // "libvirt", "QEMU"
    unsigned long from;
    unsigned long below;
    unsigned long src; // versions of the two hosts; 0: not known
    unsigned long dst;
} Need;

static bool
has_version(const Need *need, unsigned long version)
{
    return version >= need->from && (need->below == 0 || version < need->below);
}

// "the source has 9.0.0 and the destination 9.0.0"
static char *
format_lack(const Need *need, bool src_can, bool dst_can)
{
    g_autofree char *src = ferry_version_format(need->src);
    g_autofree char *dst = ferry_version_format(need->dst);

    if (src_can)
        return g_strdup_printf("the destination has %s", dst);
    if (dst_can)
        return g_strdup_printf("the source has %s", src);
    return g_strdup_printf("the source has %s and the destination %s", src, dst);
}

// Returns: the refusal, NULL where both versions do. @ret_undecided is only ever set.
static char *
refuse_version(const Need *need, bool *ret_undecided)
{
    bool src_can = need->src == 0 || has_version(need, need->src);
    bool dst_can = need->dst == 0 || has_version(need, need->dst);
    bool too_new = need->below != 0 && MAX(need->src, need->dst) >= need->below;
    g_autofree char *limit = ferry_version_format(too_new ? need->below : need->from);
    g_autofree char *lack = NULL;

    if (need->from == 0 && need->below == 0)
        return NULL;
    if (need->src == 0 || need->dst == 0)
        *ret_undecided = true;
    if (src_can && dst_can)
        return NULL;
    lack = format_lack(need, src_can, dst_can);
    return g_strdup_printf("%s needs %s %s%s on both hosts, and %s", need->option, need->what,
                           too_new ? "older than " : "", limit, lack);
}

static void
add_refusal(GPtrArray *refusals, char *text)
{
    if (text != NULL)
        g_ptr_array_add(refusals, text);
}

GPtrArray *
ferry_abilities_refuse(const FerryMigrateOptions *options,
                       const FerryHostInfo *src,
                       const FerryHostInfo *dst,
                       bool *ret_undecided)
{
    static const FerryHostInfo unknown = {0};
    GPtrArray *refusals = g_ptr_array_new_with_free_func(g_free);
    bool undecided = false;

    src = src != NULL ? src : &unknown;
    dst = dst != NULL ? dst : &unknown;
    for (size_t i = 0; i < G_N_ELEMENTS(impossible); i++)
        if (impossible[i].asked(options))
            g_ptr_array_add(refusals, g_strdup(impossible[i].text));
    for (size_t i = 0; i < G_N_ELEMENTS(versions); i++) {
        const Need libvirt = {versions[i].option,       "libvirt",
                              versions[i].libvirt_from, 0,
                              src->libvirt_version,     dst->libvirt_version};
        const Need qemu = {versions[i].option,      "QEMU",
                           versions[i].qemu_from,   versions[i].qemu_below,
                           src->hypervisor_version, dst->hypervisor_version};

        if (!versions[i].asked(options))
            continue;
        add_refusal(refusals, refuse_version(&libvirt, &undecided));
        add_refusal(refusals, refuse_version(&qemu, &undecided));
    }
    if (ret_undecided != NULL)
        *ret_undecided = undecided;
    return refusals;
}
