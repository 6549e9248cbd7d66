// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_shared(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_shared_storage, FERRY_VERDICT_OK,
                        "both hosts see the same storage: pool 'default'", NULL);
    host_fixture_add_pool(fx->host, "off", "netfs", "/srv/off")->active = false;
    host_fixture_expect(fx, &ferry_host_check_shared_storage, FERRY_VERDICT_OK,
                        "both hosts see the same storage: pool 'default'", NULL);
}

static void
test_own(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();
    FerryProbedPath *here = g_ptr_array_index(fx->host->probe->paths, 0);

    FerryProbedPath *there = g_ptr_array_index(fx->peer->probe->paths, 0);

    g_strfreev(here->marks);
    here->marks = g_new0(char *, 1);
    g_strfreev(there->marks);
    there->marks = g_new0(char *, 1);
    host_fixture_expect(
        fx, &ferry_host_check_shared_storage, FERRY_VERDICT_NOTE,
        "host 'host-a' has storage that is not on host 'host-b': pool 'default'",
        "A machine with a disk there cannot move while it runs. Put it on storage that both hosts have.");
    there->seen = false;
    host_fixture_expect(
        fx, &ferry_host_check_shared_storage, FERRY_VERDICT_NOTE,
        "host 'host-a' has storage that is not on host 'host-b': pool 'default'",
        "A machine with a disk there cannot move while it runs. Put it on storage that both hosts have.");
}

static void
test_one_of_each(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_add_pool(fx->host, "local", "dir", "/srv/local");
    host_fixture_add_path(fx->host, "/srv/local/.", NULL);
    host_fixture_add_path(fx->peer, "/srv/local/.", NULL)->seen = false;
    host_fixture_expect(
        fx, &ferry_host_check_shared_storage, FERRY_VERDICT_NOTE,
        "host 'host-a' has storage that is not on host 'host-b': pool 'local'; on both: 'default'",
        "A machine with a disk there cannot move while it runs. Put it on storage that both hosts have.");
}

static void
test_network_storage_differs(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();
    FerryProbedPath *here = g_ptr_array_index(fx->host->probe->paths, 0);

    FerryProbedPath *there = g_ptr_array_index(fx->peer->probe->paths, 0);

    fixture_lose(&host_fixture_pool(fx->host)->type, "netfs");
    g_strfreev(here->marks);
    here->marks = g_new0(char *, 1);
    g_strfreev(there->marks);
    there->marks = g_new0(char *, 1);
    host_fixture_expect(
        fx, &ferry_host_check_shared_storage, FERRY_VERDICT_WARN,
        "network storage of host 'host-a' is not the same on host 'host-b': pool 'default'",
        "Give host 'host-b' the same pool: 'virsh -c qemu+ssh://host-a/system pool-dumpxml NAME' shows it, 'virsh -c qemu+ssh://host-b/system pool-define FILE' and 'pool-start NAME' make it.");
}

static void
test_by_source(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();
    FerryPoolInfo *pool = host_fixture_pool(fx->host);

    fixture_lose(&pool->type, "rbd");
    fixture_lose(&pool->source, "mon.example.org/vms");
    g_clear_pointer(&pool->target, g_free);
    fixture_lose_probe(fx->host, "no ssh");
    host_fixture_expect(
        fx, &ferry_host_check_shared_storage, FERRY_VERDICT_WARN,
        "network storage of host 'host-a' is not the same on host 'host-b': pool 'default'",
        "Give host 'host-b' the same pool: 'virsh -c qemu+ssh://host-a/system pool-dumpxml NAME' shows it, 'virsh -c qemu+ssh://host-b/system pool-define FILE' and 'pool-start NAME' make it.");
    fixture_lose(&host_fixture_pool(fx->peer)->type, "rbd");
    fixture_lose(&host_fixture_pool(fx->peer)->source, "mon.example.org/vms");
    host_fixture_expect(fx, &ferry_host_check_shared_storage, FERRY_VERDICT_OK,
                        "both hosts see the same storage: pool 'default'", NULL);
    fixture_lose(&pool->type, "logical");
    host_fixture_expect(
        fx, &ferry_host_check_shared_storage, FERRY_VERDICT_NOTE,
        "host 'host-a' has storage that is not on host 'host-b': pool 'default'",
        "A machine with a disk there cannot move while it runs. Put it on storage that both hosts have.");
}

static void
test_none(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    g_ptr_array_set_size(fx->host->pools, 0);
    host_fixture_expect(fx, &ferry_host_check_shared_storage, FERRY_VERDICT_NOTE,
                        "host 'host-a' has no active storage pool", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();
    FerryProbedPath *here = g_ptr_array_index(fx->host->probe->paths, 0);

    FerryProbedPath *there = g_ptr_array_index(fx->peer->probe->paths, 0);

    here->marked = there->marked = false;
    host_fixture_expect(fx, &ferry_host_check_shared_storage, FERRY_VERDICT_UNKNOWN,
                        "neither host may write a mark into pool 'default'", NULL);
    fixture_lose_probe(fx->peer, "no ssh");
    host_fixture_expect(fx, &ferry_host_check_shared_storage, FERRY_VERDICT_UNKNOWN, "no ssh",
                        NULL);
    g_clear_pointer(&fx->peer->pools, g_ptr_array_unref);
    fixture_lose(&fx->peer->pools_unknown, "it hung up");
    host_fixture_expect(fx, &ferry_host_check_shared_storage, FERRY_VERDICT_UNKNOWN,
                        "the storage pools of host 'host-b' cannot be told: it hung up", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/shared-storage/shared", test_shared);
    g_test_add_func("/host-checks/shared-storage/own", test_own);
    g_test_add_func("/host-checks/shared-storage/one-of-each", test_one_of_each);
    g_test_add_func("/host-checks/shared-storage/network-storage-differs",
                    test_network_storage_differs);
    g_test_add_func("/host-checks/shared-storage/by-source", test_by_source);
    g_test_add_func("/host-checks/shared-storage/none", test_none);
    g_test_add_func("/host-checks/shared-storage/unknown", test_unknown);
    return g_test_run();
}
