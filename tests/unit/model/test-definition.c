// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/definition.h"

#include <string.h>

#include "../expect.h"

static FerryDefinition *
parse_data(const char *name)
{
    g_autofree char *xml = read_data(name);
    g_autoptr(GError) error = NULL;
    FerryDefinition *definition = ferry_definition_parse(xml, &error);

    g_assert_no_error(error);
    return definition;
}

static void
test_debian(void)
{
    g_autoptr(FerryDefinition) vm = parse_data("domains/debian12-libvirt9.0.xml");
    const FerryDisk *disk = vm->disks->pdata[0];
    const FerryDisk *cdrom = vm->disks->pdata[1];
    const FerryNic *nic = vm->nics->pdata[0];

    g_assert_cmpstr(vm->name, ==, "web1");
    g_assert_cmpstr(vm->uuid, ==, "8f1b1c52-6c0e-4d3c-9a51-1f5c7a3f0b11");
    g_assert_cmpstr(vm->virt_type, ==, "kvm");
    g_assert_cmpstr(vm->arch, ==, "x86_64");
    g_assert_cmpstr(vm->machine, ==, "pc-q35-7.2");
    g_assert_cmpstr(vm->emulator, ==, "/usr/bin/qemu-system-x86_64");
    g_assert_cmpstr(vm->cpu_mode, ==, "custom");
    g_assert_true(g_str_has_prefix(vm->cpu_xml, "<cpu mode=\"custom\""));
    g_assert_nonnull(strstr(vm->cpu_xml, "Skylake-Server-IBRS"));
    g_assert_cmpuint(vm->memory_kib, ==, 2097152);
    g_assert_cmpuint(vm->vcpus, ==, 2);
    g_assert_false(vm->hugepages);
    g_assert_true(vm->has_agent);
    g_assert_cmpuint(vm->disks->len, ==, 2);
    g_assert_cmpstr(disk->target, ==, "vda");
    g_assert_cmpstr(disk->device, ==, "disk");
    g_assert_cmpstr(disk->type, ==, "file");
    g_assert_cmpstr(disk->source, ==, "/srv/shared/web1.qcow2");
    g_assert_cmpstr(disk->format, ==, "qcow2");
    g_assert_cmpstr(disk->cache, ==, "none");
    g_assert_false(disk->readonly || disk->shareable || disk->transient);
    g_assert_null(cdrom->source);
    g_assert_true(cdrom->readonly);
    g_assert_cmpuint(vm->nics->len, ==, 1);
    g_assert_cmpstr(nic->type, ==, "network");
    g_assert_cmpstr(nic->source, ==, "default");
    g_assert_cmpstr(nic->mac, ==, "52:54:00:6b:3c:58");
}

static void
assert_disk(const FerryDefinition *vm, guint i, const char *device, const char *source)
{
    const FerryDisk *disk = vm->disks->pdata[i];

    g_assert_cmpstr(disk->device, ==, device);
    g_assert_cmpstr(disk->source, ==, source);
}

static void
test_rhel(void)
{
    g_autoptr(FerryDefinition) vm = parse_data("domains/rhel9.xml");

    g_assert_cmpstr(vm->name, ==, "db & \"main\"");
    g_assert_cmpstr(vm->uuid, ==, "4dea22b3-1d52-d8f3-2516-782e98ab3fa0");
    g_assert_cmpstr(vm->emulator, ==, "/usr/libexec/qemu-kvm");
    g_assert_cmpuint(vm->memory_kib, ==, (uint64_t)64 * 1024 * 1024);
    g_assert_true(vm->hugepages);
    g_assert_cmpuint(vm->hugepage_kib, ==, 1048576);
    g_assert_cmpuint(vm->vcpus, ==, 8);
    g_assert_cmpstr(vm->cpu_mode, ==, "host-passthrough");
    g_assert_false(vm->has_agent);
    g_assert_cmpuint(vm->disks->len, ==, 4);
    assert_disk(vm, 0, "disk", "/dev/mapper/mpatha");
    assert_disk(vm, 1, "disk", "rbd:pool/image");
    assert_disk(vm, 2, "lun", "san:unit:0:0:1");
    assert_disk(vm, 3, "cdrom", "/isos/rhel.iso");
    g_assert_true(((const FerryDisk *)vm->disks->pdata[0])->shareable);
    g_assert_true(((const FerryDisk *)vm->disks->pdata[1])->transient);
    g_assert_cmpstr(((const FerryDisk *)vm->disks->pdata[3])->startup_policy, ==, "optional");
    g_assert_cmpuint(vm->nics->len, ==, 3);
    g_assert_cmpstr(((const FerryNic *)vm->nics->pdata[0])->source, ==, "br0");
    g_assert_cmpstr(((const FerryNic *)vm->nics->pdata[1])->source, ==, "ens1f0");
    g_assert_cmpstr(((const FerryNic *)vm->nics->pdata[2])->source, ==, "lan");
}

