// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/plan.h"

#include <glib.h>

static FerryPlan
plan_of(const FerryMigrateOptions *options, FerryVmState state, bool persistent, const char *uri)
{
    const FerryVm vm = {.name = (char *)"web1", .state = state, .persistent = persistent};
    const FerryHost dst = {.name = (char *)"host-b", .uri = (char *)uri};
    FerryPlan plan;

    ferry_plan_make(options, &vm, &dst, &plan);
    return plan;
}

static void
test_plain(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    FerryPlan plan = plan_of(options, FERRY_VM_STATE_RUNNING, true, "qemu+tcp://host-b/system");

    g_assert_cmpint(plan.mode, ==, FERRY_MODE_P2P);
    g_assert_true(plan.strict);
    g_assert_true(plan.resume);
    g_assert_cmpuint(plan.flags, ==,
                     FERRY_MIGRATE_LIVE | FERRY_MIGRATE_PAUSED | FERRY_MIGRATE_PERSIST_DEST |
                         FERRY_MIGRATE_UNDEFINE_SOURCE | FERRY_MIGRATE_ABORT_ON_ERROR);
    g_assert_null(plan.migrate_uri);
}

static void
test_transient_stays_transient(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    FerryPlan plan = plan_of(options, FERRY_VM_STATE_RUNNING, false, "qemu+tcp://host-b/system");

    g_assert_cmpuint(plan.flags & (FERRY_MIGRATE_PERSIST_DEST | FERRY_MIGRATE_UNDEFINE_SOURCE), ==,
                     0);
    options->persistent = true;
    plan = plan_of(options, FERRY_VM_STATE_RUNNING, false, "qemu+tcp://host-b/system");
    g_assert_cmpuint(plan.flags & (FERRY_MIGRATE_PERSIST_DEST | FERRY_MIGRATE_UNDEFINE_SOURCE), ==,
                     FERRY_MIGRATE_PERSIST_DEST);
}

static void
test_keep_source_definition(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    FerryPlan plan;

    options->keep_source_definition = true;
    plan = plan_of(options, FERRY_VM_STATE_RUNNING, true, "qemu+tcp://host-b/system");
    g_assert_cmpuint(plan.flags & FERRY_MIGRATE_UNDEFINE_SOURCE, ==, 0);
}

static void
test_paused_stays_paused(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    FerryPlan plan = plan_of(options, FERRY_VM_STATE_PAUSED, true, "qemu+tcp://host-b/system");

    g_assert_false(plan.resume);
    g_assert_true(plan.strict);
}

// libvirt refuses POSTCOPY together with PAUSED.
static void
test_postcopy_is_never_strict(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    FerryPlan plan;

    options->timeout_s = 5;
    options->on_timeout = FERRY_ON_TIMEOUT_POSTCOPY;
    plan = plan_of(options, FERRY_VM_STATE_RUNNING, true, "qemu+tcp://host-b/system");
    g_assert_false(plan.strict);
    g_assert_false(plan.postcopy_now);
    g_assert_cmpuint(plan.flags & (FERRY_MIGRATE_POSTCOPY | FERRY_MIGRATE_PAUSED), ==,
                     FERRY_MIGRATE_POSTCOPY);
}

static void
test_off_moves_its_definition(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    FerryPlan plan = plan_of(options, FERRY_VM_STATE_SHUTOFF, true, "qemu+tcp://host-b/system");

    g_assert_cmpuint(plan.flags & FERRY_MIGRATE_OFFLINE, !=, 0);
    g_assert_cmpuint(plan.flags &
                         (FERRY_MIGRATE_LIVE | FERRY_MIGRATE_PAUSED | FERRY_MIGRATE_ABORT_ON_ERROR),
                     ==, 0);
    g_assert_false(plan.resume);
}

static void
test_a_local_uri_goes_direct(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    FerryPlan plan = plan_of(options, FERRY_VM_STATE_RUNNING, true, "qemu:///system");

    g_assert_cmpint(plan.mode, ==, FERRY_MODE_DIRECT);
    g_assert_true(ferry_plan_uri_reaches("qemu+ssh://root@kvm2/system"));
    g_assert_true(ferry_plan_uri_reaches("qemu+unix:///session?socket=/run/b.sock"));
    g_assert_false(ferry_plan_uri_reaches("qemu:///system"));
    g_assert_false(ferry_plan_uri_reaches("qemu+unix:///system"));
}

static void
test_migration_address(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    FerryPlan plan;

    options->dest_address = g_strdup("198.51.100.2");
    plan = plan_of(options, FERRY_VM_STATE_RUNNING, true, "qemu+tcp://host-b/system");
    g_assert_cmpstr(plan.migrate_uri, ==, "tcp://198.51.100.2");
    ferry_plan_clear(&plan);
    g_free(options->dest_address);
    options->dest_address = g_strdup("2001:db8::2");
    plan = plan_of(options, FERRY_VM_STATE_RUNNING, true, "qemu+tcp://host-b/system");
    g_assert_cmpstr(plan.migrate_uri, ==, "tcp://[2001:db8::2]");
    ferry_plan_clear(&plan);
}

static void
test_json_both_ways(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    g_autoptr(JsonNode) node = NULL;
    FerryPlan plan;
    FerryPlan back;

    options->dest_address = g_strdup("198.51.100.2");
    plan = plan_of(options, FERRY_VM_STATE_RUNNING, true, "qemu:///system");
    node = ferry_plan_to_json(&plan);
    ferry_plan_from_json(json_node_get_object(node), &back);
    g_assert_cmpint(back.mode, ==, plan.mode);
    g_assert_cmpuint(back.flags, ==, plan.flags);
    g_assert_true(back.strict == plan.strict);
    g_assert_true(back.resume == plan.resume);
    g_assert_cmpstr(back.migrate_uri, ==, plan.migrate_uri);
    ferry_plan_clear(&plan);
    ferry_plan_clear(&back);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plan/plain", test_plain);
    g_test_add_func("/plan/transient-stays-transient", test_transient_stays_transient);
    g_test_add_func("/plan/keep-source-definition", test_keep_source_definition);
    g_test_add_func("/plan/paused-stays-paused", test_paused_stays_paused);
    g_test_add_func("/plan/postcopy-is-never-strict", test_postcopy_is_never_strict);
    g_test_add_func("/plan/off-moves-its-definition", test_off_moves_its_definition);
    g_test_add_func("/plan/a-local-uri-goes-direct", test_a_local_uri_goes_direct);
    g_test_add_func("/plan/migration-address", test_migration_address);
    g_test_add_func("/plan/json-both-ways", test_json_both_ways);
    return g_test_run();
}
