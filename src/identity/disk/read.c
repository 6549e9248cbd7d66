// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/guest.h"

#include <errno.h>

#include "base/error.h"
#include "base/fd.h"
#include "identity/disk/answer.h"
#include "identity/disk/image.h"
#include "identity/disk/run-reader.h"
#include "identity/disk/server.h"
#include "remote/remote.h"

enum { DISKS_MAX = 32 };

// A disk of the machine on its way to the reader.
typedef struct Disk {
    const char *name;
    JsonObject *image; // NULL: it is not read, or the server has it
    char *unknown;     // why
    int fd;            // -1: not open
} Disk;

static void
disk_free(Disk *disk)
{
    g_clear_pointer(&disk->image, json_object_unref);
    ferry_fd_clear(&disk->fd);
    g_free(disk->unknown);
    g_free(disk);
}

// (element-type Disk): without drives for removable media
static GPtrArray *
list_disks(const FerryDefinition *definition)
{
    GPtrArray *disks = g_ptr_array_new_with_free_func((GDestroyNotify)disk_free);

    for (unsigned i = 0; i < definition->disks->len; i++) {
        const FerryDisk *of = g_ptr_array_index(definition->disks, i);
        Disk *disk;

        if (g_strcmp0(of->device, "disk") != 0 && g_strcmp0(of->device, "lun") != 0)
            continue;
        disk = g_new0(Disk, 1);
        disk->fd = -1;
        disk->name = of->target != NULL ? of->target : "?";
        if (disks->len < DISKS_MAX)
            disk->image = ferry_disk_image(of, &disk->unknown);
        else
            disk->unknown = g_strdup("there are too many disks");
        g_ptr_array_add(disks, disk);
    }
    return disks;
}

// (element-type Disk): those that can be read
static GPtrArray *
list_readable(GPtrArray *disks)
{
    GPtrArray *readable = g_ptr_array_new();

    for (unsigned i = 0; i < disks->len; i++) {
        Disk *disk = g_ptr_array_index(disks, i);

        if (disk->image != NULL)
            g_ptr_array_add(readable, disk);
    }
    return readable;
}

// How to read the disks of which machine.
typedef struct Reading {
    const char *name; // of the host
    const char *uri;
    FerryDiskReader reader;
    int64_t deadline_us;
} Reading;

static void
add_images(FerryDiskServer *server, GPtrArray *disks)
{
    for (unsigned i = 0; i < disks->len; i++) {
        Disk *disk = g_ptr_array_index(disks, i);

        ferry_disk_server_add(server, g_steal_pointer(&disk->image));
    }
}

// Images of a host that is reached by ssh come through a server of its own.
static bool
serve_far(const Reading *reading,
          FerryDiskServer *server,
          FerryDiskServer **ret_far,
          GPtrArray *disks,
          char **ret_why)
{
    g_autoptr(FerryDiskServer) far =
        ferry_disk_server_start_far(reading->name, reading->uri, server, reading->deadline_us,
                                    ret_why);

    if (far == NULL)
        return false;
    add_images(far, disks);
    if (!ferry_disk_server_run(far, reading->deadline_us, ret_why))
        return false;
    for (unsigned i = 0; i < disks->len; i++) {
        Disk *disk = g_ptr_array_index(disks, i);

        disk->unknown = g_strdup(ferry_disk_server_why_not(far, i));
    }
    *ret_far = g_steal_pointer(&far);
    return true;
}

// Sets why those that can't be opened can't.
static void
open_disks(FerryDiskServer *server, GPtrArray *disks)
{
    for (unsigned i = 0; i < disks->len; i++) {
        Disk *disk = g_ptr_array_index(disks, i);

        if (disk->unknown == NULL)
            disk->unknown = g_strdup(ferry_disk_server_why_not(server, i));
        if (disk->unknown != NULL)
            continue;
        disk->fd = ferry_disk_server_open(server, i);
        if (disk->fd < 0)
            disk->unknown = g_strdup(g_strerror(errno));
    }
}

// Returns: false, and @ret_why: none could be had
static bool
serve(const Reading *reading,
      GPtrArray *disks,
      FerryDiskServer **ret_server,
      FerryDiskServer **ret_far,
      char **ret_why)
{
    g_autoptr(FerryDiskServer) server = NULL;

    server = ferry_disk_server_start(disks->len, reading->deadline_us, ret_why);
    if (server == NULL)
        return false;
    if (ferry_remote_is_here(reading->uri)) {
        add_images(server, disks);
    } else {
        if (!serve_far(reading, server, ret_far, disks, ret_why))
            return false;
        for (unsigned i = 0; i < disks->len; i++)
            ferry_disk_server_add(server, NULL);
    }
    if (!ferry_disk_server_run(server, reading->deadline_us, ret_why))
        return false;
    open_disks(server, disks);
    *ret_server = g_steal_pointer(&server);
    return true;
}

