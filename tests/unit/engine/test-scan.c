// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is left over of moves that nobody wrote down: each finding with its words and its plan, and above all that
// nothing is ended or let run where the states do not tell which copy is the machine.

#include "engine/scan.h"

#include <string.h>

#define UUID "7ca00b14-0000-4000-8000-000000000001"

// One machine on a host.
typedef struct Place {
    const char *host;
    FerryVmState state;
    FerryVmReason reason;
    FerryJobOperation job; // FERRY_JOB_OP_NONE: none
    bool transient;
    const char *unknown;
    const char *identity; // NULL: the host's name; "": not known
} Place;

// With members of Place behind it, or none.
#define AT(host, state, ...) AT_FULL(host, state, __VA_ARGS__, )
#define AT_FULL(host, state, reason, ...)                                   \
    {                                                                       \
        host, FERRY_VM_STATE_##state, FERRY_VM_REASON_##reason, __VA_ARGS__ \
    }

static FerryScanPlace *
place_new(unsigned number, const Place *spec, const char *uuid)
{
    g_autofree char *uri = g_strdup_printf("qemu+ssh://%s/system", spec->host);
    const FerryHost host = {.name = (char *)spec->host, .uri = uri};
    FerryVm vm = {.name = (char *)"web1",
                  .state = spec->state,
                  .reason = spec->reason,
                  .persistent = !spec->transient};
    FerryScanPlace *place;

    g_strlcpy(vm.uuid, uuid, sizeof vm.uuid);
    place = ferry_scan_place_new(number, &host, &vm);
    place->unknown = g_strdup(spec->unknown);
    if (spec->identity == NULL || spec->identity[0] != '\0')
        place->identity = g_strdup(spec->identity == NULL ? spec->host : spec->identity);
    if (spec->job != FERRY_JOB_OP_NONE)
        place->job = (FerryJobStats){.kind = FERRY_JOB_ACTIVE, .operation = spec->job};
    return place;
}

static char *
format(const FerryScanFinding *finding)
{
    GString *text;

    if (finding == NULL)
        return g_strdup("nothing");
    text = g_string_new(ferry_scan_kind_id(finding->kind));
    if (finding->why != NULL)
        g_string_append_printf(text, "\nwhy %s", finding->why);
    for (unsigned i = 0; i < finding->steps->len; i++) {
        g_autofree char *step =
            ferry_scan_step_format(&g_array_index(finding->steps, FerryScanStep, i));

        g_string_append_printf(text, "\nplan %s", step);
    }
    if (finding->hint != NULL)
        g_string_append_printf(text, "\nhint %s", finding->hint);
    return g_string_free(text, FALSE);
}

// What is found of a machine at @n_places; "nothing" also where it is not even looked at.
static char *
judge(const Place *specs, size_t n_places, const char *unseen)
{
    GPtrArray *places = g_ptr_array_new();
    g_autoptr(GPtrArray) machines = NULL;
    g_autoptr(FerryScanFinding) finding = NULL;

    for (unsigned i = 0; i < n_places; i++)
        g_ptr_array_add(places, place_new(i, &specs[i], UUID));
    machines = ferry_scan_group(places);
    if (machines->len == 0)
        return g_strdup("nothing");
    g_assert_cmpuint(machines->len, ==, 1);
    ferry_scan_mark_same(g_ptr_array_index(machines, 0));
    finding = ferry_scan_judge(g_ptr_array_index(machines, 0), unseen);
    return format(finding);
}

#define EXPECT_UNSEEN(unseen, expected, ...)                              \
    do {                                                                  \
        const Place specs[] = {__VA_ARGS__};                              \
        g_autofree char *got = judge(specs, G_N_ELEMENTS(specs), unseen); \
        g_assert_cmpstr(got, ==, expected);                               \
    } while (0)
#define EXPECT(expected, ...) EXPECT_UNSEEN(NULL, expected, __VA_ARGS__)

static void
test_nothing(void)
{
    EXPECT("nothing", AT("a", RUNNING, BOOTED));
    EXPECT("nothing", AT("a", RUNNING, MIGRATION_CANCELED));
    EXPECT("nothing", AT("a", PAUSED, USER));
    EXPECT("nothing", AT("a", PAUSED, IO_ERROR));
    EXPECT("nothing", AT("a", PAUSED, STARTING_UP));
    EXPECT("nothing", AT("a", SHUTOFF, FAILED));
    EXPECT("nothing", AT("a", SHUTOFF, MIGRATED));
    EXPECT("nothing", AT("a", SUSPENDED, OTHER));
}

