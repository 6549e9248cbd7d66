// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The migration protocol, version 3, as a table: what each phase does on its side. libvirt:
// virDomainMigrateVersion3Full (src/libvirt-domain.c) and qemuMigrationSrcPerformPeer2Peer3
// (src/qemu/qemu_migration.c), 9.0 to 11.3.

#include "hypervisor/sim/images.h"
#include "hypervisor/sim/job.h"

#include <string.h>

#define MS INT64_C(1000)
// virDomainMigrateFlags' errors, as virErrorNumber.
#define ERR_INTERNAL             1
#define ERR_INVALID_ARG          8
#define ERR_OPERATION_FAILED     9
#define ERR_OPERATION_INVALID    55
#define ERR_ARGUMENT_UNSUPPORTED 74
#define ERR_ABORTED              78
#define ERR_UNSUPPORTED          67

static bool
refuse(FerrySimJob *job, int number, const char *text)
{
    ferry_sim_job_fail(job, FERRY_ERROR_MOVE_FAILED, number, text);
    return false;
}

// @text: (transfer full)
static bool
refuse_text(FerrySimJob *job, int number, char *text)
{
    g_autofree char *owned = text;

    return refuse(job, number, owned);
}

// Begin3

static bool
src_begin(FerrySimJob *job)
{
    bool offline = (job->flags & FERRY_MIGRATE_OFFLINE) != 0;
    bool postcopy = (job->flags & FERRY_MIGRATE_POSTCOPY) != 0;

    if (job->src == NULL || (!job->src->active && !offline))
        return refuse(job, ERR_OPERATION_INVALID,
                      "Requested operation is not valid: domain is not running");
    if (ferry_sim_copy_unknown(job) != NULL)
        return refuse_text(job, ERR_INVALID_ARG,
                           g_strdup_printf("invalid argument: disk target %s not found",
                                           ferry_sim_copy_unknown(job)));
    if (offline && (job->flags &
                    (unsigned)(FERRY_MIGRATE_NON_SHARED_DISK | FERRY_MIGRATE_NON_SHARED_INC)) != 0)
        return refuse(
            job, ERR_OPERATION_INVALID,
            "Requested operation is not valid: offline migration cannot handle non-shared storage");
    if (postcopy && (job->flags & FERRY_MIGRATE_PAUSED) != 0)
        return refuse(
            job, ERR_ARGUMENT_UNSUPPORTED,
            "argument unsupported: post-copy migration is not supported with non-live or paused migration");
    if (offline && (job->flags & FERRY_MIGRATE_PERSIST_DEST) == 0)
        return refuse(
            job, ERR_OPERATION_INVALID,
            "Requested operation is not valid: offline migration must be specified with the persistent flag set");
    if (offline && job->src->active)
        return refuse(
            job, ERR_OPERATION_INVALID,
            "Requested operation is not valid: cannot perform offline migration for a running domain");
    if (job->src_host == job->dst_host || strcmp(job->src_host->uuid, job->dst_host->uuid) == 0)
        return refuse(job, ERR_INTERNAL,
                      "internal error: Attempt to migrate guest to the same host");
    return true;
}

static int64_t
begin_us(FerrySimJob *job)
{
    return 2 * MS;
}

// Prepare3

static bool
machine_type_is_known(const FerrySimHost *host, const char *type)
{
    return g_strv_contains((const char *const *)host->machine_types, type);
}

// Is there another machine of that name, or the same one running?
static const char *
dst_conflict(FerrySimJob *job)
{
    for (unsigned i = 0; i < job->dst_host->instances->len; i++) {
        const FerrySimInstance *other = job->dst_host->instances->pdata[i];
        if (other->machine == job->machine && other->active)
            return "Requested operation is not valid: domain is already active";
        if (other->machine != job->machine && strcmp(other->name, job->dest_name) == 0)
            return "operation failed: domain already exists with another UUID";
    }
    return NULL;
}

