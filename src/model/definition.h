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
    char *source; // path, or "protocol:name" for network; NULL for an empty drive
    char *format; // "qcow2", "raw", NULL
    char *cache;  // driver/@cache or NULL
    bool readonly;
    bool shareable;
    bool transient;
    char *startup_policy; // NULL where not given
} FerryDisk;

typedef struct FerryNic {
    char *type;   // "network", "bridge", "direct", ...
    char *source; // network, bridge or device name; NULL
    char *mac;
} FerryNic;

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
    uint64_t hugepage_kib; // size of the first <page>; 0 where the default size is meant
    bool has_agent;        // a virtio channel org.qemu.guest_agent.0
    GPtrArray *disks;      // FerryDisk
    GPtrArray *nics;       // FerryNic
} FerryDefinition;

void ferry_definition_free(FerryDefinition *definition);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryDefinition, ferry_definition_free)

// Returns: (transfer full) the definition; NULL and FERRY_ERROR_FAILED when @xml is no domain XML
FerryDefinition *ferry_definition_parse(const char *xml, GError **error) G_GNUC_WARN_UNUSED_RESULT;

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

// Returns: @xml with every password, secret value and key taken out, fit to be stored, logged or
// shown; NULL with an error when it can't be parsed (then show nothing). (transfer full)
char *ferry_definition_redact(const char *xml, GError **error) G_GNUC_WARN_UNUSED_RESULT;
