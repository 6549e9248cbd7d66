// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/storage.h"

#include "../expect.h"

static const char volume[] =
    "<volume type='file'>\n"
    "  <name>web1.qcow2</name>\n"
    "  <key>/srv/shared/web1.qcow2</key>\n"
    "  <capacity unit='bytes'>21474836480</capacity>\n"
    "  <allocation unit='bytes'>3355443200</allocation>\n"
    "  <physical unit='bytes'>3355443200</physical>\n"
    "  <target>\n"
    "    <path>/srv/shared/web1.qcow2</path>\n"
    "    <format type='qcow2'/>\n"
    "    <permissions><mode>0600</mode><owner>64055</owner></permissions>\n"
    "    <timestamps>\n"
    "      <atime>1700000100.000000000</atime>\n"
    "      <mtime>1700000000.123456789</mtime>\n"
    "      <ctime>1700000001.987654321</ctime>\n"
    "    </timestamps>\n"
    "  </target>\n"
    "  <backingStore>\n"
    "    <path>/srv/shared/base.qcow2</path>\n"
    "    <format type='raw'/>\n"
    "  </backingStore>\n"
    "</volume>\n";

static void
parse_volume(const char *xml, FerryPathInfo *info)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_path_info_parse(xml, info, &error));
    g_assert_no_error(error);
}

static void
test_volume(void)
{
    g_auto(FerryPathInfo) info = {.seen = true};

    parse_volume(volume, &info);
    g_assert_true(info.seen);
    g_assert_null(info.unknown);
    g_assert_cmpuint(info.capacity, ==, (uint64_t)20 * 1073741824);
    g_assert_cmpstr(info.format, ==, "qcow2");
    g_assert_cmpstr(info.changed, ==, "1700000001.987654321");
    g_assert_null(info.changed_later);
}

// What an earlier parse left is replaced, and an error leaves all as it was.
static void
test_volume_again(void)
{
    g_auto(FerryPathInfo) info = {0};
    g_autoptr(GError) error = NULL;

    parse_volume(volume, &info);
    g_assert_false(ferry_path_info_parse("<pool/>", &info, &error));
    expect_error(&error, FERRY_ERROR_FAILED,
                 "cannot read the storage volume XML: its root element is 'pool', not 'volume'",
                 NULL);
    g_assert_cmpstr(info.format, ==, "qcow2");
    parse_volume("<volume><capacity unit='GiB'>1</capacity></volume>", &info);
    g_assert_cmpuint(info.capacity, ==, 1073741824);
    g_assert_null(info.format);
    g_assert_null(info.changed);
}

static void
test_capacity(void)
{
    static const struct {
        const char *xml;
        uint64_t bytes;
    } cases[] = {
        {"<volume/>", 0},
        {"<volume><capacity>512</capacity></volume>", 512},
        {"<volume><capacity unit='bytes'>-1</capacity></volume>", 0},
        {"<volume><capacity unit='bytes'>18446744073709551615</capacity></volume>", G_MAXUINT64},
        {"<volume><capacity unit='T'>18446744073709551615</capacity></volume>", G_MAXUINT64},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(FerryPathInfo) info = {0};

        parse_volume(cases[i].xml, &info);
        g_assert_cmpuint(info.capacity, ==, cases[i].bytes);
    }
}

static void
test_clear(void)
{
    FerryPathInfo info = {.unknown = g_strdup("a"), .changed_later = g_strdup("b"), .seen = true};

    parse_volume(volume, &info);
    ferry_path_info_clear(&info);
    g_assert_false(info.seen);
    g_assert_null(info.unknown);
    g_assert_null(info.format);
    g_assert_null(info.changed);
    g_assert_null(info.changed_later);
}

static FerryPoolInfo *
parse_pool(const char *xml)
{
    g_autoptr(GError) error = NULL;
    FerryPoolInfo *pool = ferry_pool_info_parse(xml, &error);

    g_assert_no_error(error);
    return pool;
}

static void
test_pool(void)
{
    g_autoptr(FerryPoolInfo) pool =
        parse_pool("<pool type='netfs'>\n"
                   "  <name>shared</name>\n"
                   "  <uuid>0a4f3c1e-8a39-4f53-a7fe-0e54dd6ce0f1</uuid>\n"
                   "  <capacity unit='bytes'>1099511627776</capacity>\n"
                   "  <allocation unit='bytes'>549755813888</allocation>\n"
                   "  <available unit='bytes'>549755813888</available>\n"
                   "  <source>\n"
                   "    <host name='nfs.example.org'/>\n"
                   "    <dir path='/export/images'/>\n"
                   "    <format type='nfs'/>\n"
                   "  </source>\n"
                   "  <target>\n"
                   "    <path>/srv/shared</path>\n"
                   "  </target>\n"
                   "</pool>");

    g_assert_cmpstr(pool->name, ==, "shared");
    g_assert_cmpstr(pool->type, ==, "netfs");
    g_assert_cmpstr(pool->target, ==, "/srv/shared");
    g_assert_cmpstr(pool->source, ==, "nfs.example.org:/export/images");
    g_assert_false(pool->active);
    g_assert_cmpuint(pool->capacity, ==, (uint64_t)1 << 40);
    g_assert_cmpuint(pool->available, ==, (uint64_t)1 << 39);
}

static void
assert_pool_source(const char *source, const char *expected)
{
    g_autofree char *xml =
        g_strdup_printf("<pool><name>a</name><source>%s</source></pool>", source);
    g_autoptr(FerryPoolInfo) pool = parse_pool(xml);

    g_assert_cmpstr(pool->source, ==, expected);
}

static void
test_pool_source(void)
{
    assert_pool_source("", NULL);
    assert_pool_source("<device path='/dev/sdb'/><device path='/dev/sdc'/><name>vg0</name>", "vg0");
    assert_pool_source("<host name='ceph1' port='6789'/><name>rbd</name><auth type='ceph'/>",
                       "ceph1:rbd");
    assert_pool_source("<host name='san1'/><device path='iqn.2013-06.com.example:target1'/>",
                       "san1:iqn.2013-06.com.example:target1");
    assert_pool_source("<device path='/dev/sdb1'/><format type='ext4'/>", "/dev/sdb1");
    assert_pool_source("<adapter type='scsi_host' name='scsi_host1'/>", "scsi_host1");
    assert_pool_source("<host name='nfs1'/>", "nfs1");
}

static void
test_pool_refused(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_pool_info_parse("<volume/>", &error));
    expect_error(&error, FERRY_ERROR_FAILED,
                 "cannot read the storage pool XML: its root element is 'volume', not 'pool'",
                 NULL);
    g_assert_null(ferry_pool_info_parse("<pool type='dir'><name> </name></pool>", &error));
    expect_error(&error, FERRY_ERROR_FAILED, "cannot read the storage pool XML: it has no name",
                 NULL);
    ferry_pool_info_free(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/storage/volume", test_volume);
    g_test_add_func("/storage/volume-again", test_volume_again);
    g_test_add_func("/storage/capacity", test_capacity);
    g_test_add_func("/storage/clear", test_clear);
    g_test_add_func("/storage/pool", test_pool);
    g_test_add_func("/storage/pool-source", test_pool_source);
    g_test_add_func("/storage/pool-refused", test_pool_refused);
    return g_test_run();
}
