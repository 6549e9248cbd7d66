// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// A move as stock libvirt does it, without VIR_MIGRATE_PAUSED, with any one accident at any point: the windows in
// which the guest runs twice are just those that are known. Image locks close all of them. If this list grows
// the simulator got a fault of its own; if it shrinks it has stopped to be libvirt.

#include "fixture.h"

// Where the guest runs twice without image locks, as "KIND at PHASE, POINT".
static const char *const windows[] = {
    // The destination's CPUs run, and the source never hears of it.
    "dst-daemon-killed at finish3, after",
    "dst-daemon-killed at finish3-end, before",
    "dst-daemon-killed at finish3-end, in",
    "dst-daemon-killed at finish3-end, after",
    // The request lies in the socket of a frozen daemon, or its answer does; this guest's move comes to Finish3
    // before keepalive ends.
    "dst-daemon-frozen at prepare3, after",
    "dst-daemon-frozen at perform3, before",
    "dst-daemon-frozen at perform3, in",
    "dst-daemon-frozen at perform3, after",
    "dst-daemon-frozen at switchover, before",
    "dst-daemon-frozen at switchover, in",
    "dst-daemon-frozen at switchover, after",
    "dst-daemon-frozen at finish3, before",
    "dst-daemon-frozen at finish3, in",
    "dst-daemon-frozen at finish3, after",
    "dst-daemon-frozen at finish3-end, before",
    "dst-daemon-frozen at finish3-end, in",
    // The answer is lost with the link.
    "management-cut at finish3, in",
    "management-cut at finish3, after",
    "management-cut at finish3-end, before",
    "management-cut at finish3-end, in",
    "management-cut at finish3-end, after",
    "all-cut at finish3, in",
    "all-cut at finish3, after",
    "all-cut at finish3-end, before",
    "all-cut at finish3-end, in",
    "all-cut at finish3-end, after",
    "phase-fails at finish3, after",
    "phase-fails at finish3-end, before",
    "phase-fails at finish3-end, in",
    "phase-fails at finish3-end, after",
    // Confirm fails: libvirt puts the source back as it was, and the call succeeds.
    "phase-fails at confirm3, before",
    "phase-fails at confirm3, in",
};

static FerrySimJudgement
run(const FerrySimFault *fault, unsigned flags, bool locked)
{
    FerrySimMachineSpec machine = calm;
    g_auto(Fixture) fixture;

    machine.locked = locked;
    fixture_init(&fixture, &machine);
    ferry_sim_arm(fixture.world, fault);
    if (fixture_move(&fixture, flags, NULL))
        ferry_sim_advance(fixture.world, 1000);
    ferry_sim_disarm(fixture.world);
    fixture_settle(&fixture);
    return fixture_judge(&fixture);
}

static void
test_windows(const void *data)
{
    unsigned flags = GPOINTER_TO_UINT(data);
    g_autoptr(GString) found = g_string_new(NULL);
    g_autoptr(GString) known = g_string_new(NULL);

    for (unsigned kind = 1; kind < FERRY_SIM_FAULT_LAST; kind++)
        for (unsigned i = 0; i < FERRY_SIM_FINISH3_CANCEL * FERRY_SIM_POINT_LAST; i++) {
            FerrySimFault fault = {
                .kind = (FerrySimFaultKind)kind,
                .phase = (FerrySimPhase)(i / FERRY_SIM_POINT_LAST),
                .point = (FerrySimPoint)(i % FERRY_SIM_POINT_LAST),
                .duration_us = SECONDS(60),
            };
            FerrySimJudgement free = run(&fault, flags, false);
            FerrySimJudgement locked = run(&fault, flags, true);

            g_assert_cmpuint(locked.doubles, ==, 0);
            g_assert_cmpuint(locked.forks, ==, 0);
            if (!free.qemu_killed)
                g_assert_cmpuint(free.running + free.paused, >=, 1);
            if (free.doubles != 0)
                g_string_append_printf(found, "%s at %s, %s\n", ferry_sim_fault_name(fault.kind),
                                       ferry_sim_phase_name(fault.phase),
                                       ferry_sim_point_name(fault.point));
        }
    for (unsigned i = 0; i < G_N_ELEMENTS(windows); i++)
        g_string_append_printf(known, "%s\n", windows[i]);
    g_assert_cmpstr(found->str, ==, known->str);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/plain/peer-to-peer", GUINT_TO_POINTER(MOVE), test_windows);
    g_test_add_data_func("/plain/direct", GUINT_TO_POINTER(MOVE_DIRECT), test_windows);
    return g_test_run();
}
