// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Images that are made for a move, and taken away: exactly those.

#include "../hypervisor/sim-disks.h"
#include "storage/storage.h"

static FerryDiskPlan *
plan_new(const char *target, const char *path)
{
    FerryDiskPlan *plan = g_new(FerryDiskPlan, 1);

    *plan = (FerryDiskPlan){
        .target = g_strdup(target),
        .copied = true,
        .volume = {.path = g_strdup(path),
                   .format = g_strdup("qcow2"),
                   .capacity = 2048 * MIB,
                   .owner = -1,
                   .group = -1},
    };
    return plan;
}

static GPtrArray *
plans_new(void)
{
    GPtrArray *plans = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_disk_plan_free);

    g_ptr_array_add(plans, plan_new("vda", VDA));
    g_ptr_array_add(plans, plan_new("vdb", VDB));
    return plans;
}

static bool
is_there(Fixture *fixture, const char *path)
{
    g_auto(FerryPathInfo) info = {0};

    ferry_hypervisor_look_at_path(fixture->dst, path, &info);
    return info.seen;
}

static void
unmake(Fixture *fixture, const GPtrArray *plans, FerryMade made)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_storage_unmake(plans, fixture->dst, made, notes, &error));
    g_assert_no_error(error);
}

static void
test_both(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(GPtrArray) plans = plans_new();
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);

    disks_init(&fixture);
    g_assert_true(ferry_storage_make(plans, fixture.dst, notes, NULL));
    g_assert_true(is_there(&fixture, VDA) && is_there(&fixture, VDB));
    g_assert_null(ferry_storage_find_missing(plans, fixture.dst));
    unmake(&fixture, plans, FERRY_MADE_ALL);
    g_assert_false(is_there(&fixture, VDA) || is_there(&fixture, VDB));
    g_assert_cmpstr(ferry_storage_find_missing(plans, fixture.dst), ==, VDA);
    // again: nothing is there, and that is well
    unmake(&fixture, plans, FERRY_MADE_ALL);
}

// Another move has just made an image of that name and size: it is as empty as ours would be, and not ours.
static void
test_lost_race(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(GPtrArray) plans = plans_new();
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    disks_init(&fixture);
    make(fixture.dst, VDB);
    g_assert_false(ferry_storage_make(plans, fixture.dst, notes, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_EXISTS);
    unmake(&fixture, plans, FERRY_MADE_MARKED);
    g_assert_false(is_there(&fixture, VDA));
    g_assert_true(is_there(&fixture, VDB));
}

// A runner died while it made them: what is not as one is made is another's.
static void
test_perhaps(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(GPtrArray) plans = plans_new();

    disks_init(&fixture);
    make(fixture.dst, VDA);
    ferry_sim_add_image(fixture.world, "host-b",
                        &(FerrySimImageSpec){.path = VDB,
                                             .capacity = 2048 * MIB,
                                             .allocation = 10 * MIB});
    unmake(&fixture, plans, FERRY_MADE_PERHAPS);
    g_assert_false(is_there(&fixture, VDA));
    g_assert_true(is_there(&fixture, VDB));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/storage/make/both", test_both);
    g_test_add_func("/storage/make/lost-race", test_lost_race);
    g_test_add_func("/storage/make/perhaps", test_perhaps);
    return g_test_run();
}
