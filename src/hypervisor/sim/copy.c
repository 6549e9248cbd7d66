// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Disks that travel with a move: all of each goes over before the memory, then what the guest writes goes to both
// sides until the guest does. libvirt: qemuMigrationDstPrecreateStorage, qemuMigrationSrcNBDStorageCopy and
// qemuMigrationSrcNBDCopyCancel (src/qemu/qemu_migration.c, 9.0 to 11.3).

#include "hypervisor/sim/images.h"
#include "hypervisor/sim/job.h"
#include "model/definition.h"

#define NON_SHARED ((unsigned)(FERRY_MIGRATE_NON_SHARED_DISK | FERRY_MIGRATE_NON_SHARED_INC))

static bool
is_copied(const FerrySimJob *job, unsigned disk)
{
    const char target[] = {'v', 'd', (char)('a' + (int)disk), '\0'};

    if ((job->flags & NON_SHARED) == 0)
        return false;
    return job->copied == NULL || g_strv_contains((const char *const *)job->copied, target);
}

// Where the destination's XML says other places, they are those.
void
ferry_sim_copy_place(FerrySimJob *job, const char *dest_xml)
{
    g_autoptr(FerryDefinition) definition =
        dest_xml == NULL ? NULL : ferry_definition_parse(dest_xml, NULL);

    job->src_disks = g_strdupv((GStrv)ferry_sim_instance_disks(job->src));
    job->dst_disks = g_strdupv(job->src_disks);
    for (unsigned i = 0; definition != NULL && i < definition->disks->len; i++) {
        const FerryDisk *disk = definition->disks->pdata[i];
        unsigned number;

        if (disk->target == NULL || disk->source == NULL ||
            !ferry_sim_disk_of_target(job->machine, disk->target, &number))
            continue;
        g_free(job->dst_disks[number]);
        job->dst_disks[number] = g_strdup(disk->source);
    }
}

const char *
ferry_sim_copy_unknown(const FerrySimJob *job)
{
    unsigned disk;

    for (unsigned i = 0; job->copied != NULL && job->copied[i] != NULL; i++)
        if (!ferry_sim_disk_of_target(job->machine, job->copied[i], &disk))
            return job->copied[i];
    return NULL;
}

bool
ferry_sim_copy_has(const FerrySimJob *job, const char *target)
{
    unsigned disk;

    return ferry_sim_disk_of_target(job->machine, target, &disk) && is_copied(job, disk);
}

// Returns: why the destination can't take the disk; NULL: it can
static char *
refuse_disk(FerrySimJob *job, unsigned disk)
{
    const char *path = job->dst_disks[disk];
    FerrySimHost *host = job->dst_host;
    g_autofree char *folder = NULL;
    FerrySimImage *made;

    if (ferry_sim_image_find(job->src_host, job->src_disks[disk]) == NULL ||
        ferry_sim_image_find(host, path) != NULL ||
        (host->paths != NULL && g_hash_table_contains(host->paths, path)))
        return NULL;
    if (!is_copied(job, disk))
        return g_strdup_printf("Cannot access storage file '%s': No such file or directory", path);
    if ((job->flags & FERRY_MIGRATE_NON_SHARED_INC) != 0)
        return g_strdup(
            "unsupported configuration: pre-creation of storage targets for incremental storage migration is not supported");
    folder = g_path_get_dirname(path);
    if (!ferry_sim_host_has_pool(host, folder))
        return g_strdup_printf(
            "operation failed: Storage pool not found: no storage pool with matching target path '%s'",
            folder);
    made = ferry_sim_image_new(host, path,
                               ferry_sim_image_find(job->src_host, job->src_disks[disk])->format);
    made->capacity = ferry_sim_image_find(job->src_host, job->src_disks[disk])->capacity;
    return NULL;
}

char *
ferry_sim_copy_prepare(FerrySimJob *job)
{
    for (unsigned i = 0; job->dst_disks != NULL && job->dst_disks[i] != NULL; i++) {
        char *refusal = refuse_disk(job, i);
        if (refusal != NULL)
            return refusal;
    }
    return NULL;
}

// Calls @func for each disk that is copied, with its images; one that is gone is left out.
static void
for_each(
    FerrySimJob *job,
    void (*func)(FerrySimJob *job, const FerrySimImage *from, FerrySimImage *to, unsigned disk))
{
    for (unsigned i = 0; job->dst_disks != NULL && job->dst_disks[i] != NULL; i++) {
        const FerrySimImage *from = ferry_sim_image_find(job->src_host, job->src_disks[i]);
        FerrySimImage *to = ferry_sim_image_find(job->dst_host, job->dst_disks[i]);

        if (is_copied(job, i) && from != NULL && to != NULL)
            func(job, from, to, i);
    }
}

