// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/definition.h"

#include <string.h>

#include "../expect.h"

typedef struct Difference {
    char *lost; // lines, joined with newlines
    char *added;
} Difference;

static void
difference_clear(Difference *difference)
{
    g_free(difference->lost);
    g_free(difference->added);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Difference, difference_clear)

static char *
join(GPtrArray *lines)
{
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **)lines->pdata);
}

static Difference
compare(const char *before, const char *after)
{
    g_autoptr(GPtrArray) lost = NULL;
    g_autoptr(GPtrArray) added = NULL;
    g_autoptr(GError) error = NULL;
    bool fine = ferry_definition_compare(before, after, &lost, &added, &error);

    g_assert_no_error(error);
    g_assert_true(fine);
    return (Difference){join(lost), join(added)};
}

static char *
replace(const char *text, const char *from, const char *to)
{
    g_autoptr(GString) changed = g_string_new(text);

    g_assert_cmpuint(g_string_replace(changed, from, to, 1), ==, 1);
    return g_string_free(g_steal_pointer(&changed), FALSE);
}

// Ids, tap devices, ptys, labels, ports and block node numbers are another host's; the watchdog is what
// the newer libvirt gives to every q35 machine.
static void
test_newer_libvirt(void)
{
    g_autofree char *before = read_data("domains/debian12-libvirt9.0.xml");
    g_autofree char *after = read_data("domains/debian12-libvirt11.3.xml");
    g_auto(Difference) there = compare(before, after);
    g_auto(Difference) back = compare(after, before);

    g_assert_cmpstr(there.lost, ==, "");
    g_assert_cmpstr(there.added, ==,
                    "devices/watchdog[itco]/@model=itco\ndevices/watchdog[itco]/@action=reset");
    g_assert_cmpstr(back.lost, ==, there.added);
    g_assert_cmpstr(back.added, ==, "");
}

static void
assert_change(const char *from, const char *to, const char *lost, const char *added)
{
    g_autofree char *before = read_data("domains/debian12-libvirt9.0.xml");
    g_autofree char *after = replace(before, from, to);
    g_auto(Difference) difference = compare(before, after);

    g_assert_cmpstr(difference.lost, ==, lost);
    g_assert_cmpstr(difference.added, ==, added);
}

// What the guest would notice is told, with the device it is about.
static void
test_changes(void)
{
    assert_change("8f1b1c52-", "00000000-", "uuid=8f1b1c52-6c0e-4d3c-9a51-1f5c7a3f0b11",
                  "uuid=00000000-6c0e-4d3c-9a51-1f5c7a3f0b11");
    assert_change("cache='none'", "cache='writeback'", "devices/disk[vda]/driver/@cache=none",
                  "devices/disk[vda]/driver/@cache=writeback");
    assert_change("52:54:00:6b:3c:58", "52:54:00:6b:3c:59",
                  "devices/interface[52:54:00:6b:3c:58]/@type=network\n"
                  "devices/interface[52:54:00:6b:3c:58]/mac/@address=52:54:00:6b:3c:58\n"
                  "devices/interface[52:54:00:6b:3c:58]/source/@network=default\n"
                  "devices/interface[52:54:00:6b:3c:58]/model/@type=virtio\n"
                  "devices/interface[52:54:00:6b:3c:58]/address/@type=pci\n"
                  "devices/interface[52:54:00:6b:3c:58]/address/@domain=0x0000\n"
                  "devices/interface[52:54:00:6b:3c:58]/address/@bus=0x01\n"
                  "devices/interface[52:54:00:6b:3c:58]/address/@slot=0x00\n"
                  "devices/interface[52:54:00:6b:3c:58]/address/@function=0x0",
                  "devices/interface[52:54:00:6b:3c:59]/@type=network\n"
                  "devices/interface[52:54:00:6b:3c:59]/mac/@address=52:54:00:6b:3c:59\n"
                  "devices/interface[52:54:00:6b:3c:59]/source/@network=default\n"
                  "devices/interface[52:54:00:6b:3c:59]/model/@type=virtio\n"
                  "devices/interface[52:54:00:6b:3c:59]/address/@type=pci\n"
                  "devices/interface[52:54:00:6b:3c:59]/address/@domain=0x0000\n"
                  "devices/interface[52:54:00:6b:3c:59]/address/@bus=0x01\n"
                  "devices/interface[52:54:00:6b:3c:59]/address/@slot=0x00\n"
                  "devices/interface[52:54:00:6b:3c:59]/address/@function=0x0");
    assert_change("<feature policy='require' name='vmx'/>", "",
                  "cpu/feature[vmx]/@policy=require\ncpu/feature[vmx]/@name=vmx", "");
    assert_change("<readonly/>", "", "devices/disk[sda]/readonly", "");
    assert_change("<boot dev='hd'/>", "<boot dev='hd'/><boot dev='network'/>", "",
                  "os/boot[2]/@dev=network");
    assert_change("http://debian.org/debian/12", "http://debian.org/debian/13",
                  "metadata/libosinfo:libosinfo/libosinfo:os/@id=http://debian.org/debian/12",
                  "metadata/libosinfo:libosinfo/libosinfo:os/@id=http://debian.org/debian/13");
}

