// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a host's domain capabilities XML says about one machine type. Parsed; no I/O.

#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct FerryMachineCaps {
    char *machine;      // canonical name
    unsigned max_vcpus; // 0 where not given
    // The host's CPU as its QEMU can give it (mode host-model): model, vendor and features in one line,
    // features sorted, so that two hosts compare as text. NULL where the host doesn't tell.
    char *host_cpu;
    // Firmware files that the host has for it (os/loader/value); NULL where it names none.
    GStrv loaders;
    // devices/tpm/enum[@name='backendModel'], empty where it can give no TPM; NULL where it does not tell
    // (before 8.0).
    GStrv tpm_backends;
} FerryMachineCaps;

void ferry_machine_caps_free(FerryMachineCaps *caps);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryMachineCaps, ferry_machine_caps_free)

// libvirt: virConnectGetDomainCapabilities (1.2.7); <cpu> since 1.3.4.
// Returns: (transfer full) NULL and FERRY_ERROR_FAILED when @xml is no domain capabilities XML
FerryMachineCaps *ferry_machine_caps_parse(const char *xml, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
