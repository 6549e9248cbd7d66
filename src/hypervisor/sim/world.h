// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Private to the simulator: the world as its files see it. Everything here is called with the world
// locked. Times are virtual microseconds; FERRY_SIM_NEVER is later than all.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "hypervisor/sim/sim.h"

#define FERRY_SIM_NEVER INT64_MAX
// libvirt: keepalive_interval 5 s, keepalive_count 5, so (5 + 1) * 5 s; our own connections ask for 5 and 3.
#define FERRY_SIM_DAEMON_KEEPALIVE_US (INT64_C(30) * G_USEC_PER_SEC)
#define FERRY_SIM_CLIENT_KEEPALIVE_US (INT64_C(20) * G_USEC_PER_SEC)
// libvirt: QEMU_JOB_WAIT_TIME, after which 'cannot acquire state change lock' comes.
#define FERRY_SIM_JOB_WAIT_US (INT64_C(30) * G_USEC_PER_SEC)

typedef enum FerrySimDaemon {
    FERRY_SIM_DAEMON_RUNNING,
    FERRY_SIM_DAEMON_KILLED,
    FERRY_SIM_DAEMON_FROZEN,
} FerrySimDaemon;

// The job phase that libvirt keeps in a domain's status file, and that a restarted daemon finds there
// (qemuMigrationJobPhase).
typedef enum FerrySimStatus {
    FERRY_SIM_STATUS_NONE,
    FERRY_SIM_STATUS_BEGIN3,
    FERRY_SIM_STATUS_PERFORM3,
    FERRY_SIM_STATUS_PERFORM3_DONE,
    FERRY_SIM_STATUS_CONFIRM3_CANCELLED,
    FERRY_SIM_STATUS_CONFIRM3,
    FERRY_SIM_STATUS_PREPARE,
    FERRY_SIM_STATUS_FINISH3,
    FERRY_SIM_STATUS_LAST
} FerrySimStatus;

typedef struct FerrySimHost {
    FerrySimWorld *world;
    char *name, *hostname;
    char uuid[FERRY_UUID_LEN + 1];
    unsigned long libvirt_version, qemu_version;
    uint64_t memory_kib, huge_pages;
    unsigned cpus;
    char *cpu_refusal, *cpu_signature, *microcode;
    GStrv machine_types, pools;
    GHashTable *networks; // name: MTU, 0 where it is not told; NULL: every one
    GHashTable *paths, *own_paths, *secrets, *nwfilters, *folders; // sets; NULL: every one
    GHashTable *images;                                            // path: FerrySimImage, owned
    uint64_t disk_bytes;                                           // room for them, taken up or not
    FerrySimDaemon daemon;
    int64_t daemon_due_us; // when a killed daemon starts, a frozen one goes on
    unsigned generation;   // counts the daemon's deaths: connections of an older one are broken
    bool disk_full;
    int64_t disk_due_us;  // when there is room again
    GPtrArray *instances; // FerrySimInstance, owned
} FerrySimHost;

typedef struct FerrySimMachine {
    char *key, *name, *machine_type; // key: what a world file calls it
    char uuid[FERRY_UUID_LEN + 1];
    uint64_t memory_kib, working_set, dirty_bps;
    unsigned vcpus;
    GStrv disks;
    char *cache, *network, *devices, *extra;
    bool agent, locked;
    int64_t clock_base_us; // what the guest's own clock said at its start
    int64_t reached_us;    // the greatest guest time that its disk has seen
    unsigned doubles, forks;
    unsigned torn; // ran without its whole disk: see images.h
    int64_t lost_us;
    bool qemu_killed;
    GPtrArray *instances; // FerrySimInstance, of the hosts'; they take themselves out
} FerrySimMachine;

