// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The simulator as a driver: what it answers, how daemons fall silent, and what a move costs.

#include <string.h>

#include "../../sim/fixture.h"
#include "hypervisor/sim/job.h"

static void
assert_error(GError *error, FerryErrorCode code, const char *text)
{
    g_assert_error(error, FERRY_ERROR, (int)code);
    g_assert_cmpstr(error->message, ==, text);
    g_error_free(error);
}

static void
test_reads(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(FerryHostInfo) info = {0};
    g_autoptr(GPtrArray) vms = NULL;
    g_autoptr(FerryVm) vm = NULL;
    g_autofree char *live = NULL;
    g_autofree char *caps = NULL;
    g_auto(Fixture) fixture;
    int64_t wall_us;

    fixture_init(&fixture, &calm);
    g_assert_true(ferry_hypervisor_get_host(fixture.src, &info, &error));
    g_assert_cmpstr(info.hostname, ==, "host-a");
    g_assert_cmpuint(info.libvirt_version, ==, 9000000);
    g_assert_cmpuint(info.hypervisor_version, ==, 7002000);
    g_assert_cmpuint(info.memory_total_kib - info.memory_free_kib, ==, 512 << 10);
    vms = ferry_hypervisor_list(fixture.src, &error);
    g_assert_cmpuint(vms->len, ==, 1);
    vm = ferry_hypervisor_find(fixture.src, UUID, &error);
    g_assert_cmpstr(vm->name, ==, "web1");
    live = ferry_hypervisor_get_xml(fixture.src, UUID, FERRY_XML_LIVE, &error);
    g_assert_nonnull(strstr(live, "<name>web1</name>"));
    caps = ferry_hypervisor_get_machine_caps(fixture.dst,
                                             &(FerryMachineType){.machine = "pc-q35-7.2"}, &error);
    g_assert_nonnull(strstr(caps, "<machine>pc-q35-7.2</machine>"));
    g_assert_true(ferry_hypervisor_agent_get_time(fixture.src, UUID, &wall_us, &error));
    g_assert_cmpint(wall_us, >=, ferry_clock_wall(ferry_sim_clock(fixture.world)) - 1000);
    g_assert_no_error(error);

    g_assert_null(ferry_hypervisor_find(fixture.dst, "web1", &error));
    assert_error(g_steal_pointer(&error), FERRY_ERROR_VM_NOT_FOUND,
                 "cannot find machine 'web1' on host 'host-b': Domain not found");
    g_assert_null(ferry_hypervisor_get_machine_caps(fixture.dst,
                                                    &(FerryMachineType){.machine = "pc-q35-10.0"},
                                                    &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_UNSUPPORTED);
}

// facts: U(T) = W (1 - exp(-rT/W)); nothing in no time, r T in a short one, W in the end.
static void
test_dirty_model(void)
{
    FerrySimMachine machine = {.working_set = 100 * MIB, .dirty_bps = 20 * MIB};

    g_assert_cmpuint(ferry_sim_dirtied(&machine, 0, 0), ==, 0);
    g_assert_cmpfloat_with_epsilon((double)ferry_sim_dirtied(&machine, 0, 1000), 20.0 * MIB / 1000,
                                   10);
    g_assert_cmpfloat_with_epsilon((double)ferry_sim_dirtied(&machine, 0, SECONDS(5)),
                                   100.0 * MIB * (1 - 0.36787944117), 10);
    g_assert_cmpuint(ferry_sim_dirtied(&machine, 0, SECONDS(1000)), ==, 100 * MIB);
    g_assert_cmpfloat_with_epsilon((double)ferry_sim_dirtied(&machine, 50, 1000), 10.0 * MIB / 1000,
                                   10);
}

// A frozen daemon answers nobody; keepalive ends the call after 20 s.
static void
test_frozen_daemon(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(FerryHostInfo) info = {0};
    g_auto(Fixture) fixture;
    int64_t before_us;

    fixture_init(&fixture, &calm);
    ferry_sim_freeze_daemon(fixture.world, "host-a", 0);
    before_us = ferry_clock_now(ferry_sim_clock(fixture.world));
    g_assert_false(ferry_hypervisor_get_host(fixture.src, &info, &error));
    assert_error(
        g_steal_pointer(&error), FERRY_ERROR_UNREACHABLE,
        "cannot talk to host 'host-a': internal error: connection closed due to keepalive timeout");
    g_assert_cmpint(ferry_clock_now(ferry_sim_clock(fixture.world)) - before_us, >=, SECONDS(20));
    g_assert_false(ferry_hypervisor_is_alive(fixture.src));

    ferry_sim_restart_daemon(fixture.world, "host-a");
    fixture_connect(&fixture);
    ferry_sim_freeze_daemon(fixture.world, "host-a", SECONDS(5));
    g_assert_true(ferry_hypervisor_get_host(fixture.src, &info, &error));
}

static void
test_killed_daemon(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(FerryHostInfo) info = {0};
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &calm);
    ferry_sim_kill_daemon(fixture.world, "host-a", SECONDS(5));
    g_assert_false(ferry_hypervisor_get_host(fixture.src, &info, &error));
    assert_error(g_steal_pointer(&error), FERRY_ERROR_UNREACHABLE,
                 "cannot talk to host 'host-a': internal error: client socket is closed");
    g_assert_null(ferry_hypervisor_open("host-a", "sim:host-a", &error));
    assert_error(g_steal_pointer(&error), FERRY_ERROR_UNREACHABLE,
                 "cannot connect to host 'host-a': Connection refused");
    ferry_sim_advance(fixture.world, SECONDS(5));
    fixture_connect(&fixture);
    fixture_assert_states(&fixture, "running (booted) def", "absent");
}

