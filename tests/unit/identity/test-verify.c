// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Each check of 'id verify': what passes, what does not, what is not known.

#include "fleet.h"
#include "identity/verify.h"

static const char tpm[] = "<devices><tpm><backend type='emulator'/></tpm></devices>";

// The check @name: "ok TEXT", "wrong TEXT", "unknown TEXT"; NULL: there is none
static void
expect_check(const FerryIdentityEvidence *evidence,
             FerryIdentityLevel level,
             const char *name,
             const char *wanted)
{
    g_autoptr(GPtrArray) checks = ferry_identity_verify(evidence, level);
    g_autofree char *got = NULL;

    for (unsigned i = 0; i < checks->len; i++) {
        const FerryIdentityCheck *check = g_ptr_array_index(checks, i);

        if (strcmp(check->name, name) == 0)
            got = g_strdup_printf("%s %s",
                                  !check->known ? "unknown"
                                  : check->pass ? "ok"
                                                : "wrong",
                                  check->text);
    }
    g_assert_cmpstr(got, ==, wanted);
}

static void
test_config(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityMachine *web1 =
        add_machine(add_host(fleet, "a"), "web1", UUID_1, "<genid>" GENID "</genid>");
    const FerryIdentityEvidence evidence = {.machine = web1};
    g_autoptr(GPtrArray) checks = ferry_identity_verify(&evidence, FERRY_LEVEL_CONFIG);

    g_assert_true(ferry_identity_verify_holds(checks));
    expect_check(&evidence, FERRY_LEVEL_CONFIG, "definition.uuid", "ok " UUID_1);
    expect_check(&evidence, FERRY_LEVEL_CONFIG, "snapshots.uuid", "ok 0 of them");
    expect_check(&evidence, FERRY_LEVEL_CONFIG, "qemu.uuid", NULL);
    add_snapshot(web1, "s1", UUID_1, UUID_2);
    expect_check(&evidence, FERRY_LEVEL_CONFIG, "snapshots.uuid",
                 "wrong 's1' has " UUID_2 ", not " UUID_1);
    start(web1, "<genid>" UUID_3 "</genid>");
    expect_check(&evidence, FERRY_LEVEL_CONFIG, "genid",
                 "wrong it runs with " UUID_3 ", and starts with " GENID " next");
    ferry_identity_xml_free(web1->persistent);
    web1->persistent = parse_xml("web1", UUID_2, "");
    expect_check(&evidence, FERRY_LEVEL_CONFIG, "definition.uuid", "wrong " UUID_2 ", not " UUID_1);
    g_clear_pointer(&web1->persistent, ferry_identity_xml_free);
    web1->persistent_unknown = g_strdup("it hangs");
    expect_check(&evidence, FERRY_LEVEL_CONFIG, "definition.uuid", "unknown it hangs");
}

static void
test_boot(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");
    FerryIdentityMachine *web1 = add_machine(a, "web1", UUID_1, tpm);
    FerryIdentityEvidence evidence = {.machine = web1};

    expect_check(&evidence, FERRY_LEVEL_BOOT, "qemu.uuid", "unknown it is off");
    start(web1, tpm);
    expect_check(&evidence, FERRY_LEVEL_BOOT, "qemu.uuid", "unknown nobody asked for it");
    set_root(a, "running\t" UUID_1 "\tweb1\n");
    expect_check(&evidence, FERRY_LEVEL_BOOT, "qemu.uuid", "ok " UUID_1);
    set_root(a, "running\t" UUID_2 "\tweb1\nmade\t2026-11-28T21:00:00Z\tweb1\n");
    expect_check(&evidence, FERRY_LEVEL_BOOT, "qemu.uuid", "wrong " UUID_2 ", not " UUID_1);
    // made before the change, after it, and after it on purpose
    evidence.changed = "2026-11-28T21:30:00Z";
    expect_check(&evidence, FERRY_LEVEL_BOOT, "tpm.not_remanufactured",
                 "ok it was made at 2026-11-28T21:00:00Z");
    evidence.changed = "2026-11-28T20:30:00Z";
    expect_check(
        &evidence, FERRY_LEVEL_BOOT, "tpm.not_remanufactured",
        "wrong it was made anew at 2026-11-28T21:00:00Z, after the change of the UUID at 2026-11-28T20:30:00Z");
    evidence.new_tpm = true;
    expect_check(&evidence, FERRY_LEVEL_BOOT, "tpm.not_remanufactured",
                 "ok it was made at 2026-11-28T21:00:00Z");
}

