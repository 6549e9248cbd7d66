// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/libvirt/private.h"

#define NS_PER_US 1000

// VIR_DOMAIN_PAUSED_API_ERROR, an enumerator of 9.2: older headers lack it, newer daemons send it. Daemons
// before 9.2 say VIR_DOMAIN_PAUSED_UNKNOWN then.
#define PAUSED_API_ERROR 14

static bool
is_not_found(void)
{
    return virGetLastErrorCode() == VIR_ERR_NO_DOMAIN;
}

static void
set_not_found(FerryHypervisor *hv, const char *name_or_uuid, GError **error)
{
    ferry_error_set(error, FERRY_ERROR_VM_NOT_FOUND, "host '%s' has no machine '%s'", hv->name,
                    name_or_uuid);
    ferry_error_keep_library(error, VIR_ERR_NO_DOMAIN, virGetLastErrorDomain());
}

virDomainPtr
ferry_libvirt_lookup(FerryHypervisor *hv, const char *uuid, GError **error)
{
    virDomainPtr domain = virDomainLookupByUUIDString(ferry_libvirt(hv)->conn, uuid);

    if (domain != NULL)
        return domain;
    if (is_not_found())
        set_not_found(hv, uuid, error);
    else
        ferry_libvirt_fail(hv, error, "look for machine '%s'", uuid);
    return NULL;
}

static FerryVmReason
running_reason(int reason)
{
    switch (reason) {
    case VIR_DOMAIN_RUNNING_BOOTED:
        return FERRY_VM_REASON_BOOTED;
    case VIR_DOMAIN_RUNNING_MIGRATED:
        return FERRY_VM_REASON_MIGRATED;
    case VIR_DOMAIN_RUNNING_UNPAUSED:
        return FERRY_VM_REASON_UNPAUSED;
    case VIR_DOMAIN_RUNNING_MIGRATION_CANCELED:
        return FERRY_VM_REASON_MIGRATION_CANCELED;
    case VIR_DOMAIN_RUNNING_POSTCOPY:
        return FERRY_VM_REASON_POSTCOPY;
    case VIR_DOMAIN_RUNNING_POSTCOPY_FAILED:
        return FERRY_VM_REASON_POSTCOPY_FAILED;
    default:
        return FERRY_VM_REASON_OTHER;
    }
}

static FerryVmReason
paused_reason(int reason)
{
    switch (reason) {
    case VIR_DOMAIN_PAUSED_USER:
        return FERRY_VM_REASON_USER;
    case VIR_DOMAIN_PAUSED_MIGRATION:
        return FERRY_VM_REASON_MIGRATION;
    case VIR_DOMAIN_PAUSED_SAVE:
        return FERRY_VM_REASON_SAVED;
    case VIR_DOMAIN_PAUSED_IOERROR:
        return FERRY_VM_REASON_IO_ERROR;
    case VIR_DOMAIN_PAUSED_CRASHED:
        return FERRY_VM_REASON_CRASHED;
    case VIR_DOMAIN_PAUSED_STARTING_UP:
        return FERRY_VM_REASON_STARTING_UP;
    case VIR_DOMAIN_PAUSED_POSTCOPY:
        return FERRY_VM_REASON_POSTCOPY;
    case VIR_DOMAIN_PAUSED_POSTCOPY_FAILED:
        return FERRY_VM_REASON_POSTCOPY_FAILED;
    case PAUSED_API_ERROR:
        return FERRY_VM_REASON_API_ERROR;
    default:
        return FERRY_VM_REASON_OTHER;
    }
}

static FerryVmReason
shutoff_reason(int reason)
{
    switch (reason) {
    case VIR_DOMAIN_SHUTOFF_DESTROYED:
        return FERRY_VM_REASON_DESTROYED;
    case VIR_DOMAIN_SHUTOFF_CRASHED:
        return FERRY_VM_REASON_CRASHED;
    case VIR_DOMAIN_SHUTOFF_MIGRATED:
        return FERRY_VM_REASON_MIGRATED;
    case VIR_DOMAIN_SHUTOFF_SAVED:
        return FERRY_VM_REASON_SAVED;
    case VIR_DOMAIN_SHUTOFF_FAILED:
        return FERRY_VM_REASON_FAILED;
    default:
        return FERRY_VM_REASON_OTHER;
    }
}