// A fault at a call strikes before or after its effect.
static void
test_fault_at_a_call(void)
{
    g_auto(Fixture) fixture;
    FerrySimFault fault = {
        .kind = FERRY_SIM_FAULT_CLIENT_KILLED,
        .call = 2,
        .point = FERRY_SIM_AFTER,
    };
    g_autoptr(GError) error = NULL;

    fixture_init(&fixture, &calm);
    ferry_sim_arm(fixture.world, &fault);
    g_assert_true(ferry_hypervisor_suspend(fixture.src, UUID, &error));
    g_assert_false(ferry_hypervisor_resume(fixture.src, UUID, &error));
    assert_error(g_steal_pointer(&error), FERRY_ERROR_INTERNAL, "client killed");
    g_assert_cmpuint(ferry_sim_armed(fixture.world), ==, 0);
    g_assert_cmpuint(fixture_judge(&fixture).running, ==, 1);
    ferry_sim_client_restart(fixture.world);
    g_assert_false(ferry_hypervisor_is_alive(fixture.src));
    fixture_connect(&fixture);
    fixture_assert_states(&fixture, "running (unpaused) def", "absent");
}

// Same seed, same everything: times, passes and bytes.
static int64_t
one_move(uint64_t seed, FerryJobStats *ret_stats)
{
    g_auto(Fixture) fixture;
    GError *error = NULL;

    fixture_init(&fixture, &calm);
    for (uint64_t i = 0; i < seed; i++)
        (void)ferry_sim_random(fixture.world, 2);
    g_assert_true(fixture_move(&fixture, MOVE, &error));
    g_assert_true(ferry_hypervisor_get_job(fixture.dst, UUID, true, ret_stats, &error));
    return ferry_clock_now(ferry_sim_clock(fixture.world));
}

static void
test_deterministic(void)
{
    FerryJobStats first, second, other;

    g_assert_cmpint(one_move(0, &first), ==, one_move(0, &second));
    g_assert_cmpmem(&first, sizeof(first), &second, sizeof(second));
    g_assert_cmpint(one_move(7, &other), !=, one_move(0, &second));
}

// A whole move through the seam: 100 us are wanted; the bound is for slow machines and sanitizers.
static void
test_speed(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Fixture) fixture;
    int64_t before_us, took_us;
    const unsigned moves = 1000;

    fixture_init(&fixture, &calm);
    before_us = g_get_monotonic_time();
    for (unsigned i = 0; i < moves; i++) {
        FerryMigrateCall call = {
            .uuid = UUID,
            .flags = MOVE,
            .dest_uri = i % 2 == 0 ? "sim:host-b" : "sim:host-a",
        };
        g_assert_true(
            ferry_hypervisor_migrate(i % 2 == 0 ? fixture.src : fixture.dst, NULL, &call, &error));
    }
    took_us = g_get_monotonic_time() - before_us;
    g_test_message("%.1f us a move", (double)took_us / moves);
    g_assert_cmpint(took_us / moves, <, 2000);
    g_assert_cmpuint(fixture_judge(&fixture).doubles, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/reads", test_reads);
    g_test_add_func("/sim/dirty-model", test_dirty_model);
    g_test_add_func("/sim/frozen-daemon", test_frozen_daemon);
    g_test_add_func("/sim/killed-daemon", test_killed_daemon);
    g_test_add_func("/sim/fault-at-a-call", test_fault_at_a_call);
    g_test_add_func("/sim/deterministic", test_deterministic);
    g_test_add_func("/sim/speed", test_speed);
    return g_test_run();
}