// The order of elements and white space mean nothing, as long as like elements keep theirs.
static void
test_order(void)
{
    g_auto(Difference) swapped = compare(
        "<domain><name>a</name><devices><disk><target dev='vda'/></disk>"
        "<disk><target dev='vdb'/></disk></devices></domain>",
        "<domain><devices> <disk><target dev='vdb'/></disk><disk> <target dev='vda'/></disk>"
        "</devices><name>\n a </name></domain>");

    g_assert_cmpstr(swapped.lost, ==, "");
    g_assert_cmpstr(swapped.added, ==, "");
}

static void
test_no_secrets(void)
{
    g_autofree char *before = read_data("domains/secrets.xml");
    g_auto(Difference) difference = compare(before, "<domain><name>other</name></domain>");

    g_assert_nonnull(strstr(difference.lost, "(removed)"));
    g_assert_null(strstr(difference.lost, "PLANTED"));
}

static void
test_malformed(void)
{
    GPtrArray *lost = (GPtrArray *)1;
    GPtrArray *added = (GPtrArray *)1;
    g_autoptr(GError) error = NULL;

    g_assert_false(ferry_definition_compare("<domain/>", "<domain>", &lost, &added, &error));
    expect_error(&error, FERRY_ERROR_FAILED,
                 "cannot read the domain XML: line 1: Premature end of data in tag domain line 1",
                 NULL);
    g_assert_false(ferry_definition_compare("", "<domain/>", &lost, &added, &error));
    expect_error(&error, FERRY_ERROR_FAILED,
                 "cannot read the domain XML: line 1: Document is empty", NULL);
    g_assert_true(lost == (GPtrArray *)1 && added == (GPtrArray *)1);
}

// All that differs, a changed value beside what it was; no secret of it.
static void
test_diff(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) diff = ferry_definition_diff(
        "<domain><a x='1'/><graphics type='vnc' passwd='PLANTED' listen='::1'/><b/></domain>",
        "<domain><a x='2'/><graphics type='vnc' passwd='PLANTED2' listen='::'/><c/></domain>",
        &error);
    g_autofree char *text = NULL;

    g_assert_no_error(error);
    g_ptr_array_add(diff, NULL);
    text = g_strjoinv("\n", (GStrv)diff->pdata);
    g_assert_cmpstr(text, ==,
                    "- a/@x=1\n+ a/@x=2\n- graphics/@listen=::1\n+ graphics/@listen=::\n- b\n+ c");
    g_assert_null(ferry_definition_diff("<domain/>", "<x/>", &error));
    expect_error(&error, FERRY_ERROR_FAILED,
                 "cannot read the domain XML: its root element is 'x', not 'domain'", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/definition-compare/newer-libvirt", test_newer_libvirt);
    g_test_add_func("/definition-compare/changes", test_changes);
    g_test_add_func("/definition-compare/order", test_order);
    g_test_add_func("/definition-compare/no-secrets", test_no_secrets);
    g_test_add_func("/definition-compare/diff", test_diff);
    g_test_add_func("/definition-compare/malformed", test_malformed);
    return g_test_run();
}
