// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/libvirt/private.h"

#include <string.h>

#include "base/worker.h"

enum { LIFECYCLE, ITERATION, JOB_COMPLETED, N_EVENTS };

// One watched machine. References: the connection's table, each of libvirt's registrations, pending
// deliveries and the worker that ends it.
typedef struct FerryLibvirtWatch {
    gatomicrefcount refs;
    FerryHypervisor *hv; // borrowed: the owner keeps it until unwatch
    char uuid[FERRY_UUID_LEN + 1];
    FerryVmEventFunc func;
    void *data;
    int dead; // atomic: func and data may be gone
    int callbacks[N_EVENTS];
} FerryLibvirtWatch;

static FerryLibvirtWatch *
watch_ref(FerryLibvirtWatch *watch)
{
    g_atomic_ref_count_inc(&watch->refs);
    return watch;
}

static void
watch_unref(void *data)
{
    FerryLibvirtWatch *watch = data;

    if (g_atomic_ref_count_dec(&watch->refs))
        g_free(watch);
}

static void
deliver(FerryLibvirtWatch *watch, const FerryVmEvent *event)
{
    if (!g_atomic_int_get(&watch->dead))
        watch->func(watch->hv, event, watch->data);
}

// A machine that was not there when the watch began is watched through all machines of the host.
static bool
is_ours(const FerryLibvirtWatch *watch, virDomainPtr domain)
{
    char uuid[VIR_UUID_STRING_BUFLEN];

    return virDomainGetUUIDString(domain, uuid) == 0 && strcmp(uuid, watch->uuid) == 0;
}

static FerryVmReason
suspended_reason(int detail)
{
    switch (detail) {
    case VIR_DOMAIN_EVENT_SUSPENDED_PAUSED:
        return FERRY_VM_REASON_USER;
    case VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED:
        return FERRY_VM_REASON_MIGRATION;
    case VIR_DOMAIN_EVENT_SUSPENDED_IOERROR:
        return FERRY_VM_REASON_IO_ERROR;
    case VIR_DOMAIN_EVENT_SUSPENDED_API_ERROR:
        return FERRY_VM_REASON_API_ERROR;
    case VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY:
        return FERRY_VM_REASON_POSTCOPY;
    case VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY_FAILED:
        return FERRY_VM_REASON_POSTCOPY_FAILED;
    default:
        return FERRY_VM_REASON_OTHER;
    }
}

// RESUMED/MIGRATED comes on the destination when it takes over, and on the source when a migration was
// given up (qemuMigrationSrcRestoreDomainState): running either way. The exact reason is in the state.
static FerryVmReason
resumed_reason(int detail)
{
    switch (detail) {
    case VIR_DOMAIN_EVENT_RESUMED_UNPAUSED:
        return FERRY_VM_REASON_UNPAUSED;
    case VIR_DOMAIN_EVENT_RESUMED_MIGRATED:
        return FERRY_VM_REASON_MIGRATED;
    case VIR_DOMAIN_EVENT_RESUMED_POSTCOPY:
        return FERRY_VM_REASON_POSTCOPY;
    case VIR_DOMAIN_EVENT_RESUMED_POSTCOPY_FAILED:
        return FERRY_VM_REASON_POSTCOPY_FAILED;
    default:
        return FERRY_VM_REASON_OTHER;
    }
}

// STOPPED/MIGRATED is the commit certificate: the source emits it only after both Perform and Finish
// said yes (qemuMigrationSrcConfirmPhase, 9.0 and 11.3).
static FerryVmReason
stopped_reason(int detail)
{
    switch (detail) {
    case VIR_DOMAIN_EVENT_STOPPED_DESTROYED:
        return FERRY_VM_REASON_DESTROYED;
    case VIR_DOMAIN_EVENT_STOPPED_CRASHED:
        return FERRY_VM_REASON_CRASHED;
    case VIR_DOMAIN_EVENT_STOPPED_MIGRATED:
        return FERRY_VM_REASON_MIGRATED;
    case VIR_DOMAIN_EVENT_STOPPED_SAVED:
        return FERRY_VM_REASON_SAVED;
    case VIR_DOMAIN_EVENT_STOPPED_FAILED:
        return FERRY_VM_REASON_FAILED;
    default:
        return FERRY_VM_REASON_OTHER;
    }
}

