// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/libvirt/libvirt.h"

#include <libxml/parser.h>

#include "hypervisor/libvirt/private.h"

// A silent host ends calls after interval * (count + 1) seconds.
#define KEEPALIVE_INTERVAL_S 5
#define KEEPALIVE_COUNT      3

static void
ignore_error(void *data, virErrorPtr error)
{
    // Without a handler libvirt prints every error to stderr.
}

static gpointer
init_library(gpointer data)
{
    virSetErrorFunc(NULL, ignore_error);
    // libxml2 2.9 may be begun by one thread only (xmlInitParser), and hosts are opened by several at once.
    xmlInitParser();
    // Must come before the first connection, or there are neither events nor keepalive. libvirt's
    // default loop sits on the default GMainContext (src/util/vireventglib.c).
    return GINT_TO_POINTER(virInitialize() == 0 && virEventRegisterDefaultImpl() == 0);
}

static int
answer_nothing(virConnectCredentialPtr credentials, unsigned count, void *data)
{
    return -1;
}

// Nobody is asked anything: a move's own process has no terminal. The kinds are named nevertheless,
// because libvirt fills only these from its auth.conf. VIR_CRED_EXTERNAL would start a polkit agent.
static int answerable[] = {
    VIR_CRED_AUTHNAME,   VIR_CRED_ECHOPROMPT,   VIR_CRED_REALM,
    VIR_CRED_PASSPHRASE, VIR_CRED_NOECHOPROMPT,
};
static virConnectAuth quiet_auth = {answerable, G_N_ELEMENTS(answerable), answer_nothing, NULL};

static bool
handles(const char *uri)
{
    return !g_str_has_prefix(uri, "sim:");
}

static FerryHypervisor *
open_host(const char *name, const char *uri, GError **error)
{
    static GOnce once = G_ONCE_INIT;
    FerryLibvirt *self;
    virConnectPtr conn = NULL;

    if (GPOINTER_TO_INT(g_once(&once, init_library, NULL)))
        conn = virConnectOpenAuth(uri, &quiet_auth, 0);
    if (conn == NULL) {
        g_autoptr(virError) cause = virSaveLastError();
        ferry_libvirt_connect_error(name, uri, cause, error);
        return NULL;
    }
    // Drivers without a daemon (test:///) have no keepalive and need none.
    virConnectSetKeepAlive(conn, KEEPALIVE_INTERVAL_S, KEEPALIVE_COUNT);
    self = g_new0(FerryLibvirt, 1);
    self->conn = conn;
    ferry_libvirt_events_init(self);
    return &self->base;
}

static void
close_host(FerryHypervisor *hv)
{
    FerryLibvirt *self = ferry_libvirt(hv);

    ferry_libvirt_events_clear(self);
    virConnectClose(self->conn);
    g_free(self);
}

static bool
is_alive(FerryHypervisor *hv)
{
    return virConnectIsAlive(ferry_libvirt(hv)->conn) == 1;
}

const FerryHypervisorDriver ferry_hypervisor_driver_libvirt = {
    .name = "libvirt",
    .handles = handles,
    .open = open_host,
    .close = close_host,
    .is_alive = is_alive,
    .get_host = ferry_libvirt_get_host,
    .list = ferry_libvirt_list,
    .find = ferry_libvirt_find,
    .get_state = ferry_libvirt_get_state,
    .get_xml = ferry_libvirt_get_xml,
    .get_job = ferry_libvirt_get_job,
    .get_block_job = ferry_libvirt_get_block_job,
    .get_machine_caps = ferry_libvirt_get_machine_caps,
    .compare_cpu = ferry_libvirt_compare_cpu,
    .look_at_paths = ferry_libvirt_look_at_paths,
    .get_free_pages = ferry_libvirt_get_free_pages,
    .get_network = ferry_libvirt_get_network,
    .has_secret = ferry_libvirt_has_secret,
    .has_nwfilter = ferry_libvirt_has_nwfilter,
    .list_pools = ferry_libvirt_list_pools,
    .look_at_folder = ferry_libvirt_look_at_folder,
    .create_volume = ferry_libvirt_create_volume,
    .delete_volume = ferry_libvirt_delete_volume,
    .get_extras = ferry_libvirt_get_extras,
    .migrate = ferry_libvirt_migrate,
    .abort_job = ferry_libvirt_abort_job,
    .start_postcopy = ferry_libvirt_start_postcopy,
    .pause_postcopy = ferry_libvirt_pause_postcopy,
    .set_max_downtime = ferry_libvirt_set_max_downtime,
    .set_memory_speed = ferry_libvirt_set_memory_speed,
    .suspend = ferry_libvirt_suspend,
    .resume = ferry_libvirt_resume,
    .destroy = ferry_libvirt_destroy,
    .undefine = ferry_libvirt_undefine,
    .set_autostart = ferry_libvirt_set_autostart,
    .list_snapshots = ferry_libvirt_list_snapshots,
    .redefine_snapshot = ferry_libvirt_redefine_snapshot,
    .forget_snapshot = ferry_libvirt_forget_snapshot,
    .define = ferry_libvirt_define,
    .rename = ferry_libvirt_rename,
    .undefine_all = ferry_libvirt_undefine_all,
    .set_metadata = ferry_libvirt_set_metadata,
    .agent_command = ferry_libvirt_agent_command,
    .agent_get_time = ferry_libvirt_agent_get_time,
    .agent_set_time = ferry_libvirt_agent_set_time,
    .watch = ferry_libvirt_watch,
    .unwatch = ferry_libvirt_unwatch,
};