static void
test_stopped_source_and_running_destination(void)
{
    EXPECT(
        "paused-by-move\n"
        "why it is running on 'b'; on 'a' it stands where a move stopped it, and has not run since\n"
        "plan end it on 'a'\n"
        "hint Its definition stays on 'a'; if it is not wanted there: "
        "'virsh -c qemu+ssh://a/system undefine --keep-nvram web1'.",
        AT("a", PAUSED, MIGRATION), AT("b", RUNNING, MIGRATED));
    // the other way round, whoever is named first
    EXPECT(
        "paused-by-move\n"
        "why it is running on 'b'; on 'a' it stands where a move stopped it, and has not run since\n"
        "plan end it on 'a'",
        AT("b", RUNNING, UNPAUSED), AT("a", PAUSED, MIGRATION, .transient = true));
    // --suspend of virsh: all memory has arrived, and it waits for somebody
    EXPECT(
        "paused-by-move\n"
        "why it is paused by hand on 'b'; on 'a' it stands where a move stopped it, and has not run since\n"
        "plan end it on 'a'\n"
        "hint It stays paused on 'b' until somebody lets it go on: "
        "'virsh -c qemu+ssh://b/system resume web1'.",
        AT("a", PAUSED, MIGRATION, .transient = true), AT("b", PAUSED, USER));
}

static void
test_stopped_source_alone(void)
{
    EXPECT(
        "paused-by-move\n"
        "why no move goes on, and it runs on no host that was looked at; be sure that there is no other one\n"
        "plan let it go on on 'a'",
        AT("a", PAUSED, MIGRATION));
    EXPECT_UNSEEN("'b', 'c'",
                  "paused-by-move\n"
                  "why it may run on a host that was not seen: 'b', 'c'\n"
                  "hint Look there; where it does not run, let it go on with "
                  "'virsh -c qemu+ssh://a/system resume web1'.",
                  AT("a", PAUSED, MIGRATION));
    EXPECT(
        "paused-by-move\n"
        "why no move goes on, and it runs on no host that was looked at; be sure that there is no other one\n"
        "plan let it go on on 'a'\n"
        "plan take its definition away from 'b'",
        AT("a", PAUSED, MIGRATION), AT("b", SHUTOFF, FAILED));
    // it came from there by an earlier move, whose definition is not this accident's
    EXPECT(
        "paused-by-move\n"
        "why no move goes on, and it runs on no host that was looked at; be sure that there is no other one\n"
        "plan let it go on on 'a'",
        AT("b", SHUTOFF, MIGRATED), AT("a", PAUSED, MIGRATION));
    EXPECT(
        "paused-by-move\n"
        "why it may have run on 'b' since: it is off there now\n"
        "hint If it did not, let it go on with 'virsh -c qemu+ssh://a/system resume web1'; if it did, "
        "end this copy with 'destroy' in place of 'resume'.",
        AT("a", PAUSED, MIGRATION), AT("b", SHUTOFF, CRASHED));
    EXPECT(
        "paused-by-move\n"
        "why libvirt could not let it go on, after a move or another job\n"
        "hint If it runs nowhere else, let it go on with 'virsh -c qemu+ssh://a/system resume web1'.",
        AT("a", PAUSED, API_ERROR));
}

static void
test_running_twice(void)
{
    const char *expected =
        "runs-twice\n"
        "why each of them writes to its disks and knows nothing of the other\n"
        "plan pause it on 'a'\n"
        "plan pause it on 'b'\n"
        "hint Find out which copy is right, then end the other one: "
        "'virsh -c qemu+ssh://a/system destroy web1' or 'virsh -c qemu+ssh://b/system destroy web1'; "
        "then let the right one go on with 'resume'.";

    EXPECT(expected, AT("a", RUNNING, MIGRATION_CANCELED), AT("b", RUNNING, MIGRATED));
    // a host that is silent changes nothing about two that run
    EXPECT_UNSEEN("'c'", expected, AT("a", RUNNING, MIGRATION_CANCELED),
                  AT("b", RUNNING, MIGRATED));
    EXPECT("under-way", AT("a", RUNNING, BOOTED, FERRY_JOB_OP_MIGRATION_OUT),
           AT("b", RUNNING, MIGRATED));
}

