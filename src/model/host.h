// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Hosts: the record we keep of one, and what a connection to it tells about it.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/host-caps.h"
#include "model/vm.h"

typedef struct FerryHost {
    char *name;    // as the operator calls it; equals uri for a host given by URI only
    char *uri;     // libvirt URI
    char *address; // of the migration network, NULL for libvirt's own choice
    int64_t added_us;
} FerryHost;

void ferry_host_free(FerryHost *host);
FerryHost *ferry_host_copy(const FerryHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryHost, ferry_host_free)

typedef struct FerryHostInfo {
    char *hostname;                   // virConnectGetHostname
    char uuid[FERRY_UUID_LEN + 1];    // that of caps
    char *type;                       // hypervisor driver as libvirt names it: "QEMU", "TEST"
    unsigned long libvirt_version;    // 9000000 for 9.0.0
    unsigned long hypervisor_version; // QEMU, 7002000 for 7.2.0
    uint64_t memory_total_kib;
    uint64_t memory_free_kib; // free + what caches would give back
    unsigned cpus;
    FerryHostCaps caps;
} FerryHostInfo;

void ferry_host_info_clear(FerryHostInfo *info);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryHostInfo, ferry_host_info_clear)

// 9000002 -> "9.0.2". (transfer full)
char *ferry_version_format(unsigned long version);

// A name that can be typed and is told from a URI: UTF-8, printable, 1 to 255 bytes, no white space at
// the ends, no '/', no '-' first.
bool ferry_host_name_is_valid(const char *name);
