// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Is a machine what its records say, in all the places that show it? Judged over facts that were collected before; pure but
// for ferry_identity_read_product_uuid(), which asks the guest's agent.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "identity/facts.h"

typedef enum FerryIdentityLevel {
    FERRY_LEVEL_CONFIG,  // definition, SMBIOS and snapshots agree
    FERRY_LEVEL_BOOT,    // and the QEMU that runs was started so, with the vTPM that it had
    FERRY_LEVEL_GUEST,   // and the guest sees it
    FERRY_LEVEL_PERSIST, // definition as above, and the file that libvirt loads at its next start
    FERRY_LEVEL_LAST
} FerryIdentityLevel;

// @ret_level: untouched where @name is none
bool ferry_identity_level_parse(const char *name, FerryIdentityLevel *ret_level);
const char *ferry_identity_level_name(FerryIdentityLevel level);

typedef struct FerryIdentityCheck {
    const char *name; // stable: "qemu.uuid"; static
    bool known;       // could it be told?
    bool pass;        // meaningless where it could not
    char *text;       // what was seen, or why it is not known; one line, lower case
} FerryIdentityCheck;

typedef struct FerryIdentityEvidence {
    const FerryIdentityMachine *machine; // collected by the agent for GUEST
    const char *product_uuid;            // what the guest shows; NULL: not known
    const char *product_unknown;         // and why
    const char *changed; // when its UUID was last changed: "2026-11-28T21:00:00Z"; NULL: never
    bool new_tpm;        // that change was to make a new vTPM
} FerryIdentityEvidence;

// Returns: (element-type FerryIdentityCheck) (transfer full)
GPtrArray *ferry_identity_verify(const FerryIdentityEvidence *evidence, FerryIdentityLevel level)
    G_GNUC_WARN_UNUSED_RESULT;

// Does none of them say no? What is not known is no 'no'; the caller shows it.
bool ferry_identity_verify_holds(const GPtrArray *checks);

// Returns: {"name", "pass" (null: not known), "text"}. (transfer full)
JsonNode *ferry_identity_check_to_json(const FerryIdentityCheck *check);

// /sys/class/dmi/id/product_uuid of the guest, through its agent. Blocks.
// Returns: (transfer full); NULL with an error
char *ferry_identity_read_product_uuid(FerryHypervisor *hv, const char *uuid, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
