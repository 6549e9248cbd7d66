// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/plan.h"

#include <glib.h>

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryPlan, ferry_plan_clear)

static const FerryImageLocks no_lock = {.reason = (char *)"the machine writes to no disk"};
static const FerryImageLocks forced_lock = {.forced = true,
                                            .reason = (char *)"the machine writes to no disk"};
static const FerryImageLocks proved_lock =
    {.proved = true, .reason = (char *)"QEMU's locks on disk 'vda' bind both hosts"};

static FerryPlan
plan_with(const FerryMigrateOptions *options, const FerryImageLocks *locks)
{
    const FerryVm vm = {.name = (char *)"web1",
                        .state = FERRY_VM_STATE_RUNNING,
                        .persistent = true};
    const FerryHost dst = {.name = (char *)"host-b", .uri = (char *)"qemu+ssh://host-b/system"};
    FerryPlan plan;

    ferry_plan_make(options, &vm, &dst, locks, &plan);
    return plan;
}

static FerryPlan
plan_of(const FerryMigrateOptions *options, FerryVmState state, bool persistent, const char *uri)
{
    const FerryVm vm = {.name = (char *)"web1", .state = state, .persistent = persistent};
    const FerryHost dst = {.name = (char *)"host-b", .uri = (char *)uri};
    FerryPlan plan;

    ferry_plan_make(options, &vm, &dst, &no_lock, &plan);
    return plan;
}

static void
test_plain(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    g_auto(FerryPlan) plan =
        plan_of(options, FERRY_VM_STATE_RUNNING, true, "qemu+tcp://host-b/system");

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
    g_auto(FerryPlan) plan =
        plan_of(options, FERRY_VM_STATE_RUNNING, false, "qemu+tcp://host-b/system");

    g_assert_cmpuint(plan.flags & (FERRY_MIGRATE_PERSIST_DEST | FERRY_MIGRATE_UNDEFINE_SOURCE), ==,
                     0);
    options->persistent = true;
    ferry_plan_clear(&plan);
    plan = plan_of(options, FERRY_VM_STATE_RUNNING, false, "qemu+tcp://host-b/system");
    g_assert_cmpuint(plan.flags & (FERRY_MIGRATE_PERSIST_DEST | FERRY_MIGRATE_UNDEFINE_SOURCE), ==,
                     FERRY_MIGRATE_PERSIST_DEST);
}

static void
test_keep_source_definition(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    g_auto(FerryPlan) plan = {0};

    options->keep_source_definition = true;
    plan = plan_of(options, FERRY_VM_STATE_RUNNING, true, "qemu+tcp://host-b/system");
    g_assert_cmpuint(plan.flags & FERRY_MIGRATE_UNDEFINE_SOURCE, ==, 0);
}

static void
test_paused_stays_paused(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    g_auto(FerryPlan) plan =
        plan_of(options, FERRY_VM_STATE_PAUSED, true, "qemu+tcp://host-b/system");

    g_assert_false(plan.resume);
    g_assert_true(plan.strict);
}

// What is asked, what is proved, and what becomes of it.
static void
test_strict_or_fast(void)
{
#define COST   "the destination waits until the source is gone: some 0.2 s more standstill"
#define STRICT "no lock is proved between the hosts: the machine writes to no disk; " COST
#define FAST   "QEMU's locks on disk 'vda' bind both hosts: the destination starts by itself"
#define FORCED                                                                         \
    "forced, and no lock is proved between the hosts: the machine writes to no disk; " \
    "the destination starts by itself"
    static const struct {
        FerryCommit asked;
        const FerryImageLocks *locks;
        bool strict;
        const char *reason;
    } rows[] = {
        {FERRY_COMMIT_AUTO, &no_lock, true, STRICT},
        {FERRY_COMMIT_AUTO, &proved_lock, false, FAST},
        {FERRY_COMMIT_STRICT, &no_lock, true, "asked for; " COST},
        {FERRY_COMMIT_STRICT, &proved_lock, true, "asked for; " COST},
        {FERRY_COMMIT_FAST, &proved_lock, false, FAST},
        {FERRY_COMMIT_FAST, &forced_lock, false, FORCED},
        // consent to go without is no wish to
        {FERRY_COMMIT_AUTO, &forced_lock, true, STRICT},
        // the check stands before it; the plan does not rely on that
        {FERRY_COMMIT_FAST, &no_lock, true, STRICT},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
        g_auto(FerryPlan) plan = {0};

        options->commit = rows[i].asked;
        plan = plan_with(options, rows[i].locks);
        g_assert_true(plan.strict == rows[i].strict);
        g_assert_cmpstr(plan.commit_reason, ==, rows[i].reason);
        g_assert_cmpstr(ferry_plan_commit_name(&plan), ==, rows[i].strict ? "strict" : "fast");
        g_assert_cmpuint(plan.flags & (FERRY_MIGRATE_LIVE | FERRY_MIGRATE_PAUSED), ==,
                         FERRY_MIGRATE_LIVE | (rows[i].strict ? FERRY_MIGRATE_PAUSED : 0));
    }
}

