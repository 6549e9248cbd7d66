// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

// Its state is the chip's: no other host has it.
static void
judge_passthrough(const FerryCheckInput *in, FerryVerdict *ret)
{
    if (g_strcmp0(in->vm->arriving->tpm->backend, "passthrough") != 0)
        return;
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "the machine's TPM is the chip of host '%s'",
                      in->src->name);
    ferry_verdict_add_hint(
        ret,
        "Give the machine an emulated TPM with 'virsh edit %s' and start it anew; what the chip sealed is lost to it.",
        in->vm->vm.name);
}

// libvirt lists the backend 'emulator' only where it finds swtpm (virQEMUCapsFillDomainDeviceTPMCaps, 9.0).
static void
judge_backend(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryFact *type = ferry_host_facts_machine_type(in->dst, in->vm->arriving);
    const char *const *backends =
        type->caps != NULL ? (const char *const *)type->caps->tpm_backends : NULL;

    if (g_strcmp0(in->vm->arriving->tpm->backend, "emulator") != 0)
        return;
    if (backends == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "whether host '%s' has swtpm cannot be told: %s", in->dst->name,
                          type->unknown != NULL ? type->unknown
                          : type->text != NULL  ? type->text
                                                : "its libvirt does not tell");
    } else if (!g_strv_contains(backends, "emulator")) {
        ferry_verdict_set(ret, kind_of_lack(in), "host '%s' cannot emulate a TPM: it has no swtpm",
                          in->dst->name);
        ferry_verdict_add_hint(
            ret, "Install swtpm and swtpm-tools there, in no older version than on host '%s'.",
            in->src->name);
    }
}

static void
judge_secret(const FerryCheckInput *in, FerryVerdict *ret)
{
    const char *uuid = in->vm->arriving->tpm->secret;
    const FerryFact *secret = ferry_host_facts_get(in->dst, FERRY_FACT_SECRET, uuid);

    if (*uuid == '\0')
        return;
    if (secret->unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "whether host '%s' has the TPM's secret '%s' cannot be told: %s",
                          in->dst->name, uuid, secret->unknown);
    } else if (!secret->yes) {
        ferry_verdict_set(ret, kind_of_lack(in), "host '%s' does not have the TPM's secret '%s'",
                          in->dst->name, uuid);
        ferry_verdict_add_hint(
            ret,
            "Define it there with 'virsh -c %s secret-define FILE', FILE from 'virsh -c %s secret-dumpxml %s', and give it the same value with 'secret-set-value'.",
            in->dst->uri, in->src->uri, uuid);
    }
}

// QEMU carries the state of a running TPM; nobody carries that of one that is off.
static void
judge_state(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryTpm *tpm = in->vm->arriving->tpm;

    if (!is_off(in) || g_strcmp0(tpm->backend, "emulator") != 0)
        return;
    if (tpm->state != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE,
                          "the TPM's state is in '%s', which an offline move does not carry",
                          tpm->state);
        ferry_verdict_add_hint(
            ret, "Copy it to host '%s' before the machine starts there, unless both see the same.",
            in->dst->name);
        return;
    }
    ferry_verdict_set(
        ret, FERRY_VERDICT_WARN,
        "an offline move does not carry the TPM's state: the machine would start with an empty one");
    ferry_verdict_add_hint(
        ret,
        "Copy '/var/lib/libvirt/swtpm/%s' to host '%s' before the machine starts there, or move it while it runs.",
        in->vm->vm.uuid, in->dst->name);
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    static const Judge judges[] = {judge_passthrough, judge_backend, judge_secret, judge_state};
    const FerryDefinition *arriving = find_arriving(in, "TPM", ret);

    if (arriving == NULL)
        return;
    if (arriving->tpm == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine has no TPM");
        return;
    }
    judge_all(in, judges, G_N_ELEMENTS(judges), ret);
    if (ret->text == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "host '%s' has what the machine's TPM needs",
                          in->dst->name);
}

const FerryCheck ferry_check_vtpm = {
    .id = "vtpm",
    .summary = "the destination can run the machine's TPM and open its state",
    .impact =
        "libvirt cannot start swtpm on the destination and refuses the move. A machine that was moved while off starts with an empty TPM: what its disk encryption sealed there is gone.",
    .hint =
        "Install swtpm on the destination, define the TPM's secret there under the same UUID ('virsh secret-define', 'virsh secret-set-value'), and move a machine with a TPM while it runs.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .run = run,
};
