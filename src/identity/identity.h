// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What identifies one machine, value by value. A layer (identity-layer.h) is one kind of thing that does; read over
// facts that were collected before. Pure.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "identity/digest.h"
#include "identity/facts.h"

// The earliest moment at which a value can become another one.
typedef enum FerryIdentityWindow {
    FERRY_WINDOW_LIVE,       // now, while the machine runs
    FERRY_WINDOW_GUEST,      // when a service in the guest starts again
    FERRY_WINDOW_COLD_BOOT,  // when the machine is started by a new QEMU
    FERRY_WINDOW_GUEST_BOOT, // when the guest boots again
    FERRY_WINDOW_OFFLINE,    // only while the machine is off
} FerryIdentityWindow;

typedef enum FerryIdentityGroup {
    FERRY_GROUP_HYPER = 1, // the hypervisor has it
    FERRY_GROUP_DISK = 2,  // file systems, partitions, volumes
    FERRY_GROUP_GUEST = 4, // files of the guest's system
    FERRY_GROUP_ALL = 7,
} FerryIdentityGroup;

typedef enum FerryIdentityStatus {
    FERRY_IDENTITY_OK,
    FERRY_IDENTITY_DUP,      // another machine has it, too
    FERRY_IDENTITY_MISSING,  // there is none, and there should be
    FERRY_IDENTITY_STALE,    // it is of something that is no more
    FERRY_IDENTITY_MISMATCH, // two places that should say the same do not
    FERRY_IDENTITY_UNKNOWN,  // could not be read; never the same as ok
} FerryIdentityStatus;

typedef struct FerryIdentityLayer FerryIdentityLayer;

typedef struct FerryIdentityValue {
    const FerryIdentityLayer *layer;
    char *object;       // which of several: "vda", "net0", "root"; NULL: a machine has but one
    char *value;        // what holds now; NULL: there is none
    char *live;         // with which it runs; NULL: it is off, or this has no such side
    char *persistent;   // with which it starts next; NULL: as above
    char *detail;       // beside it: a path; NULL
    const char *source; // "libvirt", "host", "disk", "guestfs", "qga"; static
    const char *
        secret; // static: the values are nobody's business, and what their digests are made with; NULL
    char *shared; // the thing that several machines have together on purpose has it; NULL
    bool idle;    // it has no effect, so nobody minds who else has it
    FerryIdentityStatus status;
    char *reason; // of a status that is not ok: one line, lower case; NULL
} FerryIdentityValue;

void ferry_identity_value_free(FerryIdentityValue *value);

// Reads the layers of @groups (FerryIdentityGroup, a set) of @machine.
// Returns: (element-type FerryIdentityValue) in the order of the layers. (transfer full)
GPtrArray *ferry_identity_read(const FerryIdentityMachine *machine, unsigned groups);

// @text: one of the value's texts, or NULL. @key: NULL reveals what is secret
// Returns: what may be stored and shown of it; NULL for NULL. (transfer full)
char *ferry_identity_value_show(const FerryIdentityValue *value,
                                const char *text,
                                const FerryIdentityKey *key);

// Returns: a layer of "id.show/1": {"layer","object","value","persistent","live","detail","source","window","clone",
// "status","reason"}; what is NULL is left out, but for value, live and persistent. (transfer full)
JsonNode *ferry_identity_value_to_json(const FerryIdentityValue *value,
                                       const FerryIdentityKey *key);

// Returns: "cold-boot", "ok" ...; static
const char *ferry_identity_window_name(FerryIdentityWindow window);
const char *ferry_identity_status_name(FerryIdentityStatus status);

// Returns: every layer, in their order; ends with NULL. Static.
const FerryIdentityLayer *const *ferry_identity_layers(void);
