// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Private to the simulator: files that are a host's own, and whose disk they hold up to which moment. What a running
// guest writes is in its host's images at once; here that is noted when its CPUs halt. A machine whose CPUs begin
// to run without its own disk, whole and as its memory knows it, is torn: each time is counted.

#pragma once

#include "hypervisor/sim/world.h"

typedef struct FerrySimImage {
    char *path, *format;
    uint64_t capacity, allocation;
    char *backing, *backing_format; // NULL: it stands alone
    unsigned mode;
    int64_t owner, group;
    const FerrySimMachine *machine; // whose disk it holds; NULL: nobody's
    unsigned disk;                  // which: 0 is vda
    bool whole;                     // false: a copy that is not done, or nothing yet
    int64_t content_us;             // the moment of the guest's life up to which it has its writes
    unsigned changes;               // how often somebody wrote to it, but for its guest
} FerrySimImage;

// What an image holds, in a world's file.
typedef enum FerrySimContent {
    FERRY_SIM_CONTENT_CURRENT, // all that its guest has written; a file that is nobody's
    FERRY_SIM_CONTENT_STALE,   // what it had written once
    FERRY_SIM_CONTENT_PARTIAL, // not even that
    FERRY_SIM_CONTENT_LAST
} FerrySimContent;
const char *ferry_sim_content_name(unsigned content);

void ferry_sim_image_free(FerrySimImage *image);
FerrySimImage *ferry_sim_image_find(const FerrySimHost *host, const char *path); // NULL: none
FerrySimImage *ferry_sim_image_new(FerrySimHost *host, const char *path, const char *format);
void ferry_sim_image_delete(FerrySimHost *host, FerrySimImage *image);
// Is there a file? In a world with images a host that is not told what files it sees, sees its images alone.
bool ferry_sim_host_sees(const FerrySimHost *host, const char *path);
// Room for images on @host that is not taken up; all of a host's folders are on one file system.
uint64_t ferry_sim_host_room(const FerrySimHost *host);
bool ferry_sim_host_has_folder(const FerrySimHost *host, const char *folder);
bool ferry_sim_host_has_pool(const FerrySimHost *host, const char *folder); // over it
char *ferry_sim_pool_folder(const char *pool);
void ferry_sim_fill_pool(const FerrySimHost *host, FerryPoolInfo *pool); // all but name and target

// The paths of @instance's disks there; NULL: it has none.
const char *const *ferry_sim_instance_disks(const FerrySimInstance *instance);
void ferry_sim_instance_place(FerrySimInstance *instance, GStrv disks); // NULL: as the machine's
// "vda" is 0; false: no such disk
bool ferry_sim_disk_of_target(const FerrySimMachine *machine,
                              const char *target,
                              unsigned *ret_disk);
// Are all of its disks images of this host alone? Then no lock on them says anything to others.
bool ferry_sim_instance_is_local(const FerrySimInstance *instance);
void ferry_sim_instance_note_start(FerrySimInstance *instance); // its CPUs begin to run
void ferry_sim_instance_note_halt(FerrySimInstance *instance);
bool ferry_sim_image_is_current(const FerrySimHost *host, const FerrySimImage *image);
