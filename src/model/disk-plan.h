// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// How each disk of a machine comes to another host: decided by storage/, kept in the journal, carried out by the
// engine. Plain data; JSON both ways.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/storage.h"

typedef struct FerryDiskPlan {
    char *target;  // "vda"
    char *adapter; // the name of what takes it, of storage/adapters
    char *reason;  // for people: why it
    bool copied;   // libvirt is told to copy it
    bool overlay;  // its top image alone: what is below is there
    bool flatten;  // with what is below it, as one image
    char *src_path;
    FerryVolume volume;  // where copied: what is made for it on the destination
    uint64_t allocation; // bytes that it takes up on the source
    bool unmap;    // the destination's QEMU is let give back blocks, so that zeroes stay holes
    bool replaces; // at its path is an earlier copy of this very disk, which goes
    bool made;     // by this very process. Not in JSON
    // Why it can't travel so, and the way out; NULL: it can. Not in JSON: a plan with one is never carried out.
    char *refusal, *hint;
} FerryDiskPlan;

void ferry_disk_plan_free(FerryDiskPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryDiskPlan, ferry_disk_plan_free)

// @plans: FerryDiskPlan, as in all below; NULL is as good as none
JsonArray *ferry_disk_plans_to_json(const GPtrArray *plans);
// Returns: (transfer full) what of @array can be read; empty where it is NULL
GPtrArray *ferry_disk_plans_from_json(JsonArray *array);

// Returns: that of disk @target; NULL where there is none
const FerryDiskPlan *ferry_disk_plans_find(const GPtrArray *plans, const char *target);

// Is there one that is copied?
bool ferry_disk_plans_any_copied(const GPtrArray *plans);

// Returns: the targets of those that are copied, ends with NULL; NULL where none is. (transfer container)
const char **ferry_disk_plans_copied(const GPtrArray *plans);

// Returns: how many bytes the copied ones take up
uint64_t ferry_disk_plans_bytes(const GPtrArray *plans);

// Is there one of which the top image alone is copied?
bool ferry_disk_plans_overlay(const GPtrArray *plans);

// Is there one that goes over with what is below it?
// Returns: its target; NULL
const char *ferry_disk_plans_flattened(const GPtrArray *plans);
