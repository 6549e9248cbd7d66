// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// long file: one property, the worlds it is tried in and what judges it
//
// The fault cells of tests/data/fault-cells.tsv, mode x phase x fault, each with many seeds: the engine moves a machine,
// the accident strikes where the cell says, the world is healed, and 'recover' is run until nothing is left to do.
// Then the machine must run in exactly one place, as the engine said, and never have run in two; or, where the
// accident took the QEMU that held it, be off with one definition. A half that a post-copy lost must be called lost.
//
//   004-fault-cells --tap -k SLICE/SLICES SEEDS
// Then, thirty times as many moves as seeds, two cells at random in one move.
// FERRY_CELL=strict/finish/dst-daemon-frozen FERRY_SEED=17 repeats one move, FERRY_CELL=pairs FERRY_SEED=17 one of two
// accidents, and tells what it met.

#include "cells.h"
#include "disks.h"
#include "engine/watchdog.h"
#include "fixture.h"
#include "mover.h"

typedef struct Run {
    Mover mover; // first
    const Cell *cells[2];
    bool struck[2];
    unsigned iteration;
    uint64_t link_bps;
    uint64_t memory_bytes;
    uint64_t disk_bytes; // that are copied; 0: none is
    bool postcopy, ticking;
    FerryWatchdog watchdog;
    bool talkative;
    uint64_t seed; // as printed
    bool stuck;    // a stale copy that no decision takes away
} Run;

static const int64_t ENDLESS_US = 6 * INT64_C(3600) * 1000000;

// Cells after which libvirt's states may be the same whether the guest ran on the destination or not: an operator decides.
static const char *const undecidable[] = {
    // 'off' on the destination: killed by a daemon that started, before the CPUs did, or ended after it had run
    "fast/finish/both-daemons-killed",
};

// What became of the moves, for a look at what was tested at all.
typedef struct Tally {
    unsigned moved, stayed, ended, decided, given_up, recovered, stuck;
} Tally;

static Tally tally;
static GPtrArray *cells; // Cell
static unsigned n_seeds, slice, n_slices;

static uint64_t
between(Run *run, uint64_t low, uint64_t high)
{
    return low + ferry_sim_random(run->mover.world, high - low + 1);
}

// The accident, now or a little later; at our own calls where @calls says that they have begun.
static void
strike(Run *run, unsigned i, int64_t delay_us, bool calls)
{
    const Fault *fault = run->cells[i]->fault;
    FerrySimFault accident = {
        .kind = fault->kind,
        .duration_us = (int64_t)between(run, fault->min_ms, fault->max_ms) * 1000,
    };

    run->struck[i] = true;
    if (run->talkative)
        printf("# %" G_GINT64_FORMAT " us: %s strikes %" G_GINT64_FORMAT " us later, %s\n",
               ferry_clock_now(ferry_sim_clock(run->mover.world)), fault->word, delay_us,
               run->cells[i]->name);
    if (fault->kind == FERRY_SIM_FAULT_NONE) {
        run->mover.state_full = true;
        return;
    }
    if (!calls || ferry_sim_random(run->mover.world, 3) == 0) {
        ferry_sim_strike(run->mover.world, &accident, delay_us);
        return;
    }
    accident.call = (unsigned)between(run, 1, 3);
    accident.point =
        ferry_sim_random(run->mover.world, 2) == 0 ? FERRY_SIM_BEFORE : FERRY_SIM_AFTER;
    ferry_sim_arm(run->mover.world, &accident);
}

