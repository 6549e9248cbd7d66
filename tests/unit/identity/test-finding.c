// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Each rule of 'id check': what it finds, word for word, and what it must not take for a finding.

#include "fleet.h"
#include "identity/finding-rule.h"

// One line a finding: "SEVERITY ID MEMBERS: TEXT|VALUE"
static char *
judge(const FerryIdentityFleet *fleet)
{
    g_autoptr(GPtrArray) findings = ferry_identity_judge(fleet);
    GString *lines = g_string_new(NULL);

    for (unsigned i = 0; i < findings->len; i++) {
        FerryIdentityFinding *finding = g_ptr_array_index(findings, i);
        g_autofree char *members = NULL;

        g_ptr_array_add(finding->members, NULL);
        members = g_strjoinv(" ", (char **)finding->members->pdata);
        g_ptr_array_set_size(finding->members, (int)finding->members->len - 1);
        g_assert_nonnull(finding->fix);
        g_assert_null(strchr(finding->fix, '{'));
        g_string_append_printf(lines, "%s %s %s: %s\n", ferry_severity_name(finding->severity),
                               finding->rule->id, members, finding->text);
    }
    return g_string_free(lines, FALSE);
}

static void
expect(const FerryIdentityFleet *fleet, const char *lines)
{
    g_autofree char *found = judge(fleet);

    g_assert_cmpstr(found, ==, lines);
}

// Everything a machine can have, on two that have nothing in common.
static void
test_nothing(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");
    FerryIdentityHost *b = add_host(fleet, "b");
    FerryIdentityMachine *web1;

    web1 = add_machine(a, "web1", UUID_1, "<genid>" GENID "</genid>");
    start(web1, "<genid>" GENID "</genid>");
    add_machine(b, "web2", UUID_2, "<genid>" UUID_3 "</genid>");
    add_snapshot(web1, "s1", UUID_1, UUID_1);
    set_root(a, "tpm\t" UUID_1 "\taa\ndefinition\t" UUID_1
                "\t/etc/libvirt/qemu/web1.xml\tweb1\nrunning\t" UUID_1 "\tweb1\n");
    set_root(b, "tpm\t" UUID_2 "\tbb\ndefinition\t" UUID_2 "\t/etc/libvirt/qemu/web2.xml\tweb2\n");
    expect(fleet, "");
}

static void
test_duplicates(void)
{
    static const struct {
        const char *xml;
        const char *finding;
    } cases[] = {
        {"<genid>" GENID "</genid>", "error DUP_GENID a/web1 b/web2: 2 machines have the same\n"},
        {"<devices><interface type='network'><mac address='52:54:00:AA:00:01'/></interface></devices>",
         "error DUP_MAC a/web1 b/web2: 2 machines have the same\n"},
        {"<os><smbios mode='sysinfo'/></os><sysinfo type='smbios'><system><entry name='serial'>S1</entry>"
         "</system><chassis><entry name='serial'>C1</entry></chassis></sysinfo>",
         "warn DUP_SERIAL a/web1 b/web2: 2 machines have the same\n"},
        {"<devices><disk type='file' device='disk'><target dev='vda'/><serial>D1</serial><wwn>5000c50015ea71aa"
         "</wwn></disk></devices>",
         "warn DUP_DISK_SERIAL a/web1 b/web2: 2 machines have the same\n"},
        // not found: what SMBIOS does not show, what is no serial number, what several machines have on purpose
        {"<sysinfo type='smbios'><system><entry name='serial'>S1</entry></system></sysinfo>", ""},
        {"<os><smbios mode='sysinfo'/></os><sysinfo type='smbios'><system><entry name='serial'>Not "
         "Specified</entry></system></sysinfo>",
         ""},
        {"<os><smbios mode='sysinfo'/></os><sysinfo type='smbios'><system><entry "
         "name='serial'>ds=nocloud;s=http://x/</entry></system></sysinfo>",
         ""},
        {"<devices><disk type='file' device='disk'><source file='/pool/shared'/><target dev='vda'/>"
         "<shareable/><serial>D1</serial></disk></devices>",
         ""},
        {"<genid/>", ""},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();

        add_machine(add_host(fleet, "a"), "web1", UUID_1, cases[i].xml);
        add_machine(add_host(fleet, "b"), "web2", UUID_2, cases[i].xml);
        expect(fleet, cases[i].finding);
    }
}

