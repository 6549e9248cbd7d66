// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// A machine with three snapshots and two checkpoints is moved, and something dies at one call of the seam: at the first
// one, at the second, ... until a move lives through. Whatever died, and whether the move went well or libvirt's part of
// it failed: after 'recover', which may be killed at a call of its own, the host that holds the machine has all of them
// under their parents, with the current one, and no other host has any.

#include "base/error.h"
#include "inventory/snapshots.h"
#include "mover.h"

#define UUID "6f8ac0de-0000-4000-8000-000000000001"
#define MIB  (UINT64_C(1) << 20)

enum { SNAPSHOTS = 3, CHECKPOINTS = 2, CALLS_MAX = 400 };

static const FerrySimMachineSpec machine = {
    .name = "web1",
    .uuid = UUID,
    .memory_kib = 64 << 10,
    .working_set_bytes = 8 * MIB,
    .dirty_bps = MIB,
    .snapshots = SNAPSHOTS,
    .checkpoints = CHECKPOINTS,
};

static void
begin(Mover *mover, const FerrySimMachineSpec *spec)
{
    static const FerryHypervisorDriver *const drivers[] = {&ferry_hypervisor_driver_sim, NULL};

    ferry_hypervisor_set_drivers(drivers);
    *mover = (Mover){.world = ferry_sim_world_new(1)};
    mover->observer = (FerryEngineObserver){
        .event = mover_ignore_event,
        .phase = (void (*)(FerryMovePhase, void *))mover_note_phase,
        .data = mover,
    };
    ferry_sim_add_host(mover->world, &(FerrySimHostSpec){.name = "host-a"});
    ferry_sim_add_host(mover->world, &(FerrySimHostSpec){.name = "host-b"});
    ferry_sim_add_machine(mover->world, "host-a", spec);
    mover_begin(mover, UUID, false);
}

// "s1 s2<s1 s3<s2* | s1 s2<s1": with parents, '*' is the current one. (transfer full)
static char *
describe(const char *host)
{
    g_autofree char *uri = g_strconcat("sim:", host, NULL);
    g_autoptr(FerryHypervisor) hv = ferry_hypervisor_open(host, uri, NULL);
    g_autoptr(GPtrArray) records = NULL;
    g_autoptr(GString) text = g_string_new(NULL);

    g_assert_nonnull(hv);
    records = ferry_snapshots_read(hv, UUID, NULL);
    for (unsigned i = 0; records != NULL && i < records->len; i++) {
        const FerrySnapshotRecord *record = records->pdata[i];

        g_string_append_printf(text, "%s%s%s%s%s%s", i > 0 ? " " : "",
                               record->kind == FERRY_CHECKPOINT && record->parent == NULL ? "| "
                                                                                          : "",
                               record->name, record->parent != NULL ? "<" : "",
                               record->parent != NULL ? record->parent : "",
                               record->current ? "*" : "");
    }
    return g_strdup(text->str);
}

static void
expect_whole(const Mover *mover, const char *what, unsigned call)
{
    FerrySimJudgement judgement = {0};
    g_autofree char *a = describe("host-a");
    g_autofree char *b = describe("host-b");
    bool on_a;

    g_assert_true(ferry_sim_judge(mover->world, UUID, &judgement));
    g_assert_nonnull(judgement.host);
    on_a = g_str_equal(judgement.host, "host-a");
    if (!g_str_equal(on_a ? a : b, "s1 s2<s1 s3<s2* | s1 s2<s1") || *(on_a ? b : a) != '\0')
        g_error("%s at call %u: it is on %s; host-a has '%s', host-b has '%s'; %s", what, call,
                judgement.host, a, b, mover->error);
}

static void
recover_all(Mover *mover, const char *what, unsigned call)
{
    mover_heal(mover);
    for (unsigned i = 0; i < MOVER_RECOVERIES && mover_is_pending(mover); i++)
        mover_recover(mover, FERRY_DECISION_NONE);
    if (mover_is_pending(mover))
        g_error("%s at call %u: still pending: %s", what, call, mover->error);
}