// Returns: whether the cell's phase is here, and at most how long an accident may wait in it; -1: not here
static int64_t
room_for(Run *run, const Cell *cell, FerrySimPhase phase, FerrySimPoint point)
{
    bool in = point == FERRY_SIM_IN;

    switch (cell->phase) {
    case BEFORE_PREPARE:
        return phase == FERRY_SIM_BEGIN3 && point == FERRY_SIM_AFTER ? 0 : -1;
    case PREPARE:
        return phase == FERRY_SIM_PREPARE3 && in ? 240 * 1000 : -1;
    case DISK_COPY:
        return phase == FERRY_SIM_PERFORM3 && in && ferry_sim_is_copying(run->mover.world)
                   ? (int64_t)(run->disk_bytes * 900000 / run->link_bps)
                   : -1;
    case FIRST_PASS:
        return phase == FERRY_SIM_PERFORM3 && in && run->iteration == 1
                   ? (int64_t)(run->memory_bytes * 900000 / run->link_bps)
                   : -1;
    case LATER_PASS:
        return phase == FERRY_SIM_PERFORM3 && in && run->iteration == 2 ? 300 * 1000 : -1;
    case SWITCHOVER:
        return phase == FERRY_SIM_SWITCHOVER && in ? 15 * 1000 : -1;
    case FINISH:
        return phase == FERRY_SIM_FINISH3 && point == FERRY_SIM_BEFORE ? 8 * 1000 : -1;
    case CONFIRM:
        return phase == FERRY_SIM_CONFIRM3 && point == FERRY_SIM_BEFORE ? 190 * 1000 : -1;
    case POST_COPY:
        return phase == FERRY_SIM_FINISH3 && in ? 200 * 1000 : -1;
    case POST_COPY_PAUSED:
        return phase == FERRY_SIM_FINISH3 && in ? 2 * 1000 : -1;
    case MAKING_IMAGES:
    case VERIFY:
    case COMMIT:
    case CELL_PHASE_LAST:
        break;
    }
    return -1;
}

static void
hook(FerrySimWorld *world, FerrySimPhase phase, FerrySimPoint point, void *data)
{
    Run *run = data;

    if (run->talkative)
        printf("# %" G_GINT64_FORMAT " us: %s, %s\n", ferry_clock_now(ferry_sim_clock(world)),
               ferry_sim_phase_name(phase), ferry_sim_point_name(point));
    if (phase == FERRY_SIM_PERFORM3 && point == FERRY_SIM_IN && !ferry_sim_is_copying(world))
        run->iteration++;
    for (unsigned i = 0; i < G_N_ELEMENTS(run->cells); i++) {
        const Cell *cell = run->cells[i];
        int64_t room = cell == NULL || run->struck[i] ? -1 : room_for(run, cell, phase, point);

        if (room < 0)
            continue;
        if (cell->phase == POST_COPY_PAUSED)
            (void)ferry_hypervisor_pause_postcopy(run->mover.move->src, run->mover.uuid, NULL);
        // a third at the very begin: some phases are over in 0.2 ms
        if (ferry_sim_random(run->mover.world, 3) == 0)
            room = 0;
        strike(run, i, room > 0 ? (int64_t)between(run, 0, (uint64_t)room) : 0, false);
    }
}

// What no driver of libvirt is asked in a world without hosts: the plan's mode, whatever was found of locks.
static void
force_mode(Run *run)
{
    FerryPlan *plan = &run->mover.move->plan;

    plan->strict = run->cells[0]->strict;
    plan->flags &= ~(unsigned)(FERRY_MIGRATE_PAUSED | FERRY_MIGRATE_POSTCOPY);
    if (plan->strict)
        plan->flags |= FERRY_MIGRATE_PAUSED;
    if (run->postcopy)
        plan->flags |= FERRY_MIGRATE_POSTCOPY;
}

static void
enter_phase(FerryMovePhase phase, void *data)
{
    Run *run = data;

    mover_note_phase(phase, &run->mover);
    if (run->talkative)
        printf("# %" G_GINT64_FORMAT " us: phase %s\n",
               ferry_clock_now(ferry_sim_clock(run->mover.world)), ferry_phase_name(phase));
    if (phase == FERRY_PHASE_RESERVE)
        force_mode(run);
    for (unsigned i = 0; i < G_N_ELEMENTS(run->cells); i++) {
        const Cell *cell = run->cells[i];

        if (cell != NULL && !run->struck[i] &&
            ((phase == FERRY_PHASE_PREPARE && cell->phase == MAKING_IMAGES) ||
             (phase == FERRY_PHASE_COMMIT && cell->phase == COMMIT) ||
             (phase == FERRY_PHASE_VERIFY && cell->phase == VERIFY)))
            strike(run, i, 0, true);
    }
}