// A machine as one host knows it: a definition, a QEMU, or both.
typedef struct FerrySimInstance {
    FerrySimMachine *machine;
    FerrySimHost *host;
    char *name;
    GStrv disks; // where they are not as the machine's; NULL: they are
    FerryVmState state;
    FerryVmReason reason;
    bool persistent, autostart;
    bool active;                // there is a QEMU
    bool runs;                  // its CPUs do
    bool has_memory;            // the guest is (also) here: false while it comes in
    bool holds_lock;            // of the images
    int64_t guest_us, since_us; // guest time when it last began to run, and when that was
    FerrySimStatus status;
    bool postcopy;
    bool frozen;     // SIGSTOP: its CPUs stand, its monitor is silent
    bool frozen_ran; // and its CPUs run when it goes on
    int64_t thaw_us; // when it does
    bool orphaned;   // a post-copy that its daemon can't take up any more
    bool abandoned;  // incoming, and the connection it came over is closed: libvirt's autodestroy
    // A request for Finish3 that a frozen daemon finds when it goes on, and where it stood; PHASE_LAST: none.
    FerrySimPhase queued;
    FerrySimPoint queued_point;
    unsigned queued_flags;
    FerryJobStats completed; // of the move that brought it; kind NONE: none did
    GPtrArray *snapshots
        [2]; // FerrySnapshot, by FerrySnapshotKind, parents first: each one's parent is that before it
} FerrySimInstance;

typedef struct FerrySimLink {
    FerrySimHost *a, *b;
    FerrySimLinkSpec spec;
    unsigned cut; // FerrySimCut
    int64_t cut_due_us;
} FerrySimLink;

typedef struct FerrySimJob FerrySimJob;

typedef struct FerrySimWatch {
    int id;
    FerryHypervisor *hv; // not owned: a connection outlives its watches
    FerrySimHost *host;
    char uuid[FERRY_UUID_LEN + 1];
    FerryVmEventFunc func;
    void *data;
} FerrySimWatch;

// An accident with a time of its own.
typedef struct FerrySimTimed {
    FerrySimFault fault;
    int64_t at_us;
} FerrySimTimed;

struct FerrySimWorld {
    FerryClock clock; // first: the clock is the world
    gatomicrefcount refs;
    GRecMutex lock; // within the driver alone: callers come from several threads
    int64_t now_us;
    int64_t epoch_us; // the wall clock at now_us = 0
    uint64_t seed;
    GPtrArray *hosts, *machines, *links, *jobs, *watches;
    GHashTable *by_uuid; // FerrySimMachine
    GArray *faults;      // FerrySimFault
    GArray *timed;       // FerrySimTimed
    GPtrArray *frozen;   // FerrySimInstance, of the hosts'; they take themselves out
    unsigned last_watch;
    bool has_images; // some host has files of its own: see images.h
    bool direct_events;
    bool client_dead, client_frozen;
    int64_t client_due_us;  // when a frozen client goes on
    int64_t client_gone_us; // when the daemons give it up
    GPtrArray *held;        // what a frozen client was told: Delivery of events.c
    unsigned client_generation;
    FerrySimTick tick;
    void *tick_data;
    int64_t tick_period_us, tick_due_us;
    FerrySimHook hook;
    void *hook_data;
    FerrySimHost *last_src, *last_dst; // of the last move
    char last_uuid[FERRY_UUID_LEN + 1];
    // A world of a file: see load.c and save.c.
    char *path;
    GKeyFile *file;
    GHashTable *by_key; // FerrySimMachine
    double realtime;    // real seconds a virtual one takes; 0: none
    int64_t real_start_us;
    bool persist, changed;
    char *stamp; // of the file as last read or written
};

// host.c
FerrySimHost *ferry_sim_host_find(FerrySimWorld *world, const char *name);
uint64_t ferry_sim_host_memory_free(const FerrySimHost *host); // KiB
void ferry_sim_host_free(FerrySimHost *host);

// world.c
// A UUID for what was given none: always the same for a name.
void ferry_sim_make_uuid(const char *name, char ret_uuid[FERRY_UUID_LEN + 1]);
FerrySimMachine *ferry_sim_machine_find(FerrySimWorld *world, const char *uuid);
FerrySimInstance *ferry_sim_instance_find(FerrySimHost *host, const char *uuid);
// driver-definition.c: s1, s2, ..., the last snapshot being the current one.
void ferry_sim_add_snapshots(FerrySimInstance *instance, FerrySnapshotKind kind, unsigned n);

FerrySimInstance *ferry_sim_instance_new(FerrySimHost *host, FerrySimMachine *machine);
FerrySimLink *ferry_sim_link(FerrySimWorld *world, FerrySimHost *a, FerrySimHost *b);
void ferry_sim_world_clear(FerrySimWorld *world); // hosts, machines, links, jobs, faults
FerrySimWorld *ferry_sim_world_current(
    void); // (transfer full) that of ferry_sim_set_world(), or NULL
