// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the libvirt driver makes of libvirt's numbers, texts and fields. The error texts are those that
// real daemons sent (libvirt 9.0 and 11.3).

#include "base/error.h"
#include "hypervisor/libvirt/private.h"

#define DEST "qemu+ssh://kvm2/system"

static virError
error_of(int code, int domain, const char *message)
{
    return (virError){.code = code, .domain = domain, .message = (char *)message};
}

static void
test_error_code(void)
{
    static const struct {
        int code;
        int domain;
        FerryErrorCode expected;
    } cases[] = {
        {VIR_ERR_NO_DOMAIN, VIR_FROM_QEMU, FERRY_ERROR_VM_NOT_FOUND},
        {VIR_ERR_INTERNAL_ERROR, VIR_FROM_RPC, FERRY_ERROR_UNREACHABLE},
        {VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC, FERRY_ERROR_UNREACHABLE},
        {VIR_ERR_INTERNAL_ERROR, VIR_FROM_QEMU, FERRY_ERROR_FAILED},
        {VIR_ERR_NO_CONNECT, VIR_FROM_NONE, FERRY_ERROR_UNREACHABLE},
        {VIR_ERR_AUTH_FAILED, VIR_FROM_RPC, FERRY_ERROR_UNREACHABLE},
        {VIR_ERR_OPERATION_TIMEOUT, VIR_FROM_QEMU, FERRY_ERROR_TIMEOUT},
        {VIR_ERR_OPERATION_ABORTED, VIR_FROM_QEMU, FERRY_ERROR_CANCELLED},
        {VIR_ERR_OPERATION_INVALID, VIR_FROM_QEMU, FERRY_ERROR_VM_STATE},
        {VIR_ERR_NO_SUPPORT, VIR_FROM_TEST, FERRY_ERROR_UNSUPPORTED},
        {VIR_ERR_ARGUMENT_UNSUPPORTED, VIR_FROM_QEMU, FERRY_ERROR_UNSUPPORTED},
        {VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_QEMU, FERRY_ERROR_UNSUPPORTED},
        {VIR_ERR_ACCESS_DENIED, VIR_FROM_ACCESS, FERRY_ERROR_FAILED},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        virError error = error_of(cases[i].code, cases[i].domain, "words");

        g_assert_cmpint(ferry_libvirt_error_code(&error), ==, cases[i].expected);
    }
    g_assert_cmpint(ferry_libvirt_error_code(NULL), ==, FERRY_ERROR_FAILED);
}

typedef struct MigrateCase {
    const char *dest_uri;
    int code;
    int domain;
    const char *message;
    FerryErrorCode expected;
} MigrateCase;

// What a source's daemon says when it does not reach the destination's.
static const MigrateCase unreached[] = {
    {DEST, VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,
     "Cannot recv data: Host key verification failed.: Connection reset by peer",
     FERRY_ERROR_NO_ROUTE},
    {DEST, VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,
     "Cannot recv data: ssh: connect to host kvm2 port 22: Connection refused: Connection reset by peer",
     FERRY_ERROR_NO_ROUTE},
    {"qemu+tcp://kvm2/system", VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,
     "Unable to resolve address 'kvm2' service '16509': Temporary failure in name resolution",
     FERRY_ERROR_NO_ROUTE},
    {"qemu+tcp://kvm2/system", VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,
     "Verbindung zum Server 'kvm2:16509' nicht m\u00f6glich: Verbindungsaufbau abgelehnt",
     FERRY_ERROR_NO_ROUTE},
    {"qemu+tls://kvm2:17000/system", VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,
     "unable to connect to server at 'kvm2:17000': No route to host", FERRY_ERROR_NO_ROUTE},
    {"qemu://kvm2/system", VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,
     "Cannot read CA certificate '/etc/pki/CA/cacert.pem': No such file or directory",
     FERRY_ERROR_NO_ROUTE},
    {"qemu+unix:///system", VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,
     "Failed to connect socket to '/var/run/libvirt/virtqemud-sock': No such file or directory",
     FERRY_ERROR_NO_ROUTE},
    {"qemu+unix:///session?socket=/tmp/b/s", VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,
     "Failed to connect socket to '/tmp/b/s': Connection refused", FERRY_ERROR_NO_ROUTE},
    {"qemu+tls://kvm2/system", VIR_ERR_AUTH_FAILED, VIR_FROM_RPC,
     "authentication failed: Failed to verify peer's certificate", FERRY_ERROR_NO_ROUTE},
};