static bool
dst_prepare(FerrySimJob *job)
{
    const char *conflict = dst_conflict(job);
    FerrySimInstance *dst;
    char *refusal;

    if (conflict != NULL)
        return refuse(job, ERR_OPERATION_FAILED, conflict);
    if (!machine_type_is_known(job->dst_host, job->machine->machine_type))
        return refuse(job, ERR_UNSUPPORTED,
                      "unsupported configuration: Emulator does not support machine type");
    if (job->dst_host->disk_full)
        return refuse(job, ERR_INTERNAL,
                      "cannot start the machine on the destination: No space left on device");
    if ((job->flags & FERRY_MIGRATE_OFFLINE) != 0)
        return true;
    if (job->dst_host->cpu_refusal != NULL)
        return refuse(job, ERR_UNSUPPORTED, job->dst_host->cpu_refusal);
    if (ferry_sim_host_memory_free(job->dst_host) < job->machine->memory_kib)
        return refuse(
            job, ERR_INTERNAL,
            "internal error: QEMU unexpectedly closed the monitor: cannot set up guest memory: Cannot allocate memory");
    refusal = ferry_sim_copy_prepare(job);
    if (refusal != NULL)
        return refuse_text(job, ERR_OPERATION_FAILED, refusal);
    dst = ferry_sim_instance_find(job->dst_host, job->machine->uuid);
    if (dst == NULL)
        dst = ferry_sim_instance_new(job->dst_host, job->machine);
    ferry_sim_instance_place(dst, job->dst_disks);
    g_free(dst->name);
    dst->name = g_strdup(job->dest_name);
    dst->active = true;
    dst->has_memory = false;
    dst->abandoned = false;
    job->dst = dst;
    ferry_sim_instance_set_state(dst, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_MIGRATION);
    return true;
}

static int64_t
prepare_us(FerrySimJob *job)
{
    return 250 * MS;
}

static bool
dst_prepared(FerrySimJob *job)
{
    return (job->flags & FERRY_MIGRATE_OFFLINE) != 0 || (job->dst != NULL && job->dst->active);
}

// Perform3

static bool
src_perform(FerrySimJob *job)
{
    job->started_us = job->world->now_us;
    job->iteration = 1;
    if ((job->flags & FERRY_MIGRATE_OFFLINE) != 0)
        return true;
    if (!job->abort_asked) {
        if (!ferry_sim_copy_begin(job))
            ferry_sim_pass_begin(job, job->machine->memory_kib * 1024);
        return true;
    }
    ferry_sim_job_fail(job, FERRY_ERROR_CANCELLED, ERR_ABORTED,
                       "operation aborted: migration out job: canceled by client");
    return false;
}

static int64_t
perform_us(FerrySimJob *job)
{
    if ((job->flags & FERRY_MIGRATE_OFFLINE) != 0)
        return 0;
    return ferry_sim_pass_end_us(job) - job->world->now_us;
}

static bool
src_pause(FerrySimJob *job)
{
    job->paused_us = job->world->now_us;
    if (job->src == NULL || !job->src->runs)
        return true;
    ferry_sim_instance_stop(job->src, FERRY_VM_REASON_MIGRATION);
    return true;
}

static int64_t
switchover_us(FerrySimJob *job)
{
    if ((job->flags & FERRY_MIGRATE_OFFLINE) != 0)
        return 0;
    if (job->postcopy)
        return 10 * MS;
    return 20 * MS + ferry_sim_pass_end_us(job) - job->pass_start_us;
}

// The guest is wholly on both sides now, and the source's QEMU gives the images' locks away.
static bool
src_hand_over(FerrySimJob *job)
{
    if ((job->flags & FERRY_MIGRATE_OFFLINE) != 0)
        return true;
    if (job->src == NULL || job->dst == NULL || !job->dst->active)
        return false;
    job->dst->guest_us = job->src->guest_us;
    job->dst->has_memory = true;
    job->src->holds_lock = false;
    ferry_sim_copy_hand_over(job);
    job->src->status = FERRY_SIM_STATUS_PERFORM3_DONE;
    if (job->postcopy) {
        job->src->postcopy = job->dst->postcopy = true;
        ferry_sim_instance_set_state(job->src, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_POSTCOPY);
    } else {
        job->sent_bytes += job->pass_bytes;
    }
    job->downtime_us = job->world->now_us - job->paused_us;
    return true;
}

// Finish3

// Finish3 that fails ends the QEMU. A source in post-copy can't go on without what it has sent: that is libvirt's
// doing, and nobody's who could have known better.
static bool
dst_ends(FerrySimJob *job, const char *text)
{
    g_autofree char *said = g_strconcat("internal error: ", text, NULL);

    ferry_sim_instance_end(job->dst, FERRY_VM_REASON_FAILED);
    if (!job->postcopy)
        return refuse(job, ERR_INTERNAL, said);
    ferry_sim_job_lose_half(job, job->src, said);
    return false;
}

