// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Two hosts, one machine and the connections to them: what every test over the simulator begins with.

#pragma once

#include "base/error.h"
#include "hypervisor/sim/sim.h"

#define UUID       "6f8ac0de-0000-4000-8000-000000000001"
#define MIB        (UINT64_C(1) << 20)
#define SECONDS(n) ((int64_t)(n)*G_USEC_PER_SEC)

// What virt-ferry's own moves ask for, but for PAUSED.
#define MOVE                                                                           \
    (FERRY_MIGRATE_LIVE | FERRY_MIGRATE_PERSIST_DEST | FERRY_MIGRATE_UNDEFINE_SOURCE | \
     FERRY_MIGRATE_PEER2PEER)
#define MOVE_DIRECT (MOVE & ~(unsigned)FERRY_MIGRATE_PEER2PEER)

typedef struct Fixture {
    FerrySimWorld *world;
    FerryHypervisor *src;
    FerryHypervisor *dst;
    unsigned bandwidth_mibs;
} Fixture;

// A guest of 512 MiB that moves in four passes over the link of 120 MiB/s.
static const FerrySimMachineSpec calm = {
    .name = "web1",
    .uuid = UUID,
    .memory_kib = 512 << 10,
    .working_set_bytes = 100 * MIB,
    .dirty_bps = 20 * MIB,
    .agent = true,
};

// The guest of the lab's table of faults: with 30 MiB/s its pre-copy never ends.
static const FerrySimMachineSpec busy = {
    .name = "web1",
    .uuid = UUID,
    .memory_kib = 512 << 10,
    .working_set_bytes = 200 * MIB,
    .dirty_bps = 60 * MIB,
};

static inline void
fixture_connect(Fixture *fixture)
{
    g_clear_pointer(&fixture->src, ferry_hypervisor_unref);
    g_clear_pointer(&fixture->dst, ferry_hypervisor_unref);
    fixture->src = ferry_hypervisor_open("host-a", "sim:host-a", NULL);
    fixture->dst = ferry_hypervisor_open("host-b", "sim:host-b", NULL);
}

static inline void
fixture_init(Fixture *fixture, const FerrySimMachineSpec *machine)
{
    static const FerryHypervisorDriver *const drivers[] = {&ferry_hypervisor_driver_sim, NULL};

    *fixture = (Fixture){.world = ferry_sim_world_new(1)};
    ferry_hypervisor_set_drivers(drivers);
    ferry_sim_set_world(fixture->world);
    ferry_sim_set_direct_events(fixture->world, true);
    ferry_sim_add_host(fixture->world, &(FerrySimHostSpec){.name = "host-a"});
    ferry_sim_add_host(fixture->world, &(FerrySimHostSpec){.name = "host-b"});
    ferry_sim_set_link(fixture->world, "host-a", "host-b",
                       (FerrySimLinkSpec){.rate_bps = 120 * MIB});
    ferry_sim_add_machine(fixture->world, "host-a", machine);
    fixture_connect(fixture);
}

static inline void
fixture_clear(Fixture *fixture)
{
    g_clear_pointer(&fixture->src, ferry_hypervisor_unref);
    g_clear_pointer(&fixture->dst, ferry_hypervisor_unref);
    ferry_sim_set_world(NULL);
    g_clear_pointer(&fixture->world, ferry_sim_world_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

static inline bool
fixture_move(Fixture *fixture, unsigned flags, GError **error)
{
    FerryMigrateCall call = {
        .uuid = UUID,
        .flags = flags,
        .dest_uri = "sim:host-b",
        .bandwidth_mibs = fixture->bandwidth_mibs,
    };

    return ferry_hypervisor_migrate(fixture->src, fixture->dst, &call, error);
}

// Everything that is to come back comes back, in new connections of a new client.
static inline void
fixture_settle(Fixture *fixture)
{
    ferry_sim_advance(fixture->world, SECONDS(300));
    ferry_sim_restart_daemon(fixture->world, "host-a");
    ferry_sim_restart_daemon(fixture->world, "host-b");
    ferry_sim_mend(fixture->world, "host-a", "host-b");
    ferry_sim_client_restart(fixture->world);
    ferry_sim_advance(fixture->world, SECONDS(300));
    fixture_connect(fixture);
}

static inline void
fixture_arm(Fixture *fixture,
            FerrySimFaultKind kind,
            FerrySimPhase phase,
            FerrySimPoint point,
            int64_t duration_us)
{
    FerrySimFault fault = {
        .kind = kind,
        .phase = phase,
        .point = point,
        .duration_us = duration_us,
    };

    ferry_sim_arm(fixture->world, &fault);
}

// Returns: "running (migrated)", "absent"; with " def" behind it where there is a definition; "?" for a
// host that does not answer. (transfer full)
static inline char *
fixture_state(FerryHypervisor *hv)
{
    g_auto(FerryVm) vm = {0};
    g_autofree char *text = NULL;

    if (hv == NULL || !ferry_hypervisor_get_state(hv, UUID, &vm, NULL))
        return g_strdup("?");
    text = ferry_vm_state_format(vm.state, vm.reason);
    return g_strconcat(text, vm.persistent ? " def" : "", NULL);
}

static inline void
fixture_assert_states(Fixture *fixture, const char *src, const char *dst)
{
    g_autofree char *src_state = fixture_state(fixture->src);
    g_autofree char *dst_state = fixture_state(fixture->dst);

    g_assert_cmpstr(src_state, ==, src);
    g_assert_cmpstr(dst_state, ==, dst);
}

static inline FerrySimJudgement
fixture_judge(Fixture *fixture)
{
    FerrySimJudgement judgement;

    g_assert_true(ferry_sim_judge(fixture->world, UUID, &judgement));
    return judgement;
}