// What it says of all else.
static const MigrateCase failed[] = {
    {DEST, VIR_ERR_OPERATION_ABORTED, VIR_FROM_QEMU,
     "operation aborted: job 'migration out' canceled by client", FERRY_ERROR_CANCELLED},
    // The destination's daemon was reached, and went.
    {DEST, VIR_ERR_INTERNAL_ERROR, VIR_FROM_RPC, "internal error: client socket is closed",
     FERRY_ERROR_MOVE_FAILED},
    {DEST, VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,
     "Cannot recv data: Connection to kvm2 closed by remote host.: Connection reset by peer",
     FERRY_ERROR_MOVE_FAILED},
    {"qemu+tcp://kvm2/system", VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,
     "End of file while reading data: Input/output error", FERRY_ERROR_MOVE_FAILED},
    // QEMU's port behind a firewall: another way for the daemons' talk would not help.
    {"qemu+tcp://kvm2/system", VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,
     "unable to connect to server at 'kvm2:49152': No route to host", FERRY_ERROR_MOVE_FAILED},
    {"qemu+tcp://kvm2/system", VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,
     "unable to connect to server at 'kvm2:165090': No route to host", FERRY_ERROR_MOVE_FAILED},
    {DEST, VIR_ERR_OPERATION_FAILED, VIR_FROM_QEMU,
     "operation failed: job 'migration out' failed: Unable to write to socket",
     FERRY_ERROR_MOVE_FAILED},
    {DEST, VIR_ERR_SYSTEM_ERROR, VIR_FROM_QEMU, "cannot open '/x': Permission denied",
     FERRY_ERROR_MOVE_FAILED},
    // Managed-direct has no such route to miss.
    {NULL, VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,
     "unable to connect to server at 'kvm2:16509': Connection refused", FERRY_ERROR_MOVE_FAILED},
    {NULL, VIR_ERR_AUTH_FAILED, VIR_FROM_RPC, "authentication failed", FERRY_ERROR_MOVE_FAILED},
    {DEST, VIR_ERR_OK, VIR_FROM_NONE, NULL, FERRY_ERROR_MOVE_FAILED},
};

static void
check_migrate_cases(const MigrateCase *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        virError error = error_of(cases[i].code, cases[i].domain, cases[i].message);

        g_assert_cmpint(ferry_libvirt_migrate_error_code(&error, cases[i].dest_uri), ==,
                        cases[i].expected);
    }
}

static void
test_migrate_error_code(void)
{
    check_migrate_cases(unreached, G_N_ELEMENTS(unreached));
    check_migrate_cases(failed, G_N_ELEMENTS(failed));
    g_assert_cmpint(ferry_libvirt_migrate_error_code(NULL, DEST), ==, FERRY_ERROR_MOVE_FAILED);
}

static void
test_error_text(void)
{
    virError error =
        error_of(VIR_ERR_INTERNAL_ERROR, VIR_FROM_QEMU,
                 "internal error: QEMU unexpectedly closed the monitor: line 1\nline 2\r\n");
    g_autofree char *text = ferry_libvirt_error_text(&error);
    g_autofree char *none = ferry_libvirt_error_text(NULL);

    g_assert_cmpstr(text, ==,
                    "internal error: QEMU unexpectedly closed the monitor: line 1 line 2");
    g_assert_cmpstr(none, ==, "unknown error");
}

