// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/libvirt/private.h"

#include <errno.h>
#include <libxml/parser.h>
#include <string.h>

#ifndef VIR_NODE_MEMORY_STATS_AVAILABLE // 12.3
#define VIR_NODE_MEMORY_STATS_AVAILABLE "available"
#endif

// libvirt's own output; no network, no entities, no words on stderr.
static xmlDoc *
parse(const char *xml)
{
    return xmlReadMemory(xml, (int)strlen(xml), NULL, NULL,
                         XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
}

static xmlXPathObject *
evaluate(xmlDoc *doc, const char *path)
{
    g_autoptr(xmlXPathContext) context = xmlXPathNewContext(doc);

    return context == NULL ? NULL : xmlXPathEvalExpression((const xmlChar *)path, context);
}

static char *
node_text(xmlNode *node)
{
    xmlChar *content = xmlNodeGetContent(node);
    char *text = g_strdup((const char *)content);

    xmlFree(content);
    return text;
}

char *
ferry_libvirt_xpath(const char *xml, const char *path)
{
    g_autoptr(xmlDoc) doc = parse(xml);
    g_autoptr(xmlXPathObject) found = doc == NULL ? NULL : evaluate(doc, path);

    if (found == NULL || xmlXPathNodeSetIsEmpty(found->nodesetval))
        return NULL;
    return node_text(found->nodesetval->nodeTab[0]);
}

// A host without a capabilities UUID, or one that is no UUID, has "".
static bool
read_uuid(virConnectPtr conn, FerryHostInfo *info)
{
    g_autofree char *xml = virConnectGetCapabilities(conn);
    g_autofree char *uuid = NULL;

    if (xml == NULL)
        return false;
    uuid = ferry_libvirt_xpath(xml, "/capabilities/host/uuid");
    if (uuid != NULL)
        ferry_uuid_parse(uuid, info->uuid);
    return true;
}

static uint64_t
stat_of(const virNodeMemoryStats *stats, int count, const char *field)
{
    for (int i = 0; i < count; i++)
        if (strcmp(stats[i].field, field) == 0)
            return stats[i].value;
    return 0;
}

static bool
read_memory(virConnectPtr conn, FerryHostInfo *info)
{
    g_autofree virNodeMemoryStats *stats = NULL;
    int count = 0;

    if (virNodeGetMemoryStats(conn, VIR_NODE_MEMORY_STATS_ALL_CELLS, NULL, &count, 0) < 0) {
        // Drivers that are no QEMU know only this.
        info->memory_free_kib = virNodeGetFreeMemory(conn) / 1024;
        return info->memory_free_kib != 0;
    }
    stats = g_new0(virNodeMemoryStats, count);
    if (virNodeGetMemoryStats(conn, VIR_NODE_MEMORY_STATS_ALL_CELLS, stats, &count, 0) < 0)
        return false;
    info->memory_total_kib = stat_of(stats, count, VIR_NODE_MEMORY_STATS_TOTAL);
    info->memory_free_kib = stat_of(stats, count, VIR_NODE_MEMORY_STATS_AVAILABLE);
    if (info->memory_free_kib == 0)
        info->memory_free_kib = stat_of(stats, count, VIR_NODE_MEMORY_STATS_FREE) +
                                stat_of(stats, count, VIR_NODE_MEMORY_STATS_BUFFERS) +
                                stat_of(stats, count, VIR_NODE_MEMORY_STATS_CACHED);
    return true;
}

static bool
read_host(virConnectPtr conn, FerryHostInfo *info)
{
    virNodeInfo node;
    char *hostname;

    if (virConnectGetLibVersion(conn, &info->libvirt_version) < 0 ||
        virConnectGetVersion(conn, &info->hypervisor_version) < 0 ||
        virNodeGetInfo(conn, &node) < 0)
        return false;
    info->memory_total_kib = node.memory;
    info->cpus = node.cpus;
    info->type = g_strdup(virConnectGetType(conn));
    hostname = virConnectGetHostname(conn);
    info->hostname = hostname;
    return info->type != NULL && hostname != NULL && read_uuid(conn, info) &&
           read_memory(conn, info);
}

bool
ferry_libvirt_get_host(FerryHypervisor *hv, FerryHostInfo *ret_info, GError **error)
{
    FerryHostInfo info = {0};

    if (!read_host(ferry_libvirt(hv)->conn, &info)) {
        ferry_libvirt_fail(hv, error, "read what kind of host it is");
        ferry_host_info_clear(&info);
        return false;
    }
    *ret_info = info;
    return true;
}

// The QEMU driver says INVALID_ARG or CONFIG_UNSUPPORTED for a machine type, architecture or virtualization
// type that it does not have, and the system's own ENOENT for an emulator that is not there
// (virQEMUCapsCacheLookupDefault, 9.0 and 11.3).
static bool
is_unknown_machine(void)
{
    const virError *last = virGetLastError();

    return last != NULL &&
           (last->code == VIR_ERR_INVALID_ARG || last->code == VIR_ERR_CONFIG_UNSUPPORTED ||
            (last->code == VIR_ERR_SYSTEM_ERROR && last->int1 == ENOENT));
}

char *
ferry_libvirt_get_machine_caps(FerryHypervisor *hv, const FerryMachineType *type, GError **error)
{
    char *caps = virConnectGetDomainCapabilities(ferry_libvirt(hv)->conn, type->emulator,
                                                 type->arch, type->machine, type->virt_type, 0);
    const char *name = type->machine != NULL ? type->machine : type->arch;
    g_autoptr(virError) cause = NULL;
    g_autofree char *text = NULL;

    if (caps != NULL)
        return caps;
    if (!is_unknown_machine()) {
        ferry_libvirt_fail(hv, error, "read the capabilities of machine type '%s'", name);
        return NULL;
    }
    cause = virSaveLastError();
    text = ferry_libvirt_error_text(cause);
    ferry_error_set(error, FERRY_ERROR_UNSUPPORTED, "host '%s' does not have machine type '%s': %s",
                    hv->name, name, text);
    ferry_error_keep_library(error, cause->code, cause->domain);
    return NULL;
}

bool
ferry_libvirt_compare_cpu(FerryHypervisor *hv,
                          const FerryMachineType *type,
                          const char *cpu_xml,
                          bool *ret_fits,
                          char **ret_reason,
                          GError **error)
{
    int result = virConnectCompareHypervisorCPU(ferry_libvirt(hv)->conn, type->emulator, type->arch,
                                                type->machine, type->virt_type, cpu_xml,
                                                VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE);

    if (result == VIR_CPU_COMPARE_IDENTICAL || result == VIR_CPU_COMPARE_SUPERSET) {
        *ret_fits = true;
        *ret_reason = NULL;
        return true;
    }
    if (result == VIR_CPU_COMPARE_INCOMPATIBLE) {
        *ret_fits = false;
        *ret_reason = g_strdup("the CPU is incompatible");
        return true;
    }
    if (virGetLastErrorCode() == VIR_ERR_CPU_INCOMPATIBLE) {
        *ret_fits = false;
        *ret_reason = ferry_libvirt_error_text(virGetLastError());
        return true;
    }
    ferry_libvirt_fail(hv, error, "compare the CPU");
    return false;
}

bool
ferry_libvirt_get_free_pages(FerryHypervisor *hv,
                             uint64_t size_kib,
                             uint64_t *ret_pages,
                             GError **error)
{
    unsigned size = (unsigned)size_kib;
    unsigned long long pages = 0;

    // Cell -1 is the whole host (virNumaGetPageInfo): cells may have gaps in their numbers.
    if (virNodeGetFreePages(ferry_libvirt(hv)->conn, 1, &size, -1, 1, &pages, 0) < 0) {
        ferry_libvirt_fail(hv, error, "count the free pages of %" G_GUINT64_FORMAT " KiB",
                           size_kib);
        return false;
    }
    *ret_pages = pages;
    return true;
}

static bool
device_has(virNodeDevicePtr device, const char *path, const char *text)
{
    g_autofree char *xml = virNodeDeviceGetXMLDesc(device, 0);
    g_autoptr(xmlDoc) doc = xml == NULL ? NULL : parse(xml);
    g_autoptr(xmlXPathObject) found = doc == NULL ? NULL : evaluate(doc, path);
    bool has = false;

    if (found == NULL || found->nodesetval == NULL)
        return false;
    for (int i = 0; i < found->nodesetval->nodeNr && !has; i++) {
        g_autofree char *content = node_text(found->nodesetval->nodeTab[i]);

        has = g_strcmp0(content, text) == 0;
    }
    return has;
}

bool
ferry_libvirt_node_device_has(FerryHypervisor *hv,
                              unsigned capability,
                              const char *path,
                              const char *text,
                              bool *ret_has)
{
    virNodeDevicePtr *devices = NULL;
    int count = virConnectListAllNodeDevices(ferry_libvirt(hv)->conn, &devices, capability);
    bool has = false;

    if (count < 0)
        return false;
    for (int i = 0; i < count; i++) {
        has = has || device_has(devices[i], path, text);
        virNodeDeviceFree(devices[i]);
    }
    free(devices); // libvirt's own allocation
    *ret_has = has;
    return true;
}

static bool
has_virtual_network(FerryHypervisor *hv, const char *name, bool *ret_has, GError **error)
{
    g_autoptr(virNetwork) network = virNetworkLookupByName(ferry_libvirt(hv)->conn, name);
    int active;

    if (network == NULL && virGetLastErrorCode() == VIR_ERR_NO_NETWORK) {
        *ret_has = false;
        return true;
    }
    active = network == NULL ? -1 : virNetworkIsActive(network);
    if (active < 0) {
        ferry_libvirt_fail(hv, error, "look for network '%s'", name);
        return false;
    }
    *ret_has = active == 1;
    return true;
}

// Node devices lack bridges on hosts without a live udev, interfaces lack what is part of a bridge
// (9.0): what either knows is there, and only the interfaces can say that something is not.
static bool
has_interface(FerryHypervisor *hv, const char *name, bool *ret_has, GError **error)
{
    g_autoptr(virInterface) interface = NULL;
    bool has = false;

    if (ferry_libvirt_node_device_has(hv, VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET,
                                      "/device/capability[@type='net']/interface", name, &has) &&
        has) {
        *ret_has = true;
        return true;
    }
    interface = virInterfaceLookupByName(ferry_libvirt(hv)->conn, name);
    if (interface == NULL && virGetLastErrorCode() != VIR_ERR_NO_INTERFACE) {
        ferry_libvirt_fail(hv, error, "look for interface '%s'", name);
        return false;
    }
    *ret_has = interface != NULL;
    return true;
}

bool
ferry_libvirt_has_network(FerryHypervisor *hv,
                          const char *type,
                          const char *name,
                          bool *ret_has,
                          GError **error)
{
    return g_str_equal(type, "network") ? has_virtual_network(hv, name, ret_has, error)
                                        : has_interface(hv, name, ret_has, error);
}
