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

typedef struct FerryStorageInput {
    const FerryHostFacts *src;
    const FerryHostFacts *dst;
    const FerryVmFacts *vm;
    const FerryMigrateOptions *options;
    const GPtrArray *bases; // FerryBase; NULL: not looked at yet
    const GPtrArray *
        earlier; // utf8: paths on the destination that are this machine's own, left by earlier moves; NULL
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

// Looks at what is below the disks of @plans that are to be copied: is it the same on both hosts, by content? Reads all of
// it on both (SHA-256) where nothing less tells; where no script can be run on a host it is not known, and so not the
// same. Blocks; minutes for large images.
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

// Makes what the copies of @plans come to. Where it fails, some may be made.
// @notes: utf8: what to tell the operator
bool ferry_storage_make(const GPtrArray *plans,
                        FerryHypervisor *dst,
                        GPtrArray *notes,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Takes it away again; what is gone already is no error.
// @all_made: every one of them is known to have been made by us. Without, an image is taken away only while it is as it
// is made: empty.
bool ferry_storage_unmake(const GPtrArray *plans,
                          FerryHypervisor *dst,
                          bool all_made,
                          GPtrArray *notes,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

// What became of a copied disk's image on the source.
typedef struct FerryLeft {
    char *target;
    char *path;     // where it was
    char *aside;    // where it is now; NULL: where it was, or deleted
    uint64_t bytes; // that it takes up
    bool kept;
    char *reason; // why it is where it was, for people; NULL: it is not
} FerryLeft;

void ferry_left_free(FerryLeft *left);

// Puts the images of copied disks out of the way: renamed "PATH.virt-ferry-ID", or deleted (@remove). Never those that
// another machine of the host than @uuid names. Done twice it does nothing the second time.
// Returns: (element-type FerryLeft) (transfer full)
GPtrArray *ferry_storage_leave(const GPtrArray *plans,
                               const FerryStorageHost *src,
                               const char *uuid,
                               int64_t id,
                               bool remove);

// Members of a report's "source_disks".
JsonArray *ferry_storage_left_to_json(const GPtrArray *left);