static void
test_connect_hints(void)
{
    static const struct {
        const char *uri;
        const char *message;
        const char *hint;
    } cases[] = {
        {"qemu+ssh://ops@kvm2/system",
         "Cannot recv data: Host key verification failed.: Connection reset by peer",
         "Accept the host's ssh key once: run 'ssh ops@kvm2 true'."},
        {DEST,
         "Cannot recv data: root@kvm2: Permission denied (publickey,password).: Connection reset by peer",
         "Let ssh in without a password: run 'ssh-copy-id kvm2'."},
        {"qemu:///system",
         "Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
         "Run it as root or join the group 'libvirt': run 'usermod -aG libvirt USER' and log in again."},
        {"qemu:///system",
         "Failed to connect socket to '/var/run/libvirt/virtqemud-sock': Connection refused",
         "See whether the daemon runs: run 'systemctl status libvirtd.socket virtqemud.socket' on the host."},
        {"qemu+tcp://kvm2/system",
         "unable to connect to server at 'kvm2:16509': Connection refused",
         "See whether the daemon listens there: run 'systemctl status libvirtd-tcp.socket libvirtd-tls.socket virtproxyd-tcp.socket virtproxyd-tls.socket' on the host."},
        {DEST,
         "Cannot recv data: ssh: connect to host kvm2 port 22: Connection refused: Connection reset by peer",
         "Check that ssh answers there: run 'ssh kvm2 true'."},
        {DEST,
         "Cannot recv data: ssh: Could not resolve hostname kvm2: Name or service not known: Connection reset by peer",
         "Check the name of the host: run 'getent hosts kvm2'."},
        {"qemu+tcp://kvm2/system", "unable to connect to server at 'kvm2:16509': No route to host",
         "Check that the host is up: run 'ping -c 3 kvm2'."},
        {"qemu+tls://kvm2/system", "The server certificate is not trusted",
         "Check the certificates: run 'virt-pki-validate' on both hosts."},
        {"nosuch:///system", "no connection driver available for nosuch:///system",
         "A URI names driver, transport and host, as in 'qemu+ssh://HOST/system': run 'virsh uri' on the host to see its own."},
        {"qemu+tcp://kvm2/system", "something else", NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        virError cause = error_of(VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC, cases[i].message);
        g_autofree char *text = g_strdup_printf("cannot connect to host 'b' at '%s': %s",
                                                cases[i].uri, cases[i].message);
        g_autoptr(GError) error = NULL;

        ferry_libvirt_connect_error("b", cases[i].uri, &cause, &error);
        g_assert_error(error, FERRY_ERROR, FERRY_ERROR_UNREACHABLE);
        g_assert_cmpstr(error->message, ==, text);
        g_assert_cmpstr(ferry_error_get_hint(error), ==, cases[i].hint);
        g_assert_cmpint(ferry_error_get_library_number(error), ==, VIR_ERR_SYSTEM_ERROR);
    }
}

static void
test_state(void)
{
    static const struct {
        int state;
        int reason;
        FerryVmState expected;
        FerryVmReason expected_reason;
    } cases[] = {
        {VIR_DOMAIN_NOSTATE, 0, FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_OTHER},
        {VIR_DOMAIN_RUNNING, 1, FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_BOOTED},
        {VIR_DOMAIN_RUNNING, 2, FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_MIGRATED},
        {VIR_DOMAIN_RUNNING, 6, FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_MIGRATION_CANCELED},
        {VIR_DOMAIN_RUNNING, 11, FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_POSTCOPY_FAILED},
        {VIR_DOMAIN_RUNNING, 99, FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_OTHER},
        {VIR_DOMAIN_PAUSED, 1, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_USER},
        {VIR_DOMAIN_PAUSED, 2, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_MIGRATION},
        {VIR_DOMAIN_PAUSED, 5, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_IO_ERROR},
        {VIR_DOMAIN_PAUSED, 11, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_STARTING_UP},
        {VIR_DOMAIN_PAUSED, 14, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_API_ERROR},
        {VIR_DOMAIN_SHUTDOWN, 1, FERRY_VM_STATE_SHUTDOWN, FERRY_VM_REASON_OTHER},
        {VIR_DOMAIN_SHUTOFF, 4, FERRY_VM_STATE_SHUTOFF, FERRY_VM_REASON_MIGRATED},
        {VIR_DOMAIN_SHUTOFF, 6, FERRY_VM_STATE_SHUTOFF, FERRY_VM_REASON_FAILED},
        {VIR_DOMAIN_CRASHED, 0, FERRY_VM_STATE_CRASHED, FERRY_VM_REASON_CRASHED},
        {VIR_DOMAIN_PMSUSPENDED, 0, FERRY_VM_STATE_SUSPENDED, FERRY_VM_REASON_OTHER},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        FerryVmState state;
        FerryVmReason reason;

        ferry_libvirt_state(cases[i].state, cases[i].reason, &state, &reason);
        g_assert_cmpint(state, ==, cases[i].expected);
        g_assert_cmpint(reason, ==, cases[i].expected_reason);
    }
}

static void
test_event_state(void)
{
    static const struct {
        int event;
        int detail;
        FerryVmState expected;
        FerryVmReason expected_reason;
    } cases[] = {
        // In the order in which a good move tells them.
        {VIR_DOMAIN_EVENT_STARTED, 1, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_MIGRATION},
        {VIR_DOMAIN_EVENT_SUSPENDED, 1, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_MIGRATION},
        {VIR_DOMAIN_EVENT_RESUMED, 1, FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_MIGRATED},
        {VIR_DOMAIN_EVENT_STOPPED, 3, FERRY_VM_STATE_SHUTOFF, FERRY_VM_REASON_MIGRATED},
        {VIR_DOMAIN_EVENT_STOPPED, 1, FERRY_VM_STATE_SHUTOFF, FERRY_VM_REASON_DESTROYED},
        {VIR_DOMAIN_EVENT_STARTED, 0, FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_BOOTED},
        {VIR_DOMAIN_EVENT_SUSPENDED, 6, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_API_ERROR},
        {VIR_DOMAIN_EVENT_CRASHED, 0, FERRY_VM_STATE_CRASHED, FERRY_VM_REASON_CRASHED},
    };
    FerryVmState state;
    FerryVmReason reason;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_true(ferry_libvirt_event_state(cases[i].event, cases[i].detail, &state, &reason));
        g_assert_cmpint(state, ==, cases[i].expected);
        g_assert_cmpint(reason, ==, cases[i].expected_reason);
    }
    g_assert_false(ferry_libvirt_event_state(VIR_DOMAIN_EVENT_DEFINED, 0, &state, &reason));
    g_assert_false(ferry_libvirt_event_state(VIR_DOMAIN_EVENT_UNDEFINED, 0, &state, &reason));
}

