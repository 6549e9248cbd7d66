// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
set_config(FerryHostFacts *host, const char *type, const char *source)
{
    g_free(host->probe->config_fs_type);
    g_free(host->probe->config_source);
    host->probe->config_fs_type = g_strdup(type);
    host->probe->config_source = g_strdup(source);
}

static void
expect_own(const char *src_type, const char *src, const char *dst_type, const char *dst)
{
    g_autoptr(Fixture) fx = fixture_new();

    set_config(fx->src, src_type, src);
    set_config(fx->dst, dst_type, dst);
    fixture_expect(fx, &ferry_check_shared_config, FERRY_VERDICT_OK,
                   "each host has its own /etc/libvirt", NULL);
}

static void
test_own(void)
{
    expect_own("ext4", "/dev/vda1", "ext4", "/dev/vda1");
    expect_own("overlay", "overlay", "overlay", "overlay");
    expect_own("nfs4", "nas:/roots/host-a", "nfs4", "nas:/roots/host-b");
    expect_own("nfs4", "nas:/roots", "ext4", "/dev/vda1");
    expect_own("nfs4", NULL, "nfs4", NULL);
}

static void
expect_shared(const char *type, const char *source, const char *text)
{
    g_autoptr(Fixture) fx = fixture_new();

    set_config(fx->src, type, source);
    set_config(fx->dst, type, source);
    fixture_expect(
        fx, &ferry_check_shared_config, FERRY_VERDICT_BLOCK, text,
        "Give each host an /etc/libvirt of its own. If they are different folders of that file system, go on with --force shared-config.");
}

static void
test_shared(void)
{
    expect_shared(
        "nfs4", "nas:/libvirt",
        "/etc/libvirt is on 'nas:/libvirt' (nfs4) on both hosts: each would write the other's definitions");
    expect_shared(
        "fuse.glusterfs", "nas:/vol",
        "/etc/libvirt is on 'nas:/vol' (fuse.glusterfs) on both hosts: each would write the other's definitions");
    expect_shared(
        "gfs2", "/dev/mapper/shared",
        "/etc/libvirt is on '/dev/mapper/shared' (gfs2) on both hosts: each would write the other's definitions");
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    set_config(fx->dst, NULL, NULL);
    fixture_expect(
        fx, &ferry_check_shared_config, FERRY_VERDICT_UNKNOWN,
        "whether the hosts share /etc/libvirt cannot be told: the probe of host 'host-b' did not find out",
        NULL);
    set_config(fx->src, NULL, NULL);
    fixture_expect(
        fx, &ferry_check_shared_config, FERRY_VERDICT_UNKNOWN,
        "whether the hosts share /etc/libvirt cannot be told: the probe of host 'host-a' did not find out",
        NULL);
    fixture_lose_probe(fx->dst, "no ssh");
    fixture_expect(fx, &ferry_check_shared_config, FERRY_VERDICT_UNKNOWN,
                   "the file system of /etc/libvirt of host 'host-b' cannot be told: no ssh", NULL);
    fixture_lose_probe(fx->src, "no ssh");
    fixture_expect(fx, &ferry_check_shared_config, FERRY_VERDICT_UNKNOWN,
                   "the file system of /etc/libvirt of host 'host-a' cannot be told: no ssh", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/shared-config/own", test_own);
    g_test_add_func("/preflight/shared-config/shared", test_shared);
    g_test_add_func("/preflight/shared-config/unknown", test_unknown);
    return g_test_run();
}