// Three are one cluster, and the one that is off is to be changed.
static void
test_cluster(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");
    g_autoptr(GPtrArray) findings = NULL;
    const FerryIdentityFinding *finding;

    start(add_machine(a, "web1", UUID_1, "<genid>" GENID "</genid>"), "<genid>" GENID "</genid>");
    add_machine(a, "web 2", UUID_2, "<genid>" GENID "</genid>");
    start(add_machine(a, "web3", UUID_3, "<genid>" GENID "</genid>"), "<genid>" GENID "</genid>");
    findings = ferry_identity_judge(fleet);
    g_assert_cmpuint(findings->len, ==, 1);
    finding = g_ptr_array_index(findings, 0);
    g_assert_cmpuint(finding->members->len, ==, 3);
    g_assert_cmpstr(finding->value, ==, GENID);
    g_assert_cmpstr(
        finding->fix, ==,
        "Run 'virt-ferry id set 'web 2' --connect a --genid auto' while the machine is off.");
}

// A move left its definition: the machine is one, whatever it has.
static void
test_moved(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    const char *xml = "<genid>" GENID "</genid>";
    FerryIdentityMachine *left;

    left = add_machine(add_host(fleet, "a"), "web1", UUID_1, xml);
    start(add_machine(add_host(fleet, "b"), "web1", UUID_1, xml), xml);
    expect(fleet,
           "info DUP_UUID a/web1 b/web1: one machine is defined on 2 hosts, and active on one\n");
    start(left, xml);
    expect(fleet, "error DUP_UUID a/web1 b/web1: one machine is active on 2 hosts\n");
}

static void
test_uuid(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");

    add_machine(a, "web1", "00112233-4455-4677-8899-aabbccddeeff", "");
    add_machine(add_host(fleet, "b"), "web2", "00112233-4455-4677-8899-aabbccddeeff", "");
    expect(fleet, "error DUP_UUID a/web1 b/web2: 2 machines have the same\n");
    add_machine(a, "other", "33221100-5544-7746-8899-aabbccddeeff", "");
    expect(fleet,
           "error DUP_UUID a/other a/web1 b/web2: 3 machines have the same, one with its bytes in "
           "the other order\n");
}

static void
test_bad_uuid(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");

    add_machine(a, "nil", "00000000-0000-0000-0000-000000000000", "");
    add_machine(a, "aws", "ec211111-1111-4111-8111-111111111111", "");
    expect(
        fleet,
        "error UUID_BAD a/nil: it is the nil UUID\n"
        "warn UUID_EC2_LIKE a/aws: it makes cloud-init take the machine for one of AWS (it begins with "
        "'ec2' in one byte order)\n");
}

static void
test_guests(void)
{
    static const struct {
        FerryGuestField field;
        const char *text;
        const char *finding;
    } cases[] = {
        {FERRY_GUEST_MACHINE_ID, "0123456789abcdef0123456789abcdef\n",
         "error DUP_MACHINE_ID a/web1 a/web2: 2 machines have the same\n"},
        {FERRY_GUEST_ISCSI_NAME, "InitiatorName=iqn.2026-11.org:x\n",
         "error DUP_IQN a/web1 a/web2: 2 machines have the same\n"},
        {FERRY_GUEST_NVME_HOSTNQN, "nqn.2014-08.org:x\n",
         "error DUP_NQN a/web1 a/web2: 2 machines have the same\n"},
        {FERRY_GUEST_MYSQL_UUID, "[auto]\nserver-uuid=" UUID_3 "\n",
         "error DUP_MYSQL_UUID a/web1 a/web2: 2 machines have the same\n"},
        {FERRY_GUEST_SSH_ED25519,
         "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA x\n",
         "error DUP_SSH_HOST_KEY a/web1 a/web2: 2 machines have the same\n"},
        // a machine-id that the next boot makes, and a name that says nothing
        {FERRY_GUEST_MACHINE_ID, "", ""},
        {FERRY_GUEST_HOSTNAME, "debian\n", ""},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
        FerryIdentityHost *a = add_host(fleet, "a");

        set_guest(add_machine(a, "web1", UUID_1, ""), cases[i].field, cases[i].text);
        set_guest(add_machine(a, "web2", UUID_2, ""), cases[i].field, cases[i].text);
        expect(fleet, cases[i].finding);
    }
}

