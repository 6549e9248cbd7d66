// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"
#include "preflight/checks/disks.h"

// What a server gives to every host is not looked for.
static bool
is_judged(const FerryDisk *disk)
{
    return is_removable(disk) && disk->source != NULL && g_strcmp0(disk->type, "network") != 0;
}

// libvirt empties the drive of a machine that arrives under both policies; of one that is started afresh only
// under 'optional' (qemuDomainCheckDiskStartupPolicy, 9.0 and 11.3).
static bool
is_dropped(const FerryCheckInput *in, const FerryDisk *disk)
{
    return g_strcmp0(disk->startup_policy, "optional") == 0 ||
           (g_strcmp0(disk->startup_policy, "requisite") == 0 && !is_off(in));
}

static void
judge_missing(const FerryCheckInput *in, const FerryDisk *disk, FerryVerdict *ret)
{
    if (is_dropped(in, disk)) {
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE,
                          "host '%s' does not see '%s': drive '%s' will be empty", in->dst->name,
                          disk->source, disk->target);
        return;
    }
    ferry_verdict_set(ret, kind_of_lack(in),
                      "host '%s' does not see '%s', the medium in drive '%s'", in->dst->name,
                      disk->source, disk->target);
    ferry_verdict_add_hint(
        ret,
        "Take it out with 'virsh change-media %s %s --eject', or put it on host '%s' under the same path.",
        in->vm->vm.name, disk->target, in->dst->name);
}

static void
judge_size(const FerryCheckInput *in, const FerryDisk *disk, FerryVerdict *ret)
{
    const FerryDisk *before = find_disk_before(in, disk);
    uint64_t here;
    uint64_t there;

    if (before == NULL || before->source == NULL || !is_other_size(in, before, disk, &here, &there))
        return;
    ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                      "the medium in drive '%s' is another one on host '%s': %" G_GUINT64_FORMAT
                      " bytes, not %" G_GUINT64_FORMAT,
                      disk->target, in->dst->name, there, here);
    ferry_verdict_add_hint(
        ret, "Take it out with 'virsh change-media %s %s --eject', or copy it to host '%s' anew.",
        in->vm->vm.name, disk->target, in->dst->name);
}

static void
judge_medium(const FerryCheckInput *in, const FerryDisk *disk, FerryVerdict *ret)
{
    const FerryFact *there = ferry_host_facts_get(in->dst, FERRY_FACT_PATH, disk->source);

    if (there->unknown != NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "whether host '%s' sees '%s', the medium in drive '%s', is not known: %s",
                          in->dst->name, disk->source, disk->target, there->unknown);
    else if (!there->path.seen)
        judge_missing(in, disk, ret);
    else
        judge_size(in, disk, ret);
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryDefinition *arriving = find_arriving(in, "drives", ret);
    unsigned judged = 0;

    if (arriving == NULL)
        return;
    for (unsigned i = 0; i < arriving->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(arriving->disks, i);
        FerryVerdict one = {0};

        if (!is_judged(disk))
            continue;
        judged++;
        judge_medium(in, disk, &one);
        take_worse(ret, &one);
    }
    if (ret->text != NULL)
        return;
    if (judged == 0)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "no drive holds a medium of the host");
    else
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "host '%s' sees the media of all drives (%u)",
                          in->dst->name, judged);
}

const FerryCheck ferry_check_removable_media = {
    .id = "removable-media",
    .summary = "the destination sees the media in CD-ROM and floppy drives",
    .impact =
        "QEMU does not start on the destination ('Cannot access storage file'): a forgotten installation image holds the machine where it is.",
    .hint =
        "Take media out before the move ('virsh change-media VM TARGET --eject'), share them, or give the drive startupPolicy='optional'.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .run = run,
};