static void
test_job_stats(void)
{
    g_auto(FerryTypedParams) params = {0};
    FerryJobStats stats = {.kind = FERRY_JOB_ACTIVE, .disk_total = 7};

    g_assert_cmpint(virTypedParamsAddULLong(&params.items, &params.count, &params.room,
                                            VIR_DOMAIN_JOB_MEMORY_REMAINING, 1ULL << 40),
                    ==, 0);
    g_assert_cmpint(virTypedParamsAddInt(&params.items, &params.count, &params.room,
                                         VIR_DOMAIN_JOB_OPERATION,
                                         VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT),
                    ==, 0);
    g_assert_cmpint(virTypedParamsAddInt(&params.items, &params.count, &params.room,
                                         VIR_DOMAIN_JOB_AUTO_CONVERGE_THROTTLE, 30),
                    ==, 0);
    ferry_libvirt_job_stats_parse(params.items, params.count, &stats);
    g_assert_cmpint(stats.kind, ==, FERRY_JOB_ACTIVE);
    g_assert_cmpint(stats.operation, ==, FERRY_JOB_OP_MIGRATION_OUT);
    g_assert_cmpuint(stats.memory_remaining, ==, 1ULL << 40);
    g_assert_cmpuint(stats.disk_total, ==, 0);
    g_assert_cmpint(stats.throttle_percent, ==, 30);
}