bool
ferry_libvirt_event_state(int event, int detail, FerryVmState *ret_state, FerryVmReason *ret_reason)
{
    *ret_reason = FERRY_VM_REASON_OTHER;
    switch (event) {
    case VIR_DOMAIN_EVENT_STARTED:
        // A destination's QEMU was started and waits for the memory: its vCPUs stand.
        if (detail == VIR_DOMAIN_EVENT_STARTED_MIGRATED) {
            *ret_state = FERRY_VM_STATE_PAUSED;
            *ret_reason = FERRY_VM_REASON_MIGRATION;
            return true;
        }
        *ret_state = FERRY_VM_STATE_RUNNING;
        if (detail == VIR_DOMAIN_EVENT_STARTED_BOOTED)
            *ret_reason = FERRY_VM_REASON_BOOTED;
        return true;
    case VIR_DOMAIN_EVENT_SUSPENDED:
        *ret_state = FERRY_VM_STATE_PAUSED;
        *ret_reason = suspended_reason(detail);
        return true;
    case VIR_DOMAIN_EVENT_RESUMED:
        *ret_state = FERRY_VM_STATE_RUNNING;
        *ret_reason = resumed_reason(detail);
        return true;
    case VIR_DOMAIN_EVENT_STOPPED:
        *ret_state = FERRY_VM_STATE_SHUTOFF;
        *ret_reason = stopped_reason(detail);
        return true;
    case VIR_DOMAIN_EVENT_SHUTDOWN:
        *ret_state = FERRY_VM_STATE_SHUTDOWN;
        return true;
    case VIR_DOMAIN_EVENT_PMSUSPENDED:
        *ret_state = FERRY_VM_STATE_SUSPENDED;
        return true;
    case VIR_DOMAIN_EVENT_CRASHED:
        *ret_state = FERRY_VM_STATE_CRASHED;
        *ret_reason = FERRY_VM_REASON_CRASHED;
        return true;
    default:
        return false;
    }
}

static int
on_lifecycle(virConnectPtr conn, virDomainPtr domain, int number, int detail, void *data)
{
    FerryVmEvent event = {.kind = FERRY_VM_EVENT_STATE};

    if (is_ours(data, domain) &&
        ferry_libvirt_event_state(number, detail, &event.state, &event.reason))
        deliver(data, &event);
    return 0;
}

static void
on_iteration(virConnectPtr conn, virDomainPtr domain, int iteration, void *data)
{
    FerryVmEvent event = {.kind = FERRY_VM_EVENT_ITERATION, .iteration = iteration};

    if (is_ours(data, domain))
        deliver(data, &event);
}

static void
on_job_completed(virConnectPtr conn,
                 virDomainPtr domain,
                 virTypedParameterPtr params,
                 int count,
                 void *data)
{
    FerryVmEvent event = {.kind = FERRY_VM_EVENT_JOB_ENDED};
    int success = 1; // not told before 6.0

    if (!is_ours(data, domain))
        return;
    virTypedParamsGetBoolean(params, count, VIR_DOMAIN_JOB_SUCCESS, &success);
    event.stats.kind = success ? FERRY_JOB_COMPLETED : FERRY_JOB_FAILED;
    ferry_libvirt_job_stats_parse(params, count, &event.stats);
    deliver(data, &event);
}

static const struct {
    int id;
    virConnectDomainEventGenericCallback func;
} registrations[N_EVENTS] = {
    [LIFECYCLE] = {VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle)},
    [ITERATION] = {VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION,
                   VIR_DOMAIN_EVENT_CALLBACK(on_iteration)},
    [JOB_COMPLETED] = {VIR_DOMAIN_EVENT_ID_JOB_COMPLETED,
                       VIR_DOMAIN_EVENT_CALLBACK(on_job_completed)},
};

static void
deregister(FerryLibvirtWatch *watch, virConnectPtr conn)
{
    for (size_t i = 0; i < N_EVENTS; i++)
        if (watch->callbacks[i] >= 0)
            virConnectDomainEventDeregisterAny(conn, watch->callbacks[i]);
}

// Returns: false with libvirt's last error set; what was registered stays in @watch
static bool
register_all(FerryLibvirtWatch *watch, virConnectPtr conn, virDomainPtr domain)
{
    for (size_t i = 0; i < N_EVENTS; i++) {
        watch->callbacks[i] =
            virConnectDomainEventRegisterAny(conn, domain, registrations[i].id,
                                             registrations[i].func, watch_ref(watch), watch_unref);
        if (watch->callbacks[i] < 0) {
            watch_unref(watch);
            return false;
        }
    }
    return true;
}

