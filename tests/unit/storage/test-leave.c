// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Images that stay behind on a source: deleted only where no machine of the host stands on them.

#include "../hypervisor/sim-disks.h"
#include "storage/storage.h"

#define CLONE "/srv/clone.qcow2"

static const char *const clone_disks[] = {CLONE, NULL};

// Another machine of the source, whose disk is above @backing.
static void
add_clone(Fixture *fixture, const char *backing)
{
    static const FerrySimMachineSpec spec = {
        .name = "clone1",
        .uuid = "6f8ac0de-0000-4000-8000-000000000002",
        .memory_kib = 512 << 10,
        .disks = clone_disks,
    };

    ferry_sim_add_machine(fixture->world, "host-a", &spec);
    ferry_sim_add_image(fixture->world, "host-a",
                        &(FerrySimImageSpec){.path = CLONE,
                                             .allocation = 10 * MIB,
                                             .backing = backing,
                                             .guest = spec.uuid});
}

static GPtrArray *
leave_vda(Fixture *fixture)
{
    FerryHost host = {.name = (char *)"host-a", .uri = (char *)"sim:host-a"};
    const FerryStorageHost src = {&host, fixture->src};
    g_autoptr(GPtrArray) plans =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_disk_plan_free);
    FerryDiskPlan *plan = g_new(FerryDiskPlan, 1);

    *plan = (FerryDiskPlan){.target = g_strdup("vda"), .copied = true, .src_path = g_strdup(VDA)};
    g_ptr_array_add(plans, plan);
    g_assert_true(ferry_hypervisor_destroy(fixture->src, UUID, NULL));
    return ferry_storage_leave(plans, &src, UUID, 7, true);
}

static bool
is_there(Fixture *fixture, const char *path)
{
    g_auto(FerryPathInfo) info = {0};

    ferry_hypervisor_look_at_path(fixture->src, path, &info);
    return info.seen;
}

static void
test_deleted(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(GPtrArray) lefts = NULL;

    disks_init(&fixture);
    lefts = leave_vda(&fixture);
    g_assert_false(((FerryLeft *)lefts->pdata[0])->kept);
    g_assert_false(is_there(&fixture, VDA));
}

// Without its base a linked clone would not start again.
static void
test_base_of_another(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(GPtrArray) lefts = NULL;
    const FerryLeft *left;

    disks_init(&fixture);
    add_clone(&fixture, VDA);
    lefts = leave_vda(&fixture);
    left = lefts->pdata[0];
    g_assert_true(left->kept && left->in_use);
    g_assert_cmpstr(left->reason, ==, "machine 'clone1' of that host stands on it");
    g_assert_true(is_there(&fixture, VDA));
}

static void
test_another_beside(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(GPtrArray) lefts = NULL;

    disks_init(&fixture);
    add_clone(&fixture, VDB);
    lefts = leave_vda(&fixture);
    g_assert_false(((FerryLeft *)lefts->pdata[0])->kept);
    g_assert_true(is_there(&fixture, VDB));
}

// What a report keeps of it is read back; one of a move that copied nothing is none.
static void
test_report(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(GPtrArray) lefts = NULL;
    g_autoptr(GPtrArray) back = NULL;
    g_autoptr(FerryHost) src = NULL;
    g_autoptr(FerryHost) nobody = NULL;
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_ARRAY);
    g_autofree char *array = NULL;
    g_autofree char *report = NULL;
    const FerryLeft *left;

    disks_init(&fixture);
    add_clone(&fixture, VDA);
    lefts = leave_vda(&fixture);
    json_node_take_array(node, ferry_storage_left_to_json(lefts));
    array = json_to_string(node, FALSE);
    report = g_strdup_printf("{\"src\":{\"uri\":\"sim:host-a\"},\"source_disks\":%s}", array);
    back = ferry_storage_left_read(report, &src);
    left = back->pdata[0];
    g_assert_cmpstr(src->uri, ==, "sim:host-a");
    g_assert_cmpstr(left->path, ==, VDA);
    g_assert_true(left->kept && left->in_use);
    g_assert_cmpstr(left->reason, ==, "machine 'clone1' of that host stands on it");
    g_assert_null(ferry_storage_left_read("{\"src\":{\"uri\":\"sim:host-a\"}}", &nobody));
    g_assert_null(ferry_storage_left_read(NULL, &nobody));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/storage/leave/deleted", test_deleted);
    g_test_add_func("/storage/leave/base-of-another", test_base_of_another);
    g_test_add_func("/storage/leave/another-beside", test_another_beside);
    g_test_add_func("/storage/leave/report", test_report);
    return g_test_run();
}
