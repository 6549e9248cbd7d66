// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/sim/images.h"

#include <string.h>

#include "hypervisor/sim/job.h"

#define GIB    (UINT64_C(1) << 30)
#define OTHERS (50 * GIB) // what is on a file system beside images

const char *
ferry_sim_content_name(unsigned content)
{
    static const char *const names[FERRY_SIM_CONTENT_LAST] = {"current", "stale", "partial"};

    return names[content];
}

void
ferry_sim_image_free(FerrySimImage *image)
{
    g_free(image->path);
    g_free(image->format);
    g_free(image->backing);
    g_free(image->backing_format);
    g_free(image);
}

FerrySimImage *
ferry_sim_image_find(const FerrySimHost *host, const char *path)
{
    return g_hash_table_lookup(host->images, path);
}

FerrySimImage *
ferry_sim_image_new(FerrySimHost *host, const char *path, const char *format)
{
    FerrySimImage *image = g_new0(FerrySimImage, 1);

    image->path = g_strdup(path);
    image->format = g_strdup(format);
    image->owner = image->group = -1;
    g_hash_table_replace(host->images, image->path, image);
    host->world->changed = true;
    return image;
}

static bool
uses(const FerrySimInstance *instance, const char *path)
{
    const char *const *disks = ferry_sim_instance_disks(instance);

    return instance->active && instance->has_memory && disks != NULL &&
           g_strv_contains(disks, path);
}

void
ferry_sim_image_delete(FerrySimHost *host, FerrySimImage *image)
{
    for (unsigned i = 0; i < host->instances->len; i++) {
        FerrySimInstance *instance = host->instances->pdata[i];
        if (uses(instance, image->path))
            instance->machine->torn++;
    }
    g_hash_table_remove(host->images, image->path);
    host->world->changed = true;
}

bool
ferry_sim_host_sees(const FerrySimHost *host, const char *path)
{
    if (ferry_sim_image_find(host, path) != NULL || g_hash_table_contains(host->own_paths, path))
        return true;
    return host->paths != NULL ? g_hash_table_contains(host->paths, path)
                               : !host->world->has_images;
}

uint64_t
ferry_sim_host_room(const FerrySimHost *host)
{
    GHashTableIter iter;
    void *image;
    uint64_t used = 0;

    g_hash_table_iter_init(&iter, host->images);
    while (g_hash_table_iter_next(&iter, NULL, &image))
        used += ((const FerrySimImage *)image)->allocation;
    return host->disk_full || used >= host->disk_bytes ? 0 : host->disk_bytes - used;
}

bool
ferry_sim_host_has_folder(const FerrySimHost *host, const char *folder)
{
    return host->folders == NULL || g_hash_table_contains(host->folders, folder) ||
           ferry_sim_host_has_pool(host, folder);
}

// libvirt's own 'default' pool is where everybody has it.
char *
ferry_sim_pool_folder(const char *pool)
{
    return strcmp(pool, "default") == 0 ? g_strdup("/var/lib/libvirt/images")
                                        : g_strdup_printf("/srv/%s", pool);
}

void
ferry_sim_fill_pool(const FerrySimHost *host, FerryPoolInfo *pool)
{
    pool->type = g_strdup("dir");
    pool->active = true;
    pool->capacity = host->disk_bytes + OTHERS;
    pool->available = ferry_sim_host_room(host);
}

bool
ferry_sim_host_has_pool(const FerrySimHost *host, const char *folder)
{
    for (unsigned i = 0; host->pools[i] != NULL; i++) {
        g_autofree char *target = ferry_sim_pool_folder(host->pools[i]);
        if (strcmp(target, folder) == 0)
            return true;
    }
    return false;
}

void
ferry_sim_instance_place(FerrySimInstance *instance, GStrv disks)
{
    g_strfreev(instance->disks);
    instance->disks = g_strdupv(disks);
}

const char *const *
ferry_sim_instance_disks(const FerrySimInstance *instance)
{
    return (const char *const *)(instance->disks != NULL ? instance->disks
                                                         : instance->machine->disks);
}

bool
ferry_sim_disk_of_target(const FerrySimMachine *machine, const char *target, unsigned *ret_disk)
{
    unsigned count = machine->disks == NULL ? 0 : g_strv_length(machine->disks);

    if (!g_str_has_prefix(target, "vd") || strlen(target) != 3)
        return false;
    *ret_disk = (unsigned)(unsigned char)target[2] - 'a';
    return *ret_disk < count;
}