// What is secret goes out as a digest, and whole where it was asked for.
static void
test_secret(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");
    FerryIdentityKey key = {{1}};
    g_autoptr(GPtrArray) findings = NULL;
    g_autofree char *shown = NULL;
    g_autofree char *revealed = NULL;

    set_guest(add_machine(a, "web1", UUID_1, ""), FERRY_GUEST_MACHINE_ID,
              "0123456789abcdef0123456789abcdef");
    set_guest(add_machine(a, "web2", UUID_2, ""), FERRY_GUEST_MACHINE_ID,
              "0123456789abcdef0123456789abcdef");
    findings = ferry_identity_judge(fleet);
    g_assert_cmpuint(findings->len, ==, 1);
    shown = ferry_identity_finding_value(g_ptr_array_index(findings, 0), &key);
    revealed = ferry_identity_finding_value(g_ptr_array_index(findings, 0), NULL);
    g_assert_true(g_str_has_prefix(shown, "hmac:"));
    g_assert_cmpstr(revealed, ==, "0123456789abcdef0123456789abcdef");
}

static void
test_nvram(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");
    const char *xml = "<os><nvram>/var/lib/libvirt/qemu/nvram/x.fd</nvram></os>";

    add_machine(a, "web1", UUID_1, xml);
    // the same path on another host is another file
    add_machine(add_host(fleet, "b"), "web3", UUID_3, xml);
    expect(fleet, "");
    add_machine(a, "web2", UUID_2, xml);
    expect(fleet, "error DUP_NVRAM a/web1 a/web2: 2 machines write to the same file\n");
}

static void
test_tpm(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");
    FerryIdentityHost *b = add_host(fleet, "b");

    add_machine(a, "web1", UUID_1, "");
    add_machine(b, "web2", UUID_2, "");
    set_root(a, "tpm\t" UUID_1 "\taa\n");
    set_root(b, "tpm\t" UUID_2 "\taa\n");
    expect(fleet, "error DUP_TPM a/web1 b/web2: 2 vTPMs have the same state\n");
    // what a change kept for a way back is neither a copy nor an orphan
    set_root(a, "tpm\t" UUID_1 "\taa\ntpm\t" UUID_3 "\taa\n");
    set_root(b, "");
    g_hash_table_add(fleet->retired, g_strdup(UUID_3));
    expect(fleet, "");
    g_hash_table_remove_all(fleet->retired);
    expect(fleet, "error DUP_TPM a/swtpm/" UUID_3 " a/web1: 2 vTPMs have the same state\n"
                  "warn ORPHAN_TPM a/swtpm/" UUID_3
                  ": no machine of the hosts that were asked has this UUID\n");
    // a state that could not be read is no digest; a machine that moved left its folder
    set_root(a, "tpm\t" UUID_1 "\t-\ntpm\t" UUID_2 "\t-\n");
    expect(fleet, "info ORPHAN_TPM a/swtpm/" UUID_2 ": its machine 'web2' is on host 'b'\n");
}

// A change of identity that has not ended: the old definition stands aside.
static void
test_aside(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");
    const char *xml =
        "<devices><interface><mac address='52:54:00:00:00:01'/></interface></devices>";

    add_machine(a, "web1", UUID_1, xml);
    add_machine(a, "web1.ferry-7", UUID_2, xml);
    set_root(a, "tpm\t" UUID_1 "\taa\ntpm\t" UUID_2 "\taa\ndefinition\t" UUID_2
                "\t/etc/libvirt/qemu/web1.ferry-7.xml\tweb1.ferry-7\n");
    expect(fleet, "error DUP_MAC a/web1 a/web1.ferry-7: 2 machines have the same\n"
                  "error DUP_TPM a/web1 a/web1.ferry-7: 2 vTPMs have the same state\n");
    ferry_identity_fleet_set_aside(fleet, UUID_2, "web1.ferry-7");
    expect(fleet, "");
}

static void
test_split(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");
    FerryIdentityMachine *web1 = add_machine(a, "web1", UUID_1, "<genid>" GENID "</genid>");

    start(web1, "<genid>" UUID_3 "</genid>");
    expect(
        fleet,
        "warn LIVE_CONFIG_SPLIT a/web1: it runs with another one, and its next start takes an old one\n");
    ferry_identity_xml_free(web1->persistent);
    web1->persistent = parse_xml("web1", UUID_2, "<genid>" UUID_3 "</genid>");
    expect(
        fleet,
        "error LIVE_CONFIG_UUID_SPLIT a/web1: its definition has another UUID than it runs with\n");
    ferry_identity_xml_free(web1->persistent);
    web1->persistent = NULL;
    set_root(a, "running\t" UUID_2 "\tweb1\n");
    expect(
        fleet,
        "error LIVE_CONFIG_UUID_SPLIT a/web1: its QEMU was started with another UUID than libvirt knows\n");
}

