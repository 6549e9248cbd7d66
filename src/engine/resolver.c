// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/resolver.h"

#include <glib.h>

// clang-format off
#define ROW(src, dst, verdict, steps, comment) \
    {FERRY_SIDE_##src, FERRY_SIDE_##dst, FERRY_RESOLVED_##verdict, steps, comment}

#define RESUME_SRC   FERRY_RESOLVE_RESUME_SRC
#define DESTROY_SRC  FERRY_RESOLVE_DESTROY_SRC
#define RESUME_DST   FERRY_RESOLVE_RESUME_DST
#define DESTROY_DST  FERRY_RESOLVE_DESTROY_DST
#define UNDEFINE_DST FERRY_RESOLVE_UNDEFINE_DST
#define SUSPEND_BOTH FERRY_RESOLVE_SUSPEND_BOTH

// Rows that hold whether or not the destination was told to stay paused.
#define COMMON_FIRST \
    ROW(UNREACHABLE,      ANY,              UNCLEAR, 0, "what can't be read is not judged"), \
    ROW(ANY,              UNREACHABLE,      UNCLEAR, 0, "what can't be read is not judged"), \
    ROW(POSTCOPY_FAILED,  ANY,              UNCLEAR, 0, "memory on both hosts, link broken: never destroy either"), \
    ROW(ANY,              POSTCOPY_FAILED,  UNCLEAR, 0, "memory on both hosts, link broken: never destroy either"), \
    ROW(BUSY,             ANY,              WAIT,    0, "libvirt is still at it"), \
    ROW(ANY,              BUSY,             WAIT,    0, "libvirt is still at it"), \
    ROW(POSTCOPY,         ANY,              WAIT,    0, "post-copy ends by itself"), \
    ROW(ANY,              POSTCOPY,         WAIT,    0, "post-copy ends by itself"), \
    ROW(RUNNING,          RUNNING,          DOUBLE,  SUSPEND_BOTH, "it runs twice"), \
    ROW(RUNNING,          NONE,             STAYED,  0, "failed, and nothing is left over"), \
    ROW(RUNNING,          OFF,              STAYED,  UNDEFINE_DST, "PERSIST_DEST wrote a definition before it failed"), \
    ROW(RUNNING,          OFF_MIGRATED,     STAYED,  UNDEFINE_DST, "the same"), \
    ROW(RUNNING,          OFF_CRASHED,      STAYED,  UNDEFINE_DST, "the destination's QEMU died"), \
    ROW(PAUSED_USER,      NONE,             STAYED,  0, "paused before, or by --on-timeout pause"), \
    ROW(PAUSED_USER,      OFF,              STAYED,  UNDEFINE_DST, "the same, with a definition left over"), \
    ROW(PAUSED_USER,      OFF_CRASHED,      STAYED,  UNDEFINE_DST, "the same"), \
    ROW(PAUSED_MIGRATION, NONE,             STAYED,  RESUME_SRC, "both daemons were killed: libvirt leaves it paused for ever"), \
    ROW(PAUSED_MIGRATION, OFF,              STAYED,  RESUME_SRC | UNDEFINE_DST, "the destination could not start it"), \
    ROW(PAUSED_MIGRATION, OFF_CRASHED,      STAYED,  RESUME_SRC | UNDEFINE_DST, "the destination's QEMU died"), \
    ROW(PAUSED_MIGRATION, RUNNING,          MOVED,   DESTROY_SRC, "the source's daemon died while it waited for Finish"), \
    ROW(PAUSED_API,       NONE,             STAYED,  RESUME_SRC, "libvirt could not let the source go on; now it can"), \
    ROW(PAUSED_API,       OFF,              STAYED,  RESUME_SRC | UNDEFINE_DST, "the same, with a definition left over"), \
    ROW(PAUSED_OTHER,     NONE,             STAYED,  0, "paused for a reason of its own"), \
    ROW(PAUSED_OTHER,     OFF,              STAYED,  UNDEFINE_DST, "the same, with a definition left over"), \
    ROW(NONE,             RUNNING,          MOVED,   0, "success"), \
    ROW(OFF,              RUNNING,          MOVED,   0, "success, the source keeps its definition"), \
    ROW(OFF_MIGRATED,     RUNNING,          MOVED,   0, "success, the source keeps its definition"), \
    ROW(OFF_CRASHED,      RUNNING,          MOVED,   0, "the source's QEMU died after the switchover"), \
    ROW(NONE,             PAUSED_USER,      MOVED,   RESUME_DST, "the only copy there is"), \
    ROW(OFF,              PAUSED_USER,      MOVED,   RESUME_DST, "the only copy there is"), \
    ROW(OFF_MIGRATED,     PAUSED_USER,      MOVED,   RESUME_DST, "the commit certificate: left by migration"), \
    ROW(OFF_CRASHED,      PAUSED_USER,      MOVED,   RESUME_DST, "the only copy there is"), \
    ROW(OFF_MIGRATED,     PAUSED_MIGRATION, MOVED,   RESUME_DST, "left by migration, and nobody let the other go on"), \
    ROW(OFF_MIGRATED,     PAUSED_API,       MOVED,   RESUME_DST, "left by migration; libvirt could not let the other go on"), \
    ROW(NONE,             PAUSED_API,       MOVED,   RESUME_DST, "the only copy there is; libvirt could not let it go on"), \
    ROW(OFF_MIGRATED,     ANY,              MOVED,   0, "it left by migration; verification tells what became of it"), \
    ROW(NONE,             PAUSED_OTHER,     MOVED,   0, "arrived, then paused for a reason of its own"), \
    ROW(OFF,              PAUSED_OTHER,     MOVED,   0, "arrived, then paused for a reason of its own"), \
    ROW(NONE,             OFF,              MOVED,   0, "arrived, then ended there"), \
    ROW(NONE,             OFF_CRASHED,      MOVED,   0, "arrived, then crashed there"), \
    ROW(NONE,             NONE,             ENDED,   0, "a transient machine that ended during the move"), \
    ROW(OFF,              NONE,             ENDED,   0, "shut down during the move"), \
    ROW(OFF,              OFF,              ENDED,   UNDEFINE_DST, "shut down during the move"), \
    ROW(OFF_CRASHED,      NONE,             ENDED,   0, "its QEMU died during the move"), \
    ROW(OFF_CRASHED,      OFF,              ENDED,   UNDEFINE_DST, "its QEMU died during the move")

#define LAST ROW(ANY, ANY, UNCLEAR, 0, "not known from libvirt: an operator decides")

// The destination was told to stay paused: a paused one has never run, so the source, where it is whole,
// always may go on.
static const FerryResolution strict_table[] = {
    COMMON_FIRST,
    ROW(RUNNING,          PAUSED_USER,      STAYED,  DESTROY_DST | UNDEFINE_DST, "the Finish reply was lost; the source went on"),
    ROW(RUNNING,          PAUSED_MIGRATION, STAYED,  DESTROY_DST | UNDEFINE_DST, "left over by a daemon that died"),
    ROW(RUNNING,          PAUSED_API,       STAYED,  DESTROY_DST | UNDEFINE_DST, "left over"),
    ROW(RUNNING,          PAUSED_OTHER,     STAYED,  DESTROY_DST | UNDEFINE_DST, "left over"),
    ROW(PAUSED_USER,      PAUSED_USER,      STAYED,  DESTROY_DST | UNDEFINE_DST, "paused before, or by --on-timeout pause"),
    ROW(PAUSED_USER,      PAUSED_MIGRATION, STAYED,  DESTROY_DST | UNDEFINE_DST, "left over"),
    ROW(PAUSED_API,       PAUSED_USER,      STAYED,  DESTROY_DST | UNDEFINE_DST | RESUME_SRC, "QEMU >= 10 paused on arrival holds the image locks"),
    ROW(PAUSED_MIGRATION, PAUSED_USER,      MOVED,   DESTROY_SRC | RESUME_DST, "Finish was done: all memory has arrived"),
    ROW(PAUSED_MIGRATION, PAUSED_MIGRATION, STAYED,  DESTROY_DST | UNDEFINE_DST | RESUME_SRC, "Finish was not done; the source is whole"),
    LAST,
};

// The destination starts by itself: a paused one may have run before.
static const FerryResolution fast_table[] = {
    COMMON_FIRST,
    ROW(RUNNING,          PAUSED_MIGRATION, STAYED,  DESTROY_DST | UNDEFINE_DST, "never started: left over by a daemon that died"),
    ROW(PAUSED_MIGRATION, PAUSED_MIGRATION, STAYED,  DESTROY_DST | UNDEFINE_DST | RESUME_SRC, "never started; the source is whole"),
    LAST,
};
#undef ROW
// clang-format on

static const char *const side_names[] = {
    [FERRY_SIDE_UNREACHABLE] = "unreachable",
    [FERRY_SIDE_BUSY] = "busy with a migration",
    [FERRY_SIDE_NONE] = "absent",
    [FERRY_SIDE_OFF] = "off",
    [FERRY_SIDE_OFF_MIGRATED] = "off (migrated)",
    [FERRY_SIDE_OFF_CRASHED] = "off (crashed)",
    [FERRY_SIDE_RUNNING] = "running",
    [FERRY_SIDE_PAUSED_USER] = "paused (user)",
    [FERRY_SIDE_PAUSED_MIGRATION] = "paused (migrating)",
    [FERRY_SIDE_PAUSED_API] = "paused (api error)",
    [FERRY_SIDE_PAUSED_OTHER] = "paused (other)",
    [FERRY_SIDE_POSTCOPY] = "in post-copy",
    [FERRY_SIDE_POSTCOPY_FAILED] = "in post-copy, link broken",
    [FERRY_SIDE_ANY] = "anything",
};

static FerrySide
classify_paused(FerryVmReason reason)
{
    switch ((int)reason) {
    case FERRY_VM_REASON_USER:
        return FERRY_SIDE_PAUSED_USER;
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
classify_off(FerryVmState state, FerryVmReason reason, bool known_before)
{
    if (state == FERRY_VM_STATE_CRASHED || reason == FERRY_VM_REASON_CRASHED)
        return FERRY_SIDE_OFF_CRASHED;
    if (reason == FERRY_VM_REASON_MIGRATED)
        return FERRY_SIDE_OFF_MIGRATED;
    return known_before ? FERRY_SIDE_NONE : FERRY_SIDE_OFF;
}

FerrySide
ferry_resolver_classify(FerryVmState state,
                        FerryVmReason reason,
                        const FerryJobStats *job,
                        bool known_before)
{
    bool migrating =
        job != NULL && job->kind == FERRY_JOB_ACTIVE && job->operation != FERRY_JOB_OP_OTHER;

    switch ((int)state) {
    case FERRY_VM_STATE_NONE:
        return FERRY_SIDE_NONE;
    case FERRY_VM_STATE_SHUTOFF:
    case FERRY_VM_STATE_CRASHED:
        return classify_off(state, reason, known_before);
    case FERRY_VM_STATE_PAUSED:
        // a failed post-copy keeps its job for ever: the state says more than the job
        if (migrating && reason != FERRY_VM_REASON_POSTCOPY_FAILED)
            return FERRY_SIDE_BUSY;
        return classify_paused(reason);
    default:
        if (migrating && reason != FERRY_VM_REASON_POSTCOPY_FAILED)
            return FERRY_SIDE_BUSY;
        return classify_running(reason);
    }
}

const FerryResolution *
ferry_resolver_table(bool strict, size_t *ret_n)
{
    *ret_n = strict ? G_N_ELEMENTS(strict_table) : G_N_ELEMENTS(fast_table);
    return strict ? strict_table : fast_table;
}

const FerryResolution *
ferry_resolver_resolve(FerrySide src, FerrySide dst, bool strict)
{
    size_t n;
    const FerryResolution *table = ferry_resolver_table(strict, &n);
    size_t i = 0;

    while (i < n - 1 && !((table[i].src == src || table[i].src == FERRY_SIDE_ANY) &&
                          (table[i].dst == dst || table[i].dst == FERRY_SIDE_ANY)))
        i++;
    return &table[i];
}

const char *
ferry_side_name(FerrySide side)
{
    g_return_val_if_fail(side <= FERRY_SIDE_ANY, "?");
    return side_names[side];
}