typedef struct Case {
    const char *what;
    FerrySimFaultKind kind;
    int64_t duration_us;
    bool fails;  // libvirt's part does
    bool keeps;  // the source keeps its definition
    bool again;  // 'recover' is killed, too, at the call of the same number
    bool is_off; // the definition alone is moved
} Case;

// Returns: false when there was no such call
static bool
run(const Case *one, unsigned call, FerrySimPoint point)
{
    FerryMigrateOptions options = {
        .offline = one->is_off,
        .keep_source_definition = one->keeps,
    };
    FerrySimMachineSpec spec = machine;
    const FerrySimFault fault = {
        .kind = one->kind,
        .point = point,
        .call = call,
        .duration_us = one->duration_us,
    };
    const FerrySimFault failure = {
        .kind = FERRY_SIM_FAULT_PHASE_FAILS,
        .phase = FERRY_SIM_PERFORM3,
        .point = FERRY_SIM_IN,
    };
    Mover mover;
    bool struck;

    spec.state = one->is_off ? FERRY_VM_STATE_SHUTOFF : FERRY_VM_STATE_NONE;
    begin(&mover, &spec);
    if (one->fails)
        ferry_sim_arm(mover.world, &failure);
    if (one->kind != FERRY_SIM_FAULT_NONE)
        ferry_sim_arm(mover.world, &fault);
    mover_start(&mover, &options, "host-b");
    struck = ferry_sim_armed(mover.world) == 0;
    if (one->again && mover_is_pending(&mover)) {
        mover_heal(&mover);
        ferry_sim_arm(mover.world, &fault);
        mover_recover(&mover, FERRY_DECISION_NONE);
    }
    recover_all(&mover, one->what, call);
    if (one->is_off) {
        g_autofree char *a = describe("host-a");
        g_autofree char *b = describe("host-b");

        // exactly one has them all
        g_assert_cmpuint(strlen(a) + strlen(b), ==, strlen("s1 s2<s1 s3<s2* | s1 s2<s1"));
        g_assert_true(*a == '\0' || *b == '\0');
    } else {
        expect_whole(&mover, one->what, call);
    }
    mover_end(&mover);
    return struck;
}

static void
test_case(const void *data)
{
    const Case *one = data;
    unsigned call = 1;

    if (one->kind == FERRY_SIM_FAULT_NONE) {
        run(one, 0, FERRY_SIM_BEFORE);
        return;
    }
    while (run(one, call, FERRY_SIM_BEFORE) && run(one, call, FERRY_SIM_AFTER))
        g_assert_cmpuint(++call, <, CALLS_MAX);
    g_test_message("%s: %u calls", one->what, call - 1);
    // as many as the move alone makes with its snapshots
    g_assert_cmpuint(call, >, UINT64_C(2) * (SNAPSHOTS + CHECKPOINTS));
}

int
main(int argc, char **argv)
{
    static const Case cases[] = {
        {.what = "nothing"},
        {.what = "it-fails", .fails = true},
        {.what = "keeps", .keeps = true},
        {.what = "off", .is_off = true},
        {.what = "runner", .kind = FERRY_SIM_FAULT_CLIENT_KILLED},
        {.what = "runner-and-recover", .kind = FERRY_SIM_FAULT_CLIENT_KILLED, .again = true},
        {.what = "runner-keeps", .kind = FERRY_SIM_FAULT_CLIENT_KILLED, .keeps = true},
        {.what = "runner-of-one-off", .kind = FERRY_SIM_FAULT_CLIENT_KILLED, .is_off = true},
        {.what = "src-daemon",
         .kind = FERRY_SIM_FAULT_SRC_DAEMON_KILLED,
         .duration_us = INT64_C(2) * G_USEC_PER_SEC},
        {.what = "dst-daemon",
         .kind = FERRY_SIM_FAULT_DST_DAEMON_KILLED,
         .duration_us = INT64_C(2) * G_USEC_PER_SEC},
        {.what = "both-daemons-long",
         .kind = FERRY_SIM_FAULT_BOTH_DAEMONS_KILLED,
         .duration_us = INT64_C(90) * G_USEC_PER_SEC},
    };

    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/snapshots/", cases[i].what, NULL);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    return g_test_run();
}
