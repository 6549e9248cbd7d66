// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What an operator asks of a move, and what was decided. Plain data; JSON both ways, because the
// journal keeps it and a runner that takes over must read it.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/host.h"
#include "model/vm.h"

typedef enum FerryMode {
    FERRY_MODE_AUTO, // peer-to-peer, direct where the daemons can't reach each other
    FERRY_MODE_P2P,
    FERRY_MODE_DIRECT,
    FERRY_MODE_LAST
} FerryMode;

typedef enum FerryOnTimeout {
    FERRY_ON_TIMEOUT_ABORT,
    FERRY_ON_TIMEOUT_PAUSE,
    FERRY_ON_TIMEOUT_POSTCOPY,
    FERRY_ON_TIMEOUT_LAST
} FerryOnTimeout;

// What becomes of a move whose data path is dead, before the switch; after it, it is always healed.
typedef enum FerryOnStall {
    FERRY_ON_STALL_ABORT,
    FERRY_ON_STALL_WAIT,
    FERRY_ON_STALL_LAST
} FerryOnStall;

// Who lets the destination run.
typedef enum FerryCommit {
    FERRY_COMMIT_AUTO,   // fast where QEMU's image locks are proved between the hosts, else strict
    FERRY_COMMIT_STRICT, // virt-ferry, once the source is gone
    FERRY_COMMIT_FAST,   // libvirt, at the switch
    FERRY_COMMIT_LAST
} FerryCommit;

typedef struct FerryMigrateOptions {
    FerryMode mode;
    FerryCommit commit;
    unsigned bandwidth_mibs;  // 0: no limit
    unsigned max_blackout_ms; // 0: QEMU's own (300)
    unsigned timeout_s;       // 0: none
    FerryOnTimeout on_timeout;
    unsigned stall_timeout_s; // how long nothing may go over; 0: for ever
    FerryOnStall on_stall;
    bool auto_converge;
    unsigned parallel; // connections; 0: plain
    char *compress;    // "xbzrle", "mt", "zlib", "zstd"; NULL
    bool tls;
    bool postcopy;
    char *dest_address;
    char *dest_name;
    bool keep_source_definition;
    bool persistent; // make a transient machine persistent on arrival
    char *xml;
    char *persistent_xml;
    bool unsafe;
    bool offline;
    GStrv force; // ids of checks to override
    GStrv skip;  // ids of checks to leave out
    char *skip_reason;
    bool no_probe;                // ask hosts through libvirt alone
    bool count_in_metadata;       // write the number of moves into the machine's own metadata
    char *copy_disks;             // "auto", "all", "never" or targets, "vda,vdb"; NULL: auto
    GStrv dest_pools;             // "TARGET=POOL": where on the destination the copy of a disk goes
    unsigned disk_bandwidth_mibs; // for the copy of disks; 0: as for memory
    bool remove_source_disks;     // once all is verified; else they are kept, renamed
    // Names that are others on the destination, "OLD=NEW" each
    GStrv map_networks; // of networks and bridges
    GStrv map_disks;    // paths
    GStrv map_pools;
    char *listen; // address for graphics there; NULL: unchanged
} FerryMigrateOptions;

FerryMigrateOptions *ferry_migrate_options_new(void);
FerryMigrateOptions *ferry_migrate_options_copy(const FerryMigrateOptions *options);
void ferry_migrate_options_free(FerryMigrateOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryMigrateOptions, ferry_migrate_options_free)

// Options as JSON, for the journal. The contents of @xml and @persistent_xml stay out, as they may hold
// passwords: "xml": true says that one was given.
// Returns: (transfer full)
JsonNode *ferry_migrate_options_to_json(const FerryMigrateOptions *options);

// The way back; xml and persistent_xml are NULL then. Members that are missing have their default,
// unknown ones are ignored.
// Returns: (transfer full); NULL with FAILED when @node is no object or a member has another type
FerryMigrateOptions *ferry_migrate_options_from_json(JsonNode *node, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// May the move switch to post-copy, at once or when its time is up?
bool ferry_migrate_options_want_postcopy(const FerryMigrateOptions *options);

const char *ferry_mode_name(FerryMode mode);
bool ferry_mode_parse(const char *text, FerryMode *ret_mode);
const char *ferry_on_timeout_name(FerryOnTimeout action);
bool ferry_on_timeout_parse(const char *text, FerryOnTimeout *ret_action);
const char *ferry_on_stall_name(FerryOnStall action);
bool ferry_on_stall_parse(const char *text, FerryOnStall *ret_action);
const char *ferry_commit_name(FerryCommit commit);
bool ferry_commit_parse(const char *text, FerryCommit *ret_commit);

// What one libvirt migration call does; the names are those of VIR_MIGRATE_*.
typedef enum FerryMigrateFlag {
    FERRY_MIGRATE_LIVE = 1 << 0,
    FERRY_MIGRATE_PEER2PEER = 1 << 1,
    FERRY_MIGRATE_PERSIST_DEST = 1 << 2,
    FERRY_MIGRATE_UNDEFINE_SOURCE = 1 << 3,
    FERRY_MIGRATE_PAUSED = 1 << 4,
    FERRY_MIGRATE_UNSAFE = 1 << 5,
    FERRY_MIGRATE_OFFLINE = 1 << 6,
    FERRY_MIGRATE_TLS = 1 << 7,
    FERRY_MIGRATE_POSTCOPY = 1 << 8,
    FERRY_MIGRATE_PARALLEL = 1 << 9,
    FERRY_MIGRATE_AUTO_CONVERGE = 1 << 10,
    FERRY_MIGRATE_COMPRESSED = 1 << 11,
    FERRY_MIGRATE_CHANGE_PROTECTION = 1 << 12,
    FERRY_MIGRATE_ABORT_ON_ERROR = 1 << 13,
    FERRY_MIGRATE_POSTCOPY_RESUME = 1 << 14, // goes on with a post-copy whose link broke (8.5.0)
    FERRY_MIGRATE_NON_SHARED_DISK = 1 << 15, // copies all that the guest sees of disks
    FERRY_MIGRATE_NON_SHARED_INC = 1 << 16,  // copies their top images: what is below is there
    // the guest's writes wait for the copy (8.0.0)
    FERRY_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES = 1 << 17,
} FerryMigrateFlag;

// VIR_MIGRATE_PARAM_MIGRATE_DISKS_DETECT_ZEROES; an unknown parameter is an error to older daemons.
#define FERRY_DETECT_ZEROES_FROM 10009000

typedef struct FerryMigrateCall {
    const char *uuid;
    unsigned flags;          // FerryMigrateFlag
    const char *dest_uri;    // for peer-to-peer: as the source's daemon connects to it
    const char *migrate_uri; // "tcp://address", NULL for libvirt's own choice
    const char *dest_name;   // NULL: unchanged
    const char *dest_xml;    // NULL: unchanged
    const char *persist_xml; // NULL: unchanged
    unsigned bandwidth_mibs; // 0: no limit
    unsigned parallel;       // connections, with FERRY_MIGRATE_PARALLEL
    const char *compress;    // with FERRY_MIGRATE_COMPRESSED
    const char *const
        *copied;        // targets of the disks to be copied, with NON_SHARED_*; ends with NULL
    bool detect_zeroes; // look for zeroes in them (libvirt 10.9 on both hosts)
} FerryMigrateCall;
