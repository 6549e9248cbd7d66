// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a host says of one of its networks (virNetwork) or interfaces (bridge, device). Plain data; no I/O.

#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct FerryNetworkInfo {
    bool exists;
    bool active;
    char *bridge;     // of a network: the bridge behind it; NULL
    unsigned mtu;     // 0: not told
    GStrv portgroups; // names; NULL: none
} FerryNetworkInfo;

void ferry_network_info_clear(FerryNetworkInfo *info);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryNetworkInfo, ferry_network_info_clear)

// Fills bridge, mtu and portgroups from network XML (virNetworkGetXMLDesc; <mtu> since 3.1.0).
// Returns: false and FERRY_ERROR_FAILED when @xml is no network XML
bool ferry_network_info_parse(const char *xml, FerryNetworkInfo *info, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Fills mtu from interface XML (virInterfaceGetXMLDesc).
bool ferry_interface_info_parse(const char *xml, FerryNetworkInfo *info, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