static void
open_copy(FerrySimJob *job, const FerrySimImage *from, FerrySimImage *to, unsigned disk)
{
    to->machine = job->machine;
    to->disk = disk;
    to->whole = false;
    to->changes++;
    job->copy_count++;
    job->copy_total += from->allocation;
    job->copy_room += to->allocation;
}

bool
ferry_sim_copy_begin(FerrySimJob *job)
{
    job->copy_count = 0;
    job->copy_total = 0;
    job->copy_room = ferry_sim_host_room(job->dst_host);
    for_each(job, open_copy);
    if (job->copy_count == 0)
        return false;
    job->copying = job->mirrors = true;
    ferry_sim_pass_begin(job, MIN(job->copy_total, job->copy_room));
    return true;
}

static uint64_t
copied_bytes(const FerrySimJob *job)
{
    uint64_t most = MIN(job->copy_total, job->copy_room);

    return job->copying ? most - ferry_sim_pass_remaining(job) : most;
}

static void
grow(FerrySimJob *job, const FerrySimImage *from, FerrySimImage *to, unsigned disk)
{
    double share = job->copy_total == 0 ? 1 : (double)copied_bytes(job) / (double)job->copy_total;

    (void)disk;
    to->allocation = MAX(to->allocation, (uint64_t)((double)from->allocation * share));
}

static void
note(FerrySimJob *job)
{
    if (job->copying)
        for_each(job, grow);
}

void
ferry_sim_copy_note(FerrySimWorld *world)
{
    for (unsigned i = 0; i < world->jobs->len; i++)
        note(world->jobs->pdata[i]);
}

void
ferry_sim_copy_stop(FerrySimJob *job)
{
    note(job);
    job->copying = job->mirrors = false;
}

void
ferry_sim_copy_full(FerrySimJob *job)
{
    if (!job->mirrors)
        return;
    ferry_sim_job_note(job, FERRY_ERROR_MOVE_FAILED, 9,
                       "operation failed: migration of disk vda failed: No space left on device");
    job->copy_failed = true;
    if (job->stalled_us == 0)
        job->due_us = job->world->now_us;
}

void
ferry_sim_copy_no_room(FerrySimHost *host)
{
    for (unsigned i = 0; i < host->world->jobs->len; i++) {
        FerrySimJob *job = host->world->jobs->pdata[i];
        if (job->dst_host == host && job->stalled_us == 0)
            ferry_sim_copy_full(job);
    }
}

bool
ferry_sim_copy_end(FerrySimJob *job)
{
    note(job);
    if (job->copy_room < job->copy_total) {
        ferry_sim_copy_full(job);
        return false;
    }
    job->copying = false;
    return true;
}

static void
hand_over(FerrySimJob *job, const FerrySimImage *from, FerrySimImage *to, unsigned disk)
{
    (void)job;
    (void)disk;
    to->whole = from->whole;
    to->content_us = from->content_us;
    to->allocation = from->allocation;
    to->changes++;
}

void
ferry_sim_copy_hand_over(FerrySimJob *job)
{
    if (job->mirrors)
        for_each(job, hand_over);
    job->mirrors = false;
}

bool
ferry_sim_copy_stands(const FerrySimJob *job)
{
    return job->mirrors && job->phase == FERRY_SIM_PERFORM3 && job->point == FERRY_SIM_IN &&
           (job->link->cut & FERRY_SIM_CUT_MIGRATION) != 0;
}

void
ferry_sim_copy_stats(const FerrySimJob *job, FerryJobStats *stats)
{
    if (job->copy_count == 0)
        return;
    stats->disk_total = job->copy_total;
    stats->disk_processed = copied_bytes(job);
    stats->disk_remaining = stats->disk_total - stats->disk_processed;
    if (job->copying) {
        stats->memory_total = stats->memory_processed = stats->memory_remaining = 0;
        stats->memory_bps = 0;
        stats->iteration = 0;
    }
    stats->data_total = stats->memory_total + stats->disk_total;
    stats->data_processed = stats->memory_processed + stats->disk_processed;
    stats->data_remaining = stats->memory_remaining + stats->disk_remaining;
}

bool
ferry_sim_is_copying(FerrySimWorld *world)
{
    bool copying = false;

    ferry_sim_lock(world);
    for (unsigned i = 0; i < world->jobs->len; i++)
        copying = copying || ((const FerrySimJob *)world->jobs->pdata[i])->copying;
    ferry_sim_unlock(world);
    return copying;
}