void
ferry_libvirt_state(int state, int reason, FerryVmState *ret_state, FerryVmReason *ret_reason)
{
    switch (state) {
    case VIR_DOMAIN_PAUSED:
        *ret_state = FERRY_VM_STATE_PAUSED;
        *ret_reason = paused_reason(reason);
        return;
    case VIR_DOMAIN_SHUTDOWN:
        *ret_state = FERRY_VM_STATE_SHUTDOWN;
        *ret_reason = FERRY_VM_REASON_OTHER;
        return;
    case VIR_DOMAIN_SHUTOFF:
        *ret_state = FERRY_VM_STATE_SHUTOFF;
        *ret_reason = shutoff_reason(reason);
        return;
    case VIR_DOMAIN_CRASHED:
        *ret_state = FERRY_VM_STATE_CRASHED;
        *ret_reason = FERRY_VM_REASON_CRASHED;
        return;
    case VIR_DOMAIN_PMSUSPENDED:
        *ret_state = FERRY_VM_STATE_SUSPENDED;
        *ret_reason = FERRY_VM_REASON_OTHER;
        return;
    default:
        // RUNNING, BLOCKED; and NOSTATE, which may run: to take it for off could lose it.
        *ret_state = FERRY_VM_STATE_RUNNING;
        *ret_reason = running_reason(reason);
        return;
    }
}

// Memory and vCPUs. Returns: false with libvirt's last error set
static bool
read_size(virDomainPtr domain, FerryVm *vm)
{
    virDomainInfo info;

    if (virDomainGetInfo(domain, &info) < 0)
        return false;
    vm->memory_kib = info.maxMem;
    vm->vcpus = info.nrVirtCpu;
    return true;
}

static FerryVm *
vm_new(virDomainPtr domain, int state, int reason)
{
    FerryVm *vm = g_new0(FerryVm, 1);

    vm->name = g_strdup(virDomainGetName(domain));
    virDomainGetUUIDString(domain, vm->uuid);
    ferry_libvirt_state(state, reason, &vm->state, &vm->reason);
    return vm;
}

// Returns: (transfer full) the UUIDs of the machines that @flags chooses, as a set; NULL with
// libvirt's last error set
static GHashTable *
list_uuids(virConnectPtr conn, unsigned flags)
{
    virDomainPtr *domains = NULL;
    int count = virConnectListAllDomains(conn, &domains, flags);
    GHashTable *uuids;

    if (count < 0)
        return NULL;
    uuids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int i = 0; i < count; i++) {
        char uuid[VIR_UUID_STRING_BUFLEN];

        virDomainGetUUIDString(domains[i], uuid);
        g_hash_table_add(uuids, g_strdup(uuid));
        virDomainFree(domains[i]);
    }
    free(domains); // libvirt's own allocation
    return uuids;
}

static FerryVm *
vm_from_record(const virDomainStatsRecord *record, GHashTable *persistent, GHashTable *autostart)
{
    g_autoptr(FerryVm) vm = NULL;
    int state = VIR_DOMAIN_NOSTATE;
    int reason = 0;

    virTypedParamsGetInt(record->params, record->nparams, "state.state", &state);
    virTypedParamsGetInt(record->params, record->nparams, "state.reason", &reason);
    vm = vm_new(record->dom, state, reason);
    vm->persistent = g_hash_table_contains(persistent, vm->uuid);
    vm->autostart = g_hash_table_contains(autostart, vm->uuid);
    if (!read_size(record->dom, vm))
        return NULL;
    return g_steal_pointer(&vm);
}

