// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a domain's XML says, as plain data: what checks, plan and verification judge.
// Parsed through libxml2's DOM; no I/O, no entity or network access.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/vm.h"

typedef struct FerryDisk {
    char *target; // "vda"
    char *device; // "disk", "cdrom", "floppy", "lun"
    char *type;   // "file", "block", "network", "volume", ...
    char *source; // path, "protocol:name" for network, "nvme:0000:06:00.0"; NULL for an empty drive
    char *format; // "qcow2", "raw", NULL
    char *cache;  // driver/@cache or NULL
    char *discard; // driver/@discard or NULL
    bool readonly;
    bool shareable;
    bool transient;
    char *startup_policy; // NULL where not given
    bool backing;         // live XML names an image below it
    bool encrypted;       // by QEMU: what is in its image is not what the guest sees
} FerryDisk;

typedef struct FerryNic {
    char *type;   // "network", "bridge", "direct", "hostdev", "vdpa", "user", ...
    char *source; // network, bridge or device name; NULL
    char *mac;
    char *model; // "virtio"; NULL
    char *portgroup;
    char *filter;    // nwfilter; NULL
    unsigned mtu;    // 0: not given
    unsigned queues; // 0: not given
    bool teaming;    // the transient part of a failover pair: libvirt unplugs it for a move
} FerryNic;

// A device of the host itself.
typedef struct FerryHostdev {
    char *type; // "usb", "pci", "mdev", "scsi", "scsi_host", ...
    char *what; // for people: "0000:06:00.0", "046d:c52b", a uuid; "" where the XML says nothing
    bool teaming;
    bool optional; // source/@startupPolicy 'optional' or 'requisite' of a USB device
} FerryHostdev;

typedef struct FerryTpm {
    char *backend;                   // "emulator", "passthrough", "external"
    char *version;                   // NULL where not given
    char secret[FERRY_UUID_LEN + 1]; // of its encryption; "" for none
    char *state;                     // <source type='dir|file'/>'s path; NULL: libvirt's own folder
} FerryTpm;

typedef struct FerryFilesystem {
    char *driver; // "virtiofs", "path" (9p) ...
    char *target;
} FerryFilesystem;

typedef struct FerryShmem {
    char *name;
    char *role; // "master", "peer"; NULL where not given
} FerryShmem;

typedef enum FerryAgent {
    FERRY_AGENT_NONE, // no channel for it
    FERRY_AGENT_UNKNOWN,
    FERRY_AGENT_CONNECTED,
    FERRY_AGENT_DISCONNECTED,
} FerryAgent;

typedef struct FerryDefinition {
    char *name;
    char uuid[FERRY_UUID_LEN + 1]; // "" where the XML gives none
    char *virt_type;               // "kvm", "qemu"
    char *arch;
    char *machine; // canonical in live XML: "pc-q35-7.2"
    char *emulator;
    char *cpu_xml;       // the <cpu> element as text; NULL where there is none
    char *cpu_mode;      // "custom", "host-passthrough", "maximum"; NULL
    uint64_t memory_kib; // <memory> and <maxMemory>, the greater
    unsigned vcpus;
    bool hugepages;
    uint64_t hugepage_kib;          // size of the first <page>; 0 where the default size is meant
    uint64_t current_kib;           // <currentMemory>: what the balloon leaves; 0 where not given
    bool memory_changing;           // a virtio-mem device whose <requested> is not <current>
    bool memory_locked;             // memoryBacking/locked
    unsigned dimms_without_address; // <memory> devices that have no <address>: running ones must
    bool has_agent;                 // a virtio channel org.qemu.guest_agent.0
    FerryAgent agent;               // is somebody at its other end? (target/@state of live XML)
    GPtrArray *disks;               // FerryDisk
    GPtrArray *nics;                // FerryNic
    GPtrArray *hostdevs;            // FerryHostdev
    GPtrArray *filesystems;         // FerryFilesystem
    GPtrArray *shmems;              // FerryShmem
    FerryTpm *tpm;                  // NULL: none
    // utf8: each set of host CPUs it is bound to, as "vcpu 0: 2-3"; libvirt's syntax after ": ".
    GPtrArray *cpusets;
    char *numa_nodes;      // numatune/memory/@nodeset; NULL
    bool numa_strict;      // numatune/memory/@mode is 'strict' (libvirt's default)
    char *loader;          // path of the firmware; NULL
    char *nvram;           // path of its variables; NULL
    char *nvram_template;  // NULL where the XML names none
    char *launch_security; // "sev", "tdx" ...; NULL
    bool invtsc;           // the CPU requires invtsc
    bool tsc_frequency;    // <timer name='tsc' frequency=.../> is given
} FerryDefinition;

void ferry_definition_free(FerryDefinition *definition);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryDefinition, ferry_definition_free)

// Returns: (transfer full) the definition; NULL and FERRY_ERROR_FAILED when @xml is no domain XML
FerryDefinition *ferry_definition_parse(const char *xml, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Returns: the disk of that target; NULL where there is none, or no @definition
const FerryDisk *ferry_definition_find_disk(const FerryDefinition *definition, const char *target);

// What differs between two domain XMLs but for what a move may change: ids, aliases, seclabels, host
// side names of devices (tap, pty), listen addresses, resource partition (the table, with the reason of
// each, is in definition-compare.c). Compared element by element as path=value, as in
// "devices/disk[vda]/driver/@cache=none"; libvirt 9.0 -> 11.3 adds devices of its own, so additions are
// told apart. Both are redacted before, so that no line holds a secret.
// @ret_lost: (element-type utf8) lines that @before has and @after has not (or has otherwise)
// @ret_added: (element-type utf8) lines only in @after; a changed value is in both lists
// Returns: false with an error when either can't be parsed (two equal texts are not parsed)
bool ferry_definition_compare(const char *before,
                              const char *after,
                              GPtrArray **ret_lost,
                              GPtrArray **ret_added,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

// What @after has otherwise than @before, for people: all of it, also what ferry_definition_compare() leaves out. Both are
// redacted before.
// Returns: (element-type utf8) "- path=value" and "+ path=value", a changed value as one after the other; empty where
// nothing differs; NULL with an error when either can't be parsed. (transfer full)
GPtrArray *ferry_definition_diff(const char *before, const char *after, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Returns: @xml with every password, secret value and key taken out, fit to be stored, logged or
// shown; NULL with an error when it can't be parsed (then show nothing). (transfer full)
char *ferry_definition_redact(const char *xml, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Parses @xml and redacts it in one reading.
// @ret_redacted: as of ferry_definition_redact(). (transfer full)
FerryDefinition *ferry_definition_read(const char *xml, char **ret_redacted, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