// (transfer full) that of a file; it is loaded once a process.
FerrySimWorld *ferry_sim_world_of_file(const char *path, GError **error);

// instance.c
// Lets the guest run; false where another holds the images' locks. Notes double runs and forks.
bool ferry_sim_instance_start(FerrySimInstance *instance, FerryVmReason reason);
void ferry_sim_instance_stop(FerrySimInstance *instance, FerryVmReason reason); // paused now
void ferry_sim_instance_halt(FerrySimInstance *instance); // CPUs stand, what is told stays
void ferry_sim_instance_run(FerrySimInstance *instance);  // CPUs run, what is told stays
// The furthest moment of the guest's life that any instance has reached by now.
int64_t ferry_sim_machine_reached(const FerrySimMachine *machine);
int64_t ferry_sim_instance_guest_us(const FerrySimInstance *instance);
void ferry_sim_instance_set_state(FerrySimInstance *instance,
                                  FerryVmState state,
                                  FerryVmReason reason);
// Ends the QEMU; without a definition the host forgets the machine, and @instance is gone.
void ferry_sim_instance_end(FerrySimInstance *instance, FerryVmReason reason);
void ferry_sim_instance_undefine(FerrySimInstance *instance); // may be gone afterwards
void ferry_sim_instance_lock(
    FerrySimInstance *instance); // takes the images' locks if nobody has them

// clock.c
// Lets the next thing happen that is due until @deadline_us; false, and the time is @deadline_us,
// when there is none.
bool ferry_sim_step(FerrySimWorld *world, int64_t deadline_us);
void ferry_sim_run_until(FerrySimWorld *world, int64_t deadline_us);
int64_t ferry_sim_next_due(FerrySimWorld *world);
// connection.c: a frozen client does nothing; lets the world go on until it is not any more.
void ferry_sim_wait_while_frozen(FerrySimWorld *world);
void ferry_sim_catch_up(FerrySimWorld *world); // with real time, where the world has it
void ferry_sim_clock_init(FerrySimWorld *world);
void ferry_sim_lock(FerrySimWorld *world);
void ferry_sim_unlock(FerrySimWorld *world); // saves a persistent world that changed

// events.c
void ferry_sim_emit(FerrySimHost *host, const char *uuid, const FerryVmEvent *event);
void ferry_sim_emit_state(FerrySimInstance *instance);
void ferry_sim_emit_disconnected(FerrySimHost *host, FerryHypervisor *hv); // NULL: every connection
void ferry_sim_deliver_held(FerrySimWorld *world); // to a client that was frozen

// faults.c
void ferry_sim_strike_phase(FerrySimJob *job, FerrySimPhase phase, FerrySimPoint point);
void ferry_sim_strike_call(FerrySimWorld *world, FerrySimPoint point);
bool ferry_sim_strike_timed(FerrySimWorld *world); // one that is due; false: none
void ferry_sim_host_restart(FerrySimHost *host);
void ferry_sim_host_kill(FerrySimHost *host, int64_t duration_us);
void ferry_sim_host_freeze(FerrySimHost *host, int64_t duration_us);
void ferry_sim_qemu_kill(FerrySimInstance *instance, FerryVmReason reason);
void ferry_sim_qemu_freeze(FerrySimInstance *instance, int64_t duration_us);
void ferry_sim_qemu_thaw(FerrySimInstance *instance);
void ferry_sim_disk_fill(FerrySimHost *host, int64_t duration_us);
void ferry_sim_client_give_up(FerrySimWorld *world); // by the daemons, after their keepalive
void ferry_sim_client_thaw(FerrySimWorld *world);
void ferry_sim_link_cut(FerrySimLink *link, unsigned what, int64_t duration_us);
void ferry_sim_link_mend(FerrySimLink *link);

// save.c
void ferry_sim_world_save(FerrySimWorld *world);
void ferry_sim_world_refresh(FerrySimWorld *world); // reads it again where another process wrote it

// xml.c
char *ferry_sim_xml_domain(const FerrySimInstance *instance, FerryXmlKind kind);
const char *ferry_sim_path_format(const char *path); // of the image or device there; static
char *ferry_sim_xml_caps(const FerrySimHost *host, const FerryMachineType *type);