// Four round trips and one more a machine: over ssh five a machine would be felt.
GPtrArray *
ferry_libvirt_list(FerryHypervisor *hv, GError **error)
{
    virConnectPtr conn = ferry_libvirt(hv)->conn;
    g_autoptr(GPtrArray) vms = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_vm_free);
    g_autoptr(GHashTable) persistent = list_uuids(conn, VIR_CONNECT_LIST_DOMAINS_PERSISTENT);
    g_autoptr(GHashTable) autostart = NULL;
    virDomainStatsRecordPtr *records = NULL;
    int count = -1;

    if (persistent != NULL)
        autostart = list_uuids(conn, VIR_CONNECT_LIST_DOMAINS_AUTOSTART);
    if (autostart != NULL)
        count = virConnectGetAllDomainStats(conn, VIR_DOMAIN_STATS_STATE, &records, 0);
    if (count < 0) {
        ferry_libvirt_fail(hv, error, "list the machines");
        return NULL;
    }
    for (int i = 0; i < count; i++) {
        FerryVm *vm = vm_from_record(records[i], persistent, autostart);

        if (vm != NULL) {
            g_ptr_array_add(vms, vm);
        } else if (!is_not_found()) { // one that vanished meanwhile is no longer in the list
            ferry_libvirt_fail(hv, error, "list the machines");
            virDomainStatsRecordListFree(records);
            return NULL;
        }
    }
    virDomainStatsRecordListFree(records);
    return g_steal_pointer(&vms);
}

// Everything about one machine. Returns: NULL with libvirt's last error set
static FerryVm *
read_vm(virDomainPtr domain)
{
    g_autoptr(FerryVm) vm = NULL;
    int state;
    int reason;
    int autostart = 0;
    int persistent;

    if (virDomainGetState(domain, &state, &reason, 0) < 0)
        return NULL;
    vm = vm_new(domain, state, reason);
    persistent = virDomainIsPersistent(domain);
    if (persistent < 0 || !read_size(domain, vm))
        return NULL;
    vm->persistent = persistent == 1;
    // Asked of a transient machine this is an error.
    if (vm->persistent && virDomainGetAutostart(domain, &autostart) < 0)
        return NULL;
    vm->autostart = autostart != 0;
    return g_steal_pointer(&vm);
}

FerryVm *
ferry_libvirt_find(FerryHypervisor *hv, const char *name_or_uuid, GError **error)
{
    virConnectPtr conn = ferry_libvirt(hv)->conn;
    g_autoptr(virDomain) domain = virDomainLookupByName(conn, name_or_uuid);
    char uuid[FERRY_UUID_LEN + 1];
    FerryVm *vm = NULL;

    if (domain == NULL && is_not_found() && ferry_uuid_parse(name_or_uuid, uuid))
        domain = virDomainLookupByUUIDString(conn, uuid);
    if (domain != NULL)
        vm = read_vm(domain);
    if (vm != NULL)
        return vm;
    if (is_not_found())
        set_not_found(hv, name_or_uuid, error);
    else
        ferry_libvirt_fail(hv, error, "look for machine '%s'", name_or_uuid);
    return NULL;
}

bool
ferry_libvirt_get_state(FerryHypervisor *hv, const char *uuid, FerryVm *ret_vm, GError **error)
{
    g_autoptr(virDomain) domain = virDomainLookupByUUIDString(ferry_libvirt(hv)->conn, uuid);
    int state = 0;
    int reason = 0;

    if (domain != NULL && virDomainGetState(domain, &state, &reason, 0) == 0) {
        ferry_vm_clear(ret_vm);
        ret_vm->name = g_strdup(virDomainGetName(domain));
        ferry_libvirt_state(state, reason, &ret_vm->state, &ret_vm->reason);
    } else if (is_not_found()) {
        ferry_vm_clear(ret_vm);
        ret_vm->name = g_strdup("");
    } else {
        ferry_libvirt_fail(hv, error, "read the state of machine '%s'", uuid);
        return false;
    }
    g_strlcpy(ret_vm->uuid, uuid, sizeof(ret_vm->uuid));
    return true;
}

char *
ferry_libvirt_get_xml(FerryHypervisor *hv, const char *uuid, FerryXmlKind kind, GError **error)
{
    static const unsigned flags[] = {
        [FERRY_XML_LIVE] = VIR_DOMAIN_XML_MIGRATABLE,
        [FERRY_XML_LIVE_SECURE] = VIR_DOMAIN_XML_MIGRATABLE | VIR_DOMAIN_XML_SECURE,
        // what one version adds by itself and another takes away (the itco watchdog of 11.3) is left out of it
        [FERRY_XML_PERSISTENT] = VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_MIGRATABLE,
        [FERRY_XML_PERSISTENT_SECURE] = VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE,
    };
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);
    char *xml;

    if (domain == NULL)
        return NULL;
    xml = virDomainGetXMLDesc(domain, flags[kind]);
    if (xml == NULL)
        ferry_libvirt_fail_machine(hv, domain, "read the definition of", error);
    return xml; // libvirt allocates with malloc, as g_free() expects since GLib 2.46
}