// What steer.c does in the main loop: post-copy after the first pass, and the watchdog over the job.
static void
steer(FerrySimWorld *world, void *data)
{
    Run *run = data;
    FerryMove *move = run->mover.move;
    FerryJobStats stats = {0};

    if (ferry_clock_now(ferry_sim_clock(world)) > ENDLESS_US)
        g_error("it never ends: FERRY_CELL=%s FERRY_SEED=%" G_GUINT64_FORMAT,
                run->cells[1] != NULL ? "pairs" : run->cells[0]->name, run->seed);
    if (run->ticking || move == NULL || !g_atomic_int_get(&move->performing))
        return;
    run->ticking = true;
    if (run->postcopy && !g_atomic_int_get(&move->postcopy) && run->iteration >= 2)
        (void)ferry_hypervisor_start_postcopy(move->src, run->mover.uuid, NULL);
    if (ferry_hypervisor_get_job(move->src, run->mover.uuid, false, &stats, NULL) &&
        ferry_watchdog_feed(&run->watchdog, ferry_clock_now(ferry_sim_clock(world)), &stats) ==
            FERRY_STALL_ACT) {
        run->watchdog.since_us = 0;
        (void)ferry_watchdog_break(move, NULL);
    }
    run->ticking = false;
}

static bool
is_postcopy(const Cell *cell)
{
    return cell != NULL && (cell->phase == POST_COPY || cell->phase == POST_COPY_PAUSED);
}

static bool
copies_disks(const Cell *cell)
{
    return cell != NULL && (cell->phase == MAKING_IMAGES || cell->phase == DISK_COPY);
}

static void
add_images(Run *run)
{
    uint64_t vda = run->link_bps / 10 * between(run, 10, 60);
    uint64_t vdb = run->link_bps / 10 * between(run, 1, 20);

    run->disk_bytes = vda + vdb;
    disks_add(run->mover.world, vda, vdb);
}

// Of these sizes there is a second pass, and an end: see passes.c.
static void
begin(Run *run, uint64_t seed)
{
    static const struct {
        unsigned long libvirt, qemu;
    } versions[] = {{9000000, 7002000}, {11003000, 10000013}, {11004000, 10000013}};
    FerrySimMachineSpec spec = {.name = "web1", .uuid = UUID};

    run->mover.world = ferry_sim_world_new(seed);
    run->postcopy = is_postcopy(run->cells[0]) || is_postcopy(run->cells[1]);
    for (unsigned i = 0; i < 2; i++) {
        unsigned pick = (unsigned)between(run, 0, 2);

        // what crashes when it is asked to heal a post-copy is a matter of its own
        if (run->postcopy && pick == 1)
            pick = 2;
        ferry_sim_add_host(run->mover.world,
                           &(FerrySimHostSpec){.name = i == 0 ? "host-a" : "host-b",
                                               .libvirt_version = versions[pick].libvirt,
                                               .qemu_version = versions[pick].qemu});
    }
    run->link_bps = between(run, 40, 1000) * MIB;
    run->memory_bytes = run->link_bps / 10 * between(run, 20, 80);
    ferry_sim_set_link(run->mover.world, "host-a", "host-b",
                       (FerrySimLinkSpec){.rate_bps = run->link_bps});
    spec.memory_kib = run->memory_bytes / 1024;
    spec.working_set_bytes = run->link_bps / 10 * between(run, 8, 20);
    spec.dirty_bps = run->link_bps / 10 * between(run, 4, 8);
    spec.locked = !run->cells[0]->strict || between(run, 0, 1) == 1;
    spec.autostart = between(run, 0, 1) == 1;
    if (copies_disks(run->cells[0]) || copies_disks(run->cells[1]))
        spec.disks = disks_paths;
    ferry_sim_add_machine(run->mover.world, "host-a", &spec);
    if (spec.disks != NULL)
        add_images(run);
    ferry_sim_set_sides(run->mover.world, "host-a", "host-b", UUID);
    mover_begin(&run->mover, UUID, run->talkative);
    ferry_sim_set_hook(run->mover.world, hook, run);
    ferry_sim_set_tick(run->mover.world, INT64_C(250) * 1000, steer, run);
}

// Returns: what is wrong; NULL: nothing
static const char *
judge_place(const Run *run, const FerrySimJudgement *found)
{
    const char *said = run->mover.phase == FERRY_PHASE_DONE ? "host-b" : "host-a";

    if (found->paused != 0)
        return "left paused, or a copy left over";
    if (found->running == 0 && !found->qemu_killed)
        return "lost";
    if (found->definitions != 1)
        return found->definitions == 0 ? "its definition is lost" : "defined twice";
    if (found->jobs != 0)
        return "a job is left";
    if (mover_is_pending(&run->mover))
        return "still pending";
    if (found->running == 1 && g_strcmp0(found->host, said) != 0)
        return "not where the engine says";
    return NULL;
}

