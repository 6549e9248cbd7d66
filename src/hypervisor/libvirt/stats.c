// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/libvirt/private.h"

#include <stddef.h>

static const struct {
    const char *field;
    size_t offset;
} figures[] = {
    {VIR_DOMAIN_JOB_TIME_ELAPSED, offsetof(FerryJobStats, elapsed_ms)},
    {VIR_DOMAIN_JOB_DOWNTIME, offsetof(FerryJobStats, downtime_ms)},
    {VIR_DOMAIN_JOB_SETUP_TIME, offsetof(FerryJobStats, setup_ms)},
    {VIR_DOMAIN_JOB_DATA_TOTAL, offsetof(FerryJobStats, data_total)},
    {VIR_DOMAIN_JOB_DATA_PROCESSED, offsetof(FerryJobStats, data_processed)},
    {VIR_DOMAIN_JOB_DATA_REMAINING, offsetof(FerryJobStats, data_remaining)},
    {VIR_DOMAIN_JOB_MEMORY_TOTAL, offsetof(FerryJobStats, memory_total)},
    {VIR_DOMAIN_JOB_MEMORY_PROCESSED, offsetof(FerryJobStats, memory_processed)},
    {VIR_DOMAIN_JOB_MEMORY_REMAINING, offsetof(FerryJobStats, memory_remaining)},
    {VIR_DOMAIN_JOB_DISK_TOTAL, offsetof(FerryJobStats, disk_total)},
    {VIR_DOMAIN_JOB_DISK_PROCESSED, offsetof(FerryJobStats, disk_processed)},
    {VIR_DOMAIN_JOB_DISK_REMAINING, offsetof(FerryJobStats, disk_remaining)},
    {VIR_DOMAIN_JOB_MEMORY_BPS, offsetof(FerryJobStats, memory_bps)},
    {VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE, offsetof(FerryJobStats, memory_dirty_rate)},
    {VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE, offsetof(FerryJobStats, page_size)},
    {VIR_DOMAIN_JOB_MEMORY_ITERATION, offsetof(FerryJobStats, iteration)},
    {VIR_DOMAIN_JOB_MEMORY_POSTCOPY_REQS, offsetof(FerryJobStats, postcopy_requests)},
};

static FerryJobOperation
operation_of(int operation)
{
    switch (operation) {
    case VIR_DOMAIN_JOB_OPERATION_UNKNOWN:
        return FERRY_JOB_OP_NONE;
    case VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN:
        return FERRY_JOB_OP_MIGRATION_IN;
    case VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT:
        return FERRY_JOB_OP_MIGRATION_OUT;
    default:
        return FERRY_JOB_OP_OTHER;
    }
}

static FerryJobKind
kind_of(int type)
{
    switch (type) {
    case VIR_DOMAIN_JOB_BOUNDED:
    case VIR_DOMAIN_JOB_UNBOUNDED:
        return FERRY_JOB_ACTIVE;
    case VIR_DOMAIN_JOB_COMPLETED:
        return FERRY_JOB_COMPLETED;
    case VIR_DOMAIN_JOB_FAILED:
        return FERRY_JOB_FAILED;
    case VIR_DOMAIN_JOB_CANCELLED:
        return FERRY_JOB_CANCELLED;
    default:
        return FERRY_JOB_NONE;
    }
}

void
ferry_libvirt_job_stats_parse(virTypedParameterPtr params, int count, FerryJobStats *ret_stats)
{
    int operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;

    for (size_t i = 0; i < G_N_ELEMENTS(figures); i++) {
        unsigned long long value = 0;

        virTypedParamsGetULLong(params, count, figures[i].field, &value);
        G_STRUCT_MEMBER(uint64_t, ret_stats, figures[i].offset) = value;
    }
    ret_stats->throttle_percent = 0;
    virTypedParamsGetInt(params, count, VIR_DOMAIN_JOB_AUTO_CONVERGE_THROTTLE,
                         &ret_stats->throttle_percent);
    virTypedParamsGetInt(params, count, VIR_DOMAIN_JOB_OPERATION, &operation);
    ret_stats->operation = operation_of(operation);
}