// One host under two URIs has its machines once; who does not say who it is may be such a one.
static void
test_one_host_twice(void)
{
    EXPECT("nothing", AT("a", RUNNING, BOOTED), AT("a2", RUNNING, BOOTED, .identity = "a"));
    EXPECT("nothing", AT("a", SHUTOFF, OTHER), AT("a2", SHUTOFF, OTHER, .identity = "a"));
    EXPECT(
        "paused-by-move\n"
        "why no move goes on, and it runs on no host that was looked at; be sure that there is no other one\n"
        "plan let it go on on 'a'",
        AT("a", PAUSED, MIGRATION), AT("a2", PAUSED, MIGRATION, .identity = "a"));
    EXPECT(
        "runs-twice\n"
        "why host 'b' did not tell who it is: they may be one host\n"
        "hint Find out which copy is right, then end the other one: "
        "'virsh -c qemu+ssh://a/system destroy web1' or 'virsh -c qemu+ssh://b/system destroy web1'; "
        "then let the right one go on with 'resume'.",
        AT("a", RUNNING, BOOTED), AT("b", RUNNING, BOOTED, .identity = ""));
}

static void
test_states_that_prove_nothing(void)
{
    static const FerryVmReason reasons[] = {FERRY_VM_REASON_USER, FERRY_VM_REASON_IO_ERROR,
                                            FERRY_VM_REASON_API_ERROR, FERRY_VM_REASON_STARTING_UP,
                                            FERRY_VM_REASON_OTHER};
    const char *expected =
        "active-twice\n"
        "why the states do not tell which copy is right\n"
        "hint Find out which copy is right, then end the other one: "
        "'virsh -c qemu+ssh://a/system destroy web1' or 'virsh -c qemu+ssh://b/system destroy web1'; "
        "then let the right one go on with 'resume'.";

    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++)
        EXPECT(expected, AT("a", RUNNING, BOOTED), {"b", FERRY_VM_STATE_PAUSED, reasons[i]});
    EXPECT(expected, AT("a", PAUSED, USER), AT("b", PAUSED, USER));
    EXPECT(expected, AT("a", PAUSED, MIGRATION), AT("b", PAUSED, MIGRATION));
    EXPECT(expected, AT("a", PAUSED, MIGRATION), AT("b", PAUSED, API_ERROR));
}

static void
test_definitions(void)
{
    EXPECT("leftover-target\n"
           "why it is on 'a'; on 'b' it was never started\n"
           "plan take its definition away from 'b'",
           AT("a", RUNNING, MIGRATION_CANCELED), AT("b", SHUTOFF, FAILED));
    EXPECT("defined-twice\n"
           "why it is on 'a'; it left 'b' by migration\n"
           "plan take its definition away from 'b'",
           AT("b", SHUTOFF, MIGRATED), AT("a", RUNNING, MIGRATED));
    EXPECT(
        "defined-twice\n"
        "why it is on 'a'; the definition on 'b' could be started as well\n"
        "hint If it is not wanted there: 'virsh -c qemu+ssh://b/system undefine --keep-nvram web1'.",
        AT("a", RUNNING, BOOTED), AT("b", SHUTOFF, OTHER));
    // the one that says nothing is told, the one that is a rest goes
    EXPECT(
        "defined-twice\n"
        "why it is on 'a'; the definition on 'b' could be started as well\n"
        "plan take its definition away from 'c'\n"
        "hint If it is not wanted there: 'virsh -c qemu+ssh://b/system undefine --keep-nvram web1'.",
        AT("a", RUNNING, BOOTED), AT("b", SHUTOFF, OTHER), AT("c", SHUTOFF, FAILED));
    EXPECT(
        "defined-twice\n"
        "why it is transient on 'a': the definition on 'b' is all that stays when it ends\n"
        "hint Define it on 'a' with what 'virsh -c qemu+ssh://a/system dumpxml --inactive web1' prints; "
        "then the other one can go.",
        AT("a", RUNNING, MIGRATED, .transient = true), AT("b", SHUTOFF, MIGRATED));
    EXPECT("defined-twice\n"
           "why it is off on all of them, and could be started on each\n"
           "hint Keep one definition, and take the others away: "
           "'virsh -c qemu+ssh://b/system undefine --keep-nvram web1' or its like.",
           AT("a", SHUTOFF, OTHER), AT("b", SHUTOFF, MIGRATED));
}