static void
test_small(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryDefinition) vm =
        ferry_definition_parse("<domain><name>a</name></domain>", &error);

    g_assert_no_error(error);
    g_assert_cmpstr(vm->uuid, ==, "");
    g_assert_null(vm->cpu_xml);
    g_assert_null(vm->emulator);
    g_assert_cmpuint(vm->memory_kib, ==, 0);
    g_assert_cmpuint(vm->disks->len, ==, 0);
}

static void
assert_memory(const char *element, uint64_t expected_kib)
{
    g_autofree char *xml = g_strdup_printf("<domain><name>a</name>%s</domain>", element);
    g_autoptr(FerryDefinition) vm = ferry_definition_parse(xml, NULL);

    g_assert_cmpuint(vm->memory_kib, ==, expected_kib);
}

static void
test_units(void)
{
    assert_memory("<memory>1024</memory>", 1024);
    assert_memory("<memory unit='bytes'>2048</memory>", 2);
    assert_memory("<memory unit='KB'>1024</memory>", 1000);
    assert_memory("<memory unit='M'> 2 </memory>", 2048);
    assert_memory("<memory unit='MiB'>2</memory>", 2048);
    assert_memory("<memory unit='GiB'>3</memory>", (uint64_t)3 * 1024 * 1024);
    assert_memory("<memory unit='TiB'>1</memory>", (uint64_t)1024 * 1024 * 1024);
    assert_memory("<memory unit='parsec'>1</memory>", 0);
    assert_memory("<memory unit=''>1</memory>", 0);
    assert_memory("<memory unit='MiB'>-1</memory>", 0);
}

static void
assert_refused(const char *xml, const char *text)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_definition_parse(xml, &error));
    expect_error(&error, FERRY_ERROR_FAILED, text, NULL);
}

static void
test_malformed(void)
{
    assert_refused("", "cannot read the domain XML: line 1: Document is empty");
    assert_refused("web1", "cannot read the domain XML: line 1: Start tag expected, '<' not found");
    assert_refused(
        "<domain>\n<name>a</nam></domain>",
        "cannot read the domain XML: line 2: Opening and ending tag mismatch: name line 2 and nam");
    assert_refused("<network/>",
                   "cannot read the domain XML: its root element is 'network', not 'domain'");
    assert_refused("<domain/>", "cannot read the domain XML: it has no name");
    assert_refused("<domain><name/></domain>", "cannot read the domain XML: it has no name");
    assert_refused("<domain><name>a</name><uuid>b</uuid></domain>",
                   "cannot read the domain XML: 'b' is no UUID");
    assert_refused("<!DOCTYPE domain [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
                   "<domain><name>&a;</name></domain>",
                   "cannot read the domain XML: a document type declaration is not allowed");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/definition/debian", test_debian);
    g_test_add_func("/definition/rhel", test_rhel);
    g_test_add_func("/definition/small", test_small);
    g_test_add_func("/definition/units", test_units);
    g_test_add_func("/definition/malformed", test_malformed);
    return g_test_run();
}
