// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/libvirt/private.h"

#include <errno.h>
#include <string.h>

#ifndef VIR_NODE_MEMORY_STATS_AVAILABLE // 12.3
#define VIR_NODE_MEMORY_STATS_AVAILABLE "available"
#endif

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
    return info->type != NULL && hostname != NULL && read_memory(conn, info);
}

static bool
read_caps(FerryHypervisor *hv, FerryHostInfo *info, GError **error)
{
    g_autofree char *xml = virConnectGetCapabilities(ferry_libvirt(hv)->conn);

    if (xml == NULL) {
        ferry_libvirt_fail(hv, error, "read the capabilities");
        return false;
    }
    if (!ferry_host_caps_parse(xml, &info->caps, error))
        return false;
    g_strlcpy(info->uuid, info->caps.uuid, sizeof(info->uuid));
    return true;
}

bool
ferry_libvirt_get_host(FerryHypervisor *hv, FerryHostInfo *ret_info, GError **error)
{
    g_auto(FerryHostInfo) info = {0};

    if (!read_host(ferry_libvirt(hv)->conn, &info)) {
        ferry_libvirt_fail(hv, error, "read what kind of host it is");
        return false;
    }
    if (!read_caps(hv, &info, error))
        return false;
    *ret_info = info;
    info = (FerryHostInfo){0};
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

bool
ferry_libvirt_has_secret(FerryHypervisor *hv, const char *uuid, bool *ret_has, GError **error)
{
    g_autoptr(virSecret) secret = virSecretLookupByUUIDString(ferry_libvirt(hv)->conn, uuid);

    if (secret == NULL && virGetLastErrorCode() != VIR_ERR_NO_SECRET) {
        ferry_libvirt_fail(hv, error, "look for secret '%s'", uuid);
        return false;
    }
    *ret_has = secret != NULL;
    return true;
}
