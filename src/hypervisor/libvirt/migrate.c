// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/libvirt/private.h"

// What libvirt itself sets where there is no limit (QEMU_DOMAIN_MIG_BANDWIDTH_MAX, 9.0 to 11.3).
#define SPEED_MAX_MIBS (INT64_MAX >> 20)

// VIR_MIGRATE_PARAM_MIGRATE_DISKS_DETECT_ZEROES of libvirt 10.9, which older headers lack
#define PARAM_DETECT_ZEROES "migrate_disks_detect_zeroes"

static const struct {
    FerryMigrateFlag ours;
    unsigned libvirts;
} flag_map[] = {
    {FERRY_MIGRATE_LIVE, VIR_MIGRATE_LIVE},
    {FERRY_MIGRATE_PEER2PEER, VIR_MIGRATE_PEER2PEER},
    {FERRY_MIGRATE_PERSIST_DEST, VIR_MIGRATE_PERSIST_DEST},
    {FERRY_MIGRATE_UNDEFINE_SOURCE, VIR_MIGRATE_UNDEFINE_SOURCE},
    {FERRY_MIGRATE_PAUSED, VIR_MIGRATE_PAUSED},
    {FERRY_MIGRATE_UNSAFE, VIR_MIGRATE_UNSAFE},
    {FERRY_MIGRATE_OFFLINE, VIR_MIGRATE_OFFLINE},
    {FERRY_MIGRATE_TLS, VIR_MIGRATE_TLS},
    {FERRY_MIGRATE_POSTCOPY, VIR_MIGRATE_POSTCOPY},
    {FERRY_MIGRATE_PARALLEL, VIR_MIGRATE_PARALLEL},
    {FERRY_MIGRATE_AUTO_CONVERGE, VIR_MIGRATE_AUTO_CONVERGE},
    {FERRY_MIGRATE_COMPRESSED, VIR_MIGRATE_COMPRESSED},
    {FERRY_MIGRATE_CHANGE_PROTECTION, VIR_MIGRATE_CHANGE_PROTECTION},
    {FERRY_MIGRATE_ABORT_ON_ERROR, VIR_MIGRATE_ABORT_ON_ERROR},
    {FERRY_MIGRATE_POSTCOPY_RESUME, VIR_MIGRATE_POSTCOPY_RESUME},
    {FERRY_MIGRATE_NON_SHARED_DISK, VIR_MIGRATE_NON_SHARED_DISK},
    {FERRY_MIGRATE_NON_SHARED_INC, VIR_MIGRATE_NON_SHARED_INC},
    {FERRY_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES, VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES},
};

unsigned
ferry_libvirt_migrate_flags(const FerryMigrateCall *call)
{
    unsigned flags = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(flag_map); i++)
        if ((call->flags & flag_map[i].ours) != 0)
            flags |= flag_map[i].libvirts;
    // The named method says it all (qemuMigrationParamsSetCompression); the flag means 'libvirt's own
    // choice', xbzrle, which does not go with parallel connections.
    if (call->compress != NULL)
        flags &= ~(unsigned)VIR_MIGRATE_COMPRESSED;
    return flags;
}

static void
add_string(FerryTypedParams *params, const char *name, const char *value)
{
    if (value != NULL &&
        virTypedParamsAddString(&params->items, &params->count, &params->room, name, value) < 0)
        g_error("cannot add parameter '%s': %s", name, virGetLastErrorMessage());
}

static void
add_strings(FerryTypedParams *params, const char *name, const char *const *values)
{
    for (size_t i = 0; values != NULL && values[i] != NULL; i++)
        add_string(params, name, values[i]);
}

void
ferry_libvirt_migrate_params(const FerryMigrateCall *call, FerryTypedParams *ret_params)
{
    g_auto(FerryTypedParams) params = {0};

    add_string(&params, VIR_MIGRATE_PARAM_URI, call->migrate_uri);
    add_string(&params, VIR_MIGRATE_PARAM_DEST_NAME, call->dest_name);
    add_string(&params, VIR_MIGRATE_PARAM_DEST_XML, call->dest_xml);
    add_string(&params, VIR_MIGRATE_PARAM_PERSIST_XML, call->persist_xml);
    add_string(&params, VIR_MIGRATE_PARAM_COMPRESSION, call->compress);
    add_strings(&params, VIR_MIGRATE_PARAM_MIGRATE_DISKS, call->copied);
    add_strings(&params, PARAM_DETECT_ZEROES, call->detect_zeroes ? call->copied : NULL);
    if (call->bandwidth_mibs != 0 &&
        virTypedParamsAddULLong(&params.items, &params.count, &params.room,
                                VIR_MIGRATE_PARAM_BANDWIDTH, call->bandwidth_mibs) < 0)
        g_error("cannot add the bandwidth: %s", virGetLastErrorMessage());
    if (call->parallel != 0 && (call->flags & FERRY_MIGRATE_PARALLEL) != 0 &&
        virTypedParamsAddInt(&params.items, &params.count, &params.room,
                             VIR_MIGRATE_PARAM_PARALLEL_CONNECTIONS, (int)call->parallel) < 0)
        g_error("cannot add the connections: %s", virGetLastErrorMessage());
    *ret_params = params;
    params = (FerryTypedParams){0};
}