// Is there an image of the machine's disk anywhere?
static bool
is_kept_in_images(const FerrySimMachine *machine, unsigned disk, const FerrySimWorld *world)
{
    for (unsigned i = 0; i < world->hosts->len; i++) {
        const FerrySimHost *host = world->hosts->pdata[i];
        GHashTableIter iter;
        void *value;

        g_hash_table_iter_init(&iter, host->images);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
            const FerrySimImage *image = value;
            if (image->machine == machine && image->disk == disk)
                return true;
        }
    }
    return false;
}

bool
ferry_sim_instance_is_local(const FerrySimInstance *instance)
{
    const char *const *disks = ferry_sim_instance_disks(instance);

    if (!instance->host->world->has_images || disks == NULL || disks[0] == NULL)
        return false;
    for (unsigned i = 0; disks[i] != NULL; i++)
        if (ferry_sim_image_find(instance->host, disks[i]) == NULL)
            return false;
    return true;
}

static bool
is_its_disk(const FerrySimInstance *instance, const char *path, unsigned disk)
{
    const FerrySimImage *image = ferry_sim_image_find(instance->host, path);

    if (image == NULL)
        return !is_kept_in_images(instance->machine, disk, instance->host->world);
    return image->machine == instance->machine && image->disk == disk && image->whole &&
           image->content_us == instance->guest_us;
}

void
ferry_sim_instance_note_start(FerrySimInstance *instance)
{
    const char *const *disks = ferry_sim_instance_disks(instance);

    if (!instance->host->world->has_images)
        return;
    for (unsigned i = 0; disks != NULL && disks[i] != NULL; i++) {
        if (is_its_disk(instance, disks[i], i))
            continue;
        instance->machine->torn++;
        return;
    }
}

void
ferry_sim_instance_note_halt(FerrySimInstance *instance)
{
    const char *const *disks = ferry_sim_instance_disks(instance);

    if (!instance->host->world->has_images)
        return;
    for (unsigned i = 0; disks != NULL && disks[i] != NULL; i++) {
        FerrySimImage *image = ferry_sim_image_find(instance->host, disks[i]);
        if (image != NULL && image->machine == instance->machine && image->disk == i)
            image->content_us = instance->guest_us;
    }
}

bool
ferry_sim_image_is_current(const FerrySimHost *host, const FerrySimImage *image)
{
    const FerrySimInstance *instance;

    if (image->machine == NULL || !image->whole)
        return false;
    instance = ferry_sim_instance_find((FerrySimHost *)host, image->machine->uuid);
    if (instance != NULL && instance->runs && uses(instance, image->path))
        return true;
    return image->content_us >= ferry_sim_machine_reached(image->machine);
}

static FerrySimHost *
host_of(FerrySimWorld *world, const char *name)
{
    FerrySimHost *host = ferry_sim_host_find(world, name);

    g_assert(host != NULL);
    return host;
}

void
ferry_sim_add_image(FerrySimWorld *world, const char *host_name, const FerrySimImageSpec *spec)
{
    FerrySimHost *host = host_of(world, host_name);
    FerrySimMachine *machine;
    FerrySimInstance *instance;
    FerrySimImage *image;

    world->has_images = true;
    image = ferry_sim_image_new(host, spec->path, spec->format != NULL ? spec->format : "qcow2");
    image->capacity = spec->capacity != 0 ? spec->capacity : GIB;
    image->allocation = spec->allocation != 0 ? spec->allocation : image->capacity;
    image->backing = g_strdup(spec->backing);
    image->whole = true;
    machine = spec->guest == NULL ? NULL : ferry_sim_machine_find(world, spec->guest);
    g_assert(spec->guest == NULL || machine != NULL);
    if (machine != NULL) {
        image->machine = machine;
        instance = ferry_sim_instance_find(host, machine->uuid);
        image->content_us = instance != NULL ? ferry_sim_instance_guest_us(instance) : 0;
        if (spec->target != NULL)
            g_assert(ferry_sim_disk_of_target(machine, spec->target, &image->disk));
    }
}

bool
ferry_sim_look_at_image(FerrySimWorld *world,
                        const char *host_name,
                        const char *path,
                        FerrySimImageState *ret_state)
{
    const FerrySimHost *host;
    const FerrySimImage *image;

    ferry_sim_lock(world);
    ferry_sim_copy_note(world);
    host = host_of(world, host_name);
    image = ferry_sim_image_find(host, path);
    if (image != NULL)
        *ret_state = (FerrySimImageState){
            .allocation = image->allocation,
            .changes = image->changes,
            .current = ferry_sim_image_is_current(host, image),
        };
    ferry_sim_unlock(world);
    return image != NULL;
}

unsigned
ferry_sim_count_images(FerrySimWorld *world, const char *host_name)
{
    unsigned count;

    ferry_sim_lock(world);
    count = g_hash_table_size(host_of(world, host_name)->images);
    ferry_sim_unlock(world);
    return count;
}
