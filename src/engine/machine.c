// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/machine.h"

#include <glib.h>

// clang-format off
#define ROW(phase, event, next, step, undo, committed, comment) \
    {FERRY_PHASE_##phase, FERRY_EVENT_##event, FERRY_PHASE_##next, FERRY_STEP_##step, \
     FERRY_STEP_##undo, committed, comment}

static const FerryTransition table[] = {
    // Nothing is touched yet: there is nothing to undo.
    ROW(RESOLVE,   OK,       PREFLIGHT, PREFLIGHT, NONE, false, "machine and hosts are known"),
    ROW(RESOLVE,   FAIL,     FAILED,    NONE,      NONE, false, "no such machine or host, or no answer"),
    ROW(RESOLVE,   CANCEL,   CANCELLED, NONE,      NONE, false, "nothing was begun"),
    ROW(PREFLIGHT, OK,       RESERVE,   RESERVE,   NONE, false, "nothing stands against it"),
    ROW(PREFLIGHT, ASK,      CONFIRM,   ASK,       NONE, false, "something the operator should agree to"),
    ROW(PREFLIGHT, FAIL,     FAILED,    NONE,      NONE, false, "a check blocks"),
    ROW(PREFLIGHT, CANCEL,   CANCELLED, NONE,      NONE, false, "nothing was begun"),
    ROW(CONFIRM,   OK,       RESERVE,   RESERVE,   NONE, false, "the operator said yes"),
    ROW(CONFIRM,   FAIL,     FAILED,    NONE,      NONE, false, "nobody could be asked"),
    ROW(CONFIRM,   CANCEL,   CANCELLED, NONE,      NONE, false, "the operator said no"),

    // The intent is durable: from here on a dead runner's move can be finished or undone.
    ROW(RESERVE,   OK,       PERFORM,   PERFORM,   UNDO, false, "the intent is recorded"),
    ROW(RESERVE,   NEEDS,    PREPARE,   PREPARE,   UNDO, false, "the intent is recorded, with what has to be made"),
    ROW(RESERVE,   FAIL,     FAILED,    NONE,      NONE, false, "the records refused it, or another move has the machine"),
    ROW(RESERVE,   CANCEL,   UNDO,      UNDO,      UNDO, false, "recorded, but not begun"),
    ROW(RESERVE,   RESUME,   UNDO,      UNDO,      UNDO, false, "recorded, but not begun"),

    // What is made here the intent names: undoing takes away exactly that.
    ROW(PREPARE,   OK,       PERFORM,   PERFORM,   UNDO, false, "the destination has what the machine needs"),
    ROW(PREPARE,   FAIL,     UNDO,      UNDO,      UNDO, false, "it could not be made"),
    ROW(PREPARE,   CANCEL,   UNDO,      UNDO,      UNDO, false, "libvirt was not asked yet"),
    ROW(PREPARE,   RESUME,   UNDO,      UNDO,      UNDO, false, "perhaps made, and not begun"),

    // libvirt migrates. Its answer is a hint; both hosts are read in any case.
    ROW(PERFORM,   OK,       SETTLE,    SETTLE,    UNDO, false, "libvirt says it is done"),
    ROW(PERFORM,   FAIL,     SETTLE,    SETTLE,    UNDO, false, "libvirt says it failed"),
    ROW(PERFORM,   NO_ROUTE, PERFORM,   PERFORM,   UNDO, false, "the daemons can't reach each other: managed-direct"),
    ROW(PERFORM,   CANCEL,   PERFORM,   ABORT,     UNDO, false, "the job is told to end; perform returns"),
    ROW(PERFORM,   RESUME,   SETTLE,    SETTLE,    UNDO, false, "the runner died; libvirt went on or gave up"),

    // The one decision of a move.
    ROW(SETTLE,    MOVED,    COMMIT,    COMMIT,    NONE, true,  "the destination holds the machine: no way back"),
    ROW(SETTLE,    STAYED,   UNDO,      UNDO,      UNDO, false, "the source holds the machine"),
    ROW(SETTLE,    UNCLEAR,  PENDING,   NONE,      UNDO, false, "nothing is destroyed on a guess"),
    ROW(SETTLE,    BROKEN,   HEAL,      HEAL,      NONE, true,  "memory on both hosts: only forward, over a new connection"),
    ROW(SETTLE,    DOUBLE,   ALARM,     ALARM,     UNDO, false, "it runs twice: both are paused"),
    ROW(SETTLE,    CANCEL,   SETTLE,    NONE,      UNDO, false, "what is found decides whether it was in time"),
    ROW(SETTLE,    RESUME,   SETTLE,    SETTLE,    UNDO, false, "read both hosts again"),

    // Post-copy with a broken link: neither half may be destroyed.
    ROW(HEAL,      OK,       SETTLE,    SETTLE,    NONE, true,  "it goes on, or has ended: read both hosts"),
    ROW(HEAL,      FAIL,     PENDING,   NONE,      NONE, true,  "not healed until the deadline; both halves are kept"),
    ROW(HEAL,      CANCEL,   HEAL,      NONE,      NONE, true,  "too late: its memory is on both hosts"),
    ROW(HEAL,      RESUME,   SETTLE,    SETTLE,    NONE, true,  "read both hosts, then heal on"),

    // It ran twice. Nothing but an operator's word leads out of here.
    ROW(ALARM,     OK,       PENDING,   NONE,      UNDO, false, "both are paused; an operator decides"),
    ROW(ALARM,     FAIL,     PENDING,   NONE,      UNDO, false, "not both could be paused"),
    ROW(ALARM,     MOVED,    COMMIT,    COMMIT,    NONE, true,  "the operator keeps the destination's copy"),
    ROW(ALARM,     STAYED,   UNDO,      UNDO,      UNDO, false, "the operator keeps the source's copy"),
    ROW(ALARM,     CANCEL,   ALARM,     NONE,      UNDO, false, "which copy is right decides an operator"),
    ROW(ALARM,     RESUME,   ALARM,     ALARM,     UNDO, false, "still, or with the operator's decision"),

    // Only forward.
    ROW(COMMIT,    OK,       VERIFY,    VERIFY,    NONE, true,  "the machine runs on the destination alone"),
    ROW(COMMIT,    FAIL,     PENDING,   NONE,      NONE, true,  "the destination holds it, but a step is missing"),
    ROW(COMMIT,    CANCEL,   COMMIT,    NONE,      NONE, true,  "too late: it is finished instead"),
    ROW(COMMIT,    RESUME,   SETTLE,    SETTLE,    NONE, true,  "every step of commit can be done twice"),
    ROW(VERIFY,    OK,       DONE,      NONE,      NONE, true,  "compared; the report tells what differs"),
    ROW(VERIFY,    FAIL,     DONE,      NONE,      NONE, true,  "it moved, but could not be compared"),
    ROW(VERIFY,    CANCEL,   VERIFY,    NONE,      NONE, true,  "too late: the machine has moved"),
    ROW(VERIFY,    RESUME,   VERIFY,    VERIFY,    NONE, true,  "compare again"),

    ROW(UNDO,      OK,       CANCELLED, NONE,      NONE, false, "undone, as the operator wanted"),
    ROW(UNDO,      STAYED,   FAILED,    NONE,      NONE, false, "the source is as it was, the destination clean"),
    ROW(UNDO,      FAIL,     PENDING,   NONE,      UNDO, false, "a host fell silent meanwhile"),
    ROW(UNDO,      CANCEL,   UNDO,      NONE,      UNDO, false, "being undone already"),
    ROW(UNDO,      RESUME,   SETTLE,    SETTLE,    UNDO, false, "read both hosts before undoing on"),
    ROW(PENDING,   RESUME,   SETTLE,    SETTLE,    UNDO, false, "a later runner reads both hosts again"),
};
#undef ROW
// clang-format on

static const char *const phase_names[] = {
    [FERRY_PHASE_RESOLVE] = "resolve",     [FERRY_PHASE_PREFLIGHT] = "preflight",
    [FERRY_PHASE_CONFIRM] = "confirm",     [FERRY_PHASE_RESERVE] = "reserve",
    [FERRY_PHASE_PREPARE] = "prepare",     [FERRY_PHASE_PERFORM] = "perform",
    [FERRY_PHASE_SETTLE] = "settle",       [FERRY_PHASE_HEAL] = "heal",
    [FERRY_PHASE_ALARM] = "alarm",         [FERRY_PHASE_COMMIT] = "commit",
    [FERRY_PHASE_VERIFY] = "verify",       [FERRY_PHASE_UNDO] = "undo",
    [FERRY_PHASE_DONE] = "done",           [FERRY_PHASE_FAILED] = "failed",
    [FERRY_PHASE_CANCELLED] = "cancelled", [FERRY_PHASE_PENDING] = "pending",
};

static const char *const event_names[] = {
    [FERRY_EVENT_OK] = "ok",           [FERRY_EVENT_FAIL] = "fail",
    [FERRY_EVENT_CANCEL] = "cancel",   [FERRY_EVENT_ASK] = "ask",
    [FERRY_EVENT_NEEDS] = "needs",     [FERRY_EVENT_NO_ROUTE] = "no-route",
    [FERRY_EVENT_MOVED] = "moved",     [FERRY_EVENT_STAYED] = "stayed",
    [FERRY_EVENT_UNCLEAR] = "unclear", [FERRY_EVENT_BROKEN] = "broken",
    [FERRY_EVENT_DOUBLE] = "double",   [FERRY_EVENT_RESUME] = "resume",
};

static const char *const step_names[] = {
    [FERRY_STEP_NONE] = "-",
    [FERRY_STEP_RESOLVE] = "resolve",
    [FERRY_STEP_PREFLIGHT] = "preflight",
    [FERRY_STEP_ASK] = "ask",
    [FERRY_STEP_RESERVE] = "reserve",
    [FERRY_STEP_PREPARE] = "prepare",
    [FERRY_STEP_PERFORM] = "perform",
    [FERRY_STEP_ABORT] = "abort",
    [FERRY_STEP_SETTLE] = "settle",
    [FERRY_STEP_HEAL] = "heal",
    [FERRY_STEP_ALARM] = "alarm",
    [FERRY_STEP_COMMIT] = "commit",
    [FERRY_STEP_VERIFY] = "verify",
    [FERRY_STEP_UNDO] = "undo",
};

const FerryTransition *
ferry_machine_find(FerryMovePhase phase, FerryMoveEvent event)
{
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        if (table[i].phase == phase && table[i].event == event)
            return &table[i];
    return NULL;
}

const FerryTransition *
ferry_machine_table(size_t *ret_n)
{
    *ret_n = G_N_ELEMENTS(table);
    return table;
}

bool
ferry_phase_is_final(FerryMovePhase phase)
{
    return phase >= FERRY_PHASE_DONE;
}

bool
ferry_phase_is_journalled(FerryMovePhase phase)
{
    return phase >= FERRY_PHASE_RESERVE;
}

const char *
ferry_phase_name(FerryMovePhase phase)
{
    g_return_val_if_fail(phase < FERRY_PHASE_LAST, "?");
    return phase_names[phase];
}

const char *
ferry_event_name(FerryMoveEvent event)
{
    g_return_val_if_fail(event < FERRY_EVENT_LAST, "?");
    return event_names[event];
}

const char *
ferry_step_name(FerryMoveStep step)
{
    g_return_val_if_fail(step < FERRY_STEP_LAST, "?");
    return step_names[step];
}

bool
ferry_phase_parse(const char *name, FerryMovePhase *ret_phase)
{
    for (size_t i = 0; i < G_N_ELEMENTS(phase_names); i++) {
        if (!g_str_equal(phase_names[i], name))
            continue;
        *ret_phase = (FerryMovePhase)i;
        return true;
    }
    return false;
}
