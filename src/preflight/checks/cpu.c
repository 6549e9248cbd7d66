// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

// Versions of libvirt whose comparison is known to name features wrongly.
static const struct {
    unsigned long from;
    unsigned long below;
    const char *feature; // a '*' at the end stands for the rest
} false_results[] = {
    // vmx-* features were compared before they were ever filled in
    {0, 10002000, "vmx-*"},
    // "extra features: ht" with QEMU 10.0 and later
    {11010000, 11011000, "ht"},
    // AMD hosts
    {12005000, 12006000, "arch-capabilities"},
};

static bool
is_known_false(unsigned long libvirt, const char *feature)
{
    for (size_t i = 0; i < G_N_ELEMENTS(false_results); i++)
        if (libvirt >= false_results[i].from && libvirt < false_results[i].below &&
            g_pattern_match_simple(false_results[i].feature, feature))
            return true;
    return false;
}

// libvirt's reason ends in ": feature,feature" (virCPUx86Compare, 9.0) or says nothing of features.
static bool
names_only_false_features(unsigned long libvirt, const char *reason)
{
    const char *list = strrchr(reason, ':');
    g_auto(GStrv) features = NULL;

    if (list == NULL)
        return false;
    features = g_strsplit(list + 1, ",", -1);
    for (size_t i = 0; features[i] != NULL; i++)
        if (!is_known_false(libvirt, g_strstrip(features[i])))
            return false;
    return features[0] != NULL;
}

static void
judge_difference(const FerryCheckInput *in, const FerryFact *fact, FerryVerdict *ret)
{
    const char *reason = fact->text != NULL ? fact->text : "no reason was given";

    if (in->dst->info_unknown == NULL &&
        names_only_false_features(in->dst->info.libvirt_version, reason)) {
        g_autofree char *version = ferry_version_format(in->dst->info.libvirt_version);

        ferry_verdict_set(
            ret, FERRY_VERDICT_WARN,
            "host '%s' says that it cannot run the machine's CPU, which may be wrong: %s",
            in->dst->name, reason);
        ferry_verdict_add_hint(
            ret,
            "libvirt %s is known to say this of CPUs that fit. If the hosts' CPUs are equal, go on with '--force cpu'.",
            version);
        return;
    }
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "host '%s' cannot run the machine's CPU: %s",
                      in->dst->name, reason);
    ferry_verdict_add_hint(
        ret,
        "Give the machine a CPU model that both hosts have ('virsh hypervisor-cpu-baseline' finds one) with 'virsh edit %s', and start it anew.",
        in->vm->vm.name);
}

// Returns: the words of @here that @there lacks, ", " between them; "" for none
static char *
list_missing(const char *here, const char *there)
{
    g_auto(GStrv) wanted = g_strsplit(here, " ", -1);
    g_auto(GStrv) present = g_strsplit(there, " ", -1);
    GString *text = g_string_new(NULL);

    for (size_t i = 0; wanted[i] != NULL; i++)
        if (!g_strv_contains((const char *const *)present, wanted[i]))
            g_string_append_printf(text, "%s%s", text->len == 0 ? "" : ", ", wanted[i]);
    return g_string_free(text, FALSE);
}

static void
add_model_hint(const FerryCheckInput *in, FerryVerdict *ret)
{
    ferry_verdict_add_hint(
        ret,
        "Give the machine a CPU model that both hosts have with 'virsh edit %s', and start it anew.",
        in->vm->vm.name);
}