static bool
may_be_undecided(const Run *run, const FerrySimJudgement *found)
{
    if (found->qemu_killed || run->cells[1] != NULL)
        return true;
    for (unsigned i = 0; i < G_N_ELEMENTS(undecidable); i++)
        if (g_str_equal(undecidable[i], run->cells[0]->name))
            return true;
    return false;
}

// What a killed QEMU leaves may need an operator's word. This one knows the truth.
static const char *
decide(Run *run)
{
    FerrySimJudgement found;

    g_assert_true(ferry_sim_judge(run->mover.world, UUID, &found));
    if (!mover_is_pending(&run->mover))
        return NULL;
    if (!may_be_undecided(run, &found))
        return "nothing but an operator could decide";
    if (run->mover.lost) {
        if (strstr(run->mover.error, "is lost") == NULL)
            return "lost, and not called so";
        tally.given_up++;
        mover_recover(&run->mover, FERRY_DECISION_GIVE_UP);
    } else {
        if (found.paused != 1 || found.running != 0)
            return "pending, and nothing to be decided";
        tally.decided++;
        // it must not run again: its disk has gone on without it
        if (found.stale > 0) {
            mover_recover(&run->mover, FERRY_DECISION_GIVE_UP);
            mover_heal(&run->mover);
            if (mover_is_pending(&run->mover))
                run->stuck = true;
            return NULL;
        }
        mover_recover(&run->mover, g_str_equal(found.host, "host-a") ? FERRY_DECISION_KEEP_SRC
                                                                     : FERRY_DECISION_KEEP_DST);
    }
    mover_heal(&run->mover);
    return NULL;
}

static const char *
judge(Run *run)
{
    const char *undecided = decide(run);
    FerrySimJudgement found;

    g_assert_true(ferry_sim_judge(run->mover.world, UUID, &found));
    if (run->talkative)
        printf("# running %u paused %u definitions %u jobs %u doubles %u forks %u torn %u on %s, "
               "ended %s: %s\n",
               found.running, found.paused, found.definitions, found.jobs, found.doubles,
               found.forks, found.torn, found.host != NULL ? found.host : "-",
               ferry_phase_name(run->mover.phase), run->mover.error);
    tally.ended += found.running == 0;
    tally.moved += found.running == 1 && run->mover.phase == FERRY_PHASE_DONE;
    tally.stayed += found.running == 1 && run->mover.phase != FERRY_PHASE_DONE;
    if (found.doubles != 0 || found.running > 1)
        return "it ran twice";
    if (found.forks != 0)
        return "its history forked";
    if (found.torn != 0)
        return "it ran without its whole disk";
    if (!run->struck[0] && run->cells[1] == NULL)
        return "the accident never struck";
    if (run->stuck) {
        tally.stuck++;
        return NULL;
    }
    if (undecided == NULL)
        undecided = judge_place(run, &found);
    if (undecided == NULL && run->disk_bytes != 0)
        undecided = disks_judge(run->mover.world, run->mover.phase == FERRY_PHASE_DONE);
    return undecided;
}

// Far from each other, however near the seeds are, and other ones in each cell.
static uint64_t
spread(uint64_t seed, const char *name)
{
    return seed * UINT64_C(0x9e3779b97f4a7c15) + g_str_hash(name);
}

// Returns: what is wrong; NULL: nothing
static const char *
move_once(const Cell *first, const Cell *second, uint64_t seed, bool talkative)
{
    Run run = {.cells = {first, second}, .talkative = talkative, .seed = seed};
    const FerryEngineObserver observer = {mover_ignore_event, enter_phase, &run};
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    const char *wrong;

    begin(&run, spread(seed, second != NULL ? "pairs" : first->name));
    options->mode = FERRY_MODE_P2P;
    options->no_probe = true;
    run.watchdog = ferry_watchdog_new(options, false);
    run.mover.observer = observer;
    mover_start(&run.mover, options, "host-b");
    mover_heal(&run.mover);
    tally.recovered += mover_is_pending(&run.mover);
    for (unsigned i = 0; i < MOVER_RECOVERIES && mover_is_pending(&run.mover); i++) {
        mover_recover(&run.mover, FERRY_DECISION_NONE);
        mover_heal(&run.mover);
    }
    wrong = judge(&run);
    mover_end(&run.mover);
    return wrong;
}