// PERSIST_DEST is obeyed before the CPUs start, so a start that fails leaves a definition.
static bool
dst_finish(FerrySimJob *job)
{
    bool offline = (job->flags & FERRY_MIGRATE_OFFLINE) != 0;

    if (offline && job->dst == NULL) {
        job->dst = ferry_sim_instance_find(job->dst_host, job->machine->uuid);
        if (job->dst == NULL)
            job->dst = ferry_sim_instance_new(job->dst_host, job->machine);
        ferry_sim_instance_place(job->dst, job->dst_disks);
        g_free(job->dst->name);
        job->dst->name = g_strdup(job->dest_name);
        job->dst->persistent = true;
        ferry_sim_instance_set_state(job->dst, FERRY_VM_STATE_SHUTOFF, FERRY_VM_REASON_OTHER);
        return true;
    }
    if (job->dst == NULL || !job->dst->active)
        return true;
    if ((job->flags & FERRY_MIGRATE_PERSIST_DEST) != 0 && job->dst_host->disk_full)
        return dst_ends(job, "cannot write the definition: No space left on device");
    if ((job->flags & FERRY_MIGRATE_PERSIST_DEST) != 0)
        job->dst->persistent = true;
    if (!job->postcopy)
        return true;
    ferry_sim_pass_begin(job, job->pass_bytes);
    return ferry_sim_instance_start(job->dst, FERRY_VM_REASON_POSTCOPY) ||
           dst_ends(job, "unable to execute QEMU command 'cont': Failed to get \"write\" lock");
}

static int64_t
finish_us(FerrySimJob *job)
{
    if (job->postcopy)
        return ferry_sim_pass_end_us(job) - job->world->now_us;
    return 5 * MS;
}

static bool
dst_run(FerrySimJob *job)
{
    if ((job->flags & FERRY_MIGRATE_OFFLINE) != 0)
        return true;
    if (job->dst == NULL || !job->dst->active)
        return false;
    if (!job->postcopy)
        return ferry_sim_dst_resume(job->dst, job->flags);
    job->sent_bytes += job->pass_bytes;
    job->dst->postcopy = false;
    ferry_sim_instance_set_state(job->dst, FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_MIGRATED);
    return true;
}

static int64_t
short_us(FerrySimJob *job)
{
    return 2 * MS;
}

static bool
dst_end_job(FerrySimJob *job)
{
    if (job->dst != NULL) {
        job->dst->status = FERRY_SIM_STATUS_NONE;
        job->world->changed = true;
    }
    return true;
}

// Confirm3

static bool
src_go_on(FerrySimJob *job)
{
    FerrySimInstance *src = job->src;

    if (src == NULL)
        return true;
    // qemuMigrationSrcConfirmPhase: without what it has sent it can't go on
    if (src->postcopy) {
        src->status = FERRY_SIM_STATUS_PERFORM3_DONE;
        ferry_sim_instance_set_state(src, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_POSTCOPY_FAILED);
        return true;
    }
    src->status = FERRY_SIM_STATUS_NONE;
    job->world->changed = true;
    if (!src->active || src->runs || !job->was_running)
        return true;
    // The images' locks are with the destination: QEMU refuses 'cont'.
    if (!ferry_sim_instance_start(src, FERRY_VM_REASON_MIGRATION_CANCELED))
        ferry_sim_instance_set_state(src, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_API_ERROR);
    return true;
}

static int64_t
kill_us(FerrySimJob *job)
{
    return 200 * MS; // virProcessKillPainfullyDelay looks every 200 ms
}

static bool
src_confirm(FerrySimJob *job)
{
    bool undefine = (job->flags & FERRY_MIGRATE_UNDEFINE_SOURCE) != 0;

    if (job->src == NULL)
        return true;
    // libvirt puts the source back as it was, and the call succeeds all the same.
    if (job->phase_fails)
        return src_go_on(job);
    // Ended before we came to it: libvirt skips Confirm, and no job-completed event comes.
    if (!job->src->active && job->was_active) {
        if (undefine)
            ferry_sim_instance_undefine(job->src);
        return true;
    }
    if (job->src->active) {
        if (undefine)
            job->src->persistent = false;
        ferry_sim_instance_end(job->src, FERRY_VM_REASON_MIGRATED);
        // Post-copy leaves no figures on the destination; the event has them in every mode.
        if (job->dst != NULL && !job->postcopy) {
            ferry_sim_job_stats(job, FERRY_JOB_COMPLETED, &job->dst->completed);
            job->dst->completed.operation = FERRY_JOB_OP_MIGRATION_IN;
        }
        ferry_sim_job_emit_ended(job);
    } else if (undefine) {
        ferry_sim_instance_undefine(job->src);
    }
    return true;
}