// libvirt refuses POSTCOPY together with PAUSED.
static void
test_postcopy_is_never_strict(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    g_auto(FerryPlan) proved = {0};
    g_auto(FerryPlan) forced = {0};

    options->timeout_s = 5;
    options->on_timeout = FERRY_ON_TIMEOUT_POSTCOPY;
    proved = plan_with(options, &proved_lock);
    g_assert_false(proved.strict);
    g_assert_false(proved.postcopy_now);
    g_assert_cmpstr(proved.commit_reason, ==, FAST);
    g_assert_cmpuint(proved.flags & (FERRY_MIGRATE_POSTCOPY | FERRY_MIGRATE_PAUSED), ==,
                     FERRY_MIGRATE_POSTCOPY);
    options->postcopy = true;
    forced = plan_with(options, &forced_lock);
    g_assert_false(forced.strict);
    g_assert_true(forced.postcopy_now);
    g_assert_cmpstr(forced.commit_reason, ==, FORCED);
}

static void
test_off_moves_its_definition(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    g_auto(FerryPlan) plan =
        plan_of(options, FERRY_VM_STATE_SHUTOFF, true, "qemu+tcp://host-b/system");

    g_assert_cmpuint(plan.flags & FERRY_MIGRATE_OFFLINE, !=, 0);
    g_assert_cmpuint(plan.flags &
                         (FERRY_MIGRATE_LIVE | FERRY_MIGRATE_PAUSED | FERRY_MIGRATE_ABORT_ON_ERROR),
                     ==, 0);
    g_assert_false(plan.resume);
    g_assert_false(plan.strict);
    g_assert_cmpstr(ferry_plan_commit_name(&plan), ==, "libvirt");
    g_assert_cmpstr(plan.commit_reason, ==, "the machine is off: only its definition moves");
}

static void
test_a_local_uri_goes_direct(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    g_auto(FerryPlan) plan = plan_of(options, FERRY_VM_STATE_RUNNING, true, "qemu:///system");

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
    g_auto(FerryPlan) plan = {0};

    options->dest_address = g_strdup("198.51.100.2");
    plan = plan_of(options, FERRY_VM_STATE_RUNNING, true, "qemu+tcp://host-b/system");
    g_assert_cmpstr(plan.migrate_uri, ==, "tcp://198.51.100.2");
    ferry_plan_clear(&plan);
    g_free(options->dest_address);
    options->dest_address = g_strdup("2001:db8::2");
    plan = plan_of(options, FERRY_VM_STATE_RUNNING, true, "qemu+tcp://host-b/system");
    g_assert_cmpstr(plan.migrate_uri, ==, "tcp://[2001:db8::2]");
}

static void
test_json_both_ways(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    g_autoptr(JsonNode) node = NULL;
    g_auto(FerryPlan) plan = {0};
    g_auto(FerryPlan) back = {0};

    options->dest_address = g_strdup("198.51.100.2");
    plan = plan_of(options, FERRY_VM_STATE_RUNNING, true, "qemu:///system");
    node = ferry_plan_to_json(&plan);
    ferry_plan_from_json(json_node_get_object(node), &back);
    g_assert_cmpstr(back.commit_reason, ==, STRICT);
    g_assert_cmpint(back.mode, ==, plan.mode);
    g_assert_cmpuint(back.flags, ==, plan.flags);
    g_assert_true(back.strict == plan.strict);
    g_assert_true(back.resume == plan.resume);
    g_assert_cmpstr(back.migrate_uri, ==, plan.migrate_uri);
}

static bool
reads_as_strict(const char *text)
{
    g_autoptr(JsonNode) node = json_from_string(text, NULL);
    g_auto(FerryPlan) plan = {0};

    ferry_plan_from_json(json_node_get_object(node), &plan);
    return plan.strict;
}

// 'libvirt' is what moves in post-copy had before 'fast' had a name. What is not said is taken for strict, which
// never lets a machine run before it is known to run nowhere else.
static void
test_commit_of_older_records(void)
{
    g_assert_false(reads_as_strict("{\"commit\":\"libvirt\"}"));
    g_assert_false(reads_as_strict("{\"commit\":\"fast\"}"));
    g_assert_true(reads_as_strict("{\"commit\":\"strict\"}"));
    g_assert_true(reads_as_strict("{}"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plan/plain", test_plain);
    g_test_add_func("/plan/transient-stays-transient", test_transient_stays_transient);
    g_test_add_func("/plan/keep-source-definition", test_keep_source_definition);
    g_test_add_func("/plan/paused-stays-paused", test_paused_stays_paused);
    g_test_add_func("/plan/strict-or-fast", test_strict_or_fast);
    g_test_add_func("/plan/postcopy-is-never-strict", test_postcopy_is_never_strict);
    g_test_add_func("/plan/off-moves-its-definition", test_off_moves_its_definition);
    g_test_add_func("/plan/a-local-uri-goes-direct", test_a_local_uri_goes_direct);
    g_test_add_func("/plan/migration-address", test_migration_address);
    g_test_add_func("/plan/json-both-ways", test_json_both_ways);
    g_test_add_func("/plan/commit-of-older-records", test_commit_of_older_records);
    return g_test_run();
}
