// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Every rule of the restart table (migration.md 6.2), once as the table says it and once as it works on a domain
// whose status file holds that phase.

#include "../../sim/fixture.h"
#include "hypervisor/sim/job.h"

typedef struct Rule {
    const char *name;
    FerrySimStatus status;
    FerrySimAction restart;
    FerrySimAction restart_postcopy;
    FerrySimAction client_gone;
    FerryVmState state; // before
    FerryVmReason reason;
    const char *after; // a restart
} Rule;

// clang-format off: a row a rule
static const Rule rules[] = {
    {"none", FERRY_SIM_STATUS_NONE, FERRY_SIM_ACTION_GO_ON, FERRY_SIM_ACTION_GO_ON,
     FERRY_SIM_ACTION_GO_ON, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_USER, "paused (user) def"},
    {"begin3-forgets", FERRY_SIM_STATUS_BEGIN3, FERRY_SIM_ACTION_FORGET, FERRY_SIM_ACTION_FORGET,
     FERRY_SIM_ACTION_FORGET, FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_BOOTED,
     "running (booted) def"},
    {"perform3-cancels", FERRY_SIM_STATUS_PERFORM3, FERRY_SIM_ACTION_CANCEL,
     FERRY_SIM_ACTION_POSTCOPY_FAILED, FERRY_SIM_ACTION_CANCEL, FERRY_VM_STATE_RUNNING,
     FERRY_VM_REASON_BOOTED, "running (booted) def"},
    {"perform3-resumes", FERRY_SIM_STATUS_PERFORM3, FERRY_SIM_ACTION_CANCEL,
     FERRY_SIM_ACTION_POSTCOPY_FAILED, FERRY_SIM_ACTION_CANCEL, FERRY_VM_STATE_PAUSED,
     FERRY_VM_REASON_MIGRATION, "running (migration canceled) def"},
    {"perform3-leaves-a-users-pause", FERRY_SIM_STATUS_PERFORM3, FERRY_SIM_ACTION_CANCEL,
     FERRY_SIM_ACTION_POSTCOPY_FAILED, FERRY_SIM_ACTION_CANCEL, FERRY_VM_STATE_PAUSED,
     FERRY_VM_REASON_USER, "paused (user) def"},
    {"perform3-done-leaves", FERRY_SIM_STATUS_PERFORM3_DONE, FERRY_SIM_ACTION_LEAVE,
     FERRY_SIM_ACTION_POSTCOPY_FAILED, FERRY_SIM_ACTION_LEAVE, FERRY_VM_STATE_PAUSED,
     FERRY_VM_REASON_MIGRATION, "paused (migrating) def"},
    {"confirm3-cancelled-resumes", FERRY_SIM_STATUS_CONFIRM3_CANCELLED, FERRY_SIM_ACTION_CANCEL,
     FERRY_SIM_ACTION_CANCEL, FERRY_SIM_ACTION_GO_ON, FERRY_VM_STATE_PAUSED,
     FERRY_VM_REASON_MIGRATION, "running (migration canceled) def"},
    {"confirm3-kills", FERRY_SIM_STATUS_CONFIRM3, FERRY_SIM_ACTION_KILL, FERRY_SIM_ACTION_KILL,
     FERRY_SIM_ACTION_GO_ON, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_MIGRATION, "shut off def"},
    {"prepare-kills", FERRY_SIM_STATUS_PREPARE, FERRY_SIM_ACTION_KILL, FERRY_SIM_ACTION_KILL,
     FERRY_SIM_ACTION_KILL, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_MIGRATION, "shut off def"},
    {"finish3-kills-what-does-not-run", FERRY_SIM_STATUS_FINISH3,
     FERRY_SIM_ACTION_KILL_UNLESS_RUNNING, FERRY_SIM_ACTION_POSTCOPY_FAILED, FERRY_SIM_ACTION_GO_ON,
     FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_USER, "shut off def"},
    {"finish3-keeps-what-runs", FERRY_SIM_STATUS_FINISH3, FERRY_SIM_ACTION_KILL_UNLESS_RUNNING,
     FERRY_SIM_ACTION_POSTCOPY_FAILED, FERRY_SIM_ACTION_GO_ON, FERRY_VM_STATE_RUNNING,
     FERRY_VM_REASON_MIGRATED, "running (migrated) def"},
};
// clang-format on

