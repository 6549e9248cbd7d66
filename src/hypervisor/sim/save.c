// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hypervisor/sim/file.h"
#include "hypervisor/sim/images.h"

char *
ferry_sim_world_stamp(const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return g_strdup("");
    return g_strdup_printf("%ju %jd %jd.%09ld", (uintmax_t)status.st_ino, (intmax_t)status.st_size,
                           (intmax_t)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

const char *
ferry_sim_status_name(FerrySimStatus status)
{
    static const char *const names[FERRY_SIM_STATUS_LAST] = {
        [FERRY_SIM_STATUS_NONE] = "none",
        [FERRY_SIM_STATUS_BEGIN3] = "begin3",
        [FERRY_SIM_STATUS_PERFORM3] = "perform3",
        [FERRY_SIM_STATUS_PERFORM3_DONE] = "perform3_done",
        [FERRY_SIM_STATUS_CONFIRM3_CANCELLED] = "confirm3_cancelled",
        [FERRY_SIM_STATUS_CONFIRM3] = "confirm3",
        [FERRY_SIM_STATUS_PREPARE] = "prepare",
        [FERRY_SIM_STATUS_FINISH3] = "finish3",
    };

    return names[status];
}

static void
save_list(GKeyFile *file, const char *group, const char *key, GStrv list)
{
    if (list != NULL)
        g_key_file_set_string_list(file, group, key, (const char *const *)list,
                                   g_strv_length(list));
}

static void
save_text(GKeyFile *file, const char *group, const char *key, const char *text)
{
    if (text != NULL)
        g_key_file_set_string(file, group, key, text);
}

static FerrySimContent
content_of(const FerrySimHost *host, const FerrySimImage *image)
{
    if (!image->whole)
        return FERRY_SIM_CONTENT_PARTIAL;
    return image->machine == NULL || ferry_sim_image_is_current(host, image)
               ? FERRY_SIM_CONTENT_CURRENT
               : FERRY_SIM_CONTENT_STALE;
}

static void
save_image(const FerrySimHost *host, const FerrySimImage *image, GKeyFile *file)
{
    g_autofree char *group = g_strdup_printf("image %s %s", host->name, image->path);

    save_text(file, group, "format", image->format);
    g_key_file_set_double(file, group, "capacity_mib", (double)image->capacity / 1048576);
    g_key_file_set_double(file, group, "allocation_mib", (double)image->allocation / 1048576);
    save_text(file, group, "backing", image->backing);
    save_text(file, group, "backing_format", image->backing_format);
    g_key_file_set_integer(file, group, "mode", (int)image->mode);
    if (image->owner >= 0)
        g_key_file_set_int64(file, group, "owner", image->owner);
    if (image->group >= 0)
        g_key_file_set_int64(file, group, "group", image->group);
    g_key_file_set_integer(file, group, "changes", (int)image->changes);
    g_key_file_set_string(file, group, "content", ferry_sim_content_name(content_of(host, image)));
    if (image->machine != NULL) {
        const char target[] = {'v', 'd', (char)('a' + (int)image->disk), '\0'};

        g_key_file_set_string(file, group, "guest", image->machine->key);
        g_key_file_set_string(file, group, "target", target);
    }
}

static void
save_images(const FerrySimHost *host, GKeyFile *file)
{
    GHashTableIter iter;
    void *image;

    g_hash_table_iter_init(&iter, host->images);
    while (g_hash_table_iter_next(&iter, NULL, &image))
        save_image(host, image, file);
}

static void
save_instance(const FerrySimInstance *instance, GKeyFile *file)
{
    g_autofree char *group =
        g_strdup_printf("instance %s %s", instance->machine->key, instance->host->name);

    g_key_file_set_string(file, group, "name", instance->name);
    g_key_file_set_string(file, group, "state", ferry_vm_state_name(instance->state));
    g_key_file_set_string(file, group, "reason", ferry_vm_reason_name(instance->reason));
    g_key_file_set_boolean(file, group, "persistent", instance->persistent);
    g_key_file_set_boolean(file, group, "autostart", instance->autostart);
    g_key_file_set_boolean(file, group, "memory", instance->has_memory);
    g_key_file_set_string(file, group, "job", ferry_sim_status_name(instance->status));
    save_list(file, group, "disks", instance->disks);
}

static void
save_host(const FerrySimHost *host, GKeyFile *file)
{
    static const char *const names[] = {"running", "killed", "frozen"};
    const FerrySimWorld *world = host->world;
    g_autofree char *group = g_strdup_printf("host %s", host->name);
    double left_us;

    g_key_file_set_string(file, group, "daemon", names[host->daemon]);
    g_key_file_remove_key(file, group, "daemon_until_us", NULL);
    if (host->daemon_due_us != FERRY_SIM_NEVER) {
        left_us = (double)(host->daemon_due_us - world->now_us) * world->realtime;
        g_key_file_set_int64(file, group, "daemon_until_us", g_get_real_time() + (int64_t)left_us);
    }
    for (unsigned i = 0; i < host->instances->len; i++)
        save_instance(host->instances->pdata[i], file);
    save_images(host, file);
}

static void
save_fault(const FerrySimFault *fault, unsigned number, GKeyFile *file)
{
    g_autofree char *group = g_strdup_printf("fault %u", number);

    g_key_file_set_string(file, group, "kind", ferry_sim_fault_name(fault->kind));
    g_key_file_set_string(file, group, "phase", ferry_sim_phase_name(fault->phase));
    g_key_file_set_string(file, group, "point", ferry_sim_point_name(fault->point));
    g_key_file_set_integer(file, group, "call", (int)fault->call);
    g_key_file_set_double(file, group, "seconds",
                          (double)MAX(fault->duration_us, 0) / G_USEC_PER_SEC);
}

static void
save_job(const FerrySimJob *job, GKeyFile *file)
{
    g_key_file_set_string(file, "job", "machine", job->machine->key);
    g_key_file_set_string(file, "job", "src", job->src_host->name);
    g_key_file_set_string(file, "job", "dst", job->dst_host->name);
    g_key_file_set_string(file, "job", "name", job->dest_name);
    g_key_file_set_integer(file, "job", "flags", (int)job->flags);
    g_key_file_set_integer(file, "job", "phase", (int)job->phase);
    g_key_file_set_integer(file, "job", "point", (int)job->point);
    g_key_file_set_boolean(file, "job", "running", job->was_running);
    g_key_file_set_integer(file, "job", "mover", (int)getpid());
    save_list(file, "job", "copied", job->copied);
    save_list(file, "job", "src_disks", job->src_disks);
    save_list(file, "job", "dst_disks", job->dst_disks);
    g_key_file_set_boolean(file, "job", "copying", job->copying);
}

// What is written anew at each save goes first. A machine's place is told by its instances alone from now on.
static void
forget_old(GKeyFile *file)
{
    static const char *const placed[] = {"host", "state", "reason", "persistent", "autostart"};
    g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);

    for (unsigned i = 0; groups[i] != NULL; i++) {
        if (g_str_has_prefix(groups[i], "instance ") || g_str_has_prefix(groups[i], "image ") ||
            g_str_has_prefix(groups[i], "fault") || strcmp(groups[i], "job") == 0)
            g_key_file_remove_group(file, groups[i], NULL);
        for (unsigned k = 0; k < G_N_ELEMENTS(placed); k++)
            if (g_str_has_prefix(groups[i], "machine "))
                g_key_file_remove_key(file, groups[i], placed[k], NULL);
    }
}

void
ferry_sim_world_save(FerrySimWorld *world)
{
    g_autoptr(GError) cause = NULL;

    world->changed = false;
    forget_old(world->file);
    for (unsigned i = 0; i < world->hosts->len; i++)
        save_host(world->hosts->pdata[i], world->file);
    for (unsigned i = 0; i < world->faults->len; i++)
        save_fault(&g_array_index(world->faults, FerrySimFault, i), i, world->file);
    if (world->jobs->len > 0)
        save_job(world->jobs->pdata[0], world->file);
    if (!g_key_file_save_to_file(world->file, world->path, &cause))
        g_warning("cannot save simulated world '%s': %s", world->path, cause->message);
    g_free(world->stamp);
    world->stamp = ferry_sim_world_stamp(world->path);
}

void
ferry_sim_world_refresh(FerrySimWorld *world)
{
    g_autofree char *stamp = NULL;
    g_autoptr(GError) error = NULL;

    // Whoever carries a move knows best.
    if (!world->persist || world->jobs->len > 0)
        return;
    stamp = ferry_sim_world_stamp(world->path);
    if (strcmp(stamp, world->stamp) == 0)
        return;
    if (!ferry_sim_world_read_again(world, &error))
        g_warning("%s", error->message);
    else
        ferry_sim_world_recover(world);
}

static bool
is_alive(int pid)
{
    return kill(pid, 0) == 0 || errno == EPERM;
}

static GStrv
read_list(const FerrySimWorld *world, const char *key)
{
    return g_key_file_get_string_list(world->file, "job", key, NULL, NULL);
}

// The move that the file tells of, as it stood; NULL when it does not fit the world.
static FerrySimJob *
read_job(FerrySimWorld *world)
{
    g_autofree char *key = g_key_file_get_string(world->file, "job", "machine", NULL);
    g_autofree char *src = g_key_file_get_string(world->file, "job", "src", NULL);
    g_autofree char *dst = g_key_file_get_string(world->file, "job", "dst", NULL);
    FerryMigrateCall call = {
        .flags = (unsigned)g_key_file_get_integer(world->file, "job", "flags", NULL),
    };
    unsigned phase = (unsigned)g_key_file_get_integer(world->file, "job", "phase", NULL);
    unsigned point = (unsigned)g_key_file_get_integer(world->file, "job", "point", NULL);
    FerrySimMachine *machine = key == NULL ? NULL : g_hash_table_lookup(world->by_key, key);
    FerrySimJob *job;

    if (machine == NULL || src == NULL || dst == NULL || ferry_sim_host_find(world, src) == NULL ||
        ferry_sim_host_find(world, dst) == NULL || phase >= FERRY_SIM_PHASE_LAST ||
        point >= FERRY_SIM_POINT_LAST)
        return NULL;
    job = ferry_sim_job_new(world, &call);
    job->machine = machine;
    job->src_host = ferry_sim_host_find(world, src);
    job->dst_host = ferry_sim_host_find(world, dst);
    job->src = ferry_sim_instance_find(job->src_host, job->machine->uuid);
    job->dst = ferry_sim_instance_find(job->dst_host, job->machine->uuid);
    job->link = ferry_sim_link(world, job->src_host, job->dst_host);
    job->copied = read_list(world, "copied");
    job->src_disks = read_list(world, "src_disks");
    job->dst_disks = read_list(world, "dst_disks");
    job->dest_name = g_key_file_get_string(world->file, "job", "name", NULL);
    job->was_active = job->src != NULL && job->src->active;
    job->was_running = g_key_file_get_boolean(world->file, "job", "running", NULL);
    job->phase = (FerrySimPhase)phase;
    job->point = (FerrySimPoint)point;
    return job;
}

// What was copied before is copied once more: that takes as long, and ends with the same.
static bool
begin_copy_again(FerrySimJob *job)
{
    bool copying = g_key_file_get_boolean(job->world->file, "job", "copying", NULL);

    if (job->phase < FERRY_SIM_PERFORM3 || job->phase > FERRY_SIM_SWITCHOVER ||
        job->point != FERRY_SIM_IN || !ferry_sim_copy_begin(job))
        return false;
    job->copying = copying;
    return copying;
}

void
ferry_sim_world_recover(FerrySimWorld *world)
{
    int mover = g_key_file_get_integer(world->file, "job", "mover", NULL);
    g_autoptr(FerrySimJob) job = NULL;

    if (mover <= 0 || is_alive(mover))
        return;
    job = read_job(world);
    if (job == NULL)
        return;
    g_ptr_array_add(world->jobs, ferry_sim_job_ref(job));
    job->started_us = world->now_us;
    if (!begin_copy_again(job))
        ferry_sim_pass_begin(job, job->phase <= FERRY_SIM_PERFORM3 ? job->machine->memory_kib * 1024
                                                                   : 0);
    job->due_us = world->now_us;
    ferry_sim_job_refresh(job);
    ferry_sim_job_client_gone(job);
    world->changed = true;
    // Nobody knows how long ago that was: long enough for the end of the move.
    while (!job->over && ferry_sim_next_due(world) != FERRY_SIM_NEVER && job->iteration < 1000)
        (void)ferry_sim_step(world, FERRY_SIM_NEVER - 1);
}