static void
test_guest(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityMachine *web1 = add_machine(add_host(fleet, "a"), "web1", UUID_1, "");
    FerryIdentityEvidence evidence = {.machine = web1, .product_unknown = "it is off"};

    expect_check(&evidence, FERRY_LEVEL_GUEST, "guest.product_uuid", "unknown it is off");
    expect_check(&evidence, FERRY_LEVEL_GUEST, "guest.machine_id",
                 "unknown nobody looked into the guest");
    evidence.product_uuid =
        "11111111-1111-1141-8111-111111111111"; // with its bytes in the other order
    expect_check(&evidence, FERRY_LEVEL_GUEST, "guest.product_uuid", "ok " UUID_1);
    evidence.product_uuid = UUID_2;
    expect_check(&evidence, FERRY_LEVEL_GUEST, "guest.product_uuid",
                 "wrong " UUID_2 ", not " UUID_1);
    set_guest(web1, FERRY_GUEST_HOSTNAME, "web1");
    expect_check(&evidence, FERRY_LEVEL_GUEST, "guest.machine_id",
                 "unknown the guest has no /etc/machine-id");
    set_guest(web1, FERRY_GUEST_MACHINE_ID, "0123456789abcdef0123456789abcdef");
    expect_check(&evidence, FERRY_LEVEL_GUEST, "guest.machine_id",
                 "ok /etc/machine-id and D-Bus agree");
    set_guest(web1, FERRY_GUEST_DBUS_MACHINE_ID, "ffffffffffffffffffffffffffffffff");
    expect_check(&evidence, FERRY_LEVEL_GUEST, "guest.machine_id",
                 "wrong /var/lib/dbus/machine-id is another one than /etc/machine-id");
    set_guest(web1, FERRY_GUEST_MACHINE_ID, "");
    expect_check(&evidence, FERRY_LEVEL_GUEST, "guest.machine_id",
                 "wrong /etc/machine-id is empty: the next boot makes it of the UUID");
}

static void
test_persist(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");
    const FerryIdentityEvidence evidence = {.machine = add_machine(a, "web1", UUID_1, "")};

    expect_check(&evidence, FERRY_LEVEL_PERSIST, "file.uuid", "unknown nobody asked for it");
    set_root(a, "unreadable\tdefinition\n");
    expect_check(&evidence, FERRY_LEVEL_PERSIST, "file.uuid",
                 "unknown libvirt's files can be read by root alone");
    set_root(a, "");
    expect_check(&evidence, FERRY_LEVEL_PERSIST, "file.uuid", "wrong none, not " UUID_1);
    set_root(a, "definition\t" UUID_2 "\t/etc/libvirt/qemu/web1.xml\tweb1\n");
    expect_check(&evidence, FERRY_LEVEL_PERSIST, "file.uuid", "wrong " UUID_2 ", not " UUID_1);
    set_root(a, "definition\t" UUID_1 "\t/etc/libvirt/qemu/web1.xml\tweb1\n");
    expect_check(&evidence, FERRY_LEVEL_PERSIST, "file.uuid", "ok " UUID_1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/identity/verify/config", test_config);
    g_test_add_func("/identity/verify/boot", test_boot);
    g_test_add_func("/identity/verify/guest", test_guest);
    g_test_add_func("/identity/verify/persist", test_persist);
    return g_test_run();
}