static void
test_rule(const void *data)
{
    const Rule *rule = data;
    const FerrySimRestartRule *found = ferry_sim_restart_rule(rule->status);
    FerrySimMachineSpec machine = calm;
    FerrySimInstance *instance;
    g_auto(Fixture) fixture;

    g_assert_cmpint(found->status, ==, rule->status);
    g_assert_cmpint(found->restart, ==, rule->restart);
    g_assert_cmpint(found->restart_postcopy, ==, rule->restart_postcopy);
    g_assert_cmpint(found->client_gone, ==, rule->client_gone);

    machine.state = rule->state;
    machine.reason = rule->reason;
    fixture_init(&fixture, &machine);
    instance = ferry_sim_instance_find(ferry_sim_host_find(fixture.world, "host-a"), UUID);
    instance->status = rule->status;
    ferry_sim_kill_daemon(fixture.world, "host-a", 1);
    ferry_sim_advance(fixture.world, 1000);
    fixture_connect(&fixture);
    fixture_assert_states(&fixture, rule->after, "absent");
    g_assert_cmpuint(fixture_judge(&fixture).jobs, ==, 0);
}

// Post-copy whose other end is gone: kept, since memory is on both hosts.
static void
test_postcopy_is_kept(void)
{
    static const FerrySimStatus statuses[] = {
        FERRY_SIM_STATUS_PERFORM3,
        FERRY_SIM_STATUS_PERFORM3_DONE,
        FERRY_SIM_STATUS_FINISH3,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(statuses); i++) {
        FerrySimMachineSpec machine = calm;
        FerrySimInstance *instance;
        g_auto(Fixture) fixture;

        machine.state = FERRY_VM_STATE_PAUSED;
        machine.reason = FERRY_VM_REASON_POSTCOPY;
        fixture_init(&fixture, &machine);
        instance = ferry_sim_instance_find(ferry_sim_host_find(fixture.world, "host-a"), UUID);
        instance->status = statuses[i];
        instance->postcopy = true;
        ferry_sim_kill_daemon(fixture.world, "host-a", 1);
        ferry_sim_advance(fixture.world, 1000);
        fixture_connect(&fixture);
        fixture_assert_states(&fixture, "paused (post-copy failed) def", "absent");
        g_assert_cmpuint(fixture_judge(&fixture).jobs, ==, 1);
    }
}

// A table with a hole would do nothing, silently.
static void
test_table_is_whole(void)
{
    for (unsigned i = 0; i < FERRY_SIM_STATUS_LAST; i++)
        g_assert_nonnull(ferry_sim_restart_rule((FerrySimStatus)i)->comment);
    for (unsigned i = 0; i < FERRY_SIM_PHASE_LAST; i++) {
        const FerrySimProtocolRow *row = ferry_sim_protocol((FerrySimPhase)i);
        g_assert_cmpint(row->phase, ==, i);
        g_assert_nonnull(row->duration);
        g_assert_true(row->enter != NULL || row->work != NULL);
    }
}

// The protocol's rows make one way forward and one way back.
static void
test_order_of_phases(void)
{
    g_autoptr(GString) order = g_string_new(NULL);
    FerrySimPhase phase = FERRY_SIM_BEGIN3;

    for (; phase != FERRY_SIM_PHASE_LAST; phase = ferry_sim_protocol(phase)->next)
        g_string_append_printf(order, "%s ", ferry_sim_phase_name(phase));
    g_assert_cmpstr(order->str, ==,
                    "begin3 prepare3 perform3 switchover finish3 finish3-end confirm3 ");
    g_assert_cmpint(ferry_sim_protocol(FERRY_SIM_FINISH3_CANCEL)->next, ==,
                    FERRY_SIM_CONFIRM3_CANCEL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/restart/table-is-whole", test_table_is_whole);
    g_test_add_func("/sim/restart/order-of-phases", test_order_of_phases);
    g_test_add_func("/sim/restart/postcopy-is-kept", test_postcopy_is_kept);
    for (unsigned i = 0; i < G_N_ELEMENTS(rules); i++) {
        g_autofree char *path = g_strconcat("/sim/restart/", rules[i].name, NULL);
        g_test_add_data_func(path, &rules[i], test_rule);
    }
    return g_test_run();
}