// Where something failed

static bool
dst_discard(FerrySimJob *job)
{
    if (job->dst != NULL && job->dst->active && job->dst->status != FERRY_SIM_STATUS_NONE)
        ferry_sim_instance_end(job->dst, FERRY_VM_REASON_FAILED);
    return true;
}

// clang-format off: a row a phase
static const FerrySimProtocolRow rows[FERRY_SIM_PHASE_LAST] = {
    [FERRY_SIM_BEGIN3] = {FERRY_SIM_BEGIN3, "begin3", FERRY_SIM_SRC, true, true,
                          FERRY_SIM_STATUS_BEGIN3, src_begin, begin_us, NULL, FERRY_SIM_PREPARE3,
                          "the source checks and writes its XML"},
    [FERRY_SIM_PREPARE3] =
        {FERRY_SIM_PREPARE3, "prepare3", FERRY_SIM_DST, true, true, FERRY_SIM_STATUS_PREPARE,
         dst_prepare, prepare_us, dst_prepared, FERRY_SIM_PERFORM3,
         "the destination starts a QEMU that waits; it dies with the connection (autodestroy)"},
    [FERRY_SIM_PERFORM3] = {FERRY_SIM_PERFORM3, "perform3", FERRY_SIM_SRC, true, false,
                            FERRY_SIM_STATUS_PERFORM3, src_perform, perform_us, NULL,
                            FERRY_SIM_SWITCHOVER,
                            "pass after pass until the rest fits; the guest runs"},
    [FERRY_SIM_SWITCHOVER] =
        {FERRY_SIM_SWITCHOVER, "switchover", FERRY_SIM_SRC, false, true, FERRY_SIM_STATUS_PERFORM3,
         src_pause, switchover_us, src_hand_over, FERRY_SIM_FINISH3,
         "pause-before-switchover: the source's daemon must let QEMU go on; then perform3_done"},
    [FERRY_SIM_FINISH3] =
        {FERRY_SIM_FINISH3, "finish3", FERRY_SIM_DST, true, false, FERRY_SIM_STATUS_FINISH3,
         dst_finish, finish_us, dst_run, FERRY_SIM_FINISH3_END,
         "the definition first, then the CPUs (or paused by user); post-copy: until all is here"},
    [FERRY_SIM_FINISH3_END] = {FERRY_SIM_FINISH3_END, "finish3-end", FERRY_SIM_DST, false, true,
                               FERRY_SIM_STATUS_FINISH3, NULL, short_us, dst_end_job,
                               FERRY_SIM_CONFIRM3,
                               "the destination's job ends; only now the machine is its own"},
    [FERRY_SIM_CONFIRM3] = {FERRY_SIM_CONFIRM3, "confirm3", FERRY_SIM_SRC, true, true,
                            FERRY_SIM_STATUS_CONFIRM3, NULL, kill_us, src_confirm,
                            FERRY_SIM_PHASE_LAST,
                            "the source's QEMU is ended, its definition taken away if asked"},
    [FERRY_SIM_FINISH3_CANCEL] = {FERRY_SIM_FINISH3_CANCEL, "finish3-cancel", FERRY_SIM_DST, true,
                                  true, FERRY_SIM_STATUS_LAST, NULL, kill_us, dst_discard,
                                  FERRY_SIM_CONFIRM3_CANCEL,
                                  "Finish3 with cancelled = 1: the destination's QEMU is ended"},
    [FERRY_SIM_CONFIRM3_CANCEL] =
        {FERRY_SIM_CONFIRM3_CANCEL, "confirm3-cancel", FERRY_SIM_SRC, true, true,
         FERRY_SIM_STATUS_CONFIRM3_CANCELLED, NULL, short_us, src_go_on, FERRY_SIM_PHASE_LAST,
         "Confirm3 with cancelled = 1: the source's guest goes on if the move had paused it"},
};
// clang-format on

const FerrySimProtocolRow *
ferry_sim_protocol(FerrySimPhase phase)
{
    g_assert(phase < FERRY_SIM_PHASE_LAST);
    return &rows[phase];
}

const char *
ferry_sim_phase_name(FerrySimPhase phase)
{
    return ferry_sim_protocol(phase)->name;
}
