// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Disks on their way to another host: which are there already, which have to be copied and what is made for that,
// and what becomes of the images that stay behind.
//
// What is made on the destination is written down first (the plans are part of a move's intent), so that it can be taken
// away again by somebody who has only the journal. What was there before is never written to and never deleted.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "hypervisor/hypervisor.h"
#include "inventory/facts.h"
#include "model/disk-plan.h"

// What is below a disk's top image.
typedef struct FerryBase {
    char *target;   // of the disk
    bool same;      // each image of the chain has the same content on both hosts
    char *how;      // what that is known by, or why not
    uint64_t bytes; // that the images of the chain take up
} FerryBase;

void ferry_base_free(void *base);

// An image of the machine itself that an earlier move left under its own name.
typedef struct FerryEarlier {
    char *path;
    char *changed; // its last change then: whoever touches it makes it another's
} FerryEarlier;

void ferry_earlier_free(FerryEarlier *earlier);

typedef struct FerryStorageInput {
    const FerryHostFacts *src;
    const FerryHostFacts *dst;
    const FerryVmFacts *vm;
    const FerryMigrateOptions *options;
    const GPtrArray *bases;   // FerryBase; NULL: not looked at yet
    const GPtrArray *earlier; // FerryEarlier: of the destination; NULL
} FerryStorageInput;

// Decides for each disk of the machine how it comes over. Pure.
// Returns: (element-type FerryDiskPlan) in the order of its disks; NULL where what the machine is is not known.
// (transfer full)
GPtrArray *ferry_storage_plan(const FerryStorageInput *in);

// Returns: a disk that --copy-disks or --dest-pool names and the machine does not have, owned by the caller; NULL
char *ferry_storage_unknown_disk(const FerryMigrateOptions *options, const FerryVmFacts *vm);

// One side of a move.
typedef struct FerryStorageHost {
    const FerryHost *host;
    FerryHypervisor *hv;
} FerryStorageHost;

// Looks at what is below the disks of @plans (made without bases) that are to be copied: is it the same on both hosts, by
// content? Reads all of it on both (SHA-256); where no script can be run on a host it is not known, and so not the same.
// Blocks; minutes for large images.
// @notes: utf8: gets a line for people before something that takes long
// Returns: (element-type FerryBase) (transfer full)
GPtrArray *ferry_storage_look_below(const GPtrArray *plans,
                                    const FerryStorageHost *src,
                                    const FerryStorageHost *dst,
                                    GPtrArray *notes);

// --dest-pool and --map-pool as paths: adds to options->map_disks what they say of the machine's disks. Does nothing, and
// asks nobody, where neither is given.
// Errors: USAGE where a pool is not there, or is of a kind that images can't be made in
bool ferry_storage_map_pools(FerryMigrateOptions *options,
                             const char *uuid,
                             const FerryStorageHost *src,
                             const FerryStorageHost *dst,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Has a machine's XML to say anything else of its disks on the destination?
bool ferry_storage_edits(const GPtrArray *plans);

// What it has to say: that copies stay as thin as they are (of a running machine), and that nothing is below what was
// copied as one image.
// @live: of what runs, not of the definition
// @ret_xml: (transfer full) NULL where @xml is as good as any
bool ferry_storage_edit(const GPtrArray *plans,
                        const char *xml,
                        bool live,
                        char **ret_xml,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Is what is copied still what was planned? Between plan and copy an operator may have been asked, and a snapshot or a block
// commit changes what is below a disk: libvirt would copy the wrong part of it without a word.
bool ferry_storage_is_as_planned(const GPtrArray *plans,
                                 FerryHypervisor *src,
                                 const char *uuid,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Are the copies of @plans at their paths?
// Returns: the path of one that is not seen there; NULL
const char *ferry_storage_find_missing(const GPtrArray *plans, FerryHypervisor *dst);

// Makes what the copies of @plans come to, and marks what is made. Where it fails, some may be.
// @notes: utf8: what to tell the operator
bool ferry_storage_make(GPtrArray *plans, FerryHypervisor *dst, GPtrArray *notes, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// What of the images is known to have been made by the move.
typedef enum FerryMade {
    FERRY_MADE_MARKED, // those that are marked
    FERRY_MADE_PERHAPS, // another process was at it when it died: one is taken away only while it is as it is made, empty
    FERRY_MADE_ALL,
} FerryMade;

// Takes it away again; what is gone already is no error.
bool ferry_storage_unmake(const GPtrArray *plans,
                          FerryHypervisor *dst,
                          FerryMade made,
                          GPtrArray *notes,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

// What the machines of a host stand on.
typedef struct FerryUsers {
    GHashTable *machines; // set of UUIDs: all of them
    GHashTable *images;   // path: name of a machine that has it as a disk, or below one
} FerryUsers;

void ferry_users_free(FerryUsers *users);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryUsers, ferry_users_free)

// Reads each definition of each machine, and looks at the images for what is below them. Blocks.
// @except: UUID of a machine whose definition counts for nothing while it does not run; NULL
// Returns: (transfer full); NULL where one of them can't be read: it may stand on anything
FerryUsers *ferry_storage_users(FerryHypervisor *hv, const char *except, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// What became of a copied disk's image on the source.
typedef struct FerryLeft {
    char *target;
    char *path;     // where it was
    char *aside;    // where it is now; NULL: where it was, or deleted
    uint64_t bytes; // that it takes up
    bool kept;
    char *reason;  // why it is where it was, for people; NULL: it is not
    char *changed; // its last change there, as of FerryPathInfo; NULL: not told
    bool in_use;   // another machine stands on it, or may
} FerryLeft;

void ferry_left_free(FerryLeft *left);

// Puts the images of copied disks out of the way: renamed "PATH.virt-ferry-ID", or deleted (@remove). Never those that
// another machine of the host than @uuid stands on or may stand on, nor any while @uuid itself runs there. Done twice it
// does nothing the second time.
// Returns: (element-type FerryLeft) (transfer full)
GPtrArray *ferry_storage_leave(const GPtrArray *plans,
                               const FerryStorageHost *src,
                               const char *uuid,
                               int64_t id,
                               bool remove);

// The same where the source can't be asked: nothing was done. (transfer full)
GPtrArray *ferry_storage_leave_alone(const GPtrArray *plans, const char *reason);

// Members of a report's "source_disks".
JsonArray *ferry_storage_left_to_json(const GPtrArray *left);

// The way back.
// @report: the JSON of a move that is over; NULL is as good as empty
// @ret_src: (transfer full) its source
// Returns: (element-type FerryLeft) (transfer full); NULL where it tells of no copied disk, or can't be read
GPtrArray *ferry_storage_left_read(const char *report, FerryHost **ret_src);