static const char *
move_by_cell(const Cell *cell, uint64_t seed, bool talkative)
{
    return move_once(cell, NULL, seed, talkative);
}

// No lock protects a disk that is copied: the engine itself never moves one in the fast mode.
static bool
is_unlocked(const Cell *cell)
{
    return copies_disks(cell) && !cell->strict;
}

// Two sensible cells of one mode. @cell: not used
static const char *
move_by_pair(const Cell *cell, uint64_t seed, bool talkative)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)seed);
    const Cell *pair[2];

    for (unsigned i = 0; i < 2; i++)
        do
            pair[i] = cells->pdata[g_rand_int_range(rand, 0, (gint32)cells->len)];
        while (pair[i]->nonsense != NULL || pair[i]->strict != pair[0]->strict ||
               is_unlocked(pair[i]));
    return move_once(pair[0], pair[1], seed, talkative);
}

static void
run_seeds(const char *name,
          const char *(*func)(const Cell *cell, uint64_t seed, bool talkative),
          const Cell *cell,
          uint64_t first,
          uint64_t count)
{
    const char *given = g_getenv("FERRY_SEED");
    uint64_t from = given != NULL ? g_ascii_strtoull(given, NULL, 10) : first;
    uint64_t to = from + (given != NULL ? 1 : count);
    uint64_t failures = 0;

    tally = (Tally){0};
    for (uint64_t seed = from; seed < to; seed++) {
        const char *wrong = func(cell, seed, given != NULL);

        if (wrong != NULL && failures++ == 0)
            printf("# %s: FERRY_CELL=%s FERRY_SEED=%" G_GUINT64_FORMAT "\n", wrong, name, seed);
    }
    printf("# %s: %u moved, %u stayed, %u ended with their QEMU; %u were recovered, %u decided, "
           "%u given up, %u stuck\n",
           name, tally.moved, tally.stayed, tally.ended, tally.recovered, tally.decided,
           tally.given_up, tally.stuck);
    if (failures == 0)
        return;
    printf("# %s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " fail\n", name, failures,
           to - from);
    g_test_fail();
}

static void
test_cell(const void *data)
{
    const Cell *cell = data;

    if (cell->nonsense != NULL)
        g_test_skip(cell->nonsense);
    else
        run_seeds(cell->name, move_by_cell, cell, 0, n_seeds);
}

static void
test_pairs(void)
{
    uint64_t count = UINT64_C(30) * n_seeds / n_slices;

    run_seeds("pairs", move_by_pair, NULL, slice * count, count);
}

// A move's debug messages would be most of what this prints.
static void
ignore_log(const char *domain, GLogLevelFlags level, const char *message, void *data)
{
    (void)domain;
    (void)level;
    (void)message;
    (void)data;
}

int
main(int argc, char **argv)
{
    static const FerryHypervisorDriver *const drivers[] = {&ferry_hypervisor_driver_sim, NULL};
    const char *only = g_getenv("FERRY_CELL");
    g_auto(GStrv) slices = NULL;

    g_test_init(&argc, &argv, NULL);
    g_log_set_handler(G_LOG_DOMAIN, G_LOG_LEVEL_DEBUG, ignore_log, NULL);
    g_assert_cmpint(argc, ==, 3);
    slices = g_strsplit(argv[1], "/", 2);
    g_assert_cmpuint(g_strv_length(slices), ==, 2);
    slice = (unsigned)g_ascii_strtoull(slices[0], NULL, 10);
    n_slices = (unsigned)g_ascii_strtoull(slices[1], NULL, 10);
    n_seeds = (unsigned)g_ascii_strtoull(argv[2], NULL, 10);
    ferry_hypervisor_set_drivers(drivers);
    ferry_work_set_inline(true);
    cells = read_cells();
    for (unsigned i = 0; i < cells->len; i++) {
        const Cell *cell = cells->pdata[i];
        g_autofree char *path = g_strconcat("/cells/", cell->name, NULL);

        if (only != NULL ? g_str_equal(only, cell->name) : i % n_slices == slice)
            g_test_add_data_func(path, cell, test_cell);
    }
    if (only == NULL || g_str_equal(only, "pairs"))
        g_test_add_func("/cells/pairs", test_pairs);
    return g_test_run();
}
