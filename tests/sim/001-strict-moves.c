// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// A move with VIR_MIGRATE_PAUSED, with any one accident at any point of any phase:
//   - the guest never runs twice and its history never forks,
//   - it is lost only if the accident ended the QEMU that held it,
//   - whoever looks afterwards finds it: running once, or paused on one host or on both.
// No resolver works here: this is what libvirt itself leaves, and what the engine may build on.

#include "fixture.h"

typedef struct Case {
    FerrySimFault fault;
    unsigned flags;
    bool locked;
} Case;

static void
complain(const Case *test, const char *what)
{
    g_error("%s: %s at %s, %s, for %d s%s%s", what, ferry_sim_fault_name(test->fault.kind),
            ferry_sim_phase_name(test->fault.phase), ferry_sim_point_name(test->fault.point),
            (int)(test->fault.duration_us / G_USEC_PER_SEC),
            (test->flags & FERRY_MIGRATE_PEER2PEER) != 0 ? ", peer-to-peer" : ", direct",
            test->locked ? ", locked" : "");
}

// Returns: whether the accident had its chance to strike
static bool
run(const Case *test)
{
    FerrySimMachineSpec machine = calm;
    FerrySimJudgement judgement;
    g_auto(Fixture) fixture;
    bool struck;

    machine.locked = test->locked;
    fixture_init(&fixture, &machine);
    ferry_sim_arm(fixture.world, &test->fault);
    if (fixture_move(&fixture, test->flags, NULL))
        ferry_sim_advance(fixture.world, 1000);
    struck = ferry_sim_armed(fixture.world) == 0;
    ferry_sim_disarm(fixture.world);
    fixture_settle(&fixture);
    judgement = fixture_judge(&fixture);
    if (judgement.doubles != 0 || judgement.running > 1)
        complain(test, "it ran twice");
    if (judgement.forks != 0)
        complain(test, "its history forked");
    if (judgement.running + judgement.paused == 0 && !judgement.qemu_killed)
        complain(test, "it is lost");
    return struck;
}

// Returns: how many of the accidents struck
static unsigned
run_all(unsigned flags, bool locked)
{
    static const int64_t seconds[] = {1, 25, 60};
    unsigned struck = 0;

    for (unsigned kind = 1; kind < FERRY_SIM_FAULT_LAST; kind++)
        for (unsigned phase = 0; phase < FERRY_SIM_PHASE_LAST; phase++)
            for (unsigned i = 0; i < FERRY_SIM_POINT_LAST * G_N_ELEMENTS(seconds); i++) {
                Case test = {
                    .fault =
                        {
                            .kind = (FerrySimFaultKind)kind,
                            .phase = (FerrySimPhase)phase,
                            .point = (FerrySimPoint)(i % FERRY_SIM_POINT_LAST),
                            .duration_us = seconds[i / FERRY_SIM_POINT_LAST] * G_USEC_PER_SEC,
                        },
                    .flags = flags | FERRY_MIGRATE_PAUSED,
                    .locked = locked,
                };
                if (run(&test))
                    struck++;
            }
    return struck;
}

static void
test_modes(const void *data)
{
    unsigned flags = GPOINTER_TO_UINT(data);
    // The two rows that undo are come to only after another failure.
    const unsigned reachable = (FERRY_SIM_FAULT_LAST - 1) * 7 * FERRY_SIM_POINT_LAST * 3;

    g_assert_cmpuint(run_all(flags, false), ==, reachable);
    g_assert_cmpuint(run_all(flags, true), ==, reachable);
}

// A first accident that makes the move turn back, a second one while it does.
static void
test_on_the_way_back(void)
{
    for (unsigned kind = 1; kind < FERRY_SIM_FAULT_LAST; kind++)
        for (unsigned i = 0; i < 2 * FERRY_SIM_POINT_LAST * 2; i++) {
            bool direct = i >= 2 * FERRY_SIM_POINT_LAST;
            FerrySimPhase phase = i / FERRY_SIM_POINT_LAST % 2 == 0 ? FERRY_SIM_FINISH3_CANCEL
                                                                    : FERRY_SIM_CONFIRM3_CANCEL;
            FerrySimPoint point = (FerrySimPoint)(i % FERRY_SIM_POINT_LAST);
            FerrySimJudgement judgement;
            g_auto(Fixture) fixture;

            fixture_init(&fixture, &calm);
            fixture_arm(&fixture, FERRY_SIM_FAULT_PHASE_FAILS, FERRY_SIM_SWITCHOVER, FERRY_SIM_IN,
                        0);
            fixture_arm(&fixture, (FerrySimFaultKind)kind, phase, point, SECONDS(60));
            g_assert_false(
                fixture_move(&fixture, FERRY_MIGRATE_PAUSED | (direct ? MOVE_DIRECT : MOVE), NULL));
            g_assert_cmpuint(ferry_sim_armed(fixture.world), ==, 0);
            fixture_settle(&fixture);
            judgement = fixture_judge(&fixture);
            g_assert_cmpuint(judgement.doubles, ==, 0);
            g_assert_cmpuint(judgement.forks, ==, 0);
            if (!judgement.qemu_killed)
                g_assert_cmpuint(judgement.running + judgement.paused, >=, 1);
        }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/strict/peer-to-peer", GUINT_TO_POINTER(MOVE), test_modes);
    g_test_add_data_func("/strict/direct", GUINT_TO_POINTER(MOVE_DIRECT), test_modes);
    g_test_add_func("/strict/on-the-way-back", test_on_the_way_back);
    return g_test_run();
}
