// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What becomes of a change that somebody left behind? A pure table: what the host shows under the old UUID x what it shows
// under the new one x whether the journal says 'commit'. First matching row wins; a test proves that every combination
// has one, and that an older phase in the journal never takes away the only whole definition.
//
// Ours is what has our UUID and our name, both: the old UUID under "NAME.ferry-ID", the new UUID under NAME.

#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum FerryChangeOld {
    FERRY_CHANGE_OLD_UNREACHABLE,
    FERRY_CHANGE_OLD_ABSENT,
    FERRY_CHANGE_OLD_OWN,   // under its own name, off or active
    FERRY_CHANGE_OLD_ASIDE, // under the name that the change gave it
    FERRY_CHANGE_OLD_ASIDE_ACTIVE,
    FERRY_CHANGE_OLD_OTHER, // under a name that nobody here gave it
    FERRY_CHANGE_OLD_ANY,   // in rows only
} FerryChangeOld;

typedef enum FerryChangeNew {
    FERRY_CHANGE_NEW_ABSENT,
    FERRY_CHANGE_NEW_STRANGER, // absent, and a third machine has the name
    FERRY_CHANGE_NEW_OURS,
    FERRY_CHANGE_NEW_OURS_ACTIVE,
    FERRY_CHANGE_NEW_OTHER, // under another name
    FERRY_CHANGE_NEW_ANY,   // in rows only
} FerryChangeNew;

typedef enum FerryChangeSince {
    FERRY_CHANGE_BEFORE = 1 << 0,    // no 'commit' in the journal
    FERRY_CHANGE_COMMITTED = 1 << 1, // everything was read back and found right
} FerryChangeSince;

typedef enum FerryChangeVerdict {
    FERRY_CHANGE_STAYED, // the old identity, whole
    FERRY_CHANGE_UNDO,   // back to the old identity
    FERRY_CHANGE_FINISH, // the new identity
    FERRY_CHANGE_WAIT,   // the host can't be read
    FERRY_CHANGE_UNCLEAR,
} FerryChangeVerdict;

// In this order.
typedef enum FerryChangeAct {
    FERRY_CHANGE_CHECK = 1 << 0,          // has the new one all snapshots and checkpoints?
    FERRY_CHANGE_UNDEFINE_NEW = 1 << 1,   // only while the old one is there, aside
    FERRY_CHANGE_UNDEFINE_ASIDE = 1 << 2, // only once it was committed
    FERRY_CHANGE_RENAME_BACK = 1 << 3,
    FERRY_CHANGE_CHECKPOINTS = 1 << 4, // define them again: a rename loses them
    FERRY_CHANGE_AUTOSTART_OLD = 1 << 5,
    FERRY_CHANGE_AUTOSTART_NEW = 1 << 6,
    FERRY_CHANGE_FILES_UNDO = 1 << 7,
    FERRY_CHANGE_FILES_END = 1 << 8,
} FerryChangeAct;

typedef struct FerryChangeResolution {
    FerryChangeOld old;
    FerryChangeNew new;
    unsigned since; // FerryChangeSince, those that the row is for
    FerryChangeVerdict verdict;
    unsigned acts; // FerryChangeAct
    const char *comment;
    const char *hint; // UNCLEAR: the way out
} FerryChangeResolution;

// Returns: the row; never NULL
const FerryChangeResolution *ferry_change_resolve(FerryChangeOld old,
                                                  FerryChangeNew new,
                                                  FerryChangeSince since);

// A change of the genid alone is one call, which was made or not.
const FerryChangeResolution *ferry_change_resolve_genid(bool reachable, bool is_new);

// Has @phase of the journal 'commit' behind it?
FerryChangeSince ferry_change_since(const char *phase);

// Returns: the table; @ret_n rows
const FerryChangeResolution *ferry_change_table(size_t *ret_n);

const char *ferry_change_old_name(FerryChangeOld old);             // "aside"; static
const char *ferry_change_new_name(FerryChangeNew new);             // "there"; static
const char *ferry_change_verdict_name(FerryChangeVerdict verdict); // "undo"; static
char *ferry_change_acts_format(unsigned acts); // "undefine new, rename back"; (transfer full)
