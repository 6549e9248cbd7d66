// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

// The firmware that the destination's libvirt lists for the machine's type; only such as is there
// (virQEMUCapsFillDomainLoaderCaps, 9.0).
static bool
is_listed(const FerryCheckInput *in, const char *loader)
{
    const FerryFact *type = ferry_host_facts_machine_type(in->dst, in->vm->arriving);

    return type->caps != NULL && type->caps->loaders != NULL &&
           g_strv_contains((const char *const *)type->caps->loaders, loader);
}

static void
judge_loader(const FerryCheckInput *in, FerryVerdict *ret)
{
    const char *loader = in->vm->arriving->loader;
    const FerryFact *there = ferry_host_facts_get(in->dst, FERRY_FACT_PATH, loader);

    if (loader == NULL || is_listed(in, loader) || (there->unknown == NULL && there->path.seen))
        return;
    if (there->unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "whether host '%s' has firmware '%s' cannot be told: %s", in->dst->name,
                          loader, there->unknown);
        return;
    }
    ferry_verdict_set(ret, kind_of_lack(in), "host '%s' does not have firmware '%s'", in->dst->name,
                      loader);
    ferry_verdict_add_hint(
        ret,
        "Install it there (packages 'ovmf', 'edk2-ovmf'), or name the path that it has there with --xml and --persistent-xml.");
}

// QEMU refuses to load a flash of another size ("Size mismatch: pc.flash0").
static void
judge_size(const FerryCheckInput *in, FerryVerdict *ret)
{
    const char *loader = in->vm->definition != NULL ? in->vm->definition->loader : NULL;
    const FerryFact *here = ferry_host_facts_get(in->src, FERRY_FACT_PATH, loader);
    const FerryFact *there =
        ferry_host_facts_get(in->dst, FERRY_FACT_PATH, in->vm->arriving->loader);

    if (is_off(in) || here->unknown != NULL || there->unknown != NULL || here->path.capacity == 0 ||
        there->path.capacity == 0 || here->path.capacity == there->path.capacity)
        return;
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                      "firmware '%s' has %" G_GUINT64_FORMAT
                      " bytes on host '%s', and the running machine's has %" G_GUINT64_FORMAT,
                      in->vm->arriving->loader, there->path.capacity, in->dst->name,
                      here->path.capacity);
    ferry_verdict_add_hint(
        ret,
        "Install the firmware of host '%s' there, and name it with --xml and --persistent-xml.",
        in->src->name);
}

// Where the file of the variables is not there, libvirt makes it of its template, for an arriving machine too
// (qemuPrepareNVRAM, 9.0); QEMU then fills it with what comes over.
static void
judge_template(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryDefinition *arriving = in->vm->arriving;
    const char *template = arriving->nvram_template;
    const FerryFact *nvram = ferry_host_facts_get(in->dst, FERRY_FACT_PATH, arriving->nvram);
    const FerryFact *there = ferry_host_facts_get(in->dst, FERRY_FACT_PATH, template);

    if (arriving->nvram == NULL || (nvram->unknown == NULL && nvram->path.seen))
        return;
    if (template == NULL) {
        if (arriving->loader == NULL || is_listed(in, arriving->loader))
            return;
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "the machine names no template for its NVRAM, and whether host '%s' knows one for firmware '%s' cannot be told",
            in->dst->name, arriving->loader);
    } else if (there->unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "whether host '%s' has NVRAM template '%s' cannot be told: %s",
                          in->dst->name, template, there->unknown);
    } else if (!there->path.seen) {
        ferry_verdict_set(ret, kind_of_lack(in), "host '%s' does not have NVRAM template '%s'",
                          in->dst->name, template);
        ferry_verdict_add_hint(
            ret,
            "Install the firmware package of host '%s' there, or name the template that it has there with --xml and --persistent-xml.",
            in->src->name);
    }
}

// The variables of a running machine come with its memory; those of one that is off stay behind.
static void
judge_contents(const FerryCheckInput *in, FerryVerdict *ret)
{
    const char *here = in->vm->definition != NULL ? in->vm->definition->nvram : NULL;
    const char *there = in->vm->arriving->nvram;
    g_autofree char *how = NULL;

    if (!is_off(in) || here == NULL || there == NULL ||
        ferry_facts_same_path(in->src, here, in->dst, there, &how) == FERRY_SAME_YES)
        return;
    ferry_verdict_set(
        ret, FERRY_VERDICT_WARN,
        "an offline move does not carry the NVRAM '%s': the machine would start with an empty one",
        here);
    ferry_verdict_add_hint(
        ret,
        "Copy it to host '%s' as '%s' before the machine starts there, or move it while it runs.",
        in->dst->name, there);
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    static const Judge judges[] = {judge_loader, judge_size, judge_template, judge_contents};
    const FerryDefinition *arriving = find_arriving(in, "firmware", ret);

    if (arriving == NULL)
        return;
    if (arriving->loader == NULL && arriving->nvram == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine names no firmware file");
        return;
    }
    judge_all(in, judges, G_N_ELEMENTS(judges), ret);
    if (ret->text == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "host '%s' has the machine's firmware",
                          in->dst->name);
}

const FerryCheck ferry_check_firmware = {
    .id = "firmware",
    .summary = "the destination has the machine's firmware and the template of its variables",
    .impact =
        "QEMU does not start on the destination, or refuses a firmware of another size. A machine that was moved while off starts with empty variables: "
        "boot entries and Secure Boot keys are gone.",
    .hint =
        "Install the same firmware package on both hosts, or name the destination's paths with --xml and --persistent-xml. Move a machine with NVRAM while it runs, or copy the file.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .run = run,
};
