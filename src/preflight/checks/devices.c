// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <stdarg.h>

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

#define DETACH_HINT \
    "Detach host devices for the move with 'virsh detach-device --live', and attach those of the other host after it."
#define DEFINE_HINT \
    "Change the definition with 'virsh edit' and start the machine anew, or move it while it is off with --offline."

// What QEMU or libvirt only lets move since these versions, and then only where the device's own driver or
// daemon can carry its state: libvirt asks QEMU for it (query-migrate's blocked-reasons).
typedef struct Since {
    unsigned long qemu;
    unsigned long libvirt;
} Since;

static const Since since_vfio = {8001000,
                                 0}; // QEMU 8.1: migration protocol 2, no longer experimental
static const Since since_vdpa = {8000000, 0}; // QEMU 8.0: shadow virtqueues
// QEMU 8.2 carries the state of vhost-user-fs. libvirt 9.0 refuses all; 11.3 asks virtiofsd for
// 'migrate-precopy', which it has since 1.11. No libvirt before 10.0 can know of it.
static const Since since_virtiofs = {8002000, 10000000};

typedef struct Found {
    GString *never;
    GString *maybe;
    GPtrArray *hints; // static strings, each once
} Found;

static void add(Found *found, bool may, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static void
add(Found *found, bool may, const char *hint, const char *format, ...)
{
    GString *list = may ? found->maybe : found->never;
    va_list args;

    if (list->len > 0)
        g_string_append(list, ", ");
    va_start(args, format);
    g_string_append_vprintf(list, format, args);
    va_end(args);
    if (!g_ptr_array_find(found->hints, hint, NULL))
        g_ptr_array_add(found->hints, (char *)hint);
}

// A host of which the versions are not known may be new enough.
static bool
has_since(const FerryHostFacts *host, const Since *since)
{
    return host->info_unknown != NULL || (host->info.hypervisor_version >= since->qemu &&
                                          host->info.libvirt_version >= since->libvirt);
}

static bool
may_move(const FerryCheckInput *in, const Since *since)
{
    return has_since(in->src, since) && has_since(in->dst, since);
}

// A SCSI device of an adapter is whatever the destination has at that address: QEMU lets it move, and nothing
// looks whether it is the same. One that QEMU itself logs in to (iSCSI) is named alike everywhere. vhost-scsi
// blocks moves by itself. USB devices are another check's.
static void
find_hostdev(const FerryCheckInput *in, const FerryHostdev *device, Found *found)
{
    if (device->teaming || g_strcmp0(device->type, "usb") == 0)
        return;
    if (g_strcmp0(device->type, "pci") == 0 || g_strcmp0(device->type, "mdev") == 0)
        add(found, may_move(in, &since_vfio), DETACH_HINT, "%s device '%s'",
            *device->type == 'p' ? "PCI" : "mdev", device->what);
    else if (g_strcmp0(device->type, "scsi") != 0)
        add(found, false, DETACH_HINT, "%s device '%s'", device->type, device->what);
    else if (g_str_has_prefix(device->what, "scsi_host"))
        add(found, false, DETACH_HINT, "SCSI device '%s'", device->what);
}

// libvirt 9.0 and 11.3 let built-in user networking go; its connections live in the source's process.
static void
find_nic(const FerryCheckInput *in, const FerryNic *nic, Found *found)
{
    static const char user_hint[] =
        "What a guest has open through user networking ends: give it a card on a bridge or network to keep it.";
    const char *mac = nic->mac != NULL ? nic->mac : "?";

    if (nic->teaming)
        return;
    if (g_strcmp0(nic->type, "hostdev") == 0)
        add(found, may_move(in, &since_vfio), DETACH_HINT, "network card '%s' (hostdev)", mac);
    else if (g_strcmp0(nic->type, "vdpa") == 0)
        add(found, may_move(in, &since_vdpa), DETACH_HINT, "network card '%s' (vdpa)", mac);
    else if (g_strcmp0(nic->type, "user") == 0)
        add(found, true, user_hint, "the connections of network card '%s' (user)", mac);
}

// QEMU blocks the move while the guest has a 9p file system mounted, which nobody outside can see.
static void
find_filesystem(const FerryCheckInput *in, const FerryFilesystem *filesystem, Found *found)
{
    static const char plan9_hint[] =
        "Unmount 9p file systems in the guest, and go on with --force devices.";
    static const char virtiofs_hint[] =
        "virtiofs needs virtiofsd 1.11, QEMU 8.2 and a libvirt that asks it (11.3 does) on both hosts; or unmount it in the guest and detach it with 'virsh detach-device --live'.";

    if (g_strcmp0(filesystem->driver, "virtiofs") == 0)
        add(found, may_move(in, &since_virtiofs), virtiofs_hint, "virtiofs file system '%s'",
            filesystem->target);
    else
        add(found, false, plan9_hint, "9p file system '%s'", filesystem->target);
}

static void
find_memory(const FerryDefinition *definition, Found *found)
{
    for (unsigned i = 0; i < definition->shmems->len; i++) {
        const FerryShmem *shmem = g_ptr_array_index(definition->shmems, i);

        if (g_strcmp0(shmem->role, "master") != 0)
            add(found, false, DEFINE_HINT, "shared memory '%s' (role is not 'master')",
                shmem->name);
    }
    if (definition->dimms_without_address > 0)
        add(found, false, DEFINE_HINT, "memory devices without an address (%u)",
            definition->dimms_without_address);
    if (definition->launch_security != NULL)
        add(found, false, DEFINE_HINT, "launch security '%s'", definition->launch_security);
    if (definition->invtsc && !definition->tsc_frequency)
        add(found, false, DEFINE_HINT,
            "CPU feature 'invtsc' without <timer name='tsc' frequency='...'/>");
}

static void
find_all(const FerryCheckInput *in, Found *found)
{
    const FerryDefinition *definition = in->vm->definition;

    for (unsigned i = 0; i < definition->hostdevs->len; i++)
        find_hostdev(in, g_ptr_array_index(definition->hostdevs, i), found);
    for (unsigned i = 0; i < definition->nics->len; i++)
        find_nic(in, g_ptr_array_index(definition->nics, i), found);
    for (unsigned i = 0; i < definition->filesystems->len; i++)
        find_filesystem(in, g_ptr_array_index(definition->filesystems, i), found);
    for (unsigned i = 0; i < definition->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(definition->disks, i);

        if (disk->transient)
            add(found, false, DEFINE_HINT, "transient disk '%s'", disk->target);
    }
    find_memory(definition, found);
}

static void
judge(const Found *found, FerryVerdict *ret)
{
    g_autofree char *hint = NULL;

    if (found->never->len == 0 && found->maybe->len == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine has no device that stops a move");
        return;
    }
    if (found->maybe->len == 0)
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "does not move: %s", found->never->str);
    else if (found->never->len == 0)
        ferry_verdict_set(ret, FERRY_VERDICT_WARN, "may not move: %s", found->maybe->str);
    else
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "does not move: %s; may not: %s",
                          found->never->str, found->maybe->str);
    g_ptr_array_add(found->hints, NULL);
    hint = g_strjoinv(" ", (char **)found->hints->pdata);
    ferry_verdict_add_hint(ret, "%s", hint);
}

// libvirt judges the machine as it is on the source (qemuMigrationSrcIsAllowed, 9.0 and 11.3): --xml changes
// nothing of it.
static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    Found found;

    if (is_off(in)) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is off: no device moves");
        return;
    }
    if (in->vm->definition == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's devices cannot be told: %s",
                          in->vm->definition_unknown);
        return;
    }
    found = (Found){g_string_new(NULL), g_string_new(NULL), g_ptr_array_new()};
    find_all(in, &found);
    judge(&found, ret);
    g_string_free(found.never, TRUE);
    g_string_free(found.maybe, TRUE);
    g_ptr_array_unref(found.hints);
}

const FerryCheck ferry_check_devices = {
    .id = "devices",
    .summary = "the machine has no device that QEMU or libvirt cannot move",
    .impact =
        "libvirt refuses the move when it begins ('cannot migrate domain: ...'), and the machine stays where it is. A SCSI device of the host is not refused: "
        "the guest would write to whatever the destination has at that address.",
    .hint =
        "Detach host devices for the move, pair a passed-through network card with a virtio one (<teaming>), or move the machine while it is off with --offline. "
        "--force goes on where a driver or a version can do more than is known here: what libvirt refuses then stays unharmed.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .run = run,
};
