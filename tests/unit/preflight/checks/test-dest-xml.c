// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static char *
replace(const char *text, const char *from, const char *to)
{
    g_auto(GStrv) parts = g_strsplit(text, from, -1);

    g_assert_nonnull(parts[1]);
    return g_strjoinv(to, parts);
}

// Gives the machine's own XML for both, with @to for every @from.
static void
give(Fixture *fx, const char *from, const char *to)
{
    fx->options->xml = replace(fx->vm->live_xml, from, to);
    fx->options->persistent_xml = replace(fx->vm->persistent_xml, from, to);
}

static void
test_none(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_dest_xml, FERRY_VERDICT_OK, "the machine keeps its own XML",
                   NULL);
}

static void
test_same_but_a_path(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    give(fx, "/srv/images", "/mnt/images");
    fixture_expect(fx, &ferry_check_dest_xml, FERRY_VERDICT_OK,
                   "the XML given is that of the machine", NULL);
}

static void
test_broken(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->options->xml = g_strdup("<network/>");
    fixture_expect(fx, &ferry_check_dest_xml, FERRY_VERDICT_BLOCK,
                   "--xml: cannot read the domain XML: its root element is 'network', not 'domain'",
                   NULL);
}

static void
test_changed_uuid(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    give(fx, "c7a5fdbd", "c7a5fdbe");
    fixture_expect(
        fx, &ferry_check_dest_xml, FERRY_VERDICT_BLOCK,
        "--xml changes the UUID to 'c7a5fdbe-cdaf-9455-926a-d65c16db1809': it must keep 'c7a5fdbd-cdaf-9455-926a-d65c16db1809'",
        "libvirt would accept this and make another machine of it. Take the XML of 'virsh dumpxml web1' and change only what differs on the host.");
    // in the persistent XML alone
    g_clear_pointer(&fx->options->xml, g_free);
    fixture_expect(
        fx, &ferry_check_dest_xml, FERRY_VERDICT_BLOCK,
        "--persistent-xml changes the UUID to 'c7a5fdbe-cdaf-9455-926a-d65c16db1809': it must keep 'c7a5fdbd-cdaf-9455-926a-d65c16db1809'",
        "libvirt would accept this and make another machine of it. Take the XML of 'virsh dumpxml web1' and change only what differs on the host.");
}

static void
test_no_uuid(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    give(fx, "<uuid>" WEB1_UUID "</uuid>", "");
    fixture_expect(
        fx, &ferry_check_dest_xml, FERRY_VERDICT_BLOCK,
        "--xml has no UUID: it must keep 'c7a5fdbd-cdaf-9455-926a-d65c16db1809'",
        "libvirt would accept this and make another machine of it. Take the XML of 'virsh dumpxml web1' and change only what differs on the host.");
}

static void
test_changed_name(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    give(fx, "<name>web1</name>", "<name>web2</name>");
    fixture_expect(
        fx, &ferry_check_dest_xml, FERRY_VERDICT_BLOCK,
        "--xml names the machine 'web2': it must keep 'web1'",
        "A move gives a new name with --dest-name; the XML of --xml keeps the old one, that of --persistent-xml has the new one.");
    g_clear_pointer(&fx->options->xml, g_free);
    fixture_expect(
        fx, &ferry_check_dest_xml, FERRY_VERDICT_BLOCK,
        "--persistent-xml names the machine 'web2': it must be 'web1'",
        "A move gives a new name with --dest-name; the XML of --xml keeps the old one, that of --persistent-xml has the new one.");
}

static void
test_renamed(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    // libvirt wants the old name in the one and the new name in the other
    give(fx, "<name>web1</name>", "<name>web2</name>");
    g_free(fx->options->xml);
    fx->options->xml = g_strdup(fx->vm->live_xml);
    fx->options->dest_name = g_strdup("web2");
    fixture_expect(fx, &ferry_check_dest_xml, FERRY_VERDICT_OK,
                   "the XML given is that of the machine", NULL);
}

static void
test_changed_memory(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    give(fx, "524288</memory>", "1048576</memory>");
    fixture_expect(
        fx, &ferry_check_dest_xml, FERRY_VERDICT_BLOCK,
        "--xml changes the memory to 1048576 KiB: it must keep 524288",
        "Only what the guest cannot see may change: paths, bridges, listen addresses, pinning. Take the XML of 'virsh dumpxml --migratable web1'.");
}

static void
test_changed_machine(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    give(fx, "pc-q35-7.2", "pc-q35-7.1");
    fixture_expect(
        fx, &ferry_check_dest_xml, FERRY_VERDICT_BLOCK,
        "--xml changes the machine type to 'pc-q35-7.1': it must keep 'pc-q35-7.2'",
        "Only what the guest cannot see may change: paths, bridges, listen addresses, pinning. Take the XML of 'virsh dumpxml --migratable web1'.");
}

static void
test_changed_vcpus(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    give(fx, "2</vcpu>", "4</vcpu>");
    fixture_expect(
        fx, &ferry_check_dest_xml, FERRY_VERDICT_BLOCK,
        "--xml changes the vCPUs to 4: it must keep 2",
        "Only what the guest cannot see may change: paths, bridges, listen addresses, pinning. Take the XML of 'virsh dumpxml --migratable web1'.");
}

static void
test_one_of_two(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    give(fx, "/srv/images", "/mnt/images");
    g_clear_pointer(&fx->options->persistent_xml, g_free);
    fixture_expect(
        fx, &ferry_check_dest_xml, FERRY_VERDICT_NOTE,
        "--xml without --persistent-xml: what it changes lasts until the machine's next start",
        NULL);
}

static void
test_names(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->options->listen = g_strdup("::");
    fixture_expect(fx, &ferry_check_dest_xml, FERRY_VERDICT_OK,
                   "the machine keeps its own XML but for the names that are given", NULL);
}

static void
test_transient(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    give(fx, "/srv/images", "/mnt/images");
    fx->vm->vm.persistent = false;
    fixture_expect(fx, &ferry_check_dest_xml, FERRY_VERDICT_NOTE,
                   "--persistent-xml has no use: the machine is transient and stays so", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    give(fx, "/srv/images", "/mnt/images");
    fixture_lose(&fx->vm->definition_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_dest_xml, FERRY_VERDICT_UNKNOWN,
                   "the machine's own XML is not known: connection reset", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/dest-xml/none", test_none);
    g_test_add_func("/preflight/dest-xml/same-but-a-path", test_same_but_a_path);
    g_test_add_func("/preflight/dest-xml/broken", test_broken);
    g_test_add_func("/preflight/dest-xml/changed-uuid", test_changed_uuid);
    g_test_add_func("/preflight/dest-xml/no-uuid", test_no_uuid);
    g_test_add_func("/preflight/dest-xml/changed-name", test_changed_name);
    g_test_add_func("/preflight/dest-xml/renamed", test_renamed);
    g_test_add_func("/preflight/dest-xml/changed-memory", test_changed_memory);
    g_test_add_func("/preflight/dest-xml/changed-machine", test_changed_machine);
    g_test_add_func("/preflight/dest-xml/changed-vcpus", test_changed_vcpus);
    g_test_add_func("/preflight/dest-xml/one-of-two", test_one_of_two);
    g_test_add_func("/preflight/dest-xml/names", test_names);
    g_test_add_func("/preflight/dest-xml/transient", test_transient);
    g_test_add_func("/preflight/dest-xml/unknown", test_unknown);
    return g_test_run();
}
