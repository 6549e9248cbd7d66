// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Another identity for a machine that is off: UUID (with what SMBIOS shows of it) and generation id. libvirt has no call
// for it, so the machine is defined anew and what hangs on its UUID is carried over, beside the old definition, which
// stays whole under another name ("web1.ferry-7") until the new one was read back and found right:
//
//   begin  tpm  autostart  aside  define  snapshots  verify | commit  clean
//
// Each is a phase of a transaction of kind "identity" in the journal. Before 'commit' a change is undone, from then on it is
// finished, by this process or by `recover` after it was killed: what the host shows decides (change-table.h).
//
// Facts are collected and judged before (change-plan.c); nothing is touched where a blocker stands.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "hypervisor/hypervisor.h"
#include "identity/chain.h"
#include "inventory/hosts.h"
#include "model/definition.h"
#include "model/host.h"
#include "model/uuid.h"
#include "state/state.h"

#define FERRY_CHANGE_KIND "identity"

// What becomes of a vTPM whose state libvirt keeps under the machine's UUID. The folder of the old UUID is never touched.
typedef enum FerryTpmPolicy {
    FERRY_TPM_UNSAID,
    FERRY_TPM_KEEP, // copied: what the guest sealed stays readable, and the endorsement key is the old one
    FERRY_TPM_NEW, // swtpm makes a new one at the next start
    FERRY_TPM_OLD, // for a restore: that which was left under the UUID that comes back
} FerryTpmPolicy;

// Returns: "keep", "new", "old"; static
const char *ferry_tpm_policy_name(FerryTpmPolicy policy);
bool ferry_tpm_policy_parse(const char *text, FerryTpmPolicy *ret_policy);

typedef struct FerryChangeWish {
    const char *op;                 // "set", "rotate", "restore"; static
    char uuid[FERRY_UUID_LEN + 1];  // "": stays
    char genid[FERRY_UUID_LEN + 1]; // "": stays
    bool genid_if_any; // the genid is for a machine that has one; else one that has none is refused
    FerryTpmPolicy tpm;
    bool restores; // the UUID was this machine's before
} FerryChangeWish;

// A UUID that somebody has.
typedef struct FerryChangeTaken {
    char uuid[FERRY_UUID_LEN + 1];
    char *who; // "machine 'db1' on host 'kvm2'"
} FerryChangeTaken;

// What is known of the machine and of everybody else. Holds secrets (xml, snapshots): never stored or shown.
typedef struct FerryChangeFacts {
    FerryHost *host;
    FerryVm vm;
    FerryVmExtras extras;
    FerryJobStats job;
    char *xml;                   // PERSISTENT_SECURE; NULL for a transient machine
    FerryDefinition *definition; // of xml; NULL with it
    char *genid;                 // NULL: it has no <genid>
    const char *owner; // another manager whose machine it is: "OpenStack Nova"; static; NULL
    bool efi; // libvirt chooses its firmware, and may keep variables where the XML has no path
    GPtrArray *snapshots;   // FerrySnapshot, parents first
    GPtrArray *checkpoints; // FerrySnapshot, parents first
    char *no_script;        // why its host can't be looked into as root; NULL: it can, or need not
    char *tpm_digest;       // of the vTPM's state; NULL: there is none, or no_script
    char *tpm_target;       // the same of what is under the new UUID
    char *nvram_digest;

    GPtrArray *taken;   // FerryChangeTaken
    GPtrArray *unheard; // utf8: hosts that could not be asked, and why

    FerryIdentityChain *chain; // of the machine
    char *alias;   // whose UUID the new one was, in words: "machine 'db1' (change 4)"; NULL
    char *pending; // what is under way for either UUID: "move 12"; NULL
} FerryChangeFacts;

void ferry_change_facts_free(FerryChangeFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryChangeFacts, ferry_change_facts_free)

// Reads the machine on its host. Blocks. Needs the wish for what lies under the new UUID.
// Returns: (transfer full); NULL with the host's error
FerryChangeFacts *ferry_change_collect(FerryHypervisor *hv,
                                       const FerryHost *host,
                                       const char *uuid,
                                       const FerryChangeWish *wish,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

// For the above and for tests: what the definition @xml says, which it takes.
bool ferry_change_facts_read_xml(FerryChangeFacts *facts, char *xml, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Has it a vTPM whose state libvirt keeps under the machine's UUID? (Since 10.10 a <source> may name another place.)
bool ferry_change_tpm_is_keyed(const FerryChangeFacts *facts);

// Who has which UUID, by the answers of all known hosts (FerryHostAnswer of ferry_hosts_list()) and their own UUIDs, which
// it asks for. Blocks.
void ferry_change_collect_taken(FerryChangeFacts *facts, GPtrArray *answers);

// What the journal knows. Main thread.
bool ferry_change_collect_journal(FerryChangeFacts *facts,
                                  const FerryChangeWish *wish,
                                  FerryState *state,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Why the change is refused, and the way out.
typedef struct FerryChangeBlocker {
    const char *id; // "active"; static
    FerryErrorCode code;
    char *text; // to stand after "cannot change the identity of 'web1': "
    char *hint;
} FerryChangeBlocker;

typedef struct FerryChangePlan {
    GPtrArray *blockers; // FerryChangeBlocker
    GPtrArray *warnings; // utf8
    GPtrArray *carry;    // utf8: "snapshots:2", "tpm:keep", "nvram", "autostart"
} FerryChangePlan;

// Pure.
FerryChangePlan *ferry_change_plan(const FerryChangeFacts *facts, const FerryChangeWish *wish);
void ferry_change_plan_free(FerryChangePlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryChangePlan, ferry_change_plan_free)

// The first blocker as an error, the others in its text.
// Returns: false and the error where there is one
bool ferry_change_plan_holds(const FerryChangePlan *plan,
                             const FerryChangeFacts *facts,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

// The new genid, NULL where it stays; the new UUID, the old one where it stays.
const char *ferry_change_new_genid(const FerryChangeFacts *facts, const FerryChangeWish *wish);
const char *ferry_change_new_uuid(const FerryChangeFacts *facts, const FerryChangeWish *wish);

// One phase, for people.
typedef struct FerryChangeStep {
    const char *phase;
    const char *what;
} FerryChangeStep;

// The phases that the change goes through.
// Returns: (element-type const FerryChangeStep) static ones. (transfer container)
GPtrArray *ferry_change_steps(const FerryChangeFacts *facts, const FerryChangeWish *wish);

// The plan as "id.txn/1", without what came of it.
JsonObject *ferry_change_plan_json(const FerryChangePlan *plan,
                                   const FerryChangeFacts *facts,
                                   const FerryChangeWish *wish);

// What came of it.
typedef struct FerryChangeResult {
    int64_t id;
    char *outcome; // "done", or an error's id: it is as it was before; NULL: pending
    JsonNode *report;
} FerryChangeResult;

void ferry_change_result_clear(FerryChangeResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryChangeResult, ferry_change_result_clear)

// Changes it, from 'begin' to the end of the transaction. Main thread; runs the default main loop while workers block.
// SIGINT, SIGTERM and SIGHUP don't end the process meanwhile: stderr says that the change is finished first.
// Errors: what went wrong, and all is as it was before; PENDING where even that could not be done; those of the journal
bool ferry_change_run(FerryState *state,
                      FerryHypervisor *hv,
                      const FerryChangeFacts *facts,
                      const FerryChangeWish *wish,
                      FerryChangeResult *ret_result,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
