// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The simulator: libvirt's migration protocol, its restart rules and the guests' memory in a world of
// its own, with virtual time, a seed and a fault wherever one is wanted. See README.md for what is
// modelled and on which assumptions it rests.
//
// This header is for tests, benchmarks and main; what moves machines uses hypervisor.h alone, with URIs
// "sim:HOST" (the world given to ferry_sim_set_world) or "sim:HOST?world=/path/file.ini" (README.md).
//
// Time passes only when somebody waits: in a call of the seam, in the world's clock, or, where
// [world] realtime is set, with the machine's own clock. Same seed, same calls: same everything.
// Threads: every function may be called from any thread; hooks run in the one that makes time pass.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "hypervisor/hypervisor-driver.h"

extern const FerryHypervisorDriver ferry_hypervisor_driver_sim;

typedef struct FerrySimWorld FerrySimWorld;

// The steps of a move in libvirt's protocol version 3; sim/protocol.c is the table. Perform3 and Finish3
// are two rows each, since what an accident leaves differs inside of them. The last two are run in
// place of Finish3 and Confirm3 once something failed.
typedef enum FerrySimPhase {
    FERRY_SIM_BEGIN3,          // source
    FERRY_SIM_PREPARE3,        // destination: its QEMU starts
    FERRY_SIM_PERFORM3,        // source: passes over the memory, the guest runs
    FERRY_SIM_SWITCHOVER,      // source: the guest stands still, the rest goes over
    FERRY_SIM_FINISH3,         // destination: the guest goes on (or stays paused)
    FERRY_SIM_FINISH3_END,     // destination: its job ends, the answer goes back
    FERRY_SIM_CONFIRM3,        // source: QEMU is ended, the definition perhaps taken away
    FERRY_SIM_FINISH3_CANCEL,  // destination: QEMU is ended
    FERRY_SIM_CONFIRM3_CANCEL, // source: the guest goes on
    FERRY_SIM_PHASE_LAST
} FerrySimPhase;

typedef enum FerrySimPoint {
    FERRY_SIM_BEFORE, // the request is not sent yet
    FERRY_SIM_IN,     // it is begun and written into the status file, and has had no effect yet
    FERRY_SIM_AFTER,  // it is done, the answer is not sent yet
    FERRY_SIM_POINT_LAST
} FerrySimPoint;

typedef enum FerrySimFaultKind {
    FERRY_SIM_FAULT_NONE,
    FERRY_SIM_FAULT_SRC_DAEMON_KILLED, // starts again after the duration
    FERRY_SIM_FAULT_DST_DAEMON_KILLED,
    FERRY_SIM_FAULT_BOTH_DAEMONS_KILLED,
    FERRY_SIM_FAULT_SRC_DAEMON_FROZEN, // goes on after the duration, with what was asked meanwhile
    FERRY_SIM_FAULT_DST_DAEMON_FROZEN,
    FERRY_SIM_FAULT_SRC_QEMU_KILLED,
    FERRY_SIM_FAULT_DST_QEMU_KILLED,
    FERRY_SIM_FAULT_MANAGEMENT_CUT, // between the conductor of the move and the destination
    FERRY_SIM_FAULT_MIGRATION_CUT,  // between the two QEMUs
    FERRY_SIM_FAULT_ALL_CUT,
    FERRY_SIM_FAULT_CLIENT_KILLED, // see ferry_sim_client_is_dead()
    FERRY_SIM_FAULT_ABORTED,       // somebody calls virDomainAbortJob
    FERRY_SIM_FAULT_PHASE_FAILS,   // the phase's own work fails, with nothing else broken
    FERRY_SIM_FAULT_BOTH_DAEMONS_FROZEN,
    FERRY_SIM_FAULT_SRC_QEMU_FROZEN, // goes on after the duration; its guest stands still meanwhile
    FERRY_SIM_FAULT_DST_QEMU_FROZEN,
    FERRY_SIM_FAULT_CLIENT_FROZEN, // does nothing for the duration; see ferry_sim_client_freeze()
    FERRY_SIM_FAULT_DST_DISK_FULL, // no definition can be written, no machine started, for the duration
    FERRY_SIM_FAULT_LAST
} FerrySimFaultKind;

// One accident. It strikes once: at a point of a phase of the next move, or at a call of the seam.
typedef struct FerrySimFault {
    FerrySimFaultKind kind;
    FerrySimPhase phase;
    FerrySimPoint point;
    // > 0: strikes at the @call-th call of the seam from now on instead (1: the next), before it has
    // effect (BEFORE) or after (AFTER). 'Source' and 'destination' are those of the last move.
    unsigned call;
    int64_t duration_us; // <= 0: for ever
} FerrySimFault;

