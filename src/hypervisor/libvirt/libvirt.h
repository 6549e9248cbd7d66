// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The driver for real hosts: the libvirt C API, any URI that libvirt takes. Works with daemons from
// 8.0 on, monolithic (libvirtd) and modular (virtqemud) alike.

#pragma once

#include "hypervisor/hypervisor-driver.h"

// Handles every URI that does not begin with "sim:". The default GMainContext must be iterated for
// events and for keepalive, which ends calls to a silent host after some 20 s.
extern const FerryHypervisorDriver ferry_hypervisor_driver_libvirt;
