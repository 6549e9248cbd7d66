// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/abilities.h"

#include <glib.h>

#define BOOKWORM 9000000, 7002022
#define TRIXIE   11003000, 10000013
#define NEWEST   12005000, 10002000

typedef struct Row {
    const char *name;
    unsigned long src_libvirt, src_qemu, dst_libvirt, dst_qemu;
    FerryMigrateOptions options;
    const char *refusal; // the first; NULL: none
} Row;

// What facts were measured between these versions, and what is known of others.
static const Row rows[] = {
    {"plain", BOOKWORM, TRIXIE, {0}, NULL},
    {"everything-both-can",
     BOOKWORM,
     TRIXIE,
     {.tls = true, .parallel = 4, .auto_converge = true},
     NULL},
    {"postcopy", TRIXIE, BOOKWORM, {.postcopy = true}, NULL},
    {"xbzrle", TRIXIE, BOOKWORM, {.compress = "xbzrle"}, NULL},
    {"mt", BOOKWORM, BOOKWORM, {.compress = "mt"}, NULL},
    {"zstd", TRIXIE, TRIXIE, {.compress = "zstd", .parallel = 2}, NULL},
    {"zlib", TRIXIE, TRIXIE, {.compress = "zlib", .parallel = 2}, NULL},
    {"postcopy-parallel-newest", NEWEST, NEWEST, {.postcopy = true, .parallel = 2}, NULL},
    {"timeout-to-postcopy-is-postcopy",
     BOOKWORM,
     BOOKWORM,
     {.timeout_s = 60, .on_timeout = FERRY_ON_TIMEOUT_POSTCOPY, .parallel = 2},
     "--postcopy with --parallel needs QEMU 10.1.0 on both hosts, and the source has 7.2.22 and the destination 7.2.22"},
    {"action-without-timeout",
     BOOKWORM,
     BOOKWORM,
     {.on_timeout = FERRY_ON_TIMEOUT_POSTCOPY, .parallel = 2},
     NULL},
    // libvirt 9.0 with QEMU 7.2 accepts it, which is no proof
    {"postcopy-parallel-old",
     BOOKWORM,
     BOOKWORM,
     {.postcopy = true, .parallel = 2},
     "--postcopy with --parallel needs QEMU 10.1.0 on both hosts, and the source has 7.2.22 and the destination 7.2.22"},
    {"postcopy-parallel-one-end",
     NEWEST,
     TRIXIE,
     {.postcopy = true, .parallel = 2},
     "--postcopy with --parallel needs QEMU 10.1.0 on both hosts, and the destination has 10.0.13"},
    {"zstd-old-source",
     BOOKWORM,
     TRIXIE,
     {.compress = "zstd", .parallel = 2},
     "--compress zstd needs libvirt 9.4.0 on both hosts, and the source has 9.0.0"},
    {"zlib-old-destination",
     TRIXIE,
     BOOKWORM,
     {.compress = "zlib", .parallel = 2},
     "--compress zlib needs libvirt 9.4.0 on both hosts, and the destination has 9.0.0"},
    {"zstd-plain", TRIXIE, TRIXIE, {.compress = "zstd"}, "--compress zstd needs --parallel"},
    {"zlib-plain", TRIXIE, TRIXIE, {.compress = "zlib"}, "--compress zlib needs --parallel"},
    {"xbzrle-parallel",
     TRIXIE,
     TRIXIE,
     {.compress = "xbzrle", .parallel = 2},
     "--compress xbzrle cannot go with --parallel"},
    {"mt-parallel",
     BOOKWORM,
     BOOKWORM,
     {.compress = "mt", .parallel = 2},
     "--compress mt cannot go with --parallel"},
    {"mt-postcopy",
     BOOKWORM,
     BOOKWORM,
     {.compress = "mt", .postcopy = true},
     "--compress mt cannot go with --postcopy"},
    {"mt-new-destination",
     BOOKWORM,
     TRIXIE,
     {.compress = "mt"},
     "--compress mt needs QEMU older than 9.1.0 on both hosts, and the destination has 10.0.13"},
    {"mt-new-both",
     TRIXIE,
     TRIXIE,
     {.compress = "mt"},
     "--compress mt needs QEMU older than 9.1.0 on both hosts, and the source has 10.0.13 and the destination 10.0.13"},
    {"parallel-ancient",
     5001000,
     4000000,
     BOOKWORM,
     {.parallel = 2},
     "--parallel needs libvirt 5.2.0 on both hosts, and the source has 5.1.0"},
    {"tls-ancient",
     BOOKWORM,
     3001000,
     2008000,
     {.tls = true},
     "--tls needs libvirt 3.2.0 on both hosts, and the destination has 3.1.0"},
};

static void
test_row(gconstpointer data)
{
    const Row *row = data;
    const FerryHostInfo src = {.libvirt_version = row->src_libvirt,
                               .hypervisor_version = row->src_qemu};
    const FerryHostInfo dst = {.libvirt_version = row->dst_libvirt,
                               .hypervisor_version = row->dst_qemu};
    bool undecided = true;
    g_autoptr(GPtrArray) refusals = ferry_abilities_refuse(&row->options, &src, &dst, &undecided);

    g_assert_false(undecided);
    g_assert_cmpuint(refusals->len == 0, ==, row->refusal == NULL);
    if (row->refusal != NULL)
        g_assert_cmpstr(g_ptr_array_index(refusals, 0), ==, row->refusal);
}

static void
test_unknown_versions(void)
{
    const FerryMigrateOptions plain = {0};
    const FerryMigrateOptions tls = {.tls = true};
    const FerryHostInfo dst = {.libvirt_version = 9000000, .hypervisor_version = 7002022};
    bool undecided = true;
    g_autoptr(GPtrArray) nothing = ferry_abilities_refuse(&plain, NULL, NULL, &undecided);
    g_autoptr(GPtrArray) something = NULL;

    g_assert_cmpuint(nothing->len, ==, 0);
    g_assert_false(undecided);
    something = ferry_abilities_refuse(&tls, NULL, &dst, &undecided);
    g_assert_cmpuint(something->len, ==, 0);
    g_assert_true(undecided);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/preflight/abilities/", rows[i].name, NULL);

        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/preflight/abilities/unknown-versions", test_unknown_versions);
    return g_test_run();
}
