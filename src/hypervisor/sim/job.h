// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Private to the simulator: one move, from Begin3 to Confirm3. Its conductor is the source's daemon
// (peer-to-peer) or the client (managed direct); the one that executes a phase is the daemon of its side.

#pragma once

#include "hypervisor/sim/world.h"

struct FerrySimJob {
    gatomicrefcount refs;
    FerrySimWorld *world;
    FerrySimMachine *machine;
    FerrySimHost *src_host, *dst_host;
    FerrySimInstance *src, *dst; // NULL: not there (any more)
    FerrySimLink *link;
    unsigned flags;
    char *dest_name;
    bool p2p;
    bool was_active, was_running; // the source before the move
    bool conductor_gone;
    bool over;     // nothing will happen any more
    bool replied;  // the client's call returns
    GError *error; // the first thing that went wrong
    int error_number;

    FerrySimPhase phase;
    FerrySimPoint point;
    int64_t due_us;
    int64_t dst_keepalive_us, src_keepalive_us,
        client_keepalive_us;     // when a silent peer is given up
    bool dst_broken, src_broken; // the conductor's connections
    bool phase_fails;

    // Memory, in bytes; the passes of passes.c.
    uint64_t bandwidth_bps, pass_bytes, pass_rate, sent_bytes, last_dirty_bytes;
    int64_t pass_start_us, started_us, pass_last_us;
    int64_t stalled_us; // since when the migration link is cut; 0: it is not
    int64_t paused_us;  // when the guest stood still; 0: not yet
    int64_t downtime_us;
    unsigned max_downtime_ms, iteration;
    // Disks: copy.c. Their copy is the pass before the first, limited by the room there is.
    GStrv copied; // targets, with NON_SHARED_*; NULL: all
    GStrv src_disks, dst_disks;
    unsigned copy_count;
    uint64_t copy_total, copy_room, copy_bps; // bps: of each disk; 0: no limit
    bool copying, mirrors; // mirrors: from the copy's begin until the guest goes over
    bool copy_failed, copy_speed_set;
    int throttle;
    bool postcopy_asked, postcopy, unattended, abort_asked;
    bool stuck;       // given up in the switchover over a cut link: its source's QEMU writes still
    bool broken;      // post-copy was stopped: the QEMUs wait for a new connection
    bool dst_unaware; // and the destination's has not heard of it: the link is cut
};

typedef enum FerrySimSide {
    FERRY_SIM_SRC,
    FERRY_SIM_DST,
} FerrySimSide;

// A row of the protocol's table. An action may be NULL.
typedef struct FerrySimProtocolRow {
    FerrySimPhase phase;
    const char *name;
    FerrySimSide side;
    bool asks;                       // begins with a request of the conductor
    bool answers;                    // ends with an answer to it
    FerrySimStatus status;           // written into the status file after @enter; LAST: as it was
    bool (*enter)(FerrySimJob *job); // before the point IN; false: it failed
    int64_t (*duration)(FerrySimJob *job);
    bool (*work)(FerrySimJob *job); // before the point AFTER; false: it failed
    FerrySimPhase next;
    const char *comment;
} FerrySimProtocolRow;

// protocol.c
const FerrySimProtocolRow *ferry_sim_protocol(FerrySimPhase phase);

// dst.c
// Runs the rest of Finish3 on a destination that nobody conducts any more.
void ferry_sim_dst_finish(FerrySimInstance *instance,
                          FerrySimPhase phase,
                          FerrySimPoint point,
                          unsigned flags);
bool ferry_sim_dst_resume(FerrySimInstance *instance, unsigned flags); // the heart of Finish3

// job.c
FerrySimJob *ferry_sim_job_new(FerrySimWorld *world, const FerryMigrateCall *call);
FerrySimJob *ferry_sim_job_ref(FerrySimJob *job);
void ferry_sim_job_unref(FerrySimJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerrySimJob, ferry_sim_job_unref)
FerrySimJob *ferry_sim_job_find(const FerrySimInstance *instance);
int64_t ferry_sim_job_due(const FerrySimJob *job);
void ferry_sim_job_step(FerrySimJob *job);
void ferry_sim_job_enter(FerrySimJob *job, FerrySimPhase phase);
void ferry_sim_job_end(FerrySimJob *job);
void ferry_sim_job_reply(FerrySimJob *job);
// Notes what went wrong (the first counts) and turns to the phases that undo.
void ferry_sim_job_fail(FerrySimJob *job, FerryErrorCode code, int number, const char *text);
void ferry_sim_job_note(FerrySimJob *job, FerryErrorCode code, int number, const char *text);
void ferry_sim_job_emit_ended(FerrySimJob *job);

