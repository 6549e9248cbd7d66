// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

// libvirt lets USB devices go (qemuMigrationSrcIsAllowedHostdev, 9.0 and 11.3). QEMU on the destination pulls the
// device out of the guest and looks for it anew (usb_host_post_load); it is the destination's own, if that has
// one. Without one libvirt refuses, or, with startupPolicy 'optional' or 'requisite', leaves the device out
// (virHostdevPrepareUSBDevices).
static void
judge_device(const FerryCheckInput *in, const FerryHostdev *device, FerryVerdict *ret)
{
    if (device->optional) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                          "the guest loses USB device '%s' of host '%s' (it is optional)",
                          device->what, in->src->name);
        ferry_verdict_add_hint(
            ret,
            "Plug it into host '%s' first to have it found there; the guest sees it pulled out and put in again.",
            in->dst->name);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "the guest uses USB device '%s' of host '%s'",
                          device->what, in->src->name);
        ferry_verdict_add_hint(
            ret,
            "Detach it first with 'virsh detach-device %s FILE --live', and attach one of host '%s' after the move. If the same is plugged in there, go on with --force usb-device: the guest sees it pulled out and put in again.",
            in->vm->vm.name, in->dst->name);
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryDefinition *definition = in->vm->definition;

    if (is_off(in)) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is off: no device moves");
        return;
    }
    if (definition == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "the machine's USB devices cannot be told: %s",
                          in->vm->definition_unknown);
        return;
    }
    for (unsigned i = 0; i < definition->hostdevs->len; i++) {
        const FerryHostdev *device = g_ptr_array_index(definition->hostdevs, i);
        FerryVerdict one = {0};

        if (g_strcmp0(device->type, "usb") == 0)
            judge_device(in, device, &one);
        take_worse(ret, &one);
    }
    if (ret->text == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine uses no USB device of its host");
}

const FerryCheck ferry_check_usb_device = {
    .id = "usb-device",
    .summary = "the guest uses no USB device that stays on the source",
    .impact =
        "libvirt does not refuse: the guest sees the device pulled out in the middle of its work, and gets the destination's, or none, without a word.",
    .hint =
        "Detach USB devices before the move and attach those of the destination after it, or plug the device in there first and go on with --force.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .run = run,
};
