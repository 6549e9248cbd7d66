// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/libvirt/private.h"

static bool
get_virtual_network(FerryHypervisor *hv,
                    const char *name,
                    FerryNetworkInfo *ret_info,
                    GError **error)
{
    g_autoptr(virNetwork) network = virNetworkLookupByName(ferry_libvirt(hv)->conn, name);
    g_auto(FerryNetworkInfo) info = {0};
    g_autofree char *xml = NULL;
    int active = -1;

    if (network == NULL && virGetLastErrorCode() == VIR_ERR_NO_NETWORK) {
        *ret_info = info;
        return true;
    }
    if (network != NULL)
        active = virNetworkIsActive(network);
    if (active >= 0)
        xml = virNetworkGetXMLDesc(network, 0);
    if (xml == NULL) {
        ferry_libvirt_fail(hv, error, "look for network '%s'", name);
        return false;
    }
    if (!ferry_network_info_parse(xml, &info, error))
        return false;
    info.exists = true;
    info.active = active == 1;
    *ret_info = info;
    info = (FerryNetworkInfo){0};
    return true;
}

// Tells by the kernel's own list whether there is a network device @name.
// Returns: false when that could not be found out
static bool
look_for_device(FerryHypervisor *hv, const char *name, bool *ret_has)
{
    g_autofree char *path = g_build_filename("/sys/class/net", name, "mtu", NULL);
    const char *const paths[] = {path, NULL};
    FerryPathInfo info = {0};
    bool known;

    ferry_libvirt_look_at_paths(hv, paths, &info);
    known = info.unknown == NULL;
    if (known)
        *ret_has = info.seen;
    ferry_path_info_clear(&info);
    return known;
}

// The interface driver is a package of its own (Debian 13), and built with netcf it knows only what is
// configured: what it lacks may be there.
static bool
get_interface(FerryHypervisor *hv, const char *name, FerryNetworkInfo *ret_info, GError **error)
{
    g_autoptr(virInterface) interface = virInterfaceLookupByName(ferry_libvirt(hv)->conn, name);
    g_autoptr(GError) cause = NULL;
    g_autofree char *xml = NULL;
    g_auto(FerryNetworkInfo) info = {.exists = interface != NULL};
    bool is_absent = interface == NULL && virGetLastErrorCode() == VIR_ERR_NO_INTERFACE;

    if (interface == NULL)
        ferry_libvirt_fail(hv, &cause, "look for interface '%s'", name);
    else
        xml = virInterfaceGetXMLDesc(interface, 0);
    if (xml != NULL && !ferry_interface_info_parse(xml, &info, error))
        return false;
    if (interface == NULL && !look_for_device(hv, name, &info.exists) && !is_absent) {
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
    // virInterfaceIsActive() is of no use: a bridge without ports is not active, and 'lo' never is (operstate;
    // udevInterfaceIsActive, 9.0).
    info.active = info.exists;
    *ret_info = info;
    info = (FerryNetworkInfo){0};
    return true;
}

bool
ferry_libvirt_get_network(FerryHypervisor *hv,
                          const char *type,
                          const char *name,
                          FerryNetworkInfo *ret_info,
                          GError **error)
{
    return g_str_equal(type, "network") ? get_virtual_network(hv, name, ret_info, error)
                                        : get_interface(hv, name, ret_info, error);
}

bool
ferry_libvirt_has_nwfilter(FerryHypervisor *hv, const char *name, bool *ret_has, GError **error)
{
    g_autoptr(virNWFilter) filter = virNWFilterLookupByName(ferry_libvirt(hv)->conn, name);

    if (filter == NULL && virGetLastErrorCode() != VIR_ERR_NO_NWFILTER) {
        ferry_libvirt_fail(hv, error, "look for network filter '%s'", name);
        return false;
    }
    *ret_has = filter != NULL;
    return true;
}