// links.c: what the job does when others come and go
void ferry_sim_job_refresh(FerrySimJob *job);         // somebody froze, thawed, was cut or mended
void ferry_sim_job_keepalive(FerrySimJob *job);       // a silent peer's time is up
void ferry_sim_job_src_daemon_gone(FerrySimJob *job); // killed
void ferry_sim_job_dst_daemon_gone(FerrySimJob *job);
void ferry_sim_job_client_gone(FerrySimJob *job);
void ferry_sim_job_src_qemu_gone(FerrySimJob *job);
void ferry_sim_job_dst_qemu_gone(FerrySimJob *job);
void ferry_sim_job_answer_lost(FerrySimJob *job); // its phase was done, the answer went astray
bool ferry_sim_job_abort(FerrySimJob *job);       // false: refused, as in post-copy
bool ferry_sim_job_can_go_on(const FerrySimJob *job);
bool ferry_sim_job_conductor_acts(const FerrySimJob *job);
bool ferry_sim_qemu_is_silent(const FerrySimInstance *instance); // its monitor does not answer

// postcopy.c: memory on both hosts
bool ferry_sim_job_in_postcopy(const FerrySimJob *job); // also where it is broken
bool ferry_sim_job_is_split(
    const FerrySimJob *job); // the same, from the switch on: Finish3 may be to come
void ferry_sim_job_leave_postcopy(FerrySimJob *job, bool failed); // nobody conducts it any more
void ferry_sim_job_unattended_done(FerrySimJob *job);             // it came to its end by itself
void ferry_sim_job_lose_half(FerrySimJob *job, FerrySimInstance *left, const char *text);
bool ferry_sim_job_break_postcopy(FerrySimJob *job); // false: there is none to be stopped
void ferry_sim_job_refresh_broken(FerrySimJob *job); // links or daemons have changed
void ferry_sim_job_take_up(FerrySimJob *job, const FerryMigrateCall *call);

// passes.c
uint64_t ferry_sim_dirtied(const FerrySimMachine *machine, int throttle, int64_t duration_us);
void ferry_sim_pass_begin(FerrySimJob *job, uint64_t bytes);
int64_t ferry_sim_pass_end_us(const FerrySimJob *job);
uint64_t ferry_sim_pass_remaining(const FerrySimJob *job); // bytes of this pass not sent yet
bool ferry_sim_pass_next(FerrySimJob *job); // true: the rest fits into the allowed downtime
void ferry_sim_job_stats(const FerrySimJob *job, FerryJobKind kind, FerryJobStats *ret_stats);

// copy.c: disks that travel
void ferry_sim_copy_place(FerrySimJob *job, const char *dest_xml); // where they are and will be
const char *ferry_sim_copy_unknown(const FerrySimJob *job); // a target that it has not; NULL: none
bool ferry_sim_copy_has(const FerrySimJob *job, const char *target); // does it copy that?
char *ferry_sim_copy_prepare(FerrySimJob *job);     // (transfer full) libvirt's refusal; NULL: none
bool ferry_sim_copy_begin(FerrySimJob *job);        // false: there is nothing to be copied
bool ferry_sim_copy_end(FerrySimJob *job);          // false: the room is used up
void ferry_sim_copy_note(FerrySimWorld *world);     // what all have written by now
void ferry_sim_copy_stop(FerrySimJob *job);         // what is there stays
void ferry_sim_copy_full(FerrySimJob *job);         // no room is left there
void ferry_sim_copy_no_room(FerrySimHost *host);    // the same for each copy to that host
void ferry_sim_copy_hand_over(FerrySimJob *job);    // the guest stands, all is there
bool ferry_sim_copy_stands(const FerrySimJob *job); // and can't be given up: its link is cut
void ferry_sim_copy_stats(const FerrySimJob *job, FerryJobStats *stats);

// restart.c
typedef enum FerrySimAction {
    FERRY_SIM_ACTION_GO_ON,               // nothing: what runs, runs on
    FERRY_SIM_ACTION_FORGET,              // the job; nothing had happened
    FERRY_SIM_ACTION_CANCEL,              // the move; let the guest run if the move had paused it
    FERRY_SIM_ACTION_LEAVE,               // as it is: 'third party needs to check what to do next'
    FERRY_SIM_ACTION_KILL,                // the QEMU
    FERRY_SIM_ACTION_KILL_UNLESS_RUNNING, // the QEMU
    FERRY_SIM_ACTION_POSTCOPY_FAILED,     // keep it: memory is on both hosts
    FERRY_SIM_ACTION_LAST
} FerrySimAction;

typedef struct FerrySimRestartRule {
    FerrySimStatus status;
    FerrySimAction restart;          // a daemon starts and finds the domain so
    FerrySimAction restart_postcopy; // the same in post-copy
    FerrySimAction client_gone;      // the connection that began the job closes (or autodestroy)
    const char *comment;
} FerrySimRestartRule;

const FerrySimRestartRule *ferry_sim_restart_rule(FerrySimStatus status);
// What a daemon does with @instance, which may be gone afterwards.
void ferry_sim_act(FerrySimInstance *instance, FerrySimAction action, FerryVmReason killed);
