// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_known(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_machine_type, FERRY_VERDICT_OK,
                   "host 'host-b' has machine type 'pc-q35-7.2'", NULL);
}

static void
test_refused(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    FerryFact *fact = fixture_tell_type(fx->dst, fx->vm->definition);

    g_clear_pointer(&fact->caps, ferry_machine_caps_free);
    fact->yes = false;
    fact->text = g_strdup(
        "host 'host-b' does not have machine type 'pc-q35-7.2': the machine 'pc-q35-7.2' is not supported by emulator '/usr/bin/qemu-system-x86_64'");
    fixture_expect(
        fx, &ferry_check_machine_type, FERRY_VERDICT_BLOCK,
        "host 'host-b' does not have machine type 'pc-q35-7.2': the machine 'pc-q35-7.2' is not supported by emulator '/usr/bin/qemu-system-x86_64'",
        "'virsh -c qemu+ssh://host-b/system capabilities' lists what host 'host-b' has. Give the machine a type that both hosts have with 'virsh edit web1', and start it anew.");
}

static void
test_too_many_vcpus(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->definition->vcpus = 300;
    fixture_expect(
        fx, &ferry_check_machine_type, FERRY_VERDICT_BLOCK,
        "host 'host-b' gives machine type 'pc-q35-7.2' at most 288 vCPUs, and the machine has 300",
        "Give the machine fewer vCPUs with 'virsh setvcpus web1 N --maximum --config', and start it anew.");
}

static void
test_alias(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    g_free(fx->vm->definition->machine);
    fx->vm->definition->machine = g_strdup("q35");
    fixture_tell_type(fx->dst, fx->vm->definition);
    fixture_expect(fx, &ferry_check_machine_type, FERRY_VERDICT_WARN,
                   "machine type 'q35' is 'pc-q35-7.2' on host 'host-b'", NULL);
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_machine_type, FERRY_VERDICT_NOTE,
                   "machine type 'q35' is 'pc-q35-7.2' on host 'host-b'", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose(&fixture_tell_type(fx->dst, fx->vm->definition)->unknown,
                 "host 'host-b' did not answer in 5 s");
    fixture_expect(
        fx, &ferry_check_machine_type, FERRY_VERDICT_UNKNOWN,
        "the destination's machine types are not known: host 'host-b' did not answer in 5 s", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/machine-type/known", test_known);
    g_test_add_func("/preflight/machine-type/refused", test_refused);
    g_test_add_func("/preflight/machine-type/too-many-vcpus", test_too_many_vcpus);
    g_test_add_func("/preflight/machine-type/alias", test_alias);
    g_test_add_func("/preflight/machine-type/unknown", test_unknown);
    return g_test_run();
}
