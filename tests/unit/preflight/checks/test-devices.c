// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define DETACH_HINT \
    "Detach host devices for the move with 'virsh detach-device --live', and attach those of the other host after it."
#define DEFINE_HINT \
    "Change the definition with 'virsh edit' and start the machine anew, or move it while it is off with --offline."
#define PLAN9_HINT "Unmount 9p file systems in the guest, and go on with --force devices."
#define VIRTIOFS_HINT \
    "virtiofs needs virtiofsd 1.11, QEMU 8.2 and a libvirt that asks it (11.3 does) on both hosts; or unmount it in the guest and detach it with 'virsh detach-device --live'."
#define USER_HINT \
    "What a guest has open through user networking ends: give it a card on a bridge or network to keep it."

static void
set_versions(Fixture *fx, unsigned long libvirt, unsigned long qemu)
{
    fx->src->info.libvirt_version = libvirt;
    fx->src->info.hypervisor_version = qemu;
    fx->dst->info.libvirt_version = libvirt;
    fx->dst->info.hypervisor_version = qemu;
}

// libvirt 9.0 with QEMU 7.2 never moves it.
static void
expect_never(const char *devices, const char *rest, const char *what, const char *hint)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autofree char *text = g_strdup_printf("does not move: %s", what);

    fixture_define(fx, devices, rest);
    fixture_expect(fx, &ferry_check_devices, FERRY_VERDICT_BLOCK, text, hint);
}

// Nor do newer ones, or: they may.
static void
expect_new(const char *devices, const char *what, bool may, const char *hint)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autofree char *text = g_strdup_printf(may ? "may not move: %s" : "does not move: %s", what);

    expect_never(devices, NULL, what, hint);
    fixture_define(fx, devices, NULL);
    set_versions(fx, 11003000, 10000000);
    fixture_expect(fx, &ferry_check_devices, may ? FERRY_VERDICT_WARN : FERRY_VERDICT_BLOCK, text,
                   hint);
}

static void
test_none(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    static const char text[] = "the machine has no device that stops a move";

    fixture_expect(fx, &ferry_check_devices, FERRY_VERDICT_OK, text, NULL);
    // what libvirt unplugs by itself, what another check judges, and what has a name that holds everywhere
    fixture_define(
        fx,
        "<hostdev mode='subsystem' type='pci'><source><address bus='6'/></source><teaming type='transient' persistent='ua-0'/></hostdev>"
        "<interface type='hostdev'><mac address='52:54:00:77:20:01'/><teaming type='transient' persistent='ua-0'/></interface>"
        "<hostdev mode='subsystem' type='usb'><source><address bus='1' device='2'/></source></hostdev>"
        "<hostdev mode='subsystem' type='scsi'><source protocol='iscsi' name='iqn.2014-08.com.example:a/1'/></hostdev>"
        "<shmem name='cluster' role='master'><model type='ivshmem-plain'/></shmem>"
        "<memory model='dimm'><target><size unit='MiB'>64</size></target><address type='dimm' slot='0'/></memory>",
        "<cpu mode='custom'><feature policy='require' name='invtsc'/></cpu><clock><timer name='tsc' frequency='2499998000'/></clock>");
    fixture_expect(fx, &ferry_check_devices, FERRY_VERDICT_OK, text, NULL);
    fixture_define(fx, "", "<cpu mode='custom'><feature policy='disable' name='invtsc'/></cpu>");
    fixture_expect(fx, &ferry_check_devices, FERRY_VERDICT_OK, text, NULL);
}

static void
test_hostdev(void)
{
    expect_new(
        "<hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='0x06' slot='0x00' function='0x1'/></source></hostdev>",
        "PCI device '0000:06:00.1'", true, DETACH_HINT);
    expect_new(
        "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/></source></hostdev>",
        "mdev device 'c2177883-f1bb-47f0-914d-32a22e3a8804'", true, DETACH_HINT);
    expect_new(
        "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host2'/><address bus='0' target='3' unit='1'/></source></hostdev>",
        "SCSI device 'scsi_host2/0:3:1'", false, DETACH_HINT);
    expect_new(
        "<hostdev mode='subsystem' type='scsi_host'><source protocol='vhost' wwpn='naa.5123456789abcde0'/></hostdev>",
        "scsi_host device 'naa.5123456789abcde0'", false, DETACH_HINT);
}

static void
test_nic(void)
{
    expect_new("<interface type='hostdev'><mac address='52:54:00:77:20:01'/></interface>",
               "network card '52:54:00:77:20:01' (hostdev)", true, DETACH_HINT);
    expect_new("<interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface>",
               "network card '?' (vdpa)", true, DETACH_HINT);
}

