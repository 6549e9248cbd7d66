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
test_ubuntu(void)
{
    g_autoptr(FerryDefinition) vm = parse_data("domains/ubuntu2404.xml");
    const FerryDisk *disk = vm->disks->pdata[0];
    const FerryDisk *cdrom = vm->disks->pdata[1];
    const FerryNic *ovs = vm->nics->pdata[0];
    const FerryNic *campus = vm->nics->pdata[1];

    g_assert_cmpstr(vm->machine, ==, "pc-q35-noble");
    g_assert_cmpuint(vm->memory_kib, ==, 8388608);
    g_assert_cmpuint(vm->current_kib, ==, 4194304);
    g_assert_cmpstr(vm->loader, ==, "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd");
    g_assert_cmpstr(vm->nvram, ==, "/var/lib/libvirt/qemu/nvram/shop-frontend_VARS.fd");
    g_assert_cmpstr(vm->nvram_template, ==, "/usr/share/OVMF/OVMF_VARS_4M.fd");
    g_assert_true(disk->backing);
    g_assert_cmpstr(disk->source, ==, "/var/lib/libvirt/images/shop-frontend.qcow2");
    g_assert_false(cdrom->backing);
    g_assert_cmpstr(cdrom->startup_policy, ==, "requisite");
    g_assert_cmpstr(ovs->source, ==, "br-int");
    g_assert_cmpstr(ovs->model, ==, "virtio");
    g_assert_cmpuint(ovs->mtu, ==, 8942);
    g_assert_cmpuint(ovs->queues, ==, 4);
    g_assert_null(ovs->filter);
    g_assert_null(ovs->portgroup);
    g_assert_cmpstr(campus->source, ==, "campus");
    g_assert_cmpstr(campus->portgroup, ==, "engineering");
    g_assert_cmpstr(campus->filter, ==, "clean-traffic");
    g_assert_cmpstr(campus->model, ==, "e1000e");
    g_assert_cmpuint(campus->mtu, ==, 0);
    g_assert_cmpuint(campus->queues, ==, 0);
    g_assert_true(vm->has_agent);
    g_assert_cmpint(vm->agent, ==, FERRY_AGENT_CONNECTED);
    g_assert_cmpstr(vm->tpm->backend, ==, "emulator");
    g_assert_cmpstr(vm->tpm->version, ==, "2.0");
    g_assert_cmpstr(vm->tpm->secret, ==, "");
    g_assert_null(vm->tpm->state);
    g_assert_false(vm->invtsc || vm->tsc_frequency || vm->memory_locked || vm->numa_strict);
    g_assert_cmpuint(vm->cpusets->len, ==, 0);
    g_assert_cmpuint(vm->hostdevs->len, ==, 0);
}

static void
test_rhel_memory(void)
{
    static const char *const cpusets[] = {"vcpus: 2-17",   "vcpu 0: 2",      "vcpu 1: 4-6,^5",
                                          "emulator: 0-1", "iothread 1: 10", "iothread 2: 11"};
    g_autoptr(FerryDefinition) vm = parse_data("domains/rhel9-devices.xml");

    g_assert_cmpuint(vm->memory_kib, ==, 134217728);
    g_assert_cmpuint(vm->current_kib, ==, 69206016);
    g_assert_true(vm->hugepages);
    g_assert_cmpuint(vm->hugepage_kib, ==, 0);
    g_assert_true(vm->memory_locked);
    g_assert_true(vm->memory_changing);
    g_assert_cmpuint(vm->dimms_without_address, ==, 1);
    g_assert_cmpuint(vm->cpusets->len, ==, G_N_ELEMENTS(cpusets));
    for (size_t i = 0; i < G_N_ELEMENTS(cpusets); i++)
        g_assert_cmpstr(vm->cpusets->pdata[i], ==, cpusets[i]);
    g_assert_cmpstr(vm->numa_nodes, ==, "0-1");
    g_assert_true(vm->numa_strict);
    g_assert_true(vm->invtsc);
    g_assert_true(vm->tsc_frequency);
    g_assert_cmpstr(vm->launch_security, ==, "sev");
    g_assert_cmpstr(vm->loader, ==, "/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd");
    g_assert_cmpstr(vm->nvram, ==, "/srv/nvram/render-04_VARS.fd");
    g_assert_cmpstr(vm->nvram_template, ==, "/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd");
}

static void
assert_hostdev(const FerryDefinition *vm, guint i, const FerryHostdev *expected)
{
    const FerryHostdev *hostdev = vm->hostdevs->pdata[i];

    g_assert_cmpstr(hostdev->type, ==, expected->type);
    g_assert_cmpstr(hostdev->what, ==, expected->what);
    g_assert_true(hostdev->teaming == expected->teaming);
    g_assert_true(hostdev->optional == expected->optional);
}

