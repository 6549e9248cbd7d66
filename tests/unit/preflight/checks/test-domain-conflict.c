// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define OTHER_UUID "33333333-3333-4333-8333-333333333333"

static void
test_none(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_domain_conflict, FERRY_VERDICT_OK,
                   "host 'host-b' has no other machine of that name or UUID", NULL);
}

static void
test_active_twice(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_add_machine(fx->dst, "web1", WEB1_UUID, FERRY_VM_STATE_RUNNING);
    fixture_expect(
        fx, &ferry_check_domain_conflict, FERRY_VERDICT_BLOCK,
        "the machine is active on host 'host-b' too: 'web1' is running",
        "Two running copies ruin a machine's disks. Find out which one is right, and end the other on its host with 'virsh destroy web1'.");
}

static void
test_inactive_equal(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_add_machine(fx->dst, "web1", WEB1_UUID, FERRY_VM_STATE_SHUTOFF);
    fixture_tell(fx->dst, FERRY_FACT_DEFINITION, WEB1_UUID)->text =
        g_strdup(fx->vm->persistent_xml);
    fixture_expect(
        fx, &ferry_check_domain_conflict, FERRY_VERDICT_NOTE,
        "host 'host-b' has an equal, inactive definition of the machine: the move replaces it",
        NULL);
}

static void
test_inactive_differs(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_auto(GStrv) parts = NULL;

    fixture_add_machine(fx->dst, "web1", WEB1_UUID, FERRY_VM_STATE_SHUTOFF);
    parts = g_strsplit(fx->vm->persistent_xml, ">2</vcpu>", -1);
    fixture_tell(fx->dst, FERRY_FACT_DEFINITION, WEB1_UUID)->text = g_strjoinv(">4</vcpu>", parts);
    fixture_expect(
        fx, &ferry_check_domain_conflict, FERRY_VERDICT_WARN,
        "host 'host-b' has an inactive definition of the machine that differs in 2 places, first 'vcpu=2': the move replaces it",
        "Keep a copy of it first: 'virsh -c qemu+ssh://host-b/system dumpxml --inactive web1'.");
}

static void
test_inactive_of_a_transient(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->vm.persistent = false;
    fixture_add_machine(fx->dst, "web1", WEB1_UUID, FERRY_VM_STATE_SHUTOFF);
    fixture_expect(
        fx, &ferry_check_domain_conflict, FERRY_VERDICT_NOTE,
        "host 'host-b' has an inactive definition of the machine, not compared: it stays, and becomes the machine's own",
        NULL);
}

static void
test_name_taken(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_add_machine(fx->dst, "web1", OTHER_UUID, FERRY_VM_STATE_SHUTOFF);
    fixture_expect(
        fx, &ferry_check_domain_conflict, FERRY_VERDICT_BLOCK,
        "host 'host-b' has another machine named 'web1' (UUID 33333333-3333-4333-8333-333333333333)",
        "Give this one another name there with --dest-name.");
}

static void
test_other_name(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_add_machine(fx->dst, "old-web1", WEB1_UUID, FERRY_VM_STATE_SHUTOFF);
    fixture_expect(
        fx, &ferry_check_domain_conflict, FERRY_VERDICT_BLOCK,
        "host 'host-b' has the machine under another name: 'old-web1'",
        "Take that definition away with 'virsh -c qemu+ssh://host-b/system undefine old-web1 --keep-nvram', or move with --dest-name old-web1.");
}

static void
test_renamed(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->options->dest_name = g_strdup("web1-new");
    fixture_add_machine(fx->dst, "web1-new", OTHER_UUID, FERRY_VM_STATE_RUNNING);
    fixture_expect(
        fx, &ferry_check_domain_conflict, FERRY_VERDICT_BLOCK,
        "host 'host-b' has another machine named 'web1-new' (UUID 33333333-3333-4333-8333-333333333333)",
        "Give this one another name there with --dest-name.");
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose(&fx->dst->machines_unknown, "host 'host-b' did not answer in 5 s");
    fixture_expect(
        fx, &ferry_check_domain_conflict, FERRY_VERDICT_UNKNOWN,
        "the machines of host 'host-b' are not known: host 'host-b' did not answer in 5 s", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/domain-conflict/none", test_none);
    g_test_add_func("/preflight/domain-conflict/active-twice", test_active_twice);
    g_test_add_func("/preflight/domain-conflict/inactive-equal", test_inactive_equal);
    g_test_add_func("/preflight/domain-conflict/inactive-differs", test_inactive_differs);
    g_test_add_func("/preflight/domain-conflict/inactive-of-a-transient",
                    test_inactive_of_a_transient);
    g_test_add_func("/preflight/domain-conflict/name-taken", test_name_taken);
    g_test_add_func("/preflight/domain-conflict/other-name", test_other_name);
    g_test_add_func("/preflight/domain-conflict/renamed", test_renamed);
    g_test_add_func("/preflight/domain-conflict/unknown", test_unknown);
    return g_test_run();
}
