// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "probed.h"

#define DISK "/srv/images/web1.qcow2"
#define FILE_DISK \
    "<disk type='file' device='disk'><source file='" DISK "'/><target dev='vda'/></disk>"
#define BLOCK_DISK \
    "<disk type='block' device='disk'><source dev='/dev/vg/web1'/><target dev='vdb'/></disk>"

static Fixture *
with_disks(const char *disks, const char *fs_options)
{
    Fixture *fx = fixture_new();
    FerryProbedPath *here;

    fixture_define(fx, disks, NULL);
    here = fixture_probe_path(fx->src, DISK, "nfs4");
    g_free(here->fs_options);
    here->fs_options = g_strdup(fs_options);
    fixture_probe_path(fx->dst, DISK, "nfs4");
    return fx;
}

static void
set_managers(Fixture *fx, const char *here, const char *there)
{
    g_free(fx->src->probe->lock_manager);
    g_free(fx->dst->probe->lock_manager);
    fx->src->probe->lock_manager = g_strdup(here);
    fx->dst->probe->lock_manager = g_strdup(there);
}

static void
test_same(void)
{
    g_autoptr(Fixture) fx = with_disks(FILE_DISK BLOCK_DISK, "rw,relatime,local_lock=none");

    fixture_expect(fx, &ferry_check_lock_manager, FERRY_VERDICT_OK,
                   "both hosts have lock manager 'nop'", NULL);
    set_managers(fx, NULL, "nop");
    fixture_expect(fx, &ferry_check_lock_manager, FERRY_VERDICT_OK,
                   "both hosts have lock manager 'nop'", NULL);
    set_managers(fx, "lockd", "lockd");
    fixture_expect(fx, &ferry_check_lock_manager, FERRY_VERDICT_OK,
                   "both hosts have lock manager 'lockd'", NULL);
}

static void
test_differing(void)
{
    g_autoptr(Fixture) fx = with_disks(FILE_DISK, "rw");
    static const char hint[] =
        "Set the same lock_manager in qemu.conf of both hosts, and restart libvirt there.";

    set_managers(fx, NULL, "lockd");
    fixture_expect(
        fx, &ferry_check_lock_manager, FERRY_VERDICT_BLOCK,
        "host 'host-a' has lock manager 'nop' and host 'host-b' has 'lockd': libvirt moves nothing between them",
        hint);
    set_managers(fx, "sanlock", "lockd");
    fixture_expect(
        fx, &ferry_check_lock_manager, FERRY_VERDICT_BLOCK,
        "host 'host-a' has lock manager 'sanlock' and host 'host-b' has 'lockd': libvirt moves nothing between them",
        hint);
}

static void
test_unlocked(void)
{
    static const char *const options[] = {"rw,nolock,vers=3", "rw,vers=3,local_lock=all",
                                          "rw,local_lock=posix", "rw,nobrl", "rw,localflocks"};

    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        g_autoptr(Fixture) fx = with_disks(FILE_DISK, options[i]);

        fixture_expect(
            fx, &ferry_check_lock_manager, FERRY_VERDICT_NOTE,
            "the file system of disk 'vda' keeps locks from other hosts: only strict moves protect it",
            "Mount it without 'nolock' and its like; look at it with 'findmnt -T " DISK "'.");
        fixture_turn_off(fx);
        fixture_expect(fx, &ferry_check_lock_manager, FERRY_VERDICT_OK,
                       "both hosts have lock manager 'nop'", NULL);
    }
}

static void
test_readonly(void)
{
    g_autoptr(Fixture) fx = with_disks("<disk type='file' device='disk'><source file='" DISK
                                       "'/><target dev='vda'/><readonly/></disk>",
                                       "rw,nolock");

    fixture_expect(fx, &ferry_check_lock_manager, FERRY_VERDICT_OK,
                   "both hosts have lock manager 'nop'", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = with_disks(FILE_DISK, "rw");

    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_lock_manager, FERRY_VERDICT_UNKNOWN,
                   "the machine's disks cannot be told: not the XML of a machine", NULL);
    fixture_lose_probe(fx->dst, "no ssh");
    fixture_expect(fx, &ferry_check_lock_manager, FERRY_VERDICT_UNKNOWN,
                   "the lock manager of host 'host-b' cannot be told: no ssh", NULL);
    fixture_lose_probe(fx->src, "no ssh");
    fixture_expect(fx, &ferry_check_lock_manager, FERRY_VERDICT_UNKNOWN,
                   "the lock manager of host 'host-a' cannot be told: no ssh", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/lock-manager/same", test_same);
    g_test_add_func("/preflight/lock-manager/differing", test_differing);
    g_test_add_func("/preflight/lock-manager/unlocked", test_unlocked);
    g_test_add_func("/preflight/lock-manager/readonly", test_readonly);
    g_test_add_func("/preflight/lock-manager/unknown", test_unknown);
    return g_test_run();
}