// NULL and 0 mean: a sensible default.
typedef struct FerrySimHostSpec {
    const char *name;
    const char *hostname;
    const char *uuid;
    unsigned long libvirt_version;    // 9000000
    unsigned long qemu_version;       // 7002000
    uint64_t memory_kib;              // 64 GiB
    unsigned cpus;                    // 8
    const char *const *machine_types; // ends with NULL
    const char *cpu_refusal; // libvirt's words where a guest's CPU doesn't fit; NULL: it does
    // NULL: has every one, and their MTU is not told; "NAME:MTU" tells it
    const char *const *networks;
    const char *const *paths;     // files it sees; NULL: every one
    const char *const *own_paths; // sees these too, but others than all other hosts do
    const char *const *secrets;   // UUIDs; NULL: none
    const char *const *nwfilters; // NULL: has every one
    const char *const *pools;     // 'dir' pools; NULL: "default"
    const char *cpu_signature;    // "23.49.0"
    const char *microcode;
    uint64_t huge_pages;        // free pages of 2 MiB; 1024
    const char *const *folders; // where images can be, beside its pools; NULL: everywhere
    uint64_t disk_bytes;        // room for images, taken up or not; 50 GiB
} FerrySimHostSpec;

typedef struct FerrySimMachineSpec {
    const char *name;
    const char *uuid;
    uint64_t memory_kib;        // 1 GiB
    unsigned vcpus;             // 2
    uint64_t working_set_bytes; // W: what the guest writes to at all
    uint64_t dirty_bps;         // r: bytes a second; U(T) = W (1 - exp(-rT/W)) are dirtied in T
    const char *machine_type;   // pc-q35-7.2
    const char *const *disks;   // paths; NULL: none
    const char *cache;          // of its disks; none
    const char *network;        // of its NIC; default
    const char *devices;        // raw XML: more devices; NULL
    const char *extra;          // raw XML beside <devices>; NULL
    unsigned snapshots, checkpoints;
    FerryVmState state; // NONE means running
    FerryVmReason reason;
    bool transient;
    bool autostart;
    bool agent;
    bool locked; // QEMU's image locks work: a second run is refused
} FerrySimMachineSpec;

// A file of one host alone.
typedef struct FerrySimImageSpec {
    const char *path;
    const char *format;  // qcow2
    uint64_t capacity;   // 1 GiB
    uint64_t allocation; // what it takes up; the capacity
    const char *backing; // the image below it; NULL
    const char *guest;   // UUID of the machine whose disk it is; NULL: nobody's
    const char *target;  // which of its disks; NULL: vda
} FerrySimImageSpec;

typedef struct FerrySimLinkSpec {
    uint64_t rate_bps; // bytes a second; 0: 1 GiB
    bool no_route;     // the daemons can't reach each other: peer-to-peer moves fail before Prepare
} FerrySimLinkSpec;

