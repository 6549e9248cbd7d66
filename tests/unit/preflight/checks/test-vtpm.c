// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define SECRET "6dd3e4a5-1d76-44ce-961f-f119f5aad935"

static Fixture *
with_tpm(const char *backend)
{
    Fixture *fx = fixture_new();
    g_autofree char *xml =
        g_strdup_printf("<tpm model='tpm-crb'><backend %s</backend></tpm>", backend);

    fixture_define(fx, xml, NULL);
    return fx;
}

static void
set_backends(Fixture *fx, const char *backends)
{
    FerryMachineCaps *caps = ferry_host_facts_machine_type(fx->dst, fx->vm->arriving)->caps;

    g_strfreev(caps->tpm_backends);
    caps->tpm_backends = backends != NULL ? g_strsplit(backends, " ", -1) : NULL;
}

// Emulated, its state encrypted, and the destination has swtpm and the secret.
static Fixture *
with_secret(void)
{
    Fixture *fx = with_tpm("type='emulator' version='2.0'><encryption secret='" SECRET "'/>");

    set_backends(fx, "passthrough emulator");
    fixture_tell(fx->dst, FERRY_FACT_SECRET, SECRET)->yes = true;
    return fx;
}

static void
test_none(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_vtpm, FERRY_VERDICT_OK, "the machine has no TPM", NULL);
}

static void
test_there(void)
{
    g_autoptr(Fixture) fx = with_secret();

    fixture_expect(fx, &ferry_check_vtpm, FERRY_VERDICT_OK,
                   "host 'host-b' has what the machine's TPM needs", NULL);
}

static void
test_passthrough(void)
{
    g_autoptr(Fixture) fx = with_tpm("type='passthrough'><device path='/dev/tpm0'/>");

    fixture_expect(
        fx, &ferry_check_vtpm, FERRY_VERDICT_BLOCK,
        "the machine's TPM is the chip of host 'host-a'",
        "Give the machine an emulated TPM with 'virsh edit web1' and start it anew; what the chip sealed is lost to it.");
}

static void
test_no_swtpm(void)
{
    g_autoptr(Fixture) fx = with_secret();

    set_backends(fx, "passthrough");
    fixture_expect(
        fx, &ferry_check_vtpm, FERRY_VERDICT_BLOCK,
        "host 'host-b' cannot emulate a TPM: it has no swtpm",
        "Install swtpm and swtpm-tools there, in no older version than on host 'host-a'.");
}

static void
test_swtpm_unknown(void)
{
    g_autoptr(Fixture) fx = with_secret();
    g_autofree char *type = ferry_fact_key_type(fx->vm->arriving);

    set_backends(fx, NULL);
    fixture_expect(fx, &ferry_check_vtpm, FERRY_VERDICT_UNKNOWN,
                   "whether host 'host-b' has swtpm cannot be told: its libvirt does not tell",
                   NULL);
    fixture_tell(fx->dst, FERRY_FACT_MACHINE_TYPE, type)->text = g_strdup("no such machine");
    fixture_expect(fx, &ferry_check_vtpm, FERRY_VERDICT_UNKNOWN,
                   "whether host 'host-b' has swtpm cannot be told: no such machine", NULL);
    fixture_tell_unknown(fx->dst, FERRY_FACT_MACHINE_TYPE, type, "connection reset");
    fixture_expect(fx, &ferry_check_vtpm, FERRY_VERDICT_UNKNOWN,
                   "whether host 'host-b' has swtpm cannot be told: connection reset", NULL);
}

static void
test_no_secret(void)
{
    g_autoptr(Fixture) fx = with_secret();

    fixture_tell(fx->dst, FERRY_FACT_SECRET, SECRET);
    fixture_expect(
        fx, &ferry_check_vtpm, FERRY_VERDICT_BLOCK,
        "host 'host-b' does not have the TPM's secret '" SECRET "'",
        "Define it there with 'virsh -c qemu+ssh://host-b/system secret-define FILE', FILE from 'virsh -c qemu+ssh://host-a/system secret-dumpxml " SECRET
        "', and give it the same value with 'secret-set-value'.");
    fixture_tell_unknown(fx->dst, FERRY_FACT_SECRET, SECRET, "connection reset");
    fixture_expect(fx, &ferry_check_vtpm, FERRY_VERDICT_UNKNOWN,
                   "whether host 'host-b' has the TPM's secret '" SECRET
                   "' cannot be told: connection reset",
                   NULL);
}

static void
test_off(void)
{
    g_autoptr(Fixture) fx = with_secret();

    fixture_turn_off(fx);
    fixture_expect(
        fx, &ferry_check_vtpm, FERRY_VERDICT_WARN,
        "an offline move does not carry the TPM's state: the machine would start with an empty one",
        "Copy '/var/lib/libvirt/swtpm/" WEB1_UUID
        "' to host 'host-b' before the machine starts there, or move it while it runs.");
    fx->vm->definition->tpm->state = g_strdup("/srv/tpm/web1");
    fixture_expect(
        fx, &ferry_check_vtpm, FERRY_VERDICT_NOTE,
        "the TPM's state is in '/srv/tpm/web1', which an offline move does not carry",
        "Copy it to host 'host-b' before the machine starts there, unless both see the same.");
    // arrives, and cannot be started there
    set_backends(fx, "passthrough");
    fixture_expect(
        fx, &ferry_check_vtpm, FERRY_VERDICT_WARN,
        "host 'host-b' cannot emulate a TPM: it has no swtpm",
        "Install swtpm and swtpm-tools there, in no older version than on host 'host-a'.");
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_vtpm, FERRY_VERDICT_UNKNOWN,
                   "the machine's TPM cannot be told: not the XML of a machine", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/vtpm/none", test_none);
    g_test_add_func("/preflight/vtpm/there", test_there);
    g_test_add_func("/preflight/vtpm/passthrough", test_passthrough);
    g_test_add_func("/preflight/vtpm/no-swtpm", test_no_swtpm);
    g_test_add_func("/preflight/vtpm/swtpm-unknown", test_swtpm_unknown);
    g_test_add_func("/preflight/vtpm/no-secret", test_no_secret);
    g_test_add_func("/preflight/vtpm/off", test_off);
    g_test_add_func("/preflight/vtpm/unknown", test_unknown);
    return g_test_run();
}
