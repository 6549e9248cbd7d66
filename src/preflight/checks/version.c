// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "preflight/checks-gen.h"

// Major and minor alone: fixes within one release do not change what is sent.
static unsigned long
release_of(unsigned long version)
{
    return version / 1000;
}

// "pc-q35-7.2" -> 7002; names of distributions (pc-q35-rhel9.2.0, pc-q35-noble) tell no QEMU version: 0.
static unsigned long
release_of_machine(const char *machine)
{
    const char *dash = machine != NULL ? strrchr(machine, '-') : NULL;
    g_auto(GStrv) parts = dash != NULL ? g_strsplit(dash + 1, ".", 3) : NULL;
    guint64 major;
    guint64 minor;

    if (parts == NULL || g_strv_length(parts) != 2)
        return 0;
    if (!g_ascii_string_to_unsigned(parts[0], 10, 0, 999, &major, NULL) ||
        !g_ascii_string_to_unsigned(parts[1], 10, 0, 999, &minor, NULL))
        return 0;
    return (unsigned long)(major * 1000 + minor);
}

static void
judge_machine(const FerryCheckInput *in, const char *qemu, FerryVerdict *ret)
{
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                      "machine type '%s' is newer than QEMU %s of host '%s'",
                      in->vm->arriving->machine, qemu, in->dst->name);
    ferry_verdict_add_hint(
        ret,
        "Upgrade QEMU on host '%s', or give the machine an older type with 'virsh edit %s' and start it anew.",
        in->dst->name, in->vm->vm.name);
}

static void
judge(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryHostInfo *src = &in->src->info;
    const FerryHostInfo *dst = &in->dst->info;
    const char *machine = in->vm->arriving != NULL ? in->vm->arriving->machine : NULL;
    g_autofree char *src_libvirt = ferry_version_format(src->libvirt_version);
    g_autofree char *src_qemu = ferry_version_format(src->hypervisor_version);
    g_autofree char *dst_libvirt = ferry_version_format(dst->libvirt_version);
    g_autofree char *dst_qemu = ferry_version_format(dst->hypervisor_version);

    if (g_strcmp0(src->type, dst->type) != 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "host '%s' runs %s and host '%s' runs %s",
                          in->src->name, src->type, in->dst->name, dst->type);
        ferry_verdict_add_hint(ret, "Choose a destination that runs %s.", src->type);
    } else if (release_of_machine(machine) > release_of(dst->hypervisor_version)) {
        judge_machine(in, dst_qemu, ret);
    } else if (release_of(dst->hypervisor_version) < release_of(src->hypervisor_version)) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                          "host '%s' has QEMU %s, older than %s of host '%s'", in->dst->name,
                          dst_qemu, src_qemu, in->src->name);
        ferry_verdict_add_hint(
            ret,
            "Moves to an older QEMU often work and are tested by nobody. Upgrade the destination first where it can be done.");
    } else if (release_of(dst->libvirt_version) < release_of(src->libvirt_version)) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                          "host '%s' has libvirt %s, older than %s of host '%s'", in->dst->name,
                          dst_libvirt, src_libvirt, in->src->name);
        ferry_verdict_add_hint(
            ret,
            "Moves to an older libvirt often work and are tested by nobody. Upgrade the destination first where it can be done.");
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "host '%s' has libvirt %s and QEMU %s, no older than host '%s'",
                          in->dst->name, dst_libvirt, dst_qemu, in->src->name);
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryHostFacts *silent = in->src->info_unknown != NULL ? in->src : in->dst;

    if (silent->info_unknown != NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the versions of host '%s' are not known: %s",
                          silent->name, silent->info_unknown);
    else
        judge(in, ret);
}

const FerryCheck ferry_check_version = {
    .id = "version",
    .summary = "the destination's libvirt and QEMU are no older than the source's",
    .impact =
        "An older QEMU does not know what a newer one sends: at best the move fails and the machine stays where it is.",
    .hint =
        "Upgrade the destination first, and move towards newer hosts. The machine type must not be newer than the destination's QEMU.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .run = run,
};
