// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is known of the identity of machines and of their hosts, as plain data: what layers and findings judge. What
// could not be asked is unknown, with the reason in words; nothing is guessed. collect.h fills it.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "identity/guest.h"
#include "model/uuid.h"
#include "model/vm.h"

// A disk or a network interface of a domain XML.
typedef struct FerryIdentityDevice {
    char *name;  // "vda"; of interfaces, which have no name that lasts, "net0" by their order
    char *value; // serial of a disk, MAC of an interface; NULL: none
    char *wwn;   // of disks; NULL: none
    char *
        source; // of disks that may be in several machines at once (shareable or read-only); NULL: of one alone
} FerryIdentityDevice;

typedef enum FerrySysinfo {
    FERRY_SYSINFO_SERIAL,
    FERRY_SYSINFO_SKU,
    FERRY_SYSINFO_FAMILY,
    FERRY_SYSINFO_BOARD_SERIAL,
    FERRY_SYSINFO_BOARD_ASSET,
    FERRY_SYSINFO_CHASSIS_SERIAL,
    FERRY_SYSINFO_CHASSIS_ASSET,
    FERRY_SYSINFO_LAST
} FerrySysinfo;

// What one domain XML says of identity; without any secret.
typedef struct FerryIdentityXml {
    char *name;
    char uuid[FERRY_UUID_LEN + 1]; // "": none
    char *genid;                   // NULL: the machine has none; "" one that is made at each start
    char *smbios_mode;             // "sysinfo", "host" ...; NULL: libvirt's choice, 'emulate'
    char *smbios_uuid;             // <sysinfo>'s; NULL: not given
    char *sysinfo[FERRY_SYSINFO_LAST];
    GPtrArray *oem_strings; // utf8
    GPtrArray *disks;       // FerryIdentityDevice
    GPtrArray *nics;        // FerryIdentityDevice
    char *nvram;            // path of the UEFI variables; NULL
    bool has_tpm;           // an emulated one
    char *tpm_path;         // of its state; NULL: libvirt's own folder, named by the UUID
    GPtrArray *secrets;     // utf8: UUIDs of the secrets that it uses, or their usage
    GPtrArray *owners;      // utf8: namespaces in <metadata>
} FerryIdentityXml;

// Returns: (transfer full) what @xml says; NULL with FAILED where it is no domain XML
FerryIdentityXml *ferry_identity_xml_parse(const char *xml, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void ferry_identity_xml_free(FerryIdentityXml *xml);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryIdentityXml, ferry_identity_xml_free)

// The UUIDs inside a snapshot or checkpoint. libvirt compares the one with the machine's and not the other.
typedef struct FerryIdentitySnapshot {
    FerrySnapshotKind kind;
    char *name;
    char uuid[FERRY_UUID_LEN + 1];     // of <domain>; "": none
    char inactive[FERRY_UUID_LEN + 1]; // of <inactiveDomain>, which a revert brings back; "": none
} FerryIdentitySnapshot;

// Returns: (transfer full); NULL with FAILED where it can't be parsed
FerryIdentitySnapshot *ferry_identity_snapshot_parse(const FerrySnapshot *snapshot,
                                                     FerrySnapshotKind kind,
                                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
void ferry_identity_snapshot_free(FerryIdentitySnapshot *snapshot);

// What only root can read on a host, from a script there. Each part is there, or unknown for its own reason.
typedef struct FerryRootFacts {
    // UUID to the SHA-256 of its state ("" where it can't be read): libvirt's folders of vTPM states
    GHashTable *tpms;
    char *tpms_unknown;
    GPtrArray *definitions; // FerryRootDefinition: the files that libvirt loads at its start
    char *definitions_unknown;
    GHashTable *nvrams;  // path to the SHA-256 of the file
    GHashTable *running; // name of a machine to the UUID on its QEMU's command line
    GHashTable
        *tpm_log; // name of a machine to when its vTPM was last made anew: "2026-11-28T21:00:00"
} FerryRootFacts;

typedef struct FerryRootDefinition {
    char *path;
    char *name;
    char uuid[FERRY_UUID_LEN + 1]; // "": the file has none that can be read
} FerryRootDefinition;

// Returns: (transfer full) what root.sh printed; NULL with FAILED where that is not its language
FerryRootFacts *ferry_root_facts_parse(const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void ferry_root_facts_free(FerryRootFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryRootFacts, ferry_root_facts_free)

typedef struct FerryIdentityHost FerryIdentityHost;

typedef struct FerryIdentityMachine {
    const FerryIdentityHost *host;
    FerryVm vm;
    bool
        aside; // the old definition of a change that has not ended: equal to another one on purpose
    FerryIdentityXml *live; // NULL: it is off, or unknown
    char *live_unknown;
    FerryIdentityXml *persistent; // NULL: it has no definition, or unknown
    char *persistent_unknown;
    FerryVmExtras extras;
    char *extras_unknown;
    GPtrArray *snapshots; // FerryIdentitySnapshot, of both kinds; NULL: unknown
    char *snapshots_unknown;
    FerryGuestFacts *guest; // NULL: nobody looked
} FerryIdentityMachine;

void ferry_identity_machine_free(FerryIdentityMachine *machine);

// Returns: what it runs with, else its definition; NULL: neither is known
const FerryIdentityXml *ferry_identity_machine_xml(const FerryIdentityMachine *machine);

struct FerryIdentityHost {
    char *name;
    char *uri;
    char *unknown;                 // why it could not be asked; the rest is empty then
    char uuid[FERRY_UUID_LEN + 1]; // "": not told
    char *hostname;                // NULL: not told
    char *same_as;        // the name of a host before it that it is, too; it has no machines then
    GPtrArray *machines;  // FerryIdentityMachine
    FerryRootFacts *root; // NULL: unknown
    char *root_unknown;
};

FerryIdentityHost *ferry_identity_host_new(const char *name, const char *uri);
void ferry_identity_host_free(FerryIdentityHost *host);
// Adds a machine of which nothing is known yet but its state. @vm: copied
FerryIdentityMachine *ferry_identity_host_add(FerryIdentityHost *host, const FerryVm *vm);

typedef struct FerryIdentityFleet {
    GPtrArray *hosts; // FerryIdentityHost
    // set of utf8: UUIDs that machines had before a change which ended well; what is left of them is left on purpose
    GHashTable *retired;
} FerryIdentityFleet;

FerryIdentityFleet *ferry_identity_fleet_new(void);
// Machine @uuid is aside where it is called @name; its UUID is retired then.
void ferry_identity_fleet_set_aside(FerryIdentityFleet *fleet, const char *uuid, const char *name);
void ferry_identity_fleet_free(FerryIdentityFleet *fleet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryIdentityFleet, ferry_identity_fleet_free)
