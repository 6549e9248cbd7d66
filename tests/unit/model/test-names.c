// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/names.h"

#include <string.h>

#include "../expect.h"
#include "base/json.h"

#define DOMAIN(devices) "<domain type=\"kvm\"><devices>" devices "</devices></domain>"

static const char *const networks[] = {"lab=office", "br0=br1", "eth0=eno1", NULL};
static const char *const disks[] = {"/a.img=/mnt/a.img", "/dev/vg/b=/dev/mapper/b", "/iso=/media",
                                    "/base.img=/other.img", NULL};
static const char *const pools[] = {"fast=nvme", NULL};

static FerryMigrateOptions
all_names(void)
{
    return (FerryMigrateOptions){
        .map_networks = (GStrv)networks,
        .map_disks = (GStrv)disks,
        .map_pools = (GStrv)pools,
        .listen = (char *)"10.0.0.2",
    };
}

typedef struct Case {
    const char *name;
    const char *before;
    const char *after; // NULL: unchanged
} Case;

static const Case cases[] = {
    {"network",
     DOMAIN("<interface type=\"network\"><source network=\"lab\" bridge=\"br0\"/></interface>"),
     DOMAIN("<interface type=\"network\"><source network=\"office\" bridge=\"br0\"/></interface>")},
    {"bridge", DOMAIN("<interface type=\"bridge\"><source bridge=\"br0\"/></interface>"),
     DOMAIN("<interface type=\"bridge\"><source bridge=\"br1\"/></interface>")},
    {"direct",
     DOMAIN("<interface type=\"direct\"><source dev=\"eth0\" mode=\"bridge\"/></interface>"),
     DOMAIN("<interface type=\"direct\"><source dev=\"eno1\" mode=\"bridge\"/></interface>")},
    {"other-network", DOMAIN("<interface type=\"network\"><source network=\"lab2\"/></interface>"),
     NULL},
    {"user", DOMAIN("<interface type=\"user\"><source dev=\"eth0\"/></interface>"), NULL},
    {"no-source", DOMAIN("<interface type=\"bridge\"/><disk type=\"file\"/>"), NULL},
    {"file", DOMAIN("<disk type=\"file\"><source file=\"/a.img\" index=\"1\"/></disk>"),
     DOMAIN("<disk type=\"file\"><source file=\"/mnt/a.img\" index=\"1\"/></disk>")},
    {"block", DOMAIN("<disk type=\"block\"><source dev=\"/dev/vg/b\"/></disk>"),
     DOMAIN("<disk type=\"block\"><source dev=\"/dev/mapper/b\"/></disk>")},
    {"dir", DOMAIN("<disk type=\"dir\"><source dir=\"/iso\"/></disk>"),
     DOMAIN("<disk type=\"dir\"><source dir=\"/media\"/></disk>")},
    {"volume", DOMAIN("<disk type=\"volume\"><source pool=\"fast\" volume=\"a\"/></disk>"),
     DOMAIN("<disk type=\"volume\"><source pool=\"nvme\" volume=\"a\"/></disk>")},
    {"folder", DOMAIN("<disk type=\"file\"><source file=\"/iso/a.iso\"/></disk>"), NULL},
    {"mirror",
     DOMAIN("<disk type=\"file\"><source file=\"/a.img\"/><mirror type=\"file\" file=\"/a.img\">"
            "<source file=\"/a.img\"/></mirror></disk>"),
     DOMAIN(
         "<disk type=\"file\"><source file=\"/mnt/a.img\"/><mirror type=\"file\" file=\"/a.img\">"
         "<source file=\"/a.img\"/></mirror></disk>")},
    {"backing",
     DOMAIN("<disk type=\"file\"><source file=\"/a.img\"/><backingStore type=\"file\">"
            "<source file=\"/base.img\"/></backingStore></disk>"),
     DOMAIN("<disk type=\"file\"><source file=\"/mnt/a.img\"/><backingStore type=\"file\">"
            "<source file=\"/base.img\"/></backingStore></disk>")},
    {"listen",
     DOMAIN("<graphics type=\"vnc\" listen=\"10.0.0.1\" passwd=\"word\">"
            "<listen type=\"address\" address=\"10.0.0.1\"/></graphics>"),
     DOMAIN("<graphics type=\"vnc\" listen=\"10.0.0.2\" passwd=\"word\">"
            "<listen type=\"address\" address=\"10.0.0.2\"/></graphics>")},
    {"listen-preset", DOMAIN("<graphics type=\"vnc\"><listen type=\"address\"/></graphics>"),
     DOMAIN("<graphics type=\"vnc\"><listen type=\"address\" address=\"10.0.0.2\"/></graphics>")},
    {"listen-attribute", DOMAIN("<graphics type=\"spice\" listen=\"::1\"/>"),
     DOMAIN("<graphics type=\"spice\" listen=\"10.0.0.2\"/>")},
    // libvirt shows a network's address as the attribute, too
    {"listen-network",
     DOMAIN("<graphics type=\"vnc\" listen=\"192.0.2.1\">"
            "<listen type=\"network\" network=\"lab\" address=\"192.0.2.1\"/></graphics>"),
     NULL},
    {"listen-second",
     DOMAIN("<graphics type=\"vnc\" listen=\"192.0.2.1\"><listen type=\"network\" network=\"n\"/>"
            "<listen type=\"address\" address=\"10.0.0.1\"/></graphics>"),
     DOMAIN("<graphics type=\"vnc\" listen=\"192.0.2.1\"><listen type=\"network\" network=\"n\"/>"
            "<listen type=\"address\" address=\"10.0.0.2\"/></graphics>")},
    {"listen-none", DOMAIN("<graphics type=\"spice\"><listen type=\"none\"/></graphics>"), NULL},
    {"listen-socket",
     DOMAIN(
         "<graphics type=\"vnc\" socket=\"/s\"><listen type=\"socket\" socket=\"/s\"/></graphics>"),
     NULL},
    {"listen-old-socket", DOMAIN("<graphics type=\"vnc\" socket=\"/s\"/>"), NULL},
    {"no-listener", DOMAIN("<graphics type=\"sdl\"/>"), NULL},
    {"as-written", DOMAIN("<!-- 'a' --><video>\n  <x y='&lt;'/></video>"), NULL},
    {"no-devices", "<domain type='kvm'/>", NULL},
};