static void
test_user_network(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_define(fx, "<interface type='user'><mac address='52:54:00:77:20:04'/></interface>",
                   NULL);
    fixture_expect(fx, &ferry_check_devices, FERRY_VERDICT_WARN,
                   "may not move: the connections of network card '52:54:00:77:20:04' (user)",
                   USER_HINT);
}

static void
test_filesystem(void)
{
    expect_new(
        "<filesystem type='mount'><driver type='virtiofs'/><source dir='/srv/a'/><target dir='assets'/></filesystem>",
        "virtiofs file system 'assets'", true, VIRTIOFS_HINT);
    expect_new("<filesystem type='mount'><source dir='/srv/a'/><target dir='plan9'/></filesystem>",
               "9p file system 'plan9'", false, PLAN9_HINT);
}

static void
test_definition(void)
{
    expect_new("<shmem name='metrics'><model type='ivshmem-doorbell'/></shmem>",
               "shared memory 'metrics' (role is not 'master')", false, DEFINE_HINT);
    expect_new("<shmem name='metrics' role='peer'><model type='ivshmem-plain'/></shmem>",
               "shared memory 'metrics' (role is not 'master')", false, DEFINE_HINT);
    expect_new(
        "<memory model='dimm'><target><size unit='MiB'>64</size></target></memory><memory model='dimm'/>",
        "memory devices without an address (2)", false, DEFINE_HINT);
    expect_new(
        "<disk type='file' device='disk'><source file='/srv/a.img'/><target dev='vda'/><transient/></disk>",
        "transient disk 'vda'", false, DEFINE_HINT);
    expect_never(NULL, "<launchSecurity type='sev'/>", "launch security 'sev'", DEFINE_HINT);
    expect_never(NULL, "<cpu mode='custom'><feature policy='require' name='invtsc'/></cpu>",
                 "CPU feature 'invtsc' without <timer name='tsc' frequency='...'/>", DEFINE_HINT);
}

// Both hosts must be able to.
static void
test_versions(void)
{
    static const char devices[] =
        "<hostdev mode='subsystem' type='mdev'><source><address uuid='a'/></source></hostdev>";
    g_autoptr(Fixture) fx = fixture_new();

    fixture_define(fx, devices, NULL);
    set_versions(fx, 9000000, 8001000);
    fixture_expect(fx, &ferry_check_devices, FERRY_VERDICT_WARN, "may not move: mdev device 'a'",
                   DETACH_HINT);
    fx->dst->info.hypervisor_version = 8000050;
    fixture_expect(fx, &ferry_check_devices, FERRY_VERDICT_BLOCK, "does not move: mdev device 'a'",
                   DETACH_HINT);
    fixture_lose(&fx->dst->info_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_devices, FERRY_VERDICT_WARN, "may not move: mdev device 'a'",
                   DETACH_HINT);
}

// A machine of RHEL 9 with one of everything, as libvirt writes it.
static void
test_all(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autofree char *xml = fixture_read("../domains/rhel9-devices.xml");

    ferry_definition_free(fx->vm->definition);
    fx->vm->definition = fixture_parse(xml);
    fx->vm->arriving = fx->vm->definition;
    set_versions(fx, 10000000, 8002000);
    fixture_expect(
        fx, &ferry_check_devices, FERRY_VERDICT_BLOCK,
        "does not move: SCSI device 'scsi_host2/0:3:1', scsi_host device 'naa.5123456789abcde0', 9p file system 'plan9', "
        "shared memory 'metrics' (role is not 'master'), memory devices without an address (1), launch security 'sev'; "
        "may not: PCI device '0000:06:00.0', mdev device 'c2177883-f1bb-47f0-914d-32a22e3a8804', network card '52:54:00:77:20:03' (vdpa), "
        "the connections of network card '52:54:00:77:20:04' (user), virtiofs file system 'assets'",
        DETACH_HINT " " USER_HINT " " VIRTIOFS_HINT " " PLAN9_HINT " " DEFINE_HINT);
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_devices, FERRY_VERDICT_OK,
                   "the machine is off: no device moves", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_devices, FERRY_VERDICT_UNKNOWN,
                   "the machine's devices cannot be told: not the XML of a machine", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/devices/none", test_none);
    g_test_add_func("/preflight/devices/hostdev", test_hostdev);
    g_test_add_func("/preflight/devices/nic", test_nic);
    g_test_add_func("/preflight/devices/user-network", test_user_network);
    g_test_add_func("/preflight/devices/filesystem", test_filesystem);
    g_test_add_func("/preflight/devices/definition", test_definition);
    g_test_add_func("/preflight/devices/versions", test_versions);
    g_test_add_func("/preflight/devices/all", test_all);
    g_test_add_func("/preflight/devices/unknown", test_unknown);
    return g_test_run();
}
