// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a host's capabilities XML says. Parsed; no I/O.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/vm.h"

typedef struct FerryHostCaps {
    char uuid[FERRY_UUID_LEN + 1]; // /capabilities/host/uuid; "" where not given
    char *arch;
    char *cpu_model; // "EPYC-Rome"; NULL
    // Family, model and stepping in one line, "6.85.4"; NULL before libvirt 5.7.
    char *cpu_signature;
    char *microcode; // its version as libvirt writes it; NULL
    uint64_t tsc_hz; // 0 where not given
    bool tsc_scaling;
    GArray *cells; // unsigned: ids of the NUMA cells, ascending; never NULL after a parse
    GArray *cpus;  // unsigned: ids of the CPUs that are online in these cells, ascending; likewise
} FerryHostCaps;

// libvirt: virConnectGetCapabilities; a missing element leaves its field empty.
// @ret_caps: zero-initialised; ferry_host_caps_clear() it. Untouched on error.
// Returns: false and FERRY_ERROR_FAILED when @xml is no capabilities XML
bool ferry_host_caps_parse(const char *xml, FerryHostCaps *ret_caps, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void ferry_host_caps_clear(FerryHostCaps *caps);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryHostCaps, ferry_host_caps_clear)
