// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

// The machine's CPU is its host's: @here of the source, @there of the destination.
static void
follow_host(Fixture *fx, const char *mode, const char *here, const char *there)
{
    FerryMachineCaps *caps;

    g_free(fx->vm->definition->cpu_mode);
    fx->vm->definition->cpu_mode = g_strdup(mode);
    caps = fixture_tell_type(fx->src, fx->vm->definition)->caps;
    g_free(caps->host_cpu);
    caps->host_cpu = g_strdup(here);
    caps = fixture_tell_type(fx->dst, fx->vm->definition)->caps;
    g_free(caps->host_cpu);
    caps->host_cpu = g_strdup(there);
}

static void
refuse(Fixture *fx, const char *reason)
{
    FerryFact *fact = fixture_tell_cpu(fx->dst, fx->vm->definition);

    fact->yes = false;
    fact->text = g_strdup(reason);
}

static void
test_fits(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_cpu, FERRY_VERDICT_OK,
                   "host 'host-b' can run the machine's CPU", NULL);
}

static void
test_lacks_features(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    refuse(
        fx,
        "the CPU is incompatible with host CPU: Host CPU does not provide required features: pcid, avx512f");
    fixture_expect(
        fx, &ferry_check_cpu, FERRY_VERDICT_BLOCK,
        "host 'host-b' cannot run the machine's CPU: the CPU is incompatible with host CPU: Host CPU does not provide required features: pcid, avx512f",
        "Give the machine a CPU model that both hosts have ('virsh hypervisor-cpu-baseline' finds one) with 'virsh edit web1', and start it anew.");
}

static void
test_known_false_result(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    // only vmx-* features are named, by a libvirt that is known to get them wrong
    refuse(fx, "Host CPU does not provide required features: vmx-ept, vmx-vpid");
    fixture_expect(
        fx, &ferry_check_cpu, FERRY_VERDICT_WARN,
        "host 'host-b' says that it cannot run the machine's CPU, which may be wrong: Host CPU does not provide required features: vmx-ept, vmx-vpid",
        "libvirt 9.0.0 is known to say this of CPUs that fit. If the hosts' CPUs are equal, go on with '--force cpu'.");
    // a newer libvirt is right about them
    fx->dst->info.libvirt_version = 10002000;
    fixture_expect(
        fx, &ferry_check_cpu, FERRY_VERDICT_BLOCK,
        "host 'host-b' cannot run the machine's CPU: Host CPU does not provide required features: vmx-ept, vmx-vpid",
        "Give the machine a CPU model that both hosts have ('virsh hypervisor-cpu-baseline' finds one) with 'virsh edit web1', and start it anew.");
}

static void
test_one_true_among_false(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    refuse(fx, "Host CPU does not provide required features: vmx-ept, avx2");
    fixture_expect(
        fx, &ferry_check_cpu, FERRY_VERDICT_BLOCK,
        "host 'host-b' cannot run the machine's CPU: Host CPU does not provide required features: vmx-ept, avx2",
        "Give the machine a CPU model that both hosts have ('virsh hypervisor-cpu-baseline' finds one) with 'virsh edit web1', and start it anew.");
}

static void
test_off(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_turn_off(fx);
    refuse(fx, "no");
    fixture_expect(fx, &ferry_check_cpu, FERRY_VERDICT_OK,
                   "the machine is off: its CPU is made at its next start", NULL);
}

static void
test_no_model(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    g_free(fx->vm->definition->cpu_xml);
    fx->vm->definition->cpu_xml = g_strdup("<cpu/>");
    fixture_expect(fx, &ferry_check_cpu, FERRY_VERDICT_OK, "the machine asks for no CPU model",
                   NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose(&fixture_tell_cpu(fx->dst, fx->vm->definition)->unknown,
                 "host 'host-b' did not answer in 5 s");
    fixture_expect(fx, &ferry_check_cpu, FERRY_VERDICT_UNKNOWN,
                   "the machine's CPU was not compared: host 'host-b' did not answer in 5 s", NULL);
    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_cpu, FERRY_VERDICT_UNKNOWN,
                   "the machine's CPU is not known: not the XML of a machine", NULL);
}

static void
test_passthrough_equal(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    follow_host(fx, "host-passthrough", "EPYC AMD +acpi +avx", "EPYC AMD +acpi +avx");
    fixture_expect(
        fx, &ferry_check_cpu, FERRY_VERDICT_NOTE,
        "CPU mode 'host-passthrough': the hosts' CPUs have the same model and features; stepping and microcode were not compared",
        NULL);
}

