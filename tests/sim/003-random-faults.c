// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Two accidents at random in each of many strict moves: none runs twice, none is lost but by a killed QEMU, and
// the same seed gives the same world to the microsecond. A failure prints its seed; FERRY_SEED=N repeats it.

#include "fixture.h"

#define MOVES 4000

typedef struct Outcome {
    FerrySimJudgement judgement;
    int64_t ended_us;
} Outcome;

static void
arm_at_random(FerrySimWorld *world)
{
    FerrySimFault fault = {
        .kind = (FerrySimFaultKind)(1 + ferry_sim_random(world, FERRY_SIM_FAULT_LAST - 1)),
        .phase = (FerrySimPhase)ferry_sim_random(world, FERRY_SIM_PHASE_LAST),
        .point = (FerrySimPoint)ferry_sim_random(world, FERRY_SIM_POINT_LAST),
        .duration_us = (int64_t)(1 + ferry_sim_random(world, SECONDS(90))),
    };

    ferry_sim_arm(world, &fault);
}

static Outcome
run(uint64_t seed)
{
    FerrySimMachineSpec machine = calm;
    Outcome outcome;
    g_auto(Fixture) fixture;
    unsigned flags;

    machine.locked = seed % 3 == 0;
    fixture_init(&fixture, &machine);
    for (uint64_t i = 0; i < seed % 97; i++)
        (void)ferry_sim_random(fixture.world, 2);
    // Far from each other, however near the seeds are.
    for (uint64_t i = 0; i < seed / 97; i++)
        (void)ferry_sim_random(fixture.world, 2);
    arm_at_random(fixture.world);
    arm_at_random(fixture.world);
    flags = FERRY_MIGRATE_PAUSED | (ferry_sim_random(fixture.world, 2) == 0 ? MOVE : MOVE_DIRECT);
    if (fixture_move(&fixture, flags, NULL))
        ferry_sim_advance(fixture.world, 1000);
    ferry_sim_disarm(fixture.world);
    fixture_settle(&fixture);
    outcome.judgement = fixture_judge(&fixture);
    outcome.judgement.host = NULL; // a pointer into a world that is gone
    outcome.ended_us = ferry_clock_now(ferry_sim_clock(fixture.world));
    return outcome;
}

static void
check(uint64_t seed)
{
    Outcome first = run(seed);
    Outcome second = run(seed);
    const FerrySimJudgement *judgement = &first.judgement;

    if (judgement->doubles != 0 || judgement->running > 1 || judgement->forks != 0)
        g_error("it ran twice or its history forked: FERRY_SEED=%" G_GUINT64_FORMAT, seed);
    if (judgement->running + judgement->paused == 0 && !judgement->qemu_killed)
        g_error("it is lost: FERRY_SEED=%" G_GUINT64_FORMAT, seed);
    if (first.ended_us != second.ended_us || judgement->guest_us != second.judgement.guest_us ||
        judgement->running != second.judgement.running ||
        judgement->paused != second.judgement.paused)
        g_error("twice the same seed, two outcomes: FERRY_SEED=%" G_GUINT64_FORMAT, seed);
}

static void
test_random_faults(void)
{
    const char *given = g_getenv("FERRY_SEED");
    guint64 seed = 0;

    if (given != NULL) {
        g_assert_true(g_ascii_string_to_unsigned(given, 10, 0, G_MAXUINT64, &seed, NULL));
        check(seed);
        return;
    }
    for (seed = 0; seed < MOVES; seed++)
        check(seed);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/random/two-faults", test_random_faults);
    return g_test_run();
}
