// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Each layer: what it reads, and its statuses.

#include "fleet.h"
#include "identity/constraints.h"
#include "identity/identity-layer.h"

// One line a value: "LAYER[ OBJECT]=VALUE[/PERSISTENT] STATUS[: REASON]"; @only: of layers that begin so
static void
expect_values(const FerryIdentityMachine *machine, const char *only, const char *lines)
{
    g_autoptr(GPtrArray) values = ferry_identity_read(machine, FERRY_GROUP_ALL);
    g_autoptr(GString) text = g_string_new(NULL);

    for (unsigned i = 0; i < values->len; i++) {
        const FerryIdentityValue *value = g_ptr_array_index(values, i);

        if (!g_str_has_prefix(value->layer->id, only))
            continue;
        g_string_append_printf(text, "%s%s%s=%s", value->layer->id,
                               value->object != NULL ? " " : "",
                               value->object != NULL ? value->object : "",
                               value->value != NULL ? value->value : "-");
        if (value->live != NULL && g_strcmp0(value->persistent, value->live) != 0)
            g_string_append_printf(text, "/%s",
                                   value->persistent != NULL ? value->persistent : "-");
        g_string_append_printf(text, " %s", ferry_identity_status_name(value->status));
        if (value->reason != NULL)
            g_string_append_printf(text, ": %s", value->reason);
        g_string_append_c(text, '\n');
    }
    g_assert_cmpstr(text->str, ==, lines);
}

static const char rich[] =
    "<genid>" GENID "</genid><os><smbios mode='sysinfo'/><nvram>/n.fd</nvram></os>"
    "<sysinfo type='smbios'><system><entry name='uuid'>" UUID_1
    "</entry><entry name='serial'>S</entry>"
    "<entry name='sku'>K</entry><entry name='family'>F</entry></system><baseBoard><entry name='serial'>B</entry>"
    "<entry name='asset'>BA</entry></baseBoard><chassis><entry name='serial'>C</entry><entry "
    "name='asset'>CA</entry></chassis><oemStrings><entry>one</entry><entry>two</entry></oemStrings></sysinfo>"
    "<metadata><x:y xmlns:x='urn:x'/></metadata><devices><disk type='file' device='disk'><target dev='vda'/>"
    "<serial>D</serial><wwn>5000</wwn><encryption><secret uuid='" UUID_3 "'/></encryption></disk>"
    "<interface type='network'><mac address='52:54:00:00:00:0A'/></interface></devices>";

static void
test_all(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityMachine *web1 = add_machine(add_host(fleet, "a"), "web1", UUID_1, rich);

    web1->vm.autostart = true;
    web1->extras.managed_save = true;
    start(web1, rich);
    expect_values(
        web1, "",
        "hyper.name=web1 ok\nhyper.uuid=" UUID_1 " ok\nhyper.genid=" GENID " ok\n"
        "hyper.mac net0=52:54:00:00:00:0a ok\nhyper.nvram=/n.fd ok\nhyper.secrets 1=" UUID_3
        " ok\nhyper.metadata 1=urn:x ok\nhyper.autostart=on ok\nhyper.managed_save=present ok\n"
        "smbios.uuid=" UUID_1 " ok\nsmbios.serial=S ok\nsmbios.sku=K ok\nsmbios.family=F ok\n"
        "board.serial=B ok\nboard.asset=BA ok\nchassis.serial=C ok\nchassis.asset=CA ok\n"
        "smbios.oem_strings 1=one ok\nsmbios.oem_strings 2=two ok\ndisk.serial vda=D ok\n"
        "disk.wwn vda=5000 ok\nhost.uuid=44444444-4444-4444-8444-000000000001 ok\n");
}

static void
test_mismatch(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");
    FerryIdentityMachine *web1 =
        add_machine(a, "web1", UUID_1,
                    "<genid>" GENID
                    "</genid><sysinfo type='smbios'><system><entry name='serial'>S</entry>"
                    "</system></sysinfo>");

    start(web1, "<genid>" UUID_3 "</genid>");
    expect_values(web1, "hyper.genid",
                  "hyper.genid=" UUID_3 "/" GENID
                  " mismatch: it runs with another one than it starts with next\n");
    expect_values(web1, "smbios.serial", "smbios.serial=S mismatch: it runs without one\n");
    set_root(a, "running\t" UUID_2 "\tweb1\n");
    expect_values(web1, "hyper.uuid",
                  "hyper.uuid=" UUID_1 " mismatch: its QEMU was started with " UUID_2 "\n");
    add_snapshot(web1, "s1", UUID_2, "");
    add_snapshot(web1, "s2", UUID_1, UUID_2);
    add_snapshot(web1, "s3", UUID_1, UUID_1);
    expect_values(web1, "hyper.snapshots",
                  "hyper.snapshots s1=" UUID_2 " mismatch: the machine has " UUID_1
                  "\nhyper.snapshots s2=" UUID_1
                  " mismatch: a revert to it gives the machine the UUID " UUID_2
                  "\nhyper.snapshots s3=" UUID_1 " ok\n");
}