// An incoming migration has no figures: qemuDomainGetJobStatsInternal reports "migration statistics are
// available only on the source host", as OPERATION_INVALID or OPERATION_UNSUPPORTED by version. A machine
// that is off is refused with OPERATION_INVALID too, and has no job. Told apart by asking, not by the
// text: the daemon may speak another language.
static bool
stats_refused(virDomainPtr domain, bool completed, FerryJobStats *ret_stats)
{
    int number = virGetLastErrorCode();
    int active;

    if (number != VIR_ERR_OPERATION_INVALID && number != VIR_ERR_OPERATION_UNSUPPORTED)
        return false;
    active = virDomainIsActive(domain);
    if (active < 0)
        return false;
    *ret_stats = (FerryJobStats){0};
    if (active == 1 && !completed) {
        ret_stats->kind = FERRY_JOB_ACTIVE;
        ret_stats->operation = FERRY_JOB_OP_MIGRATION_IN;
    }
    return true;
}

bool
ferry_libvirt_get_job(FerryHypervisor *hv,
                      const char *uuid,
                      bool completed,
                      FerryJobStats *ret_stats,
                      GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);
    g_auto(FerryTypedParams) params = {0};
    // Without KEEP_COMPLETED (6.0.0) reading the last job's figures would take them from everybody else.
    unsigned flags =
        completed ? VIR_DOMAIN_JOB_STATS_COMPLETED | VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED : 0;
    int type;

    if (domain == NULL)
        return false;
    if (virDomainGetJobStats(domain, &type, &params.items, &params.count, flags) == 0) {
        ret_stats->kind = kind_of(type);
        ferry_libvirt_job_stats_parse(params.items, params.count, ret_stats);
        return true;
    }
    if (stats_refused(domain, completed, ret_stats))
        return true;
    ferry_libvirt_fail_machine(hv, domain, "read the job of", error);
    return false;
}

bool
ferry_libvirt_get_block_job(FerryHypervisor *hv,
                            const char *uuid,
                            const char *const *disks,
                            char **ret_disk,
                            GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);
    int active;

    if (domain == NULL)
        return false;
    active = virDomainIsActive(domain);
    for (size_t i = 0; active == 1 && disks[i] != NULL; i++) {
        virDomainBlockJobInfo info;
        int found = virDomainGetBlockJobInfo(domain, disks[i], &info, 0);

        if (found == 1) {
            *ret_disk = g_strdup(disks[i]);
            return true;
        }
        if (found < 0)
            active = -1;
    }
    if (active < 0) {
        ferry_libvirt_fail_machine(hv, domain, "read the block jobs of", error);
        return false;
    }
    *ret_disk = NULL;
    return true;
}

// Drivers and daemons that lack a call, and machines that are off, have none of what it tells.
static bool
has_no_such_thing(void)
{
    switch ((int)virGetLastErrorCode()) {
    case VIR_ERR_NO_SUPPORT:
    case VIR_ERR_OPERATION_UNSUPPORTED:
    case VIR_ERR_OPERATION_INVALID:
        return true;
    default:
        return false;
    }
}

// What a libvirt call that counts returned. Returns: false with libvirt's last error set
static bool
take_count(int count, unsigned *ret_count)
{
    if (count < 0 && !has_no_such_thing())
        return false;
    *ret_count = count < 0 ? 0 : (unsigned)count;
    return true;
}

// Returns: false with libvirt's last error set
static bool
read_balloon(virDomainPtr domain, uint64_t *ret_kib)
{
    virDomainMemoryStatStruct stats[VIR_DOMAIN_MEMORY_STAT_NR];
    int count = virDomainMemoryStats(domain, stats, VIR_DOMAIN_MEMORY_STAT_NR, 0);

    if (count < 0 && !has_no_such_thing())
        return false;
    *ret_kib = 0;
    for (int i = 0; i < count; i++)
        if (stats[i].tag == VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON)
            *ret_kib = stats[i].val;
    return true;
}

bool
ferry_libvirt_get_extras(FerryHypervisor *hv,
                         const char *uuid,
                         FerryVmExtras *ret_extras,
                         GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);
    FerryVmExtras extras = {0};

    if (domain == NULL)
        return false;
    if (!take_count(virDomainSnapshotNum(domain, 0), &extras.snapshots) ||
        !take_count(virDomainListAllCheckpoints(domain, NULL, 0), &extras.checkpoints) ||
        !read_balloon(domain, &extras.balloon_kib)) {
        ferry_libvirt_fail_machine(hv, domain, "read the snapshots and balloon of", error);
        return false;
    }
    extras.managed_save = virDomainHasManagedSaveImage(domain, 0) == 1;
    *ret_extras = extras;
    return true;
}
