// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What has another name on the destination: networks and bridges, paths of disks, pools, the address that graphics
// listen on. Applied to a domain's XML through the DOM, live or persistent alike; and kept for two hosts, so that it
// needs saying once. Pure.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "model/migration.h"

// Do @options name anything otherwise there?
bool ferry_names_any(const FerryMigrateOptions *options);

// Returns: NEW of the first "OLD=NEW" in @names with that OLD, owned by @names; NULL where there is none
const char *ferry_names_look_up(GStrv names, const char *old);

// Names that match nothing change nothing. Of a disk its own source alone is looked at: neither a copy that is under
// way (<mirror>) nor what is below it (<backingStore>). Graphics that listen on a network, a socket or nowhere stay so.
// Returns: @xml as it arrives, and @xml itself, byte for byte, where no name is in it; secrets stay in. NULL with
// FAILED where it can't be parsed. (transfer full)
char *ferry_names_apply(const char *xml, const FerryMigrateOptions *options, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

struct _xmlNode; // libxml2's

// The same of a definition inside another document. @domain: NULL is as good as empty
// Returns: whether it is another one now
bool ferry_names_apply_node(struct _xmlNode *domain, const FerryMigrateOptions *options);

// Returns: @xml of a machine that is called @name. (transfer full)
char *ferry_names_rename(const char *xml, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// The names that moves from one host to another go by: "OLD=NEW" each, an OLD once.
typedef struct FerryPair {
    char *src; // URI
    char *dst; // URI
    GStrv networks;
    GStrv disks;
    GStrv pools;
    char *listen; // NULL: unchanged
} FerryPair;

// Returns: (transfer full) without names
FerryPair *ferry_pair_new(const char *src, const char *dst);
FerryPair *ferry_pair_copy(const FerryPair *pair);
void ferry_pair_free(FerryPair *pair);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryPair, ferry_pair_free)

// @pairs: (element-type FerryPair): NULL: none
// Returns: a copy of the one from @src to @dst; without names where there is none. (transfer full)
FerryPair *ferry_pairs_find(const GPtrArray *pairs, const char *src, const char *dst);

// Returns: the names that @options say. (transfer full)
FerryPair *ferry_pair_from_options(const char *src,
                                   const char *dst,
                                   const FerryMigrateOptions *options);

// Adds to @options what they don't say themselves. Returns: whether there was anything
bool ferry_pair_fill(const FerryPair *pair, FerryMigrateOptions *options);

// Adds the names of @newer to @pair, in the place of those with the same OLD; one whose OLD is its NEW is taken away.
void ferry_pair_merge(FerryPair *pair, const FerryPair *newer);

// Returns: whether @pair had a name OLD
bool ferry_pair_remove(FerryPair *pair, const char *old);

bool ferry_pair_is_empty(const FerryPair *pair);

// The names alone: {"networks": [...], "disks": [...], "pools": [...], "listen": ...}. (transfer full)
JsonObject *ferry_pair_to_json(const FerryPair *pair);
// What is missing or of another type is no name.
FerryPair *ferry_pair_from_json(const char *src, const char *dst, JsonObject *names);
