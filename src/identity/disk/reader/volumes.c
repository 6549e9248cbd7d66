// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/disk/reader/volumes.h"

#include <blkid.h>
#include <errno.h>
#include <string.h>

// A GPT has 128 as a rule; more than that is hardly a guest's.
enum { PARTITIONS_MAX = 256 };
enum { SECTOR = 512 }; // libblkid counts in these, whatever the disk's are

typedef struct blkid_struct_probe Probe;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Probe, blkid_free_probe)

static char *
look_up(Probe *probe, const char *name)
{
    const char *value = NULL;

    return blkid_probe_lookup_value(probe, name, &value, NULL) == 0 ? g_strdup(value) : NULL;
}

// @end: 0: of the disk
static Probe *
make_probe(int fd, uint64_t start, uint64_t size)
{
    g_autoptr(Probe) probe = blkid_new_probe();

    if (probe == NULL ||
        blkid_probe_set_device(probe, fd, (blkid_loff_t)start, (blkid_loff_t)size) != 0)
        return NULL;
    blkid_probe_enable_superblocks(probe, 1);
    blkid_probe_set_superblocks_flags(probe,
                                      BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID | BLKID_SUBLKS_LABEL);
    return g_steal_pointer(&probe);
}

static void
probe_content(FerryReaderVolume *volume, Probe *probe)
{
    int found = probe != NULL ? blkid_do_safeprobe(probe) : -1;

    if (found == -2)
        volume->unknown = g_strdup("it looks like more than one thing");
    else if (found < 0)
        volume->unknown = g_strdup("it can't be read");
    if (found != 0)
        return;
    volume->type = look_up(probe, "TYPE");
    volume->uuid = look_up(probe, "UUID");
    volume->label = look_up(probe, "LABEL");
}

// Takes @name.
static FerryReaderVolume *
add_volume(GPtrArray *volumes, char *name, int fd)
{
    FerryReaderVolume *volume = g_new0(FerryReaderVolume, 1);

    volume->name = name;
    volume->fd = fd;
    g_ptr_array_add(volumes, volume);
    return volume;
}

static void
scan_partition(GPtrArray *volumes, const char *disk, int fd, blkid_partition partition)
{
    FerryReaderVolume *volume;
    g_autoptr(Probe) probe = NULL;
    uint64_t size = (uint64_t)blkid_partition_get_size(partition) * SECTOR;
    int number = blkid_partition_get_partno(partition);

    // The box that holds logical partitions holds nothing else.
    if (blkid_partition_is_extended(partition))
        return;
    volume = add_volume(volumes, g_strdup_printf("%s%d", disk, number), fd);
    volume->number = number;
    volume->start = (uint64_t)blkid_partition_get_start(partition) * SECTOR;
    volume->part_uuid = g_strdup(blkid_partition_get_uuid(partition));
    volume->part_label = g_strdup(blkid_partition_get_name(partition));
    // A size of 0 would stand for the rest of the disk.
    probe = size > 0 ? make_probe(fd, volume->start, size) : NULL;
    probe_content(volume, probe);
}

void
ferry_reader_scan(const char *disk, int fd, GPtrArray *volumes)
{
    FerryReaderVolume *whole = add_volume(volumes, g_strdup(disk), fd);
    g_autoptr(Probe) probe = make_probe(fd, 0, 0);
    blkid_partlist partitions = NULL;
    blkid_parttable table = NULL;

    if (probe != NULL) {
        blkid_probe_enable_partitions(probe, 1);
        partitions = blkid_probe_get_partitions(probe);
    }
    if (partitions != NULL)
        table = blkid_partlist_get_table(partitions);
    if (table == NULL) {
        g_autoptr(Probe) content = make_probe(fd, 0, 0);

        probe_content(whole, content);
        return;
    }
    whole->type = g_strdup(blkid_parttable_get_type(table));
    whole->uuid = g_strdup(blkid_parttable_get_id(table));
    for (int i = 0; i < MIN(blkid_partlist_numof_partitions(partitions), PARTITIONS_MAX); i++)
        scan_partition(volumes, disk, fd, blkid_partlist_get_partition(partitions, i));
}