static int
migrate_p2p(virDomainPtr domain, const FerryMigrateCall *call, FerryTypedParams *params)
{
    return virDomainMigrateToURI3(domain, call->dest_uri, params->items, (unsigned)params->count,
                                  ferry_libvirt_migrate_flags(call));
}

static int
migrate_direct(virDomainPtr domain,
               virConnectPtr dst,
               const FerryMigrateCall *call,
               FerryTypedParams *params)
{
    virDomainPtr moved = virDomainMigrate3(domain, dst, params->items, (unsigned)params->count,
                                           ferry_libvirt_migrate_flags(call));

    if (moved == NULL)
        return -1;
    virDomainFree(moved);
    return 0;
}

static void
set_migrate_error(FerryHypervisor *src,
                  const char *machine,
                  const char *dest_uri,
                  const virError *cause,
                  GError **error)
{
    g_autofree char *text = ferry_libvirt_error_text(cause);

    ferry_error_set(error, ferry_libvirt_migrate_error_code(cause, dest_uri),
                    "cannot migrate machine '%s' from host '%s': %s", machine, src->name, text);
    if (cause != NULL)
        ferry_error_keep_library(error, cause->code, cause->domain);
    // qemuMigrationSrcIsSafe (9.0): a local path, or a cache that may lie between the hosts
    if (cause != NULL && cause->code == VIR_ERR_MIGRATE_UNSAFE)
        ferry_error_add_hint(
            error,
            "If both hosts have the same storage there, and its cache is none or coherent, repeat the move with --unsafe.");
}

bool
ferry_libvirt_migrate(FerryHypervisor *src,
                      FerryHypervisor *dst,
                      const FerryMigrateCall *call,
                      GError **error)
{
    bool p2p = (call->flags & FERRY_MIGRATE_PEER2PEER) != 0;
    g_autoptr(virDomain) domain = NULL;
    g_autoptr(virError) cause = NULL;
    g_auto(FerryTypedParams) params = {0};
    int result;

    if (!p2p && (dst == NULL || dst->driver != src->driver)) {
        ferry_error_set(error, FERRY_ERROR_MOVE_FAILED,
                        "cannot migrate from host '%s': the destination is no libvirt host",
                        src->name);
        return false;
    }
    domain = ferry_libvirt_lookup(src, call->uuid, error);
    if (domain == NULL)
        return false;
    ferry_libvirt_migrate_params(call, &params);
    result = p2p ? migrate_p2p(domain, call, &params)
                 : migrate_direct(domain, ferry_libvirt(dst)->conn, call, &params);
    if (result == 0)
        return true;
    cause = virSaveLastError();
    // libvirt's own signal for 'Finish went well and gave no machine', not a failure (1.2.18).
    if (cause != NULL && cause->code == VIR_ERR_MIGRATE_FINISH_OK)
        return true;
    set_migrate_error(src, virDomainGetName(domain), p2p ? call->dest_uri : NULL, cause, error);
    return false;
}

bool
ferry_libvirt_abort_job(FerryHypervisor *hv, const char *uuid, GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);

    if (domain == NULL)
        return false;
    if (virDomainAbortJob(domain) == 0)
        return true;
    ferry_libvirt_fail_machine(hv, domain, "abort the job of", error);
    return false;
}

bool
ferry_libvirt_start_postcopy(FerryHypervisor *hv, const char *uuid, GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);

    if (domain == NULL)
        return false;
    if (virDomainMigrateStartPostCopy(domain, 0) == 0)
        return true;
    ferry_libvirt_fail_machine(hv, domain, "start the post-copy phase of", error);
    return false;
}

bool
ferry_libvirt_pause_postcopy(FerryHypervisor *hv, const char *uuid, GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);

    if (domain == NULL)
        return false;
    if (virDomainAbortJobFlags(domain, VIR_DOMAIN_ABORT_JOB_POSTCOPY) == 0)
        return true;
    ferry_libvirt_fail_machine(hv, domain, "stop the post-copy of", error);
    return false;
}

bool
ferry_libvirt_set_memory_speed(FerryHypervisor *hv, const char *uuid, unsigned mibs, GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);

    if (domain == NULL)
        return false;
    if (virDomainMigrateSetMaxSpeed(domain, mibs > 0 ? mibs : SPEED_MAX_MIBS, 0) == 0)
        return true;
    ferry_libvirt_fail_machine(hv, domain, "limit the memory's speed of", error);
    return false;
}

bool
ferry_libvirt_set_max_downtime(FerryHypervisor *hv,
                               const char *uuid,
                               unsigned milliseconds,
                               GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);

    if (domain == NULL)
        return false;
    if (virDomainMigrateSetMaxDowntime(domain, milliseconds, 0) == 0)
        return true;
    ferry_libvirt_fail_machine(hv, domain, "limit the standstill of", error);
    return false;
}