FerrySimWorld *ferry_sim_world_new(uint64_t seed);
// Loads a world from a file. Errors: CONFIG, which names file and group.
FerrySimWorld *ferry_sim_world_load(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
FerrySimWorld *ferry_sim_world_ref(FerrySimWorld *world);
void ferry_sim_world_unref(FerrySimWorld *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerrySimWorld, ferry_sim_world_unref)

// The world that a simulated host of @hv belongs to. Owned by @hv.
FerrySimWorld *ferry_sim_world_of_connection(FerryHypervisor *hv);

// The world of URIs without "?world="; takes a reference. NULL: none.
void ferry_sim_set_world(FerrySimWorld *world);

// What is added stays as long as the world. Names and UUIDs must be new; a host must exist. A machine on host
// NULL is nowhere yet.
void ferry_sim_add_host(FerrySimWorld *world, const FerrySimHostSpec *spec);
void ferry_sim_add_machine(FerrySimWorld *world, const char *host, const FerrySimMachineSpec *spec);
// A further instance or definition of a machine: what an accident of the past left.
void ferry_sim_add_instance(FerrySimWorld *world,
                            const char *host,
                            const char *uuid,
                            FerryVmState state,
                            FerryVmReason reason);
// From the first image on, hosts without `paths` have their images alone. A guest's image is whole, and as its guest is
// now. One that is there is replaced.
void ferry_sim_add_image(FerrySimWorld *world, const char *host, const FerrySimImageSpec *spec);
// Both ways. Hosts without a link have one with the defaults.
void ferry_sim_set_link(FerrySimWorld *world, const char *a, const char *b, FerrySimLinkSpec spec);

// Virtual time: sleeping lets the world go on. Valid as long as the world.
FerryClock *ferry_sim_clock(FerrySimWorld *world);
void ferry_sim_advance(FerrySimWorld *world, int64_t microseconds);

// Delivers events in the thread that makes time pass, at the instant they happen, instead of through the
// default main context.
void ferry_sim_set_direct_events(FerrySimWorld *world, bool direct);

// Called whenever a move comes to a point of a phase (and at each pass with PERFORM3, IN), before a fault
// that is armed there strikes. It may use the seam: abort, suspend, start post-copy, read.
typedef void (*FerrySimHook)(FerrySimWorld *world,
                             FerrySimPhase phase,
                             FerrySimPoint point,
                             void *data);
void ferry_sim_set_hook(FerrySimWorld *world, FerrySimHook hook, void *data);

// Several may be armed. Those that never struck stay armed.
void ferry_sim_arm(FerrySimWorld *world, const FerrySimFault *fault);
unsigned ferry_sim_armed(FerrySimWorld *world); // how many have not struck yet
void ferry_sim_disarm(FerrySimWorld *world);
// Who 'source' and 'destination' are until a move tells.
void ferry_sim_set_sides(FerrySimWorld *world, const char *src, const char *dst, const char *uuid);
// Strikes without waiting for a point: now, or after @delay_us > 0. 'Source' and 'destination' are those of the
// last move. Until it strikes it counts as armed.
void ferry_sim_strike(FerrySimWorld *world, const FerrySimFault *fault, int64_t delay_us);

// The client's own timer: @func is called every @period_us of virtual time (0: no more) for as long as the client
// is alive and not frozen. It may use the seam.
typedef void (*FerrySimTick)(FerrySimWorld *world, void *data);
void ferry_sim_set_tick(FerrySimWorld *world, int64_t period_us, FerrySimTick func, void *data);

// Accidents by hand. @duration_us <= 0: for ever.
void ferry_sim_kill_daemon(FerrySimWorld *world, const char *host, int64_t duration_us);
void ferry_sim_freeze_daemon(FerrySimWorld *world, const char *host, int64_t duration_us);
void ferry_sim_restart_daemon(FerrySimWorld *world, const char *host); // or thaws it
void ferry_sim_kill_qemu(FerrySimWorld *world, const char *host, const char *uuid);
void ferry_sim_freeze_qemu(FerrySimWorld *world,
                           const char *host,
                           const char *uuid,
                           int64_t duration_us);
void ferry_sim_thaw_qemu(FerrySimWorld *world, const char *host, const char *uuid);
void ferry_sim_set_disk_full(FerrySimWorld *world, const char *host, bool full);
typedef enum FerrySimCut {
    FERRY_SIM_CUT_MANAGEMENT = 1 << 0,
    FERRY_SIM_CUT_MIGRATION = 1 << 1,
} FerrySimCut;
void ferry_sim_cut(FerrySimWorld *world,
                   const char *a,
                   const char *b,
                   unsigned what,
                   int64_t duration_us);
void ferry_sim_mend(FerrySimWorld *world, const char *a, const char *b);

// The client (the process that called migrate) dies: a managed-direct move loses its conductor, a
// peer-to-peer one goes on. From then on every call of the seam fails with INTERNAL, "client killed",
// until ferry_sim_client_restart() says that a new process has come; its connections are new ones.
void ferry_sim_client_die(FerrySimWorld *world);
bool ferry_sim_client_is_dead(FerrySimWorld *world);
void ferry_sim_client_restart(FerrySimWorld *world);
// The client stops for a while (SIGSTOP): none of its calls returns, its timer stands. After 30 s the daemons
// close its connections, and undo what it conducts itself. What they told it until then it hears when it goes on.
void ferry_sim_client_freeze(FerrySimWorld *world, int64_t duration_us);

// A number below @limit (> 0) from the world's own seeded source.
uint64_t ferry_sim_random(FerrySimWorld *world, uint64_t limit);

// What became of a machine. A double run is noted at the instant it begins, however short it is.
typedef struct FerrySimJudgement {
    unsigned running;     // instances whose guest runs now
    unsigned paused;      // instances that hold memory and do not run (hung and frozen ones, too)
    unsigned stale;       // of the paused: their memory is older than what their disk has seen
    unsigned definitions; // hosts that have a persistent definition
    unsigned jobs;        // hosts where a migration job is still active on it
    unsigned doubles;     // how often a second instance began to run beside another
    unsigned forks;       // how often an instance ran on from before what its disk had seen already
    unsigned
        torn; // how often it ran where its disk was missing, not whole or not its own, or lost it
    int64_t lost_us;  // guest time undone by those forks
    int64_t guest_us; // guest time lived: the greatest of all instances
    bool qemu_killed; // an accident ended a QEMU that held the guest: its loss is nobody's fault
    const char *host; // where it runs, or else is paused; NULL. Valid as long as the world
} FerrySimJudgement;
// Returns: false when the world never had such a machine
bool ferry_sim_judge(FerrySimWorld *world, const char *uuid, FerrySimJudgement *ret_judgement);

// What became of a file.
typedef struct FerrySimImageState {
    uint64_t allocation;
    unsigned changes; // how often it was written to, but by its guest
    bool current;     // it is a guest's disk, whole and with all that the guest has written
} FerrySimImageState;
// Returns: false when the host has no such image
bool ferry_sim_look_at_image(FerrySimWorld *world,
                             const char *host,
                             const char *path,
                             FerrySimImageState *ret_state);
unsigned ferry_sim_count_images(FerrySimWorld *world, const char *host);
bool ferry_sim_is_copying(FerrySimWorld *world); // some move does, and its memory has not begun

const char *ferry_sim_phase_name(FerrySimPhase phase);
const char *ferry_sim_point_name(FerrySimPoint point);
const char *ferry_sim_fault_name(FerrySimFaultKind kind);
