// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is kept of a machine's snapshots and checkpoints, so that a host can be given their descriptions again. A
// description holds the whole definition of its day, passwords and all, and those are not kept: they are read from the
// machine's own definition again when the description is needed. Whether that works is known before anything is taken
// away (`gap`). Pure.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "model/migration.h"
#include "model/vm.h"

typedef struct FerrySnapshotRecord {
    FerrySnapshotKind kind;
    char *name;
    char *parent; // NULL: it has none
    bool current;
    char *xml; // without secrets
    // Why its description can't be made whole again from this and the machine's own definition; NULL: it can. Not in JSON:
    // what has one does not travel.
    char *gap;
    bool memory_inside; // it has the machine's memory, inside an image
    GPtrArray *
        inside; // utf8: targets of the disks whose image holds its state (a checkpoint: its bitmap)
    GPtrArray *
        outside; // utf8: targets of the disks that have another image since, above that which holds its state
    GPtrArray
        *files; // utf8: the files of `outside`, before and after, and that of the machine's memory
} FerrySnapshotRecord;

// A machine's own definitions, with secrets: where those of its snapshots are found again. NULL where it has none.
typedef struct FerrySnapshotKeys {
    char *live_xml;
    char *persistent_xml;
} FerrySnapshotKeys;

void ferry_snapshot_keys_clear(FerrySnapshotKeys *keys);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerrySnapshotKeys, ferry_snapshot_keys_clear)

// @snapshot: as read from the host, with its secrets
// Returns: (transfer full); NULL with FAILED where its XML can't be read
FerrySnapshotRecord *ferry_snapshot_record_new(FerrySnapshotKind kind,
                                               const FerrySnapshot *snapshot,
                                               const FerrySnapshotKeys *keys,
                                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
void ferry_snapshot_record_free(FerrySnapshotRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerrySnapshotRecord, ferry_snapshot_record_free)

// The description, whole again, to be defined.
// @dest_name: what the machine is called where it is defined; NULL: as before
// @names: what its things are called there (model/names.h); NULL: the same
// Returns: (transfer full) with secrets: never store, log or show it; NULL with FAILED where a secret is not in @keys
char *ferry_snapshot_record_whole(const FerrySnapshotRecord *record,
                                  const FerrySnapshotKeys *keys,
                                  const char *dest_name,
                                  const FerryMigrateOptions *names,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

// @records: FerrySnapshotRecord, as in all below; NULL is as good as none
JsonArray *ferry_snapshot_records_to_json(const GPtrArray *records);
// Returns: (transfer full) what of @array can be read; empty where it is NULL
GPtrArray *ferry_snapshot_records_from_json(JsonArray *array);

unsigned ferry_snapshot_records_count(const GPtrArray *records, FerrySnapshotKind kind);

// Returns: that of @kind and @name; NULL where there is none
const FerrySnapshotRecord *ferry_snapshot_records_find(const GPtrArray *records,
                                                       FerrySnapshotKind kind,
                                                       const char *name);

// Returns: "2 snapshots and 1 checkpoint", "1 snapshot". (transfer full)
char *ferry_snapshot_records_format(const GPtrArray *records);

// Returns: @xml of a <domainsnapshot> or <domaincheckpoint> with every password, secret and key in its definitions taken
// out, fit to be stored; NULL with FAILED. (transfer full)
char *ferry_snapshot_redact(const char *xml, GError **error) G_GNUC_WARN_UNUSED_RESULT;