static void
test_snapshots(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityMachine *web1 = add_machine(add_host(fleet, "a"), "web1", UUID_1, "");

    add_snapshot(web1, "old", UUID_2, "");
    add_snapshot(web1, "half", UUID_1, UUID_2);
    expect(
        fleet,
        "error SNAP_INACTIVE_UUID a/web1: snapshot 'half' brings another UUID back when it is reverted to\n"
        "error SNAP_UUID a/web1: snapshot 'old' has another UUID than the machine\n");
}

static void
test_orphan_xml(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");
    FerryIdentityMachine *web1 = add_machine(a, "a<b", UUID_1, "");

    set_root(a, "definition\t" UUID_1 "\t/etc/libvirt/qemu/a<b.xml\ta&lt;b\n");
    expect(fleet, "");
    // its file was edited: libvirt has the machine without a definition
    web1->vm.persistent = false;
    start(web1, "");
    expect(fleet, "error ORPHAN_XML a/a<b: libvirt did not load '/etc/libvirt/qemu/a<b.xml'\n");
    // the definition of the next start is in the file
    web1->vm.persistent = true;
    ferry_identity_xml_free(web1->persistent);
    web1->persistent = parse_xml("x", UUID_2, "");
    set_root(a, "definition\t" UUID_2 "\t/etc/libvirt/qemu/a<b.xml\ta&lt;b\n");
    expect(
        fleet,
        "error LIVE_CONFIG_UUID_SPLIT a/a<b: its definition has another UUID than it runs with\n");
    set_root(a, "definition\t-\t/etc/libvirt/qemu/y.xml\ty\n");
    expect(fleet,
           "error LIVE_CONFIG_UUID_SPLIT a/a<b: its definition has another UUID than it runs with\n"
           "error ORPHAN_XML a/y: libvirt did not load '/etc/libvirt/qemu/y.xml'\n");
}

static void
test_hosts(void)
{
    g_autoptr(FerryIdentityFleet) fleet = ferry_identity_fleet_new();
    FerryIdentityHost *a = add_host(fleet, "a");
    FerryIdentityHost *b = add_host(fleet, "b");

    g_strlcpy(b->uuid, a->uuid, sizeof b->uuid);
    expect(fleet, "error DUP_HOST_UUID a b: 2 hosts have the same\n");
    g_strlcpy(a->uuid, "03000200-0400-0500-0006-000700080009", sizeof a->uuid);
    expect(
        fleet,
        "error HOST_UUID_PLACEHOLDER a: the board's maker left it there: other hosts have it, too\n");
    g_clear_pointer(&b->same_as, g_free);
    g_strlcpy(b->uuid, a->uuid, sizeof b->uuid);
    b->same_as = g_strdup("a");
    expect(
        fleet,
        "error HOST_UUID_PLACEHOLDER a: the board's maker left it there: other hosts have it, too\n");
}

static void
test_rules(void)
{
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; ferry_identity_rules()[i] != NULL; i++) {
        g_autofree char *page = ferry_identity_rule_explain(ferry_identity_rules()[i]);

        g_assert_null(strchr(page, '{'));
        g_assert_true(ferry_identity_rule_find(ferry_identity_rules()[i]->id, NULL) ==
                      ferry_identity_rules()[i]);
    }
    g_assert_null(ferry_identity_rule_find("DUP_MACC", &error));
    expect_error(&error, FERRY_ERROR_USAGE, "there is no finding 'DUP_MACC'",
                 "Did you mean 'DUP_MAC'?");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/identity/finding/nothing", test_nothing);
    g_test_add_func("/identity/finding/duplicates", test_duplicates);
    g_test_add_func("/identity/finding/cluster", test_cluster);
    g_test_add_func("/identity/finding/moved", test_moved);
    g_test_add_func("/identity/finding/uuid", test_uuid);
    g_test_add_func("/identity/finding/bad-uuid", test_bad_uuid);
    g_test_add_func("/identity/finding/guests", test_guests);
    g_test_add_func("/identity/finding/secret", test_secret);
    g_test_add_func("/identity/finding/nvram", test_nvram);
    g_test_add_func("/identity/finding/tpm", test_tpm);
    g_test_add_func("/identity/finding/aside", test_aside);
    g_test_add_func("/identity/finding/split", test_split);
    g_test_add_func("/identity/finding/snapshots", test_snapshots);
    g_test_add_func("/identity/finding/orphan-xml", test_orphan_xml);
    g_test_add_func("/identity/finding/hosts", test_hosts);
    g_test_add_func("/identity/finding/rules", test_rules);
    return g_test_run();
}