static void
test_rhel_hostdevs(void)
{
    static const FerryHostdev expected[] = {
        {.type = "pci", .what = "0000:06:00.0"},
        {.type = "pci", .what = "0001:3b:1f.7", .teaming = true},
        {.type = "usb", .what = "046d:c52b", .optional = true},
        {.type = "usb", .what = "1.12"},
        {.type = "mdev", .what = "c2177883-f1bb-47f0-914d-32a22e3a8804"},
        {.type = "scsi", .what = "scsi_host2/0:3:1"},
        {.type = "scsi", .what = "iscsi:iqn.2014-08.com.example:iscsi-nopool/1"},
        {.type = "scsi_host", .what = "naa.5123456789abcde0"},
    };
    g_autoptr(FerryDefinition) vm = parse_data("domains/rhel9-devices.xml");

    g_assert_cmpuint(vm->hostdevs->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        assert_hostdev(vm, i, &expected[i]);
    assert_disk(vm, 1, "disk", "nvme:0000:01:00.0");
}

static void
assert_nic(const FerryDefinition *vm, guint i, const char *type, const char *source)
{
    const FerryNic *nic = vm->nics->pdata[i];

    g_assert_cmpstr(nic->type, ==, type);
    g_assert_cmpstr(nic->source, ==, source);
}

static void
test_rhel_devices(void)
{
    g_autoptr(FerryDefinition) vm = parse_data("domains/rhel9-devices.xml");
    const FerryFilesystem *const *filesystems = (const void *)vm->filesystems->pdata;
    const FerryShmem *const *shmems = (const void *)vm->shmems->pdata;

    g_assert_cmpuint(vm->nics->len, ==, 5);
    assert_nic(vm, 0, "network", "sriov-backup");
    assert_nic(vm, 1, "hostdev", NULL);
    assert_nic(vm, 2, "vdpa", "/dev/vhost-vdpa-0");
    assert_nic(vm, 3, "user", NULL);
    assert_nic(vm, 4, "vhostuser", "/run/openvswitch/vhu0");
    g_assert_false(((const FerryNic *)vm->nics->pdata[0])->teaming);
    g_assert_true(((const FerryNic *)vm->nics->pdata[1])->teaming);
    g_assert_cmpuint(vm->filesystems->len, ==, 2);
    g_assert_cmpstr(filesystems[0]->driver, ==, "virtiofs");
    g_assert_cmpstr(filesystems[0]->target, ==, "assets");
    g_assert_cmpstr(filesystems[1]->driver, ==, "path");
    g_assert_cmpuint(vm->shmems->len, ==, 2);
    g_assert_cmpstr(shmems[0]->name, ==, "cluster");
    g_assert_cmpstr(shmems[0]->role, ==, "master");
    g_assert_cmpstr(shmems[1]->name, ==, "metrics");
    g_assert_null(shmems[1]->role);
    g_assert_cmpint(vm->agent, ==, FERRY_AGENT_DISCONNECTED);
    g_assert_cmpstr(vm->tpm->secret, ==, "6dd3e4a5-1d76-44ce-961f-f119f5aad935");
    g_assert_cmpstr(vm->tpm->state, ==, "/srv/swtpm/render-04");
}

static FerryDefinition *
parse_with(const char *elements)
{
    g_autofree char *xml = g_strdup_printf("<domain><name>a</name>%s</domain>", elements);
    g_autoptr(GError) error = NULL;
    FerryDefinition *vm = ferry_definition_parse(xml, &error);

    g_assert_no_error(error);
    return vm;
}

// A definition that was never started: nothing of the running machine's is in it.
static void
test_inactive(void)
{
    g_autoptr(FerryDefinition) vm = parse_with(
        "<os><loader type='rom'/><nvram/></os><devices>"
        "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
        "<memory model='virtio-mem'><target><requested unit='GiB'>1</requested></target></memory>"
        "<tpm><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm></devices>");

    g_assert_cmpint(vm->agent, ==, FERRY_AGENT_UNKNOWN);
    g_assert_false(vm->memory_changing);
    g_assert_null(vm->loader);
    g_assert_null(vm->nvram);
    g_assert_cmpstr(vm->tpm->backend, ==, "passthrough");
    g_assert_null(vm->tpm->version);
}

static void
test_memory_settled(void)
{
    g_autoptr(FerryDefinition) vm = parse_with(
        "<devices><memory model='virtio-mem'><target><requested unit='GiB'>1</requested>"
        "<current unit='KiB'>1048576</current></target><address type='pci'/></memory></devices>");

    g_assert_false(vm->memory_changing);
    g_assert_cmpuint(vm->dimms_without_address, ==, 0);
}

static void
assert_numa(const char *memory, const char *nodes, bool strict)
{
    g_autofree char *xml = g_strdup_printf("<numatune>%s</numatune>", memory);
    g_autoptr(FerryDefinition) vm = parse_with(xml);

    g_assert_cmpstr(vm->numa_nodes, ==, nodes);
    g_assert_true(vm->numa_strict == strict);
}

static void
test_numa(void)
{
    assert_numa("", NULL, false);
    assert_numa("<memory nodeset='1'/>", "1", true);
    assert_numa("<memory mode='strict' placement='auto'/>", NULL, true);
    assert_numa("<memory mode='preferred' nodeset='0,2'/>", "0,2", false);
}

static void
assert_invtsc(const char *feature, bool expected)
{
    g_autofree char *xml = g_strdup_printf("<cpu>%s</cpu>", feature);
    g_autoptr(FerryDefinition) vm = parse_with(xml);

    g_assert_true(vm->invtsc == expected);
}

static void
test_tsc(void)
{
    g_autoptr(FerryDefinition) fast =
        parse_with("<clock><timer name='tsc' frequency='5200000000'/></clock>");
    g_autoptr(FerryDefinition) plain =
        parse_with("<clock><timer name='tsc' mode='native'/></clock>");

    g_assert_true(fast->tsc_frequency);
    g_assert_false(plain->tsc_frequency);
    assert_invtsc("<feature name='vmx'/><feature name='invtsc'/>", true);
    assert_invtsc("<feature policy='require' name='invtsc'/>", true);
    assert_invtsc("<feature policy='force' name='invtsc'/>", true);
    assert_invtsc("<feature policy='optional' name='invtsc'/>", false);
    assert_invtsc("<feature policy='forbid' name='invtsc'/>", false);
}

// Devices about which the XML says less than libvirt would take.
static void
test_bare_devices(void)
{
    static const char *const types[] = {"pci", "usb", "mdev", "scsi", "scsi_host", "moon"};
    g_autoptr(FerryDefinition) vm = parse_with(
        "<devices><hostdev type='pci'/><hostdev type='usb'/><hostdev type='mdev'/><hostdev type='scsi'/>"
        "<hostdev type='scsi_host'/><hostdev type='moon'/><disk type='nvme'/><interface/><filesystem/>"
        "<shmem/><tpm><backend><encryption secret='hunter2'/><source type='unix' path='/a'/></backend></tpm>"
        "<tpm><backend type='passthrough'/></tpm><memory/><channel/></devices>");

    g_assert_cmpuint(vm->hostdevs->len, ==, G_N_ELEMENTS(types));
    for (guint i = 0; i < G_N_ELEMENTS(types); i++)
        assert_hostdev(vm, i, &(FerryHostdev){.type = (char *)types[i], .what = (char *)""});
    assert_disk(vm, 0, "disk", NULL);
    assert_nic(vm, 0, NULL, NULL);
    g_assert_cmpstr(vm->tpm->secret, ==, "");
    g_assert_null(vm->tpm->backend);
    g_assert_null(vm->tpm->state);
    g_assert_cmpint(vm->agent, ==, FERRY_AGENT_NONE);
    g_assert_cmpuint(vm->dimms_without_address, ==, 1);
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
    g_assert_cmpuint(vm->current_kib, ==, 0);
    g_assert_cmpuint(vm->disks->len, ==, 0);
    g_assert_cmpuint(vm->nics->len, ==, 0);
    g_assert_cmpuint(vm->hostdevs->len, ==, 0);
    g_assert_cmpuint(vm->filesystems->len, ==, 0);
    g_assert_cmpuint(vm->shmems->len, ==, 0);
    g_assert_cmpuint(vm->cpusets->len, ==, 0);
    g_assert_null(vm->tpm);
    g_assert_null(vm->numa_nodes);
    g_assert_null(vm->launch_security);
    g_assert_cmpint(vm->agent, ==, FERRY_AGENT_NONE);
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
    assert_memory("<memory unit='gib'>3</memory>", (uint64_t)3 * 1024 * 1024);
    assert_memory("<memory unit='Gb'>1</memory>", 976562);
    assert_memory("<memory unit=''>1</memory>", 1);
    assert_memory("<memory unit='kilo'>1</memory>", 0);
    assert_memory("<memory unit='EiB'>99</memory>", G_MAXUINT64 / 1024);
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
    g_test_add_func("/definition/ubuntu", test_ubuntu);
    g_test_add_func("/definition/rhel-memory", test_rhel_memory);
    g_test_add_func("/definition/rhel-hostdevs", test_rhel_hostdevs);
    g_test_add_func("/definition/rhel-devices", test_rhel_devices);
    g_test_add_func("/definition/inactive", test_inactive);
    g_test_add_func("/definition/memory-settled", test_memory_settled);
    g_test_add_func("/definition/numa", test_numa);
    g_test_add_func("/definition/tsc", test_tsc);
    g_test_add_func("/definition/bare-devices", test_bare_devices);
    g_test_add_func("/definition/small", test_small);
    g_test_add_func("/definition/units", test_units);
    g_test_add_func("/definition/malformed", test_malformed);
    return g_test_run();
}