static void
test_migrate_call(void)
{
    g_auto(FerryTypedParams) params = {0};
    FerryMigrateCall call = {
        .flags = FERRY_MIGRATE_LIVE | FERRY_MIGRATE_PEER2PEER | FERRY_MIGRATE_PAUSED |
                 FERRY_MIGRATE_PARALLEL | FERRY_MIGRATE_COMPRESSED,
        .migrate_uri = "tcp://10.0.0.2",
        .bandwidth_mibs = 100,
        .parallel = 4,
        .compress = "zstd",
    };
    const char *text = NULL;
    unsigned long long bandwidth = 0;
    int connections = 0;

    g_assert_cmpuint(ferry_libvirt_migrate_flags(&call), ==,
                     VIR_MIGRATE_LIVE | VIR_MIGRATE_PEER2PEER | VIR_MIGRATE_PAUSED |
                         VIR_MIGRATE_PARALLEL);
    ferry_libvirt_migrate_params(&call, &params);
    g_assert_cmpint(params.count, ==, 4);
    g_assert_cmpint(virTypedParamsGetString(params.items, params.count, "migrate_uri", &text), ==,
                    1);
    g_assert_cmpstr(text, ==, "tcp://10.0.0.2");
    g_assert_cmpint(virTypedParamsGetString(params.items, params.count, "compression", &text), ==,
                    1);
    g_assert_cmpstr(text, ==, "zstd");
    g_assert_cmpint(virTypedParamsGetULLong(params.items, params.count, "bandwidth", &bandwidth),
                    ==, 1);
    g_assert_cmpuint(bandwidth, ==, 100);
    g_assert_cmpint(virTypedParamsGetInt(params.items, params.count, "parallel.connections",
                                         &connections),
                    ==, 1);
    g_assert_cmpint(connections, ==, 4);

    // Without a method the flag alone asks for libvirt's choice.
    call.compress = NULL;
    call.flags = FERRY_MIGRATE_COMPRESSED | FERRY_MIGRATE_OFFLINE;
    g_assert_cmpuint(ferry_libvirt_migrate_flags(&call), ==,
                     VIR_MIGRATE_COMPRESSED | VIR_MIGRATE_OFFLINE);
}

static void
test_special_folder(void)
{
    static const struct {
        const char *folder;
        bool expected;
    } cases[] = {
        {"/dev", true},          {"/dev/", true},       {"/dev/vg", true},
        {"//dev", true},         {"///dev//vg", true},  {"/./dev", true},
        {"/srv/../dev", true},   {"/dev/.", true},      {"/proc/self", true},
        {"/sys", true},          {"/", false},          {"//", false},
        {"/device", false},      {"/srv/dev", false},   {"/dev/../srv", false},
        {"/srv", false},         {"/system/vm", false}, {"/..", false},
        {"/../../proc/1", true},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(ferry_libvirt_is_special_folder(cases[i].folder), ==, cases[i].expected);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    // As opening a connection does: libvirt's typed parameters touch its thread's last error.
    g_assert_cmpint(virInitialize(), ==, 0);
    g_test_add_func("/hypervisor/libvirt-map/error-code", test_error_code);
    g_test_add_func("/hypervisor/libvirt-map/migrate-error-code", test_migrate_error_code);
    g_test_add_func("/hypervisor/libvirt-map/error-text", test_error_text);
    g_test_add_func("/hypervisor/libvirt-map/connect-hints", test_connect_hints);
    g_test_add_func("/hypervisor/libvirt-map/state", test_state);
    g_test_add_func("/hypervisor/libvirt-map/event-state", test_event_state);
    g_test_add_func("/hypervisor/libvirt-map/job-stats", test_job_stats);
    g_test_add_func("/hypervisor/libvirt-map/migrate-call", test_migrate_call);
    g_test_add_func("/hypervisor/libvirt-map/special-folder", test_special_folder);
    return g_test_run();
}