// What the machine sees of the CPU itself: family, model and stepping.
static void
judge_signatures(const FerryCheckInput *in, const char *mode, FerryVerdict *ret)
{
    const FerryHostCaps *here = &in->src->info.caps;
    const FerryHostCaps *there = &in->dst->info.caps;
    bool told = here->cpu_signature != NULL && there->cpu_signature != NULL;

    if (told && strcmp(here->cpu_signature, there->cpu_signature) != 0) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_BLOCK,
            "CPU mode '%s' needs equal CPUs: host '%s' has family, model and stepping %s, host '%s' %s",
            mode, in->src->name, here->cpu_signature, in->dst->name, there->cpu_signature);
        add_model_hint(in, ret);
    } else if (here->microcode != NULL && there->microcode != NULL &&
               strcmp(here->microcode, there->microcode) != 0) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_WARN,
            "CPU mode '%s' needs equal CPUs: host '%s' has microcode %s, host '%s' %s", mode,
            in->src->name, here->microcode, in->dst->name, there->microcode);
        ferry_verdict_add_hint(
            ret, "Bring both hosts to the same microcode: it can switch features of a CPU off.");
    } else if (told) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "CPU mode '%s': the hosts' CPUs are equal down to their stepping", mode);
    } else {
        ferry_verdict_set(
            ret, FERRY_VERDICT_NOTE,
            "CPU mode '%s': the hosts' CPUs have the same model and features; stepping and microcode were not compared",
            mode);
    }
}

// host-passthrough, maximum: the CPU is the host's own, so the hosts' must be equal.
static void
judge_hosts(const FerryCheckInput *in, FerryVerdict *ret)
{
    const char *mode = in->vm->arriving->cpu_mode;
    const FerryFact *src = ferry_host_facts_machine_type(in->src, in->vm->arriving);
    const FerryFact *dst = ferry_host_facts_machine_type(in->dst, in->vm->arriving);
    const char *here = src->caps != NULL ? src->caps->host_cpu : NULL;
    const char *there = dst->caps != NULL ? dst->caps->host_cpu : NULL;
    g_autofree char *only_here = NULL;
    g_autofree char *only_there = NULL;

    if (here == NULL || there == NULL) {
        const char *unknown = src->unknown != NULL ? src->unknown : dst->unknown;

        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "CPU mode '%s' needs equal CPUs, and the hosts' cannot be compared: %s",
                          mode, unknown != NULL ? unknown : "a host does not tell its CPU");
        return;
    }
    if (strcmp(here, there) == 0) {
        judge_signatures(in, mode, ret);
        return;
    }
    only_here = list_missing(here, there);
    only_there = list_missing(there, here);
    ferry_verdict_set(
        ret, FERRY_VERDICT_BLOCK,
        "CPU mode '%s' needs equal CPUs: only host '%s' has [%s], only host '%s' has [%s]", mode,
        in->src->name, only_here, in->dst->name, only_there);
    add_model_hint(in, ret);
}

static void
judge_model(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryFact *type = ferry_host_facts_machine_type(in->dst, in->vm->arriving);
    const FerryFact *fact = ferry_host_facts_cpu(in->dst, in->vm->arriving);
    // Without the machine type there is nothing to compare with, and libvirt's error would speak of that.
    const char *unknown = type->text != NULL ? type->text : fact->unknown;

    if (unknown != NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's CPU was not compared: %s",
                          unknown);
    else if (fact->yes)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "host '%s' can run the machine's CPU",
                          in->dst->name);
    else
        judge_difference(in, fact, ret);
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    if (is_off(in))
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "the machine is off: its CPU is made at its next start");
    else if (in->vm->arriving == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's CPU is not known: %s",
                          in->vm->arriving_unknown);
    else if (ferry_facts_cpu_follows_host(in->vm->arriving))
        judge_hosts(in, ret);
    else if (!ferry_facts_has_cpu_model(in->vm->arriving))
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine asks for no CPU model");
    else
        judge_model(in, ret);
}

const FerryCheck ferry_check_cpu = {
    .id = "cpu",
    .summary = "the destination can run the machine's CPU as it is now",
    .impact =
        "libvirt refuses the move when it starts QEMU on the destination ('guest CPU doesn't match specification'). "
        "A guest whose CPU changes under it can crash.",
    .hint =
        "Give the machine a CPU model that both hosts have: 'virsh hypervisor-cpu-baseline' finds one, 'virsh edit' sets it, and it "
        "holds from the machine's next start. Some versions of libvirt are known to refuse CPUs that fit; the check says so where it is one.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .run = run,
};