static void
test_plugged(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityMachine *web1 = add_machine(
        add_host(fleet, "a"), "web1", UUID_1,
        "<devices><interface><mac address='52:54:00:00:00:01'/></interface><interface><mac "
        "address='52:54:00:00:00:02'/></interface></devices>");

    // the first one was unplugged: the second one is what it was
    start(web1, "<devices><interface><mac address='52:54:00:00:00:02'/></interface></devices>");
    expect_values(web1, "hyper.mac",
                  "hyper.mac net0=52:54:00:00:00:02 ok\nhyper.mac net0=52:54:00:00:00:01 ok\n");
}

static void
test_unknown(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityMachine *web1 = add_machine(add_host(fleet, "a"), "web1", UUID_1, "");

    g_clear_pointer(&web1->persistent, ferry_identity_xml_free);
    g_clear_pointer(&web1->snapshots, g_ptr_array_unref);
    web1->persistent_unknown = g_strdup("it hangs");
    web1->extras_unknown = g_strdup("it hangs");
    web1->snapshots_unknown = g_strdup("it hangs");
    expect_values(web1, "hyper.genid", "hyper.genid=- unknown: it hangs\n");
    expect_values(web1, "hyper.managed", "hyper.managed_save=- unknown: it hangs\n");
    expect_values(web1, "hyper.snapshots", "hyper.snapshots=- unknown: it hangs\n");
    expect_values(web1, "disk.serial", "disk.serial=- unknown: it hangs\n");
}

static void
test_tpm(void)
{
    static const char xml[] =
        "<devices><tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm></devices>";
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");
    FerryIdentityMachine *web1 = add_machine(a, "web1", UUID_1, xml);

    expect_values(web1, "tpm.state", "tpm.state=- unknown: nobody asked for it\n");
    set_root(a, "unreadable\ttpm\n");
    expect_values(web1, "tpm.state",
                  "tpm.state=- unknown: the folders of vTPMs can be read by root alone\n");
    set_root(a, "");
    expect_values(web1, "tpm.state",
                  "tpm.state=- missing: there is no folder: the next start makes a new TPM\n");
    set_root(a, "tpm\t" UUID_1 "\tabc\n");
    expect_values(web1, "tpm.state", "tpm.state=abc ok\n");
}

static void
test_guest(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityMachine *web1 = add_machine(add_host(fleet, "a"), "web1", UUID_1, "");
    FerryGuestVolume *volume = g_new0(FerryGuestVolume, 1);

    set_guest(web1, FERRY_GUEST_MACHINE_ID, "0123456789abcdef0123456789abcdef\n");
    set_guest(web1, FERRY_GUEST_DBUS_MACHINE_ID, "ffffffffffffffffffffffffffffffff\n");
    set_guest(web1, FERRY_GUEST_HOSTNAME, "web1\n");
    ferry_guest_facts_set_unknown(web1->guest, FERRY_GUEST_ISCSI_NAME, "it is encrypted");
    *volume = (FerryGuestVolume){.name = g_strdup("vda1"),
                                 .type = g_strdup("ext4"),
                                 .uuid = g_strdup(UUID_2),
                                 .part_uuid = g_strdup(UUID_3)};
    g_ptr_array_add(web1->guest->volumes, volume);
    expect_values(
        web1, "guest.",
        "guest.machine_id=0123456789abcdef0123456789abcdef ok\n"
        "guest.dbus_machine_id=ffffffffffffffffffffffffffffffff stale: it is a file of its own, and not "
        "what /etc/machine-id says\n"
        "guest.hostname=web1 ok\nguest.iscsi_name=- unknown: it is encrypted\n");
    expect_values(web1, "disk.fs", "disk.fs_uuid vda1=" UUID_2 " ok\n");
    expect_values(web1, "disk.part", "disk.partition_uuid vda1=" UUID_3 " ok\n");
    set_guest(web1, FERRY_GUEST_MACHINE_ID, "");
    expect_values(web1, "guest.machine_id",
                  "guest.machine_id= missing: the next boot makes it of the machine's UUID\n");
}

static void
expect_constraints(const FerryIdentityMachine *machine, const char *ids)
{
    g_autoptr(GArray) found = ferry_identity_constraints(machine);
    g_autoptr(GString) text = g_string_new(NULL);

    for (unsigned i = 0; i < found->len; i++)
        g_string_append_printf(text, "%s ", g_array_index(found, FerryIdentityConstraint, i).id);
    g_assert_cmpstr(text->str, ==, ids);
}

static void
test_constraints(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");
    FerryIdentityMachine *web1 = add_machine(a, "web1", UUID_1, "");

    expect_constraints(web1, "");
    web1->extras = (FerryVmExtras){.snapshots = 1, .managed_save = true};
    expect_constraints(web1, "managed-save snapshots ");
    start(web1, "<devices><tpm><backend type='emulator'/></tpm></devices><metadata><n:i "
                "xmlns:n='http://openstack.org/xmlns/libvirt/nova/1.1'/></metadata>");
    web1->vm.persistent = false;
    expect_constraints(web1, "active transient managed-save vtpm owner snapshots ");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/identity/layers/all", test_all);
    g_test_add_func("/identity/layers/mismatch", test_mismatch);
    g_test_add_func("/identity/layers/plugged", test_plugged);
    g_test_add_func("/identity/layers/unknown", test_unknown);
    g_test_add_func("/identity/layers/tpm", test_tpm);
    g_test_add_func("/identity/layers/guest", test_guest);
    g_test_add_func("/identity/constraints", test_constraints);
    return g_test_run();
}
