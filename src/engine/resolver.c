// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/resolver.h"

#include <glib.h>

// clang-format off
#define ROW(src, dst, commit, known, verdict, steps, comment) \
    {FERRY_SIDE_##src, FERRY_SIDE_##dst, commit, known, FERRY_RESOLVED_##verdict, steps, comment}

#define STRICT FERRY_START_STRICT
#define FAST   FERRY_START_FAST
#define BOTH   (STRICT | FAST)

#define BEGUN FERRY_KNOWN_BEGUN
#define STOOD FERRY_KNOWN_STOOD
#define LEFT  FERRY_KNOWN_LEFT
#define HELD  FERRY_KNOWN_HELD
#define ALL   (BEGUN | STOOD | LEFT | HELD)

#define RESUME_SRC   FERRY_RESOLVE_RESUME_SRC
#define DESTROY_SRC  FERRY_RESOLVE_DESTROY_SRC
#define RESUME_DST   FERRY_RESOLVE_RESUME_DST
#define CLEAN_DST    (FERRY_RESOLVE_DESTROY_DST | FERRY_RESOLVE_UNDEFINE_DST)
#define UNDEFINE_DST FERRY_RESOLVE_UNDEFINE_DST
#define SUSPEND_BOTH FERRY_RESOLVE_SUSPEND_BOTH
#define LOOK         FERRY_RESOLVE_LOOK_ELSEWHERE

static const FerryResolution table[] = {
    // What can't be read is not judged, and what goes on is not disturbed.
    ROW(UNREACHABLE,      ANY,              BOTH,   ALL, UNCLEAR, 0, "what can't be read is not judged"),
    ROW(ANY,              UNREACHABLE,      BOTH,   ALL, UNCLEAR, 0, "what can't be read is not judged"),

    // Post-copy: neither half is destroyed while both hold a part of the memory.
    ROW(POSTCOPY_FAILED,  POSTCOPY_FAILED,  BOTH,   ALL, BROKEN,  0, "memory on both hosts, link broken"),
    ROW(POSTCOPY_FAILED,  POSTCOPY,         BOTH,   ALL, BROKEN,  0, "the same; the destination has not noticed yet"),
    ROW(POSTCOPY_FAILED,  BUSY,             BOTH,   ALL, BROKEN,  0, "the same; the destination has not noticed yet"),
    ROW(POSTCOPY,         POSTCOPY_FAILED,  BOTH,   ALL, BROKEN,  0, "the same; the source has not noticed yet"),
    ROW(BUSY,             POSTCOPY_FAILED,  BOTH,   ALL, BROKEN,  0, "the same; the source has not noticed yet"),
    ROW(POSTCOPY_FAILED,  RUNNING,          BOTH,   ALL, MOVED,   DESTROY_SRC, "all memory has arrived; the source was not told"),
    ROW(POSTCOPY_FAILED,  NONE,             BOTH,   ALL, LOST,    0, "the destination's half is gone"),
    ROW(POSTCOPY_FAILED,  OFF,              BOTH,   ALL, LOST,    0, "the destination's half is gone"),
    ROW(POSTCOPY_FAILED,  OFF_FAILED,       BOTH,   ALL, LOST,    0, "the destination's half is gone"),
    ROW(POSTCOPY_FAILED,  OFF_CRASHED,      BOTH,   ALL, LOST,    0, "the destination's QEMU died with its half"),
    ROW(OFF,              POSTCOPY_FAILED,  BOTH,   ALL, LOST,    0, "the source's half is gone"),
    ROW(OFF_CRASHED,      POSTCOPY_FAILED,  BOTH,   ALL, LOST,    0, "the source's QEMU died with its half"),
    ROW(POSTCOPY_FAILED,  ANY,              BOTH,   ALL, UNCLEAR, 0, "never destroy a half"),
    ROW(ANY,              POSTCOPY_FAILED,  BOTH,   ALL, UNCLEAR, 0, "never destroy a half"),

    ROW(BUSY,             ANY,              BOTH,   ALL, WAIT,    0, "libvirt is still at it"),
    ROW(ANY,              BUSY,             BOTH,   ALL, WAIT,    0, "libvirt is still at it"),
    ROW(POSTCOPY,         ANY,              BOTH,   ALL, WAIT,    0, "post-copy ends by itself"),
    ROW(ANY,              POSTCOPY,         BOTH,   ALL, WAIT,    0, "post-copy ends by itself"),

    // The source runs: it holds the machine, and a destination that never ran is a leftover.
    ROW(RUNNING,          RUNNING,          BOTH,   ALL, DOUBLE,  SUSPEND_BOTH, "it runs twice"),
    ROW(RUNNING,          NONE,             BOTH,   ALL, STAYED,  0, "failed, and nothing is left over"),
    ROW(RUNNING,          OFF,              BOTH,   ALL, STAYED,  UNDEFINE_DST, "PERSIST_DEST wrote a definition before it failed"),
    ROW(RUNNING,          OFF_FAILED,       BOTH,   ALL, STAYED,  UNDEFINE_DST, "the same; it could not be started there"),
    ROW(RUNNING,          OFF_MIGRATED,     BOTH,   ALL, STAYED,  UNDEFINE_DST, "the same"),
    ROW(RUNNING,          OFF_CRASHED,      BOTH,   ALL, STAYED,  UNDEFINE_DST, "the destination's QEMU died"),
    ROW(RUNNING,          PAUSED_MIGRATION, BOTH,   ALL, STAYED,  CLEAN_DST, "never started: left over by a daemon that died"),
    ROW(RUNNING,          PAUSED_USER,      STRICT, ALL, STAYED,  CLEAN_DST, "the Finish reply was lost; the source went on"),
    ROW(RUNNING,          PAUSED_API,       STRICT, ALL, STAYED,  CLEAN_DST, "left over"),
    ROW(RUNNING,          PAUSED_OTHER,     STRICT, ALL, STAYED,  CLEAN_DST, "left over"),

    // It was paused before: it ran nowhere meanwhile.
    ROW(PAUSED_BEFORE,    NONE,             BOTH,   ALL, STAYED,  0, "paused, as before"),
    ROW(PAUSED_BEFORE,    OFF,              BOTH,   ALL, STAYED,  UNDEFINE_DST, "the same, with a definition left over"),
    ROW(PAUSED_BEFORE,    OFF_FAILED,       BOTH,   ALL, STAYED,  UNDEFINE_DST, "the same, with a definition left over"),
    ROW(PAUSED_BEFORE,    OFF_CRASHED,      BOTH,   ALL, STAYED,  UNDEFINE_DST, "the destination's QEMU died"),
    ROW(PAUSED_BEFORE,    PAUSED_USER,      BOTH,   ALL, STAYED,  CLEAN_DST, "two that never ran: the source is whole"),
    ROW(PAUSED_BEFORE,    PAUSED_MIGRATION, BOTH,   ALL, STAYED,  CLEAN_DST, "left over by a daemon that died"),

    // Somebody paused the source. Two that somebody paused may have run both.
    ROW(PAUSED_USER,      NONE,             BOTH,   ALL, STAYED,  0, "somebody paused it meanwhile"),
    ROW(PAUSED_USER,      OFF,              STRICT, ALL, STAYED,  UNDEFINE_DST, "the same, with a definition left over"),
    ROW(PAUSED_USER,      OFF_FAILED,       BOTH,   ALL, STAYED,  UNDEFINE_DST, "the same, with a definition left over"),
    ROW(PAUSED_USER,      OFF_CRASHED,      STRICT, ALL, STAYED,  UNDEFINE_DST, "the destination's QEMU died"),
    ROW(PAUSED_USER,      PAUSED_MIGRATION, BOTH,   ALL, STAYED,  CLEAN_DST, "never started"),
    ROW(PAUSED_USER,      PAUSED_USER,      BOTH,   ALL, UNCLEAR, 0, "both paused by hand, perhaps after they had run"),

    // The source stands where the switch left it: it has not run since, and its memory is whole.
    ROW(PAUSED_MIGRATION, RUNNING,          BOTH,   ALL, MOVED,   DESTROY_SRC, "the source's daemon died while it waited for Finish"),
    ROW(PAUSED_MIGRATION, PAUSED_USER,      STRICT, ALL, MOVED,   DESTROY_SRC | RESUME_DST, "Finish was done: all memory has arrived"),
    ROW(PAUSED_MIGRATION, PAUSED_USER,      FAST,   ALL, MOVED,   DESTROY_SRC, "it arrived, and somebody paused it there"),
    ROW(PAUSED_MIGRATION, NONE,             BOTH,   BEGUN | STOOD | HELD, STAYED, RESUME_SRC, "never ran there: libvirt leaves the source paused for ever"),
    ROW(PAUSED_MIGRATION, OFF_FAILED,       BOTH,   BEGUN | STOOD | HELD, STAYED, RESUME_SRC | UNDEFINE_DST, "the destination could not start it"),
    ROW(PAUSED_MIGRATION, OFF,              STRICT, BEGUN | STOOD | HELD, STAYED, RESUME_SRC | UNDEFINE_DST, "never ran there"),
    ROW(PAUSED_MIGRATION, OFF_CRASHED,      STRICT, BEGUN | STOOD | HELD, STAYED, RESUME_SRC | UNDEFINE_DST, "the destination's QEMU died before it ran"),
    ROW(PAUSED_MIGRATION, PAUSED_MIGRATION, BOTH,   BEGUN | STOOD | HELD, STAYED, CLEAN_DST | RESUME_SRC, "Finish was not done; the source is whole"),
    ROW(PAUSED_MIGRATION, OFF,              FAST,   LEFT, MOVED, DESTROY_SRC, "it ran there, and ended there"),
    ROW(PAUSED_MIGRATION, OFF_CRASHED,      FAST,   LEFT, MOVED, DESTROY_SRC, "it ran there, and crashed there"),

    // libvirt could not let the source go on: the locks are with the destination, and it has not run since.
    ROW(PAUSED_API,       RUNNING,          BOTH,   ALL, MOVED,   DESTROY_SRC, "the destination runs, and its locks kept the source from it"),
    ROW(PAUSED_API,       NONE,             BOTH,   BEGUN | STOOD | HELD, STAYED, RESUME_SRC, "libvirt could not let the source go on; now it can"),
    ROW(PAUSED_API,       OFF_FAILED,       BOTH,   BEGUN | STOOD | HELD, STAYED, RESUME_SRC | UNDEFINE_DST, "the same, with a definition left over"),
    ROW(PAUSED_API,       OFF,              STRICT, BEGUN | STOOD | HELD, STAYED, RESUME_SRC | UNDEFINE_DST, "the same, with a definition left over"),
    ROW(PAUSED_API,       OFF_CRASHED,      STRICT, BEGUN | STOOD | HELD, STAYED, RESUME_SRC | UNDEFINE_DST, "the destination's QEMU died before it ran"),
    ROW(PAUSED_API,       PAUSED_USER,      STRICT, BEGUN | STOOD | HELD, STAYED, CLEAN_DST | RESUME_SRC, "QEMU >= 10 paused on arrival holds the image locks"),
    ROW(PAUSED_API,       PAUSED_MIGRATION, BOTH,   BEGUN | STOOD | HELD, STAYED, CLEAN_DST | RESUME_SRC, "never started there"),
    ROW(PAUSED_OTHER,     NONE,             BOTH,   ALL, STAYED,  0, "paused for a reason of its own"),
    ROW(PAUSED_OTHER,     OFF,              STRICT, ALL, STAYED,  UNDEFINE_DST, "the same, with a definition left over"),
    ROW(PAUSED_OTHER,     OFF_FAILED,       BOTH,   ALL, STAYED,  UNDEFINE_DST, "the same, with a definition left over"),
    ROW(PAUSED_OTHER,     PAUSED_USER,      STRICT, ALL, STAYED,  CLEAN_DST, "it went on, and paused for a reason of its own"),
    ROW(PAUSED_OTHER,     PAUSED_MIGRATION, BOTH,   ALL, STAYED,  CLEAN_DST, "it went on, and paused for a reason of its own"),

    // The source is gone, and the destination runs.
    ROW(NONE,             RUNNING,          BOTH,   ALL, MOVED,   0, "success"),
    ROW(OFF,              RUNNING,          BOTH,   ALL, MOVED,   0, "success, the source keeps its definition"),
    ROW(OFF_FAILED,       RUNNING,          BOTH,   ALL, MOVED,   0, "success, the source keeps its definition"),
    ROW(OFF_MIGRATED,     RUNNING,          BOTH,   ALL, MOVED,   0, "success"),
    ROW(OFF_CRASHED,      RUNNING,          BOTH,   ALL, MOVED,   0, "the source's QEMU died after the switchover"),

    // The source is gone, and a copy waits. It is the machine only if the source has not run since: libvirt's
    // own word for that is 'migrated'; what ended otherwise has to be known to have stood.
    ROW(OFF_MIGRATED,     PAUSED_USER,      STRICT, LEFT, MOVED,  RESUME_DST, "the commit certificate: left by migration"),
    ROW(OFF_MIGRATED,     PAUSED_USER,      STRICT, BEGUN | STOOD, MOVED, RESUME_DST | LOOK, "left by migration"),
    ROW(OFF_MIGRATED,     PAUSED_USER,      STRICT, HELD, ENDED,  CLEAN_DST, "it left by another way after this move had failed"),
    ROW(OFF_MIGRATED,     PAUSED_USER,      FAST,   ALL, MOVED,   0, "arrived, and somebody paused it there"),
    ROW(NONE,             PAUSED_USER,      STRICT, LEFT, MOVED,  RESUME_DST, "the commit certificate was seen"),
    ROW(OFF,              PAUSED_USER,      STRICT, LEFT, MOVED,  RESUME_DST, "the commit certificate was seen"),
    ROW(OFF_CRASHED,      PAUSED_USER,      STRICT, LEFT, MOVED,  RESUME_DST, "the commit certificate was seen"),
    ROW(NONE,             PAUSED_USER,      STRICT, STOOD, MOVED, RESUME_DST | LOOK, "it ended where it stood for the switch"),
    ROW(OFF,              PAUSED_USER,      STRICT, STOOD, MOVED, RESUME_DST | LOOK, "it ended where it stood for the switch"),
    ROW(OFF_CRASHED,      PAUSED_USER,      STRICT, STOOD, MOVED, RESUME_DST | LOOK, "it ended where it stood for the switch"),
    ROW(NONE,             PAUSED_USER,      STRICT, HELD, ENDED,  CLEAN_DST, "it ended on the source after the move was given up"),
    ROW(OFF,              PAUSED_USER,      STRICT, HELD, ENDED,  CLEAN_DST, "it ended on the source after the move was given up"),
    ROW(OFF_CRASHED,      PAUSED_USER,      STRICT, HELD, ENDED,  CLEAN_DST, "it ended on the source after the move was given up"),
    ROW(NONE,             PAUSED_USER,      STRICT, BEGUN, UNCLEAR, 0, "it ended on the source, perhaps after it had run on"),
    ROW(OFF,              PAUSED_USER,      STRICT, BEGUN, UNCLEAR, 0, "it ended on the source, perhaps after it had run on"),
    ROW(OFF_CRASHED,      PAUSED_USER,      STRICT, BEGUN, UNCLEAR, 0, "it crashed on the source, perhaps after it had run on"),
    ROW(NONE,             PAUSED_USER,      FAST,   ALL, MOVED,   0, "arrived, and somebody paused it there"),
    ROW(OFF_MIGRATED,     PAUSED_MIGRATION, BOTH,   LEFT, MOVED,  RESUME_DST, "left by migration, and nobody let the other go on"),
    ROW(OFF_MIGRATED,     PAUSED_MIGRATION, BOTH,   BEGUN | STOOD, MOVED, RESUME_DST | LOOK, "left by migration, and nobody let the other go on"),
    ROW(OFF_MIGRATED,     PAUSED_API,       BOTH,   LEFT, MOVED,  RESUME_DST, "left by migration; libvirt could not let the other go on"),
    ROW(OFF_MIGRATED,     PAUSED_API,       BOTH,   BEGUN | STOOD, MOVED, RESUME_DST | LOOK, "left by migration; libvirt could not let the other go on"),
    ROW(NONE,             PAUSED_API,       BOTH,   LEFT, MOVED,  RESUME_DST, "the only copy there is; libvirt could not let it go on"),
    ROW(NONE,             PAUSED_MIGRATION, BOTH,   HELD, ENDED,  CLEAN_DST, "never started, and the source has ended"),
    ROW(OFF,              PAUSED_MIGRATION, BOTH,   HELD, ENDED,  CLEAN_DST, "never started, and the source has ended"),
    ROW(OFF_CRASHED,      PAUSED_MIGRATION, BOTH,   HELD, ENDED,  CLEAN_DST, "never started, and the source has crashed"),
    ROW(OFF_MIGRATED,     PAUSED_MIGRATION, BOTH,   HELD, ENDED,  CLEAN_DST, "never started, and the source left by another way"),
    ROW(OFF_MIGRATED,     PAUSED_OTHER,     BOTH,   ALL, MOVED,   0, "arrived, then paused for a reason of its own"),
    ROW(NONE,             PAUSED_OTHER,     BOTH,   BEGUN | STOOD | LEFT, MOVED, 0, "arrived, then paused for a reason of its own"),
    ROW(OFF,              PAUSED_OTHER,     BOTH,   BEGUN | STOOD | LEFT, MOVED, 0, "arrived, then paused for a reason of its own"),

    // Neither runs.
    ROW(OFF_MIGRATED,     NONE,             BOTH,   ALL, MOVED,   0, "it left by migration; verification tells what became of it"),
    ROW(OFF_MIGRATED,     OFF,              BOTH,   ALL, MOVED,   0, "arrived, then ended there"),
    ROW(OFF_MIGRATED,     OFF_FAILED,       BOTH,   ALL, MOVED,   0, "arrived, then ended there"),
    ROW(OFF_MIGRATED,     OFF_CRASHED,      BOTH,   ALL, MOVED,   0, "arrived, then crashed there"),
    ROW(OFF_MIGRATED,     OFF_MIGRATED,     BOTH,   ALL, MOVED,   0, "arrived, and went on to another host"),
    ROW(NONE,             OFF,              BOTH,   ALL, MOVED,   0, "arrived, then ended there"),
    ROW(NONE,             OFF_CRASHED,      BOTH,   ALL, MOVED,   0, "arrived, then crashed there"),
    ROW(NONE,             OFF_FAILED,       BOTH,   ALL, ENDED,   0, "it ended during the move; its definition is there"),
    ROW(NONE,             NONE,             BOTH,   ALL, ENDED,   0, "a transient machine that ended during the move"),
    ROW(OFF,              OFF,              BOTH,   LEFT, MOVED,  0, "arrived, then ended there"),
    ROW(OFF_CRASHED,      OFF,              BOTH,   LEFT, MOVED,  0, "arrived, then ended there"),
    ROW(OFF,              OFF_CRASHED,      BOTH,   LEFT, MOVED,  0, "arrived, then crashed there"),
    ROW(OFF_CRASHED,      OFF_CRASHED,      BOTH,   LEFT, MOVED,  0, "arrived, then crashed there"),
    ROW(OFF,              NONE,             BOTH,   ALL, ENDED,   0, "shut down during the move"),
    ROW(OFF,              OFF,              BOTH,   ALL, ENDED,   UNDEFINE_DST, "shut down during the move"),
    ROW(OFF,              OFF_FAILED,       BOTH,   ALL, ENDED,   UNDEFINE_DST, "shut down during the move"),
    ROW(OFF,              OFF_CRASHED,      BOTH,   ALL, ENDED,   UNDEFINE_DST, "ended during the move"),
    ROW(OFF_CRASHED,      NONE,             BOTH,   ALL, ENDED,   0, "its QEMU died during the move"),
    ROW(OFF_CRASHED,      OFF,              BOTH,   ALL, ENDED,   UNDEFINE_DST, "its QEMU died during the move"),
    ROW(OFF_CRASHED,      OFF_FAILED,       BOTH,   ALL, ENDED,   UNDEFINE_DST, "its QEMU died during the move"),
    ROW(OFF_CRASHED,      OFF_CRASHED,      BOTH,   ALL, ENDED,   UNDEFINE_DST, "both QEMU died during the move"),

    ROW(ANY,              ANY,              BOTH,   ALL, UNCLEAR, 0, "not known from libvirt: an operator decides"),
};
#undef ROW
// clang-format on

static const char *const side_names[] = {
    [FERRY_SIDE_UNREACHABLE] = "unreachable",
    [FERRY_SIDE_BUSY] = "busy with a migration",
    [FERRY_SIDE_NONE] = "absent",
    [FERRY_SIDE_OFF] = "off",
    [FERRY_SIDE_OFF_FAILED] = "off (failed)",
    [FERRY_SIDE_OFF_MIGRATED] = "off (migrated)",
    [FERRY_SIDE_OFF_CRASHED] = "off (crashed)",
    [FERRY_SIDE_RUNNING] = "running",
    [FERRY_SIDE_PAUSED_BEFORE] = "paused, as before",
    [FERRY_SIDE_PAUSED_USER] = "paused (user)",
    [FERRY_SIDE_PAUSED_MIGRATION] = "paused (migrating)",
    [FERRY_SIDE_PAUSED_API] = "paused (api error)",
    [FERRY_SIDE_PAUSED_OTHER] = "paused (other)",
    [FERRY_SIDE_POSTCOPY] = "in post-copy",
    [FERRY_SIDE_POSTCOPY_FAILED] = "in post-copy, link broken",
    [FERRY_SIDE_ANY] = "anything",
};

static const char *const verdict_names[] = {
    [FERRY_RESOLVED_MOVED] = "moved",     [FERRY_RESOLVED_STAYED] = "stayed",
    [FERRY_RESOLVED_ENDED] = "ended",     [FERRY_RESOLVED_WAIT] = "wait",
    [FERRY_RESOLVED_UNCLEAR] = "unclear", [FERRY_RESOLVED_DOUBLE] = "double",
    [FERRY_RESOLVED_BROKEN] = "broken",   [FERRY_RESOLVED_LOST] = "lost",
};

// In the order in which they are done.
static const struct {
    FerryResolveStep step;
    const char *name;
} step_names[] = {
    {FERRY_RESOLVE_SUSPEND_BOTH, "suspend both"},
    {FERRY_RESOLVE_DESTROY_SRC, "destroy source"},
    {FERRY_RESOLVE_LOOK_ELSEWHERE, "look at other hosts"},
    {FERRY_RESOLVE_RESUME_DST, "resume destination"},
    {FERRY_RESOLVE_DESTROY_DST, "destroy destination"},
    {FERRY_RESOLVE_UNDEFINE_DST, "undefine destination"},
    {FERRY_RESOLVE_RESUME_SRC, "resume source"},
};

static FerrySide
classify_paused(FerryVmReason reason, unsigned hints)
{
    switch ((int)reason) {
    case FERRY_VM_REASON_USER:
        return hints & FERRY_CLASSIFY_PAUSED_BEFORE ? FERRY_SIDE_PAUSED_BEFORE
                                                    : FERRY_SIDE_PAUSED_USER;
    case FERRY_VM_REASON_MIGRATION:
    case FERRY_VM_REASON_STARTING_UP:
        return FERRY_SIDE_PAUSED_MIGRATION;
    case FERRY_VM_REASON_POSTCOPY:
        return FERRY_SIDE_POSTCOPY;
    case FERRY_VM_REASON_POSTCOPY_FAILED:
        return FERRY_SIDE_POSTCOPY_FAILED;
    case FERRY_VM_REASON_API_ERROR:
        return FERRY_SIDE_PAUSED_API;
    default:
        return FERRY_SIDE_PAUSED_OTHER;
    }
}

static FerrySide
classify_running(FerryVmReason reason)
{
    if (reason == FERRY_VM_REASON_POSTCOPY)
        return FERRY_SIDE_POSTCOPY;
    if (reason == FERRY_VM_REASON_POSTCOPY_FAILED)
        return FERRY_SIDE_POSTCOPY_FAILED;
    return FERRY_SIDE_RUNNING;
}

static FerrySide
classify_gone(unsigned hints)
{
    if (hints & FERRY_CLASSIFY_GONE_BY_MIGRATION)
        return FERRY_SIDE_OFF_MIGRATED;
    return hints & FERRY_CLASSIFY_GONE_PROVES_NOTHING ? FERRY_SIDE_OFF : FERRY_SIDE_NONE;
}

static FerrySide
classify_off(FerryVmState state, FerryVmReason reason, unsigned hints)
{
    if (state == FERRY_VM_STATE_CRASHED || reason == FERRY_VM_REASON_CRASHED)
        return FERRY_SIDE_OFF_CRASHED;
    if (reason == FERRY_VM_REASON_MIGRATED)
        return FERRY_SIDE_OFF_MIGRATED;
    if (hints & FERRY_CLASSIFY_KNOWN_BEFORE)
        return classify_gone(hints);
    return reason == FERRY_VM_REASON_FAILED ? FERRY_SIDE_OFF_FAILED : FERRY_SIDE_OFF;
}

FerrySide
ferry_resolver_classify(FerryVmState state,
                        FerryVmReason reason,
                        const FerryJobStats *job,
                        unsigned hints)
{
    bool migrating =
        job != NULL && job->kind == FERRY_JOB_ACTIVE && job->operation != FERRY_JOB_OP_OTHER;

    switch ((int)state) {
    case FERRY_VM_STATE_NONE:
        return classify_gone(hints);
    case FERRY_VM_STATE_SHUTOFF:
    case FERRY_VM_STATE_CRASHED:
        return classify_off(state, reason, hints);
    case FERRY_VM_STATE_SHUTDOWN:
        // its CPUs stand, and it is off in a moment: so a daemon shows a QEMU that it ends when it starts again (11.3)
        return FERRY_SIDE_BUSY;
    default:
        // a failed post-copy keeps its job for ever: the state says more than the job
        if (migrating && reason != FERRY_VM_REASON_POSTCOPY_FAILED)
            return FERRY_SIDE_BUSY;
        return state == FERRY_VM_STATE_PAUSED ? classify_paused(reason, hints)
                                              : classify_running(reason);
    }
}

const FerryResolution *
ferry_resolver_table(size_t *ret_n)
{
    *ret_n = G_N_ELEMENTS(table);
    return table;
}

static bool
fits(FerrySide wanted, FerrySide side)
{
    return wanted == FERRY_SIDE_ANY || wanted == side;
}

const FerryResolution *
ferry_resolver_resolve(FerrySide src, FerrySide dst, FerryStartMode commit, FerryKnown known)
{
    size_t i = 0;

    // the last row fits everything
    while (!fits(table[i].src, src) || !fits(table[i].dst, dst) || !(table[i].commit & commit) ||
           !(table[i].known & known))
        i++;
    return &table[i];
}

const char *
ferry_side_name(FerrySide side)
{
    g_return_val_if_fail(side <= FERRY_SIDE_ANY, "?");
    return side_names[side];
}

const char *
ferry_resolved_name(FerryResolved verdict)
{
    g_return_val_if_fail(verdict < G_N_ELEMENTS(verdict_names), "?");
    return verdict_names[verdict];
}

char *
ferry_resolve_steps_format(unsigned steps)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(step_names); i++)
        if (steps & step_names[i].step)
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", step_names[i].name);
    if (text->len == 0)
        g_string_append_c(text, '-');
    return g_string_free(text, FALSE);
}