static void
test_postcopy(void)
{
    EXPECT("post-copy-broken\n"
           "why memory on both hosts, link broken\n"
           "plan take up its post-copy from 'a' to 'b'",
           AT("b", RUNNING, POSTCOPY_FAILED),
           AT("a", PAUSED, POSTCOPY_FAILED, FERRY_JOB_OP_MIGRATION_OUT));
    EXPECT("post-copy-broken\n"
           "why the same; the destination has not noticed yet\n"
           "plan take up its post-copy from 'a' to 'b'",
           AT("a", PAUSED, POSTCOPY_FAILED), AT("b", RUNNING, POSTCOPY, FERRY_JOB_OP_MIGRATION_IN));
    EXPECT("under-way", AT("a", PAUSED, POSTCOPY, FERRY_JOB_OP_MIGRATION_OUT),
           AT("b", RUNNING, POSTCOPY, FERRY_JOB_OP_MIGRATION_IN));
    EXPECT("under-way", AT("b", RUNNING, POSTCOPY, FERRY_JOB_OP_MIGRATION_IN));
    // libvirt calls it migrated when all memory has arrived, and then alone the source is not needed any more
    EXPECT("paused-by-move\n"
           "why all memory has arrived; the source was not told\n"
           "plan end it on 'a'",
           AT("a", PAUSED, POSTCOPY_FAILED), AT("b", RUNNING, MIGRATED));
    EXPECT("post-copy-broken\n"
           "why each may hold a part of its memory, and it does not show which way it went\n"
           "hint End neither of them. Take the move up where it was begun, with "
           "'virsh migrate --postcopy --postcopy-resume' and its other options.",
           AT("a", PAUSED, POSTCOPY_FAILED), AT("b", RUNNING, UNPAUSED));
    EXPECT("post-copy-broken\n"
           "why each may hold a part of its memory, and it does not show which way it went\n"
           "hint End neither of them. Take the move up where it was begun, with "
           "'virsh migrate --postcopy --postcopy-resume' and its other options.",
           AT("a", PAUSED, POSTCOPY_FAILED), AT("b", PAUSED, POSTCOPY_FAILED));
    EXPECT_UNSEEN("'b'",
                  "post-copy-broken\n"
                  "why the other half of its memory may be on a host that was not seen: 'b'\n"
                  "hint Run 'virt-ferry recover --scan' again when it answers.",
                  AT("a", PAUSED, POSTCOPY_FAILED));
    EXPECT(
        "post-copy-lost\n"
        "why no host that was looked at has the other half\n"
        "hint If no other host has it: end this half with 'virsh -c qemu+ssh://a/system destroy web1', "
        "and start the machine anew.",
        AT("a", PAUSED, POSTCOPY_FAILED), AT("b", SHUTOFF, CRASHED));
}

static void
test_moves_that_go_on(void)
{
    EXPECT("under-way", AT("a", RUNNING, BOOTED, FERRY_JOB_OP_MIGRATION_OUT),
           AT("b", PAUSED, MIGRATION, FERRY_JOB_OP_MIGRATION_IN));
    EXPECT("under-way", AT("a", PAUSED, MIGRATION, FERRY_JOB_OP_MIGRATION_OUT));
    EXPECT("under-way", AT("b", PAUSED, MIGRATION, FERRY_JOB_OP_MIGRATION_IN));
    EXPECT(
        "leftover-target\n"
        "why it waits on 'b' for what nothing on 'a' sends; a move that has just begun looks the same\n"
        "hint If it is still so in a minute, end it there: 'virsh -c qemu+ssh://b/system destroy web1'.",
        AT("a", RUNNING, BOOTED), AT("b", PAUSED, MIGRATION, FERRY_JOB_OP_MIGRATION_IN));
}

static void
test_silent(void)
{
    EXPECT("active-twice\n"
           "why host 'b' could not be asked about it: it is silent\n"
           "hint Run 'virt-ferry recover --scan' again when it answers.",
           AT("a", PAUSED, MIGRATION), AT("b", RUNNING, MIGRATED, .unknown = "it is silent"));
    EXPECT("paused-by-move\n"
           "why host 'a' could not be asked about it: it is silent\n"
           "hint Run 'virt-ferry recover --scan' again when it answers.",
           AT("a", PAUSED, MIGRATION, .unknown = "it is silent"));
}