static void
test_case(gconstpointer data)
{
    const Case *one = data;
    const FerryMigrateOptions options = all_names();
    g_autoptr(GError) error = NULL;
    g_autofree char *after = ferry_names_apply(one->before, &options, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(after, ==, one->after != NULL ? one->after : one->before);
}

static void
test_no_names(void)
{
    const FerryMigrateOptions none = {0};
    const FerryMigrateOptions listen = {.listen = (char *)"::"};
    g_autofree char *same = ferry_names_apply(cases[0].before, &none, NULL);

    g_assert_false(ferry_names_any(&none));
    g_assert_true(ferry_names_any(&listen));
    g_assert_cmpstr(same, ==, cases[0].before);
}

static void
test_malformed(void)
{
    const FerryMigrateOptions options = all_names();
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_names_apply("<network/>", &options, &error));
    expect_error(&error, FERRY_ERROR_FAILED,
                 "cannot read the domain XML: its root element is 'network', not 'domain'", NULL);
}

static void
test_rename(void)
{
    g_autofree char *xml = ferry_names_rename("<domain><name>a</name></domain>", "b&amp;<c", NULL);

    g_assert_cmpstr(xml, ==, "<domain><name>b&amp;amp;&lt;c</name></domain>");
}

static char *
show(const FerryPair *pair)
{
    return ferry_json_format_object(ferry_pair_to_json(pair));
}

