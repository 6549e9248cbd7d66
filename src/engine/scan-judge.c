// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is left over of one machine. The resolver's table tells what states mean; here is what it can't know of a move
// that nobody wrote down: which host was the source.

#include "engine/scan.h"

static const char again[] = "Run 'virt-ferry recover --scan' again when it answers.";

// The places of one machine that count, and what each shows.
typedef struct Look {
    const FerryScanMachine *machine;
    const char *unseen;
    GPtrArray *active; // FerryScanPlace
    GPtrArray *off;    // FerryScanPlace
} Look;

static void
look_clear(Look *look)
{
    g_clear_pointer(&look->active, g_ptr_array_unref);
    g_clear_pointer(&look->off, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

static bool
is_postcopy(FerrySide side)
{
    return side == FERRY_SIDE_POSTCOPY || side == FERRY_SIDE_POSTCOPY_FAILED;
}

static const FerryScanPlace *
active(const Look *look, unsigned i)
{
    return g_ptr_array_index(look->active, i);
}

static const FerryScanPlace *
off(const Look *look, unsigned i)
{
    return g_ptr_array_index(look->off, i);
}

static void
sort_places(Look *look)
{
    look->active = g_ptr_array_new();
    look->off = g_ptr_array_new();
    for (unsigned i = 0; i < look->machine->places->len; i++) {
        FerryScanPlace *place = g_ptr_array_index(look->machine->places, i);

        if (place->again || place->vm->state == FERRY_VM_STATE_NONE)
            continue;
        g_ptr_array_add(ferry_vm_state_is_active(place->vm->state) &&
                                place->vm->state != FERRY_VM_STATE_CRASHED
                            ? look->active
                            : look->off,
                        place);
    }
}

static FerryScanFinding *
finding_new(const Look *look, FerryScanKind kind, char *why, char *hint)
{
    FerryScanFinding *finding = g_new0(FerryScanFinding, 1);

    finding->kind = kind;
    finding->machine = look->machine;
    finding->steps = g_array_new(FALSE, FALSE, sizeof(FerryScanStep));
    finding->why = why;
    finding->hint = hint;
    return finding;
}

static void
add_step(FerryScanFinding *finding,
         FerryScanAct act,
         const FerryScanPlace *at,
         const FerryScanPlace *to)
{
    const FerryScanStep step = {.act = act, .at = at, .to = to};

    g_array_append_val(finding->steps, step);
}

// "Find out which copy is right, then end the other one: 'COMMAND' or 'COMMAND'; ..."
static char *
hint_end_one(const Look *look)
{
    GString *hint = g_string_new("Find out which copy is right, then end the other one: ");

    for (unsigned i = 0; i < look->active->len; i++) {
        g_autofree char *command = ferry_scan_command("destroy", active(look, i));

        g_string_append_printf(hint, "%s'%s'", i == 0 ? "" : " or ", command);
    }
    g_string_append(hint, "; then let the right one go on with 'resume'.");
    return g_string_free(hint, FALSE);
}

static const FerryScanPlace *
find_unknown(const Look *look)
{
    for (unsigned i = 0; i < look->machine->places->len; i++) {
        const FerryScanPlace *place = g_ptr_array_index(look->machine->places, i);

        if (!place->again && place->unknown != NULL)
            return place;
    }
    return NULL;
}

static const FerryScanPlace *
find_side(const Look *look, FerrySide side)
{
    for (unsigned i = 0; i < look->active->len; i++)
        if (ferry_scan_side(active(look, i)) == side)
            return active(look, i);
    return NULL;
}

static unsigned
count_running(const Look *look)
{
    unsigned count = 0;

    for (unsigned i = 0; i < look->active->len; i++)
        count += ferry_scan_side(active(look, i)) == FERRY_SIDE_RUNNING;
    return count;
}

// Two URIs may lead to one host, and then it is there once.
static FerryScanFinding *
judge_identities(const Look *look)
{
    for (unsigned i = 0; i < look->active->len; i++)
        if (active(look, i)->identity == NULL)
            return finding_new(
                look, count_running(look) > 1 ? FERRY_SCAN_RUNS_TWICE : FERRY_SCAN_ACTIVE_TWICE,
                g_strdup_printf("host '%s' did not tell who it is: they may be one host",
                                active(look, i)->name),
                hint_end_one(look));
    return NULL;
}

// It is off everywhere.
static FerryScanFinding *
judge_definitions(const Look *look)
{
    g_autofree char *command = NULL;

    if (look->off->len < 2)
        return NULL;
    command = ferry_scan_command("undefine --keep-nvram", off(look, look->off->len - 1));
    return finding_new(
        look, FERRY_SCAN_DEFINED_TWICE,
        g_strdup("it is off on all of them, and could be started on each"),
        g_strdup_printf("Keep one definition, and take the others away: '%s' or its like.",
                        command));
}

// May the definition at @place go, while the machine is at @keeper? Only where libvirt itself says that it is a rest.
static bool
can_undefine(const FerryScanPlace *place, const FerryScanPlace *keeper)
{
    FerrySide side = ferry_scan_side(place);

    return place->vm->persistent && keeper->vm->persistent &&
           (side == FERRY_SIDE_OFF_FAILED || side == FERRY_SIDE_OFF_MIGRATED) &&
           ferry_resolver_resolve(ferry_scan_side(keeper), side, FERRY_START_FAST,
                                  FERRY_KNOWN_BEGUN)
                   ->steps == FERRY_RESOLVE_UNDEFINE_DST;
}

static char *
why_defined(const FerryScanPlace *keeper, const FerryScanPlace *place)
{
    if (!keeper->vm->persistent)
        return g_strdup_printf(
            "it is transient on '%s': the definition on '%s' is all that stays when it ends",
            keeper->name, place->name);
    switch ((int)ferry_scan_side(place)) {
    case FERRY_SIDE_OFF_FAILED:
        return g_strdup_printf("it is on '%s'; on '%s' it was never started", keeper->name,
                               place->name);
    case FERRY_SIDE_OFF_MIGRATED:
        return g_strdup_printf("it is on '%s'; it left '%s' by migration", keeper->name,
                               place->name);
    default:
        return g_strdup_printf("it is on '%s'; the definition on '%s' could be started as well",
                               keeper->name, place->name);
    }
}

// It is at @keeper, and further definitions are elsewhere.
static FerryScanFinding *
judge_rests(const Look *look, const FerryScanPlace *keeper)
{
    FerryScanFinding *finding;
    const FerryScanPlace *shown = NULL;
    FerryScanKind kind = FERRY_SCAN_LEFTOVER_TARGET;

    if (look->off->len == 0)
        return NULL;
    for (unsigned i = 0; i < look->off->len; i++) {
        if (ferry_scan_side(off(look, i)) != FERRY_SIDE_OFF_FAILED)
            kind = FERRY_SCAN_DEFINED_TWICE;
        if (shown == NULL || !can_undefine(off(look, i), keeper))
            shown = off(look, i);
    }
    finding = finding_new(look, kind, why_defined(keeper, shown), NULL);
    for (unsigned i = 0; i < look->off->len; i++)
        if (can_undefine(off(look, i), keeper))
            add_step(finding, FERRY_SCAN_UNDEFINE, off(look, i), NULL);
    if (!can_undefine(shown, keeper)) {
        g_autofree char *command =
            ferry_scan_command(keeper->vm->persistent ? "undefine --keep-nvram"
                                                      : "dumpxml --inactive",
                               keeper->vm->persistent ? shown : keeper);

        finding->hint =
            keeper->vm->persistent
                ? g_strdup_printf("If it is not wanted there: '%s'.", command)
                : g_strdup_printf(
                      "Define it on '%s' with what '%s' prints; then the other one can go.",
                      keeper->name, command);
    }
    return finding;
}

// Off there: does that say that it has not run there since the move stopped it at the source?
static bool
never_ran(const FerryScanPlace *src, const FerryScanPlace *place)
{
    FerrySide side = ferry_scan_side(place);

    // It came from there: that host was the source of an earlier move, or of this one, whose target nobody let go on.
    if (side == FERRY_SIDE_OFF_MIGRATED)
        return ferry_resolver_resolve(side, ferry_scan_side(src), FERRY_START_FAST,
                                      FERRY_KNOWN_BEGUN)
                   ->steps &
               FERRY_RESOLVE_RESUME_DST;
    return ferry_resolver_resolve(ferry_scan_side(src), side, FERRY_START_FAST, FERRY_KNOWN_BEGUN)
               ->steps &
           FERRY_RESOLVE_RESUME_SRC;
}

// It stands where a move stopped it, on this host alone.
static FerryScanFinding *
judge_stopped(const Look *look, const FerryScanPlace *src)
{
    g_autofree char *resume = ferry_scan_command("resume", src);
    FerryScanFinding *finding;

    for (unsigned i = 0; i < look->off->len; i++)
        if (!never_ran(src, off(look, i)))
            return finding_new(
                look, FERRY_SCAN_PAUSED_BY_MOVE,
                g_strdup_printf("it may have run on '%s' since: it is off there now",
                                off(look, i)->name),
                g_strdup_printf("If it did not, let it go on with '%s'; if it did, end this copy "
                                "with 'destroy' in place of 'resume'.",
                                resume));
    if (look->unseen != NULL)
        return finding_new(
            look, FERRY_SCAN_PAUSED_BY_MOVE,
            g_strdup_printf("it may run on a host that was not seen: %s", look->unseen),
            g_strdup_printf("Look there; where it does not run, let it go on with '%s'.", resume));
    finding = finding_new(
        look, FERRY_SCAN_PAUSED_BY_MOVE,
        g_strdup(
            "no move goes on, and it runs on no host that was looked at; be sure that there is "
            "no other one"),
        NULL);
    add_step(finding, FERRY_SCAN_RESUME, src, NULL);
    for (unsigned i = 0; i < look->off->len; i++)
        if (src->vm->persistent && off(look, i)->vm->persistent &&
            ferry_scan_side(off(look, i)) == FERRY_SIDE_OFF_FAILED)
            add_step(finding, FERRY_SCAN_UNDEFINE, off(look, i), NULL);
    return finding;
}

static FerryScanFinding *
judge_half(const Look *look, const FerryScanPlace *half)
{
    g_autofree char *destroy = NULL;

    if (look->unseen != NULL)
        return finding_new(
            look, FERRY_SCAN_POSTCOPY_BROKEN,
            g_strdup_printf("the other half of its memory may be on a host that was not seen: %s",
                            look->unseen),
            g_strdup(again));
    destroy = ferry_scan_command("destroy", half);
    return finding_new(
        look, FERRY_SCAN_POSTCOPY_LOST, g_strdup("no host that was looked at has the other half"),
        g_strdup_printf(
            "If no other host has it: end this half with '%s', and start the machine anew.",
            destroy));
}

static FerryScanFinding *
judge_one(const Look *look)
{
    const FerryScanPlace *place = active(look, 0);
    g_autofree char *resume = NULL;

    switch ((int)ferry_scan_side(place)) {
    case FERRY_SIDE_PAUSED_MIGRATION:
        return judge_stopped(look, place);
    case FERRY_SIDE_PAUSED_API:
        resume = ferry_scan_command("resume", place);
        return finding_new(look, FERRY_SCAN_PAUSED_BY_MOVE,
                           g_strdup("libvirt could not let it go on, after a move or another job"),
                           g_strdup_printf("If it runs nowhere else, let it go on with '%s'.",
                                           resume));
    case FERRY_SIDE_POSTCOPY_FAILED:
        return judge_half(look, place);
    case FERRY_SIDE_POSTCOPY:
        return finding_new(look, FERRY_SCAN_UNDER_WAY, NULL, NULL);
    default:
        return judge_rests(look, place);
    }
}

// Both hold a part of the memory: the source stands, the destination runs. Neither is ever destroyed before the
// destination has all of it, which libvirt then calls 'migrated'.
static FerryScanFinding *
judge_postcopy(const Look *look)
{
    bool first = active(look, 0)->vm->state == FERRY_VM_STATE_PAUSED &&
                 is_postcopy(ferry_scan_side(active(look, 0)));
    const FerryScanPlace *src = active(look, first ? 0 : 1);
    const FerryScanPlace *dst = active(look, first ? 1 : 0);
    const FerryResolution *row = ferry_resolver_resolve(ferry_scan_side(src), ferry_scan_side(dst),
                                                        FERRY_START_FAST, FERRY_KNOWN_BEGUN);
    FerryScanFinding *finding;

    if (row->verdict == FERRY_RESOLVED_WAIT)
        return finding_new(look, FERRY_SCAN_UNDER_WAY, NULL, NULL);
    finding = finding_new(look, FERRY_SCAN_POSTCOPY_BROKEN, g_strdup(row->comment), NULL);
    if (src->vm->state == FERRY_VM_STATE_PAUSED && dst->vm->state == FERRY_VM_STATE_RUNNING) {
        if (row->verdict == FERRY_RESOLVED_BROKEN) {
            add_step(finding, FERRY_SCAN_HEAL, src, dst);
            return finding;
        }
        if (row->verdict == FERRY_RESOLVED_MOVED && dst->vm->reason == FERRY_VM_REASON_MIGRATED) {
            finding->kind = FERRY_SCAN_PAUSED_BY_MOVE;
            add_step(finding, FERRY_SCAN_DESTROY, src, dst);
            return finding;
        }
    }
    g_free(finding->why);
    finding->why =
        g_strdup("each may hold a part of its memory, and it does not show which way it went");
    finding->hint = g_strdup("End neither of them. Take the move up where it was begun, with "
                             "'virsh migrate --postcopy --postcopy-resume' and its other options.");
    return finding;
}

// What one way round would do to each of two places; the keeper is the other one.
static const FerryScanPlace *
find_ended(const FerryScanPlace *src, const FerryScanPlace *dst)
{
    const FerryResolution *row = ferry_resolver_resolve(ferry_scan_side(src), ferry_scan_side(dst),
                                                        FERRY_START_FAST, FERRY_KNOWN_BEGUN);

    if (row->verdict == FERRY_RESOLVED_MOVED && row->steps == FERRY_RESOLVE_DESTROY_SRC)
        return src;
    if (row->verdict == FERRY_RESOLVED_STAYED && (row->steps & FERRY_RESOLVE_DESTROY_DST) &&
        !(row->steps & FERRY_RESOLVE_RESUME_SRC))
        return dst;
    return NULL;
}

static char *
hint_ended(const FerryScanPlace *ended, const FerryScanPlace *keeper)
{
    GString *hint = g_string_new(NULL);

    if (ferry_scan_side(keeper) != FERRY_SIDE_RUNNING) {
        g_autofree char *command = ferry_scan_command("resume", keeper);

        g_string_append_printf(hint, "It stays paused on '%s' until somebody lets it go on: '%s'.",
                               keeper->name, command);
    }
    if (ended->vm->persistent) {
        g_autofree char *command = ferry_scan_command("undefine --keep-nvram", ended);

        g_string_append_printf(hint,
                               "%sIts definition stays on '%s'; if it is not wanted there: '%s'.",
                               hint->len > 0 ? " " : "", ended->name, command);
    }
    return g_string_free(hint, hint->len == 0);
}

// Two that are active, without a job: which was the source is not known, so both ways round must end the same one.
static FerryScanFinding *
judge_two(const Look *look)
{
    const FerryScanPlace *a = active(look, 0);
    const FerryScanPlace *b = active(look, 1);
    const FerryScanPlace *ended = find_ended(a, b);
    const FerryScanPlace *keeper = ended == a ? b : a;
    FerryScanFinding *finding;

    if (is_postcopy(ferry_scan_side(a)) || is_postcopy(ferry_scan_side(b)))
        return judge_postcopy(look);
    if (ended == NULL || find_ended(b, a) != ended)
        return finding_new(look, FERRY_SCAN_ACTIVE_TWICE,
                           g_strdup("the states do not tell which copy is right"),
                           hint_end_one(look));
    finding = finding_new(
        look, FERRY_SCAN_PAUSED_BY_MOVE,
        g_strdup_printf("it is %s on '%s'; on '%s' it stands where a move stopped it, and has not "
                        "run since",
                        ferry_scan_side(keeper) == FERRY_SIDE_RUNNING ? "running"
                                                                      : "paused by hand",
                        keeper->name, ended->name),
        hint_ended(ended, keeper));
    add_step(finding, FERRY_SCAN_DESTROY, ended, keeper);
    return finding;
}

static FerryScanFinding *
judge_double(const Look *look)
{
    FerryScanFinding *finding =
        finding_new(look, FERRY_SCAN_RUNS_TWICE,
                    g_strdup("each of them writes to its disks and knows nothing of the other"),
                    hint_end_one(look));

    for (unsigned i = 0; i < look->active->len; i++)
        if (ferry_scan_side(active(look, i)) == FERRY_SIDE_RUNNING)
            add_step(finding, FERRY_SCAN_SUSPEND, active(look, i), NULL);
    return finding;
}

// A job is on one of them.
static FerryScanFinding *
judge_busy(const Look *look, const FerryScanPlace *busy)
{
    bool one = look->active->len == 2;
    const FerryScanPlace *other = one ? active(look, active(look, 0) == busy ? 1 : 0) : NULL;
    g_autofree char *destroy = NULL;

    if (other == NULL || busy->job.operation != FERRY_JOB_OP_MIGRATION_IN ||
        ferry_scan_side(other) != FERRY_SIDE_RUNNING)
        return finding_new(look, FERRY_SCAN_UNDER_WAY, NULL, NULL);
    destroy = ferry_scan_command("destroy", busy);
    return finding_new(
        look, FERRY_SCAN_LEFTOVER_TARGET,
        g_strdup_printf(
            "it waits on '%s' for what nothing on '%s' sends; a move that has just begun "
            "looks the same",
            busy->name, other->name),
        g_strdup_printf("If it is still so in a minute, end it there: '%s'.", destroy));
}

static FerryScanFinding *
judge_several(const Look *look)
{
    const FerryScanPlace *busy = find_side(look, FERRY_SIDE_BUSY);
    FerryScanFinding *unsure = judge_identities(look);

    if (unsure != NULL)
        return unsure;
    if (busy != NULL && find_side(look, FERRY_SIDE_POSTCOPY_FAILED) == NULL)
        return judge_busy(look, busy);
    if (count_running(look) > 1)
        return judge_double(look);
    if (look->active->len == 2)
        return judge_two(look);
    return finding_new(look, FERRY_SCAN_ACTIVE_TWICE,
                       g_strdup("the states do not tell which copy is right"), hint_end_one(look));
}

FerryScanFinding *
ferry_scan_judge(const FerryScanMachine *machine, const char *unseen)
{
    g_auto(Look) look = {.machine = machine, .unseen = unseen};
    const FerryScanPlace *unknown;

    sort_places(&look);
    unknown = find_unknown(&look);
    if (unknown != NULL)
        return finding_new(&look,
                           look.active->len > 1 ? FERRY_SCAN_ACTIVE_TWICE
                                                : FERRY_SCAN_PAUSED_BY_MOVE,
                           g_strdup_printf("host '%s' could not be asked about it: %s",
                                           unknown->name, unknown->unknown),
                           g_strdup(again));
    if (look.active->len == 0)
        return judge_definitions(&look);
    if (find_side(&look, FERRY_SIDE_BUSY) != NULL && look.active->len == 1)
        return finding_new(&look, FERRY_SCAN_UNDER_WAY, NULL, NULL);
    return look.active->len == 1 ? judge_one(&look) : judge_several(&look);
}