static bool
run_reader(const Reading *reading, GPtrArray *disks, FerryGuestFacts *facts, char **ret_why)
{
    const char *names[DISKS_MAX];
    const char *paths[FERRY_GUEST_FIELD_LAST + 1] = {NULL};
    int fds[DISKS_MAX];
    unsigned n = 0;
    g_autofree char *answer = NULL;

    for (unsigned i = 0; i < disks->len; i++) {
        const Disk *disk = g_ptr_array_index(disks, i);

        if (disk->fd < 0)
            continue;
        names[n] = disk->name;
        fds[n++] = disk->fd;
    }
    for (unsigned i = 0; i < FERRY_GUEST_FIELD_LAST; i++)
        paths[i] = ferry_guest_field_info((FerryGuestField)i)->path;
    if (n == 0) {
        const Disk *first = g_ptr_array_index(disks, 0);

        *ret_why = g_strdup_printf("disk '%s' can't be opened: %s", first->name, first->unknown);
        return false;
    }
    answer = ferry_disk_run_reader(reading->reader, &(FerryDiskList){names, fds, n}, paths,
                                   reading->deadline_us, ret_why);
    if (answer == NULL)
        return false;
    if (!ferry_disk_answer_parse(answer, facts)) {
        *ret_why = g_strdup("the reader's answer can't be understood");
        return false;
    }
    return true;
}

// Closes what is open before the servers go.
static void
close_disks(GPtrArray *disks)
{
    for (unsigned i = 0; i < disks->len; i++) {
        Disk *disk = g_ptr_array_index(disks, i);

        ferry_fd_clear(&disk->fd);
        disk->fd = -1;
    }
}

static bool
read_disks(const Reading *reading, GPtrArray *disks, FerryGuestFacts *facts, char **ret_why)
{
    g_autoptr(FerryDiskServer) far = NULL;
    g_autoptr(FerryDiskServer) server = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) command = ferry_remote_command(reading->name, reading->uri, &error);
    bool done;

    if (command == NULL) {
        *ret_why = g_strdup(error->message);
        return false;
    }
    if (disks->len == 0) {
        *ret_why = g_strdup("it has no disk that can be read");
        return false;
    }
    *ret_why = ferry_disk_why_no_reader(reading->reader);
    if (*ret_why != NULL)
        return false;
    done =
        serve(reading, disks, &server, &far, ret_why) && run_reader(reading, disks, facts, ret_why);
    close_disks(disks);
    return done;
}

static FerryGuestFacts *
read_guest(const char *source, const Reading *reading, const FerryDefinition *definition)
{
    g_autoptr(GPtrArray) disks = list_disks(definition);
    g_autoptr(GPtrArray) readable = list_readable(disks);
    FerryGuestFacts *facts = ferry_guest_facts_new(source, "the reader did not tell");
    g_autofree char *why = NULL;

    if (!read_disks(reading, readable, facts, &why)) {
        ferry_guest_facts_free(facts);
        facts = ferry_guest_facts_new(source, why);
    }
    for (unsigned i = 0; i < disks->len; i++) {
        const Disk *disk = g_ptr_array_index(disks, i);
        FerryGuestVolume *volume;

        if (disk->unknown == NULL)
            continue;
        volume = g_new0(FerryGuestVolume, 1);
        volume->name = g_strdup(disk->name);
        volume->unknown = g_strdup(disk->unknown);
        g_ptr_array_add(facts->volumes, volume);
    }
    return facts;
}

FerryGuestFacts *
ferry_guest_read_disks(const char *name,
                       const char *uri,
                       const FerryDefinition *definition,
                       int64_t deadline_us)
{
    return read_guest("disk", &(Reading){name, uri, FERRY_DISK_READER, deadline_us}, definition);
}

FerryGuestFacts *
ferry_guest_read_guestfs(const char *name,
                         const char *uri,
                         const FerryDefinition *definition,
                         int64_t deadline_us)
{
    return read_guest("guestfs", &(Reading){name, uri, FERRY_DISK_READER_GUESTFS, deadline_us},
                      definition);
}