// What is said now wins, by OLD; the record gives the rest.
static void
test_fill(void)
{
    static const char *const kept[] = {"lab=old", "vlan=v9", NULL};
    FerryPair pair = {.src = "a", .dst = "b", .networks = (GStrv)kept, .listen = "::1"};
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    g_autofree char *joined = NULL;

    options->map_networks = g_strdupv((GStrv)networks);
    g_assert_true(ferry_pair_fill(&pair, options));
    joined = g_strjoinv(" ", options->map_networks);
    g_assert_cmpstr(joined, ==, "lab=office br0=br1 eth0=eno1 vlan=v9");
    g_assert_cmpstr(options->listen, ==, "::1");
    g_assert_null(options->map_disks);
    pair = (FerryPair){.src = "a", .dst = "b"};
    g_assert_false(ferry_pair_fill(&pair, options));
}

// By both ends and their order; where nothing is kept there is a pair without names.
static void
test_find(void)
{
    static const char *const kept[] = {"lab=old", NULL};
    FerryPair back = {.src = (char *)"b", .dst = (char *)"a"};
    FerryPair there = {.src = (char *)"a", .dst = (char *)"b", .networks = (GStrv)kept};
    g_autoptr(GPtrArray) pairs = g_ptr_array_new();
    g_autoptr(FerryPair) found = NULL;
    g_autoptr(FerryPair) none = NULL;

    g_ptr_array_add(pairs, &back);
    g_ptr_array_add(pairs, &there);
    found = ferry_pairs_find(pairs, "a", "b");
    g_assert_cmpstr(found->networks[0], ==, "lab=old");
    none = ferry_pairs_find(pairs, "a", "c");
    g_assert_true(ferry_pair_is_empty(none));
    g_assert_cmpstr(none->dst, ==, "c");
}

static void
test_merge(void)
{
    static const char *const newer[] = {"lab=lab", "br0=br9", NULL};
    const FerryMigrateOptions options = all_names();
    const FerryPair said = {.networks = (GStrv)newer, .listen = (char *)"::"};
    g_autoptr(FerryPair) pair = ferry_pair_from_options("a", "b", &options);
    g_autofree char *text = NULL;

    ferry_pair_merge(pair, &said);
    g_assert_true(ferry_pair_remove(pair, "/iso"));
    g_assert_false(ferry_pair_remove(pair, "/is"));
    g_assert_true(ferry_pair_remove(pair, "fast"));
    text = show(pair);
    g_assert_cmpstr(text, ==,
                    "{\"networks\":[\"br0=br9\",\"eth0=eno1\"],\"disks\":[\"/a.img=/mnt/a.img\","
                    "\"/dev/vg/b=/dev/mapper/b\",\"/base.img=/other.img\"],\"pools\":[],"
                    "\"listen\":\"::\"}");
}

static void
test_json(void)
{
    const FerryMigrateOptions options = all_names();
    g_autoptr(FerryPair) pair = ferry_pair_from_options("a", "b", &options);
    g_autofree char *text = show(pair);
    g_autoptr(JsonNode) node = json_from_string(text, NULL);
    g_autoptr(FerryPair) back = ferry_pair_from_json("a", "b", json_node_get_object(node));
    g_autofree char *again = show(back);
    g_autoptr(JsonNode) odd =
        json_from_string("{\"networks\":[1],\"disks\":\"x\",\"listen\":2}", NULL);
    g_autoptr(FerryPair) none = ferry_pair_from_json("a", "b", json_node_get_object(odd));

    g_assert_cmpstr(again, ==, text);
    g_assert_cmpstr(back->dst, ==, "b");
    g_assert_false(ferry_pair_is_empty(back));
    g_assert_true(ferry_pair_is_empty(none));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/names/%s", cases[i].name);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/names/none", test_no_names);
    g_test_add_func("/names/malformed", test_malformed);
    g_test_add_func("/names/rename", test_rename);
    g_test_add_func("/pair/fill", test_fill);
    g_test_add_func("/pair/find", test_find);
    g_test_add_func("/pair/merge", test_merge);
    g_test_add_func("/pair/json", test_json);
    return g_test_run();
}