// One of libvirt's calls that takes a machine and nothing else.
static bool
act(FerryHypervisor *hv,
    const char *uuid,
    int (*call)(virDomainPtr domain),
    const char *verb,
    GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);

    if (domain == NULL)
        return false;
    if (call(domain) == 0)
        return true;
    ferry_libvirt_fail_machine(hv, domain, verb, error);
    return false;
}

bool
ferry_libvirt_suspend(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return act(hv, uuid, virDomainSuspend, "pause", error);
}

bool
ferry_libvirt_resume(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return act(hv, uuid, virDomainResume, "resume", error);
}

bool
ferry_libvirt_destroy(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return act(hv, uuid, virDomainDestroy, "end", error);
}

// A daemon that doesn't know a flag refuses the call with INVALID_ARG ("unsupported flags", virCheckFlags)
// and does nothing: KEEP_TPM is 8.9.0; the test driver knows neither. Without KEEP_NVRAM the QEMU driver
// refuses a machine that has NVRAM, so that the last try deletes nothing either.
static int
undefine_keeping_all(virDomainPtr domain)
{
    static const unsigned tries[] = {
        VIR_DOMAIN_UNDEFINE_KEEP_NVRAM | VIR_DOMAIN_UNDEFINE_KEEP_TPM,
        VIR_DOMAIN_UNDEFINE_KEEP_NVRAM,
        0,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(tries); i++) {
        if (virDomainUndefineFlags(domain, tries[i]) == 0)
            return 0;
        if (virGetLastErrorCode() != VIR_ERR_INVALID_ARG &&
            virGetLastErrorCode() != VIR_ERR_ARGUMENT_UNSUPPORTED)
            break;
    }
    return -1;
}

bool
ferry_libvirt_undefine(FerryHypervisor *hv, const char *uuid, GError **error)
{
    return act(hv, uuid, undefine_keeping_all, "undefine", error);
}

static int
autostart_on(virDomainPtr domain)
{
    return virDomainSetAutostart(domain, 1);
}

static int
autostart_off(virDomainPtr domain)
{
    return virDomainSetAutostart(domain, 0);
}

bool
ferry_libvirt_set_autostart(FerryHypervisor *hv, const char *uuid, bool autostart, GError **error)
{
    return act(hv, uuid, autostart ? autostart_on : autostart_off,
               autostart ? "set the autostart of" : "clear the autostart of", error);
}

// libvirt greets an agent with guest-sync and gives it 5 s (qemuAgentGuestSync, 9.0). An agent that once
// answered is not greeted again, so that one which froze later holds the call until it thaws. A limit
// (virDomainAgentSetResponseTimeout) would outlive us in the daemon, and there is no call that reads the
// old one so that it could be put back: call this from a worker that may be abandoned.
bool
ferry_libvirt_agent_get_time(FerryHypervisor *hv,
                             const char *uuid,
                             int64_t *ret_wall_us,
                             GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);
    long long seconds;
    unsigned nanoseconds;

    if (domain == NULL)
        return false;
    if (virDomainGetTime(domain, &seconds, &nanoseconds, 0) < 0) {
        ferry_libvirt_fail_machine(hv, domain, "read the clock in", error);
        return false;
    }
    *ret_wall_us = seconds * G_USEC_PER_SEC + nanoseconds / NS_PER_US;
    return true;
}

bool
ferry_libvirt_agent_set_time(FerryHypervisor *hv, const char *uuid, int64_t wall_us, GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);

    if (domain == NULL)
        return false;
    if (virDomainSetTime(domain, wall_us / G_USEC_PER_SEC,
                         (unsigned)(wall_us % G_USEC_PER_SEC) * NS_PER_US, 0) < 0) {
        ferry_libvirt_fail_machine(hv, domain, "set the clock in", error);
        return false;
    }
    return true;
}