int
ferry_libvirt_watch(FerryHypervisor *hv,
                    const char *uuid,
                    FerryVmEventFunc func,
                    void *data,
                    GError **error)
{
    FerryLibvirt *self = ferry_libvirt(hv);
    g_autoptr(virDomain) domain = virDomainLookupByUUIDString(self->conn, uuid);
    FerryLibvirtWatch *watch;
    int id;

    if (domain == NULL && virGetLastErrorCode() != VIR_ERR_NO_DOMAIN) {
        ferry_libvirt_fail(hv, error, "watch machine '%s'", uuid);
        return 0;
    }
    watch = g_new0(FerryLibvirtWatch, 1);
    g_atomic_ref_count_init(&watch->refs);
    watch->hv = hv;
    g_strlcpy(watch->uuid, uuid, sizeof(watch->uuid));
    watch->func = func;
    watch->data = data;
    for (size_t i = 0; i < N_EVENTS; i++)
        watch->callbacks[i] = -1;
    if (!register_all(watch, self->conn, domain)) {
        ferry_libvirt_fail(hv, error, "watch machine '%s'", uuid);
        g_atomic_int_set(&watch->dead, 1);
        deregister(watch, self->conn);
        watch_unref(watch);
        return 0;
    }
    g_mutex_lock(&self->mutex);
    id = ++self->last_watch;
    g_hash_table_insert(self->watches, GINT_TO_POINTER(id), watch);
    g_mutex_unlock(&self->mutex);
    return id;
}

static void
deregister_work(void *data)
{
    FerryLibvirtWatch *watch = data;

    deregister(watch, ferry_libvirt(watch->hv)->conn);
}

static void
deregister_work_free(void *data)
{
    FerryLibvirtWatch *watch = data;

    ferry_hypervisor_unref(watch->hv);
    watch_unref(watch);
}

void
ferry_libvirt_unwatch(FerryHypervisor *hv, int id)
{
    FerryLibvirt *self = ferry_libvirt(hv);
    gpointer watch = NULL;
    bool found;

    g_mutex_lock(&self->mutex);
    found = g_hash_table_steal_extended(self->watches, GINT_TO_POINTER(id), NULL, &watch);
    g_mutex_unlock(&self->mutex);
    g_return_if_fail(found);
    g_atomic_int_set(&((FerryLibvirtWatch *)watch)->dead, 1);
    // The daemon has to be told, and may be silent: not from the main loop. Nobody waits for it.
    ferry_hypervisor_ref(hv);
    ferry_work_unref(ferry_work_start(deregister_work, watch, deregister_work_free));
}

static gboolean
deliver_disconnected(gpointer data)
{
    static const FerryVmEvent event = {.kind = FERRY_VM_EVENT_DISCONNECTED};

    deliver(data, &event);
    return G_SOURCE_REMOVE;
}

static gboolean
deliver_hung_up(gpointer data)
{
    static const FerryVmEvent event = {.kind = FERRY_VM_EVENT_DISCONNECTED, .hung_up = true};

    deliver(data, &event);
    return G_SOURCE_REMOVE;
}

// libvirt holds its lock meanwhile (virConnectCloseCallbackDataCall), and a watcher may well close the
// connection: the watchers are told from the loop's next round.
static void
on_close(virConnectPtr conn, int reason, void *data)
{
    FerryLibvirt *self = data;
    GHashTableIter iter;
    gpointer watch;

    g_mutex_lock(&self->mutex);
    g_hash_table_iter_init(&iter, self->watches);
    while (g_hash_table_iter_next(&iter, NULL, &watch))
        g_idle_add_full(G_PRIORITY_DEFAULT,
                        reason == VIR_CONNECT_CLOSE_REASON_EOF ? deliver_hung_up
                                                               : deliver_disconnected,
                        watch_ref(watch), watch_unref);
    g_mutex_unlock(&self->mutex);
}

void
ferry_libvirt_events_init(FerryLibvirt *self)
{
    g_mutex_init(&self->mutex);
    self->watches = g_hash_table_new_full(NULL, NULL, NULL, watch_unref);
    // Drivers without a daemon can't lose it.
    virConnectRegisterCloseCallback(self->conn, on_close, self, NULL);
}

void
ferry_libvirt_events_clear(FerryLibvirt *self)
{
    GHashTableIter iter;
    gpointer watch;

    virConnectUnregisterCloseCallback(self->conn, on_close);
    g_hash_table_iter_init(&iter, self->watches);
    while (g_hash_table_iter_next(&iter, NULL, &watch)) {
        g_atomic_int_set(&((FerryLibvirtWatch *)watch)->dead, 1);
        deregister(watch, self->conn);
    }
    g_hash_table_unref(self->watches);
    g_mutex_clear(&self->mutex);
}