static void
test_passthrough_stepping(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    follow_host(fx, "host-passthrough", "EPYC AMD +acpi", "EPYC AMD +acpi");
    fx->src->info.caps.cpu_signature = g_strdup("6.85.4");
    fx->dst->info.caps.cpu_signature = g_strdup("6.85.4");
    fixture_expect(fx, &ferry_check_cpu, FERRY_VERDICT_OK,
                   "CPU mode 'host-passthrough': the hosts' CPUs are equal down to their stepping",
                   NULL);
    fx->src->info.caps.microcode = g_strdup("1");
    fx->dst->info.caps.microcode = g_strdup("2");
    fixture_expect(
        fx, &ferry_check_cpu, FERRY_VERDICT_WARN,
        "CPU mode 'host-passthrough' needs equal CPUs: host 'host-a' has microcode 1, host 'host-b' 2",
        "Bring both hosts to the same microcode: it can switch features of a CPU off.");
    fixture_lose(&fx->dst->info.caps.cpu_signature, "6.85.7");
    fixture_expect(
        fx, &ferry_check_cpu, FERRY_VERDICT_BLOCK,
        "CPU mode 'host-passthrough' needs equal CPUs: host 'host-a' has family, model and stepping 6.85.4, host 'host-b' 6.85.7",
        "Give the machine a CPU model that both hosts have with 'virsh edit web1', and start it anew.");
}

// libvirt's error would only say again that there is no such machine type.
static void
test_no_machine_type(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    FerryFact *fact = fixture_tell_type(fx->dst, fx->vm->definition);

    fact->text = g_strdup("host 'host-b' does not have machine type 'x'");
    fixture_lose(&fixture_tell_cpu(fx->dst, fx->vm->definition)->unknown, "some error");
    fixture_expect(
        fx, &ferry_check_cpu, FERRY_VERDICT_UNKNOWN,
        "the machine's CPU was not compared: host 'host-b' does not have machine type 'x'", NULL);
}

static void
test_passthrough_differs(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    follow_host(fx, "host-passthrough", "EPYC AMD +acpi +avx", "EPYC-Rome AMD +acpi +clwb +rdpid");
    fixture_expect(
        fx, &ferry_check_cpu, FERRY_VERDICT_BLOCK,
        "CPU mode 'host-passthrough' needs equal CPUs: only host 'host-a' has [EPYC, +avx], only host 'host-b' has [EPYC-Rome, +clwb, +rdpid]",
        "Give the machine a CPU model that both hosts have with 'virsh edit web1', and start it anew.");
}

static void
test_passthrough_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    follow_host(fx, "maximum", "EPYC AMD +acpi +avx", NULL);
    fixture_expect(
        fx, &ferry_check_cpu, FERRY_VERDICT_UNKNOWN,
        "CPU mode 'maximum' needs equal CPUs, and the hosts' cannot be compared: a host does not tell its CPU",
        NULL);
    fixture_lose(&fixture_tell_type(fx->src, fx->vm->definition)->unknown, "connection reset");
    fixture_expect(
        fx, &ferry_check_cpu, FERRY_VERDICT_UNKNOWN,
        "CPU mode 'maximum' needs equal CPUs, and the hosts' cannot be compared: connection reset",
        NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/cpu/fits", test_fits);
    g_test_add_func("/preflight/cpu/lacks-features", test_lacks_features);
    g_test_add_func("/preflight/cpu/known-false-result", test_known_false_result);
    g_test_add_func("/preflight/cpu/one-true-among-false", test_one_true_among_false);
    g_test_add_func("/preflight/cpu/off", test_off);
    g_test_add_func("/preflight/cpu/no-model", test_no_model);
    g_test_add_func("/preflight/cpu/unknown", test_unknown);
    g_test_add_func("/preflight/cpu/passthrough-equal", test_passthrough_equal);
    g_test_add_func("/preflight/cpu/passthrough-stepping", test_passthrough_stepping);
    g_test_add_func("/preflight/cpu/no-machine-type", test_no_machine_type);
    g_test_add_func("/preflight/cpu/passthrough-differs", test_passthrough_differs);
    g_test_add_func("/preflight/cpu/passthrough-unknown", test_passthrough_unknown);
    return g_test_run();
}
