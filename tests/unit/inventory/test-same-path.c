// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "inventory/facts.h"

#define PATH "/srv/web1.qcow2"

typedef struct Pair {
    FerryHostFacts *src, *dst;
} Pair;

static Pair *
pair_new(void)
{
    Pair *pair = g_new0(Pair, 1);

    pair->src = ferry_host_facts_new("host-a", "x:a", "host 'host-a' was not asked");
    pair->dst = ferry_host_facts_new("host-b", "x:b", "host 'host-b' was not asked");
    return pair;
}

static void
pair_free(Pair *pair)
{
    ferry_host_facts_free(pair->src);
    ferry_host_facts_free(pair->dst);
    g_free(pair);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pair, pair_free)

static void
tell(FerryHostFacts *host, uint64_t capacity, const char *changed, const char *later)
{
    FerryFact *fact = g_new0(FerryFact, 1);

    fact->path.seen = true;
    fact->path.capacity = capacity;
    fact->path.changed = g_strdup(changed);
    fact->path.changed_later = g_strdup(later);
    ferry_host_facts_tell(host, FERRY_FACT_PATH, PATH, fact);
}

// @lines: what the probe said of the path
static void
probe(FerryHostFacts *host, const char *token, const char *lines)
{
    g_autofree char *text =
        g_strdup_printf("virt-ferry-probe 1\ntoken %s\npath " PATH "\npath-seen yes\n%send\n",
                        token, lines);
    g_autoptr(GError) error = NULL;

    host->probe = ferry_host_probe_parse(text, &error);
    g_assert_no_error(error);
    g_clear_pointer(&host->probe_unknown, g_free);
}

static void
expect(const Pair *pair, FerrySame same, const char *how)
{
    g_autofree char *told = NULL;

    g_assert_cmpint(ferry_facts_same_path(pair->src, PATH, pair->dst, PATH, &told), ==, same);
    g_assert_cmpstr(told, ==, how);
}

static void
test_change(void)
{
    g_autoptr(Pair) pair = pair_new();

    expect(pair, FERRY_SAME_UNKNOWN, "host 'host-a' was not asked");
    tell(pair->src, 1024, "1700000000.5", NULL);
    tell(pair->dst, 1024, "1700000000.5", NULL);
    expect(pair, FERRY_SAME_YES, "changed at the same nanosecond on both");
    tell(pair->dst, 2048, "1700000000.5", NULL);
    expect(pair, FERRY_SAME_NO, "1024 bytes on host 'host-a', 2048 bytes on host 'host-b'");
    tell(pair->dst, 0, "1700000009.000000001", NULL);
    expect(pair, FERRY_SAME_UNKNOWN,
           "changed at 1700000000.5 on host 'host-a', at 1700000009.000000001 on host 'host-b'");
    tell(pair->dst, 0, "nonsense", NULL);
    expect(pair, FERRY_SAME_UNKNOWN, "host 'host-a' was not asked");
}

// The guest writes while we look.
static void
test_written(void)
{
    g_autoptr(Pair) pair = pair_new();

    tell(pair->src, 0, "1700000000.100000000", "1700000000.300000000");
    tell(pair->dst, 0, "1700000000.200000000", NULL);
    expect(pair, FERRY_SAME_YES, "it changes on one host as the other writes");
    tell(pair->dst, 0, "1700000000.400000000", NULL);
    expect(
        pair, FERRY_SAME_UNKNOWN,
        "changed at 1700000000.100000000 on host 'host-a', at 1700000000.400000000 on host 'host-b'");
}

static void
test_marks(void)
{
    g_autoptr(Pair) pair = pair_new();

    // equal times prove nothing where the marks say otherwise
    tell(pair->src, 0, "1700000000.5", NULL);
    tell(pair->dst, 0, "1700000000.5", NULL);
    probe(pair->src, "aa", "path-file 1 77 4096\npath-marked yes\npath-marks aa\n");
    probe(pair->dst, "bb", "path-file 9 77 4096\npath-marked no\npath-marks\n");
    expect(pair, FERRY_SAME_NO, "neither host sees what the other writes beside it");
    g_clear_pointer(&pair->dst->probe, ferry_host_probe_free);
    probe(pair->dst, "bb", "path-file 9 77 4096\npath-marked no\npath-marks aa\n");
    expect(pair, FERRY_SAME_YES, "one host sees what the other writes beside it");
    g_clear_pointer(&pair->dst->probe, ferry_host_probe_free);
    probe(pair->dst, "bb", "path-file 9 78 4096\npath-marked no\npath-marks aa\n");
    expect(pair, FERRY_SAME_NO, "two files of one folder: inode 77 and 78");
}

static void
test_devices(void)
{
    g_autoptr(Pair) pair = pair_new();

    probe(pair->src, "aa", "path-identity naa.5000c500\n");
    probe(pair->dst, "bb", "path-identity naa.5000c500\n");
    expect(pair, FERRY_SAME_YES, "device 'naa.5000c500' on both");
    g_clear_pointer(&pair->dst->probe, ferry_host_probe_free);
    probe(pair->dst, "bb", "path-identity naa.ffff\n");
    expect(pair, FERRY_SAME_NO,
           "device 'naa.5000c500' on host 'host-a', 'naa.ffff' on host 'host-b'");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inventory/same-path/change", test_change);
    g_test_add_func("/inventory/same-path/written", test_written);
    g_test_add_func("/inventory/same-path/marks", test_marks);
    g_test_add_func("/inventory/same-path/devices", test_devices);
    return g_test_run();
}