static void
check_step(const FerryScanStep *step, const Place *specs, const char *unseen)
{
    const Place *at = &specs[step->at->host];
    const Place *other = &specs[1 - step->at->host];

    if (step->act == FERRY_SCAN_DESTROY)
        g_assert_true(at->state == FERRY_VM_STATE_PAUSED && ferry_vm_state_is_active(other->state));
    if (step->act == FERRY_SCAN_RESUME)
        g_assert_true(at->reason == FERRY_VM_REASON_MIGRATION &&
                      other->state == FERRY_VM_STATE_SHUTOFF && unseen == NULL);
    if (step->act == FERRY_SCAN_UNDEFINE)
        g_assert_cmpint(at->state, ==, FERRY_VM_STATE_SHUTOFF);
}

// Over every pair of states: a machine that runs is never ended, and nothing is let run while another copy is active.
static void
check_pair(const Place *specs, const char *unseen)
{
    GPtrArray *places = g_ptr_array_new();
    g_autoptr(GPtrArray) machines = NULL;
    g_autoptr(FerryScanFinding) finding = NULL;

    for (unsigned i = 0; i < 2; i++)
        g_ptr_array_add(places, place_new(i, &specs[i], UUID));
    machines = ferry_scan_group(places);
    finding = ferry_scan_judge(g_ptr_array_index(machines, 0), unseen);
    for (unsigned i = 0; finding != NULL && i < finding->steps->len; i++)
        check_step(&g_array_index(finding->steps, FerryScanStep, i), specs, unseen);
}

static void
test_every_pair(void)
{
    static const FerryVmState states[] = {FERRY_VM_STATE_RUNNING, FERRY_VM_STATE_PAUSED,
                                          FERRY_VM_STATE_SHUTOFF};
    const int n = (int)G_N_ELEMENTS(states) * FERRY_VM_REASON_LAST;

    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            const Place specs[] = {{"a", states[i / FERRY_VM_REASON_LAST],
                                    (FerryVmReason)(i % FERRY_VM_REASON_LAST)},
                                   {"b", states[j / FERRY_VM_REASON_LAST],
                                    (FerryVmReason)(j % FERRY_VM_REASON_LAST)}};

            check_pair(specs, NULL);
            check_pair(specs, "'c'");
        }
}

// Only a name that a shell takes as it is stands in a command.
static void
test_commands(void)
{
    const Place spec = AT("a", RUNNING, BOOTED);
    g_autoptr(FerryScanPlace) place = place_new(0, &spec, UUID);
    g_autofree char *by_uuid = NULL;

    g_free(place->vm->name);
    place->vm->name = g_strdup("web 1; rm");
    by_uuid = ferry_scan_command("destroy", place);
    g_assert_cmpstr(by_uuid, ==, "virsh -c qemu+ssh://a/system destroy " UUID);
}

static void
test_wants_look(void)
{
    const Place specs[] = {AT("a", RUNNING, BOOTED), AT("b", SHUTOFF, OTHER)};
    GPtrArray *places = g_ptr_array_new();
    g_autoptr(GPtrArray) machines = NULL;
    FerryScanPlace *second;

    g_ptr_array_add(places, place_new(0, &specs[0], UUID));
    g_ptr_array_add(places, place_new(1, &specs[1], UUID));
    g_ptr_array_add(places, place_new(1, &specs[0], "7ca00b14-0000-4000-8000-000000000002"));
    machines = ferry_scan_group(places);
    g_assert_cmpuint(machines->len, ==, 1);
    g_assert_false(ferry_scan_wants_look(g_ptr_array_index(machines, 0)));
    second = g_ptr_array_index(((FerryScanMachine *)g_ptr_array_index(machines, 0))->places, 1);
    second->vm->state = FERRY_VM_STATE_PAUSED;
    g_assert_true(ferry_scan_wants_look(g_ptr_array_index(machines, 0)));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/scan/nothing", test_nothing);
    g_test_add_func("/scan/stopped-source-and-running-destination",
                    test_stopped_source_and_running_destination);
    g_test_add_func("/scan/stopped-source-alone", test_stopped_source_alone);
    g_test_add_func("/scan/running-twice", test_running_twice);
    g_test_add_func("/scan/one-host-twice", test_one_host_twice);
    g_test_add_func("/scan/states-that-prove-nothing", test_states_that_prove_nothing);
    g_test_add_func("/scan/definitions", test_definitions);
    g_test_add_func("/scan/postcopy", test_postcopy);
    g_test_add_func("/scan/moves-that-go-on", test_moves_that_go_on);
    g_test_add_func("/scan/silent", test_silent);
    g_test_add_func("/scan/every-pair", test_every_pair);
    g_test_add_func("/scan/commands", test_commands);
    g_test_add_func("/scan/wants-look", test_wants_look);
    return g_test_run();
}
