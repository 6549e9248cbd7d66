// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the journal keeps of a change: all that a stranger needs to finish or undo it. Without secrets: the old definition
// stays whole on its host until the change is committed.

#pragma once

#include <glib.h>

#include "identity/change.h"

typedef struct FerryChangeIntent {
    char *op;
    char *subject;     // the machine's id of ours, for ever
    unsigned revision; // that it becomes
    FerryHost *host;
    char *name;
    char old_uuid[FERRY_UUID_LEN + 1];
    char new_uuid[FERRY_UUID_LEN + 1]; // the old one where only the genid changes
    char *old_genid;                   // NULL: none
    char *new_genid;                   // NULL: as the old one
    FerryTpmPolicy tpm;                // UNSAID: there is nothing to do for a vTPM
    char *tpm_digest;                  // NULL: not known
    char *nvram;                       // path; NULL
    char *nvram_digest;                // NULL: not known
    bool autostart;
    GPtrArray *snapshots;   // utf8, parents first
    char *current;          // snapshot; NULL
    GPtrArray *checkpoints; // FerrySnapshot: redacted XML, parents first
} FerryChangeIntent;

// Returns: (transfer full); NULL with FAILED: no record id could be made, or a checkpoint can't be read
FerryChangeIntent *ferry_change_intent_new(const FerryChangeFacts *facts,
                                           const FerryChangeWish *wish,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
void ferry_change_intent_free(FerryChangeIntent *intent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryChangeIntent, ferry_change_intent_free)

char *ferry_change_intent_format(const FerryChangeIntent *intent); // JSON; (transfer full)
// Returns: (transfer full); NULL with FAILED
FerryChangeIntent *ferry_change_intent_parse(const char *json, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Does the machine get another UUID, or another genid alone?
bool ferry_change_intent_moves_uuid(const FerryChangeIntent *intent);

// What the old definition is called until the end: "web1.ferry-7". (transfer full)
char *ferry_change_aside_name(const char *name, int64_t id);
