// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Whole moves by the engine over the simulator, and what comes after an accident: the mover may die, its records may be
// full, and 'recover' takes over.

#pragma once

#include <stdio.h>
#include <string.h>

#include "base/worker.h"
#include "engine/engine.h"
#include "hypervisor/sim/sim.h"
#include "journal/journal.h"
#include "state/drivers/drivers.h"
#include "state/state-driver.h"

enum { MOVER_RECOVERIES = 4 };

typedef struct Mover {
    FerrySimWorld *world;
    FerryState *state;
    const char *uuid;
    FerryEngineObserver observer;
    FerryMove *move; // under way; else NULL
    bool state_full; // the records can't be written
    bool talkative;
    FerryMovePhase phase; // in which the last engine ended
    bool lost;            // and said that half of the memory is gone
    char *error;          // and what else it said
} Mover;

static Mover *the_mover; // of the state driver below, which gets no data of its own

// The records of a mover that may be killed, and whose disk may be full.
static inline bool
mover_can_write(GError **error)
{
    if (!ferry_sim_client_is_dead(the_mover->world) && !the_mover->state_full)
        return true;
    ferry_error_set(error, FERRY_ERROR_STATE, "the process is dead, or its disk full");
    return false;
}

static inline bool
mover_begin_txn(FerryState *state, FerryTxnRecord *record, GError **error)
{
    return mover_can_write(error) && ferry_state_driver_memory.begin_txn(state, record, error);
}

static inline bool
mover_append_txn(FerryState *state,
                 int64_t id,
                 int64_t at_us,
                 const char *phase,
                 const char *detail,
                 GError **error)
{
    return mover_can_write(error) &&
           ferry_state_driver_memory.append_txn(state, id, at_us, phase, detail, error);
}

static inline bool
mover_end_txn(FerryState *state,
              int64_t id,
              int64_t at_us,
              const char *outcome,
              const char *report,
              GError **error)
{
    return mover_can_write(error) &&
           ferry_state_driver_memory.end_txn(state, id, at_us, outcome, report, error);
}

static inline void
mover_ignore_event(JsonNode *event, void *data)
{
    (void)event;
    (void)data;
}

static inline void
mover_note_phase(FerryMovePhase phase, Mover *mover)
{
    mover->phase = phase;
}

static inline void
mover_witness(FerryHypervisor *hv, const FerryVmEvent *event, void *data)
{
    (void)hv;
    ferry_move_witness(data, event);
}

// @mover->world has its hosts "host-a" and "host-b".
static inline void
mover_begin(Mover *mover, const char *uuid, bool talkative)
{
    static FerryStateDriver driver;
    const FerryHost hosts[] = {
        {.name = (char *)"host-a", .uri = (char *)"sim:host-a"},
        {.name = (char *)"host-b", .uri = (char *)"sim:host-b"},
    };

    driver = ferry_state_driver_memory;
    driver.begin_txn = mover_begin_txn;
    driver.append_txn = mover_append_txn;
    driver.end_txn = mover_end_txn;
    the_mover = mover;
    mover->uuid = uuid;
    mover->talkative = talkative;
    ferry_sim_set_world(mover->world);
    ferry_sim_set_direct_events(mover->world, true);
    mover->state = ferry_state_open(&driver, NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++)
        g_assert_true(ferry_state_add_host(mover->state, &hosts[i], NULL));
}

static inline void
mover_end(Mover *mover)
{
    ferry_state_close(mover->state);
    ferry_sim_set_world(NULL);
    g_clear_pointer(&mover->world, ferry_sim_world_unref);
    g_clear_pointer(&mover->error, g_free);
}

static inline void
mover_keep_result(Mover *mover)
{
    const FerryMove *move = mover->move;

    g_free(mover->error);
    mover->error = g_strdup(move->error != NULL ? move->error->message : "-");
    mover->lost = move->resolution != NULL && move->resolution->verdict == FERRY_RESOLVED_LOST;
    if (mover->talkative)
        printf("# an engine ended in %s: %s\n", ferry_phase_name(mover->phase), mover->error);
    mover->move = NULL;
}

static inline void
mover_start(Mover *mover, FerryMigrateOptions *options, const char *dst)
{
    const FerryMoveRequest request = {
        .vm = (char *)mover->uuid,
        .dst = (char *)dst,
        .options = options,
        .yes = true,
        .host_timeout_s = 5,
    };
    g_autoptr(FerryMove) move = ferry_move_new(&request, ferry_sim_clock(mover->world));
    g_autoptr(FerryEngine) engine = NULL;

    mover->move = move;
    move->on_event = mover_witness;
    move->on_event_data = move;
    engine = ferry_engine_new(mover->state, move, &mover->observer, true);
    ferry_engine_start(engine);
    mover_keep_result(mover);
}

static inline bool
mover_is_pending(const Mover *mover)
{
    g_autoptr(GPtrArray) left =
        ferry_state_list_txns(mover->state, &(FerryTxnFilter){.uuid = mover->uuid, .active = true},
                              NULL);

    return left->len > 0;
}

// A new process takes over what the dead one left, as 'virt-ferry recover' does.
static inline void
mover_recover(Mover *mover, FerryDecision decision)
{
    g_autoptr(GPtrArray) left =
        ferry_state_list_txns(mover->state, &(FerryTxnFilter){.uuid = mover->uuid, .active = true},
                              NULL);
    g_autoptr(FerryMove) move = NULL;
    g_autoptr(FerryEngine) engine = NULL;
    g_autoptr(GError) error = NULL;
    const FerryTxnRecord *record;

    if (left->len == 0)
        return;
    record = left->pdata[0];
    g_assert_true(ferry_state_take_txn(mover->state, record, 0, "gone", NULL));
    move = ferry_move_from_intent(record->intent, ferry_sim_clock(mover->world), &error);
    g_assert_no_error(error);
    move->decision = decision;
    mover->move = move;
    engine = ferry_engine_new(mover->state, move, &mover->observer, true);
    g_assert_true(ferry_engine_resume(engine, record->id, NULL));
    mover_keep_result(mover);
}

// All that an accident broke is mended, and what libvirt does by itself has been done.
static inline void
mover_heal(Mover *mover)
{
    static const char *const hosts[] = {"host-a", "host-b"};

    ferry_sim_disarm(mover->world);
    mover->state_full = false;
    if (ferry_sim_client_is_dead(mover->world))
        ferry_sim_client_restart(mover->world);
    ferry_sim_mend(mover->world, hosts[0], hosts[1]);
    for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
        ferry_sim_restart_daemon(mover->world, hosts[i]);
        ferry_sim_thaw_qemu(mover->world, hosts[i], mover->uuid);
        ferry_sim_set_disk_full(mover->world, hosts[i], false);
    }
    ferry_sim_advance(mover->world, INT64_C(120) * G_USEC_PER_SEC);
}
